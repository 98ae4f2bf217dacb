package mine

import (
	"math"
	"slices"
	"unicode/utf8"
)

// settle leaves out pairs that are there twice, and those that others contradict: of two
// opposite ones the weightier stays, with what it is weightier by.
func (m *miner) settle() {
	type key struct{ question, chosen, rejected string }
	at := map[key]int{}
	keep := make([]bool, len(m.pairs))
	for i, p := range m.pairs {
		if j, ok := at[key{p.Question, p.Chosen, p.Rejected}]; ok {
			m.r.Left[Twice]++
			m.merge(j, p)
			continue
		}
		at[key{p.Question, p.Chosen, p.Rejected}] = i
		keep[i] = true
	}
	for i, p := range m.pairs {
		j, ok := at[key{p.Question, p.Rejected, p.Chosen}]
		if !ok || !keep[i] || !keep[j] || j < i {
			continue
		}
		a, b := m.pairs[i].Weight, m.pairs[j].Weight
		m.pairs[i].Weight, m.pairs[j].Weight = a-b, b-a
		for _, k := range []int{i, j} {
			if m.pairs[k].Weight < 0.1 {
				keep[k] = false
				m.r.Left[Opposed]++
			}
		}
	}
	var out []Pair
	for i, p := range m.pairs {
		if keep[i] {
			out = append(out, p)
		}
	}
	m.pairs = out
}

// merge adds another's word for a pair that is there: two who are half sure are surer.
func (m *miner) merge(i int, p Pair) {
	have := &m.pairs[i]
	news := slices.DeleteFunc(slices.Clone(p.People), func(who string) bool { return slices.Contains(have.People, who) })
	if len(news) > 0 {
		have.Weight = 1 - (1-have.Weight)*(1-p.Weight)
		have.People = append(have.People, news...)
		slices.Sort(have.People)
		return
	}
	have.Weight = max(have.Weight, p.Weight)
}

// capPeople holds the weight of each person down to a share of the whole. What a person loses
// makes the whole smaller, and so it is done until nobody is above.
func (m *miner) capPeople() {
	of := map[string][]int{}
	for i, p := range m.pairs {
		for _, who := range p.People {
			of[who] = append(of[who], i)
		}
	}
	m.r.People = len(of)
	var names []string
	for who := range of {
		names = append(names, who)
	}
	slices.Sort(names)
	// Of few people each has a large share, and nobody can be held below an even one.
	most := max(m.o.Person, 2/float64(max(1, len(names))))
	capped := map[string]bool{}
	for round := range 50 {
		total := 0.0
		for _, p := range m.pairs {
			total += p.Weight
		}
		changed := false
		for _, who := range names {
			sum := 0.0
			for _, i := range of[who] {
				sum += m.pairs[i].Weight / float64(len(m.pairs[i].People))
			}
			if round == 0 && total > 0 {
				m.r.Busiest = max(m.r.Busiest, sum/total)
			}
			if limit := max(1, most*total); sum > limit*1.01 {
				for _, i := range of[who] {
					m.pairs[i].Weight *= limit / sum
				}
				capped[who], changed = true, true
			}
		}
		if !changed {
			break
		}
	}
	m.r.Capped = len(capped)
}

// size is the length of a text in characters, one at least.
func size(s string) float64 { return float64(max(1, utf8.RuneCountInString(s))) }

// ratio is the geometric mean, by weight, of the lengths of chosen to rejected answers; 1 where
// there are none.
func ratio(pairs []Pair) float64 {
	sum, weight := 0.0, 0.0
	for _, p := range pairs {
		sum += p.Weight * math.Log(size(p.Chosen)/size(p.Rejected))
		weight += p.Weight
	}
	if weight == 0 {
		return 1
	}
	return math.Exp(sum / weight)
}

// balance lowers the weight of pairs in which one answer is much longer, on the side, longer or
// shorter, that wins more of them, until it wins little more than the other. Corrections are
// weighed like the rest: who corrects mostly writes more.
func (m *miner) balance() {
	var longer, shorter float64
	side := func(p Pair) int {
		switch r := size(p.Chosen) / size(p.Rejected); {
		case r >= m.o.Longer:
			return 1
		case r <= 1/m.o.Longer:
			return -1
		}
		return 0
	}
	for _, p := range m.pairs {
		switch side(p) {
		case 1:
			longer += p.Weight
		case -1:
			shorter += p.Weight
		}
	}
	// Where one side has nothing the other keeps a tenth: better few than none, and the ratio
	// in the report tells.
	wins, factor := 1, 1.0
	switch {
	case longer > m.o.Balanced*shorter:
		factor = max(0.1, m.o.Balanced*shorter/longer)
	case shorter > m.o.Balanced*longer:
		wins, factor = -1, max(0.1, m.o.Balanced*longer/shorter)
	}
	for i, p := range m.pairs {
		if side(p) == wins {
			m.pairs[i].Weight *= factor
		}
	}
}
