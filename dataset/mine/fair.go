package mine

import (
	"cmp"
	"hash/fnv"
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

// order is the places of the pairs, the weightiest first, and of equal ones by what they say, so that what
// is kept of many does not hang on who came first.
func (m *miner) order() []int {
	at, key := make([]int, len(m.pairs)), make([]uint64, len(m.pairs))
	for i, p := range m.pairs {
		h := fnv.New64a()
		for _, s := range []string{p.Question, p.Chosen, p.Rejected} {
			h.Write([]byte(s))
			h.Write([]byte{0})
		}
		at[i], key[i] = i, h.Sum64()
	}
	slices.SortFunc(at, func(i, j int) int {
		return cmp.Or(cmp.Compare(m.pairs[j].Weight, m.pairs[i].Weight), cmp.Compare(key[i], key[j]), cmp.Compare(i, j))
	})
	return at
}

// capPeople sets pairs aside until nobody has more than a share of the whole. What a person loses makes
// the whole smaller, and so it is done again until nothing changes. Everybody keeps one pair.
func (m *miner) capPeople() {
	of, total := map[string]float64{}, 0.0
	for _, p := range m.pairs {
		for _, who := range p.People {
			of[who] += p.Weight / float64(len(p.People))
		}
		total += p.Weight
	}
	m.r.People = len(of)
	for _, sum := range of {
		m.r.Busiest = max(m.r.Busiest, sum/max(total, 1e-9))
	}
	// Of few people each has a large share, and nobody can be held below an even one.
	most := max(m.o.Person, 2/float64(max(1, len(of))))
	order := m.order()
	for range 50 {
		kept, capped := m.within(order, max(1, most*total))
		if m.r.Capped = capped; kept > 0.99*total {
			return
		}
		total = kept
	}
}

// within keeps pairs, in an order, as long as the people they rest on stay below a limit; it gives the weight
// that is kept, and how many people have pairs that are not.
func (m *miner) within(order []int, limit float64) (kept float64, capped int) {
	used, over := map[string]float64{}, map[string]bool{}
	for _, i := range order {
		p := &m.pairs[i]
		share := p.Weight / float64(max(1, len(p.People)))
		p.Aside = ""
		for _, who := range p.People {
			if used[who]+share > limit && used[who] > 0 {
				p.Aside, over[who] = Busy, true
			}
		}
		if p.Aside != "" {
			continue
		}
		for _, who := range p.People {
			used[who] += share
		}
		kept += p.Weight
	}
	return kept, len(over)
}

// size is the length of a text in characters, one at least.
func size(s string) float64 { return float64(max(1, utf8.RuneCountInString(s))) }

// longer is the logarithm of how much longer the chosen answer is than the rejected one.
func (p Pair) longer() float64 { return math.Log(size(p.Chosen) / size(p.Rejected)) }

// ratio is the geometric mean, by weight, of the lengths of chosen to rejected answers, without those set
// aside; 1 where there are none.
func ratio(pairs []Pair) float64 {
	sum, weight := 0.0, 0.0
	for _, p := range pairs {
		if p.Aside == "" {
			sum += p.Weight * p.longer()
			weight += p.Weight
		}
	}
	if weight == 0 {
		return 1
	}
	return math.Exp(sum / weight)
}

// correlation is Pearson's, by weight, of the logarithm of the ratio of two lengths with which of the two
// is preferred, over both orders of each pair: 1 where the longer one always wins by as much, 0 where
// length says nothing. Pairs set aside are left out.
func correlation(pairs []Pair) float64 {
	sum, squares, weight := 0.0, 0.0, 0.0
	for _, p := range pairs {
		if p.Aside == "" {
			d := p.longer()
			sum += p.Weight * d
			squares += p.Weight * d * d
			weight += p.Weight
		}
	}
	if squares == 0 {
		return 0
	}
	return sum / math.Sqrt(weight*squares)
}

// strata are the ratios of lengths between which pairs are balanced apart: so length says little within
// each, and not only on the whole.
var strata = []float64{1.02, 1.1, 1.25, 1.5, 2, 4}

// fewPairs is the weight of pairs that stay on each side of a stratum.
const fewPairs = 3

// balance sets pairs aside of the side, longer or shorter, that wins more in a stratum, until it wins
// little more than the other. Where the other has nothing a tenth is kept: better few than none, and the
// report tells. A few pairs stay in any case, as of so few nobody can tell. Corrections are treated like the rest: who corrects mostly writes more.
func (m *miner) balance() {
	type side struct {
		stratum int
		longer  bool
	}
	of := func(p Pair) side {
		d := p.longer()
		at, _ := slices.BinarySearch(strata, math.Exp(math.Abs(d)))
		return side{at, d > 0}
	}
	won := map[side]float64{}
	for _, p := range m.pairs {
		if p.Aside == "" {
			won[of(p)] += p.Weight
		}
	}
	kept := map[side]float64{}
	for _, i := range m.order() {
		p := &m.pairs[i]
		s := of(*p)
		if p.Aside != "" || s.stratum == 0 {
			continue
		}
		limit := max(m.o.Balanced*won[side{s.stratum, !s.longer}], won[s]/10, fewPairs)
		if kept[s] > 0 && kept[s]+p.Weight > limit {
			p.Aside = Length
			continue
		}
		kept[s] += p.Weight
	}
}
