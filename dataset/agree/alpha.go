package agree

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Alpha is Krippendorff's alpha ("Computing Krippendorff's Alpha-Reliability", 2011): 1 is
// agreement, 0 what chance gives, below it is opposition. Each unit holds the values that
// people gave to one item, NaN for who gave none; units with one value count for nothing. Not
// ok: nothing can be compared, or everybody said one thing all the time, which shows no
// agreement but that nothing varied.
func Alpha(units [][]float64, m Metric) (alpha float64, ok bool) {
	values, rows := coincidences(units)
	if len(values) < 2 {
		return 0, false
	}
	n, total := make([]float64, len(values)), 0.0
	for i, row := range rows {
		for _, x := range row {
			n[i] += x
		}
		total += n[i]
	}
	var seen, expected float64
	for i := range values {
		for j := range values {
			d := m.apart(values, n, i, j)
			seen += rows[i][j] * d
			expected += n[i] * n[j] * d
		}
	}
	return 1 - (total-1)*seen/expected, true
}

// coincidences counts, over all units, how often two values meet in one.
func coincidences(units [][]float64) (values []float64, rows [][]float64) {
	var kept [][]float64
	for _, u := range units {
		u = slices.DeleteFunc(slices.Clone(u), math.IsNaN)
		if len(u) > 1 {
			kept, values = append(kept, u), append(values, u...)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	rows = make([][]float64, len(values))
	for i := range rows {
		rows[i] = make([]float64, len(values))
	}
	for _, u := range kept {
		for i, a := range u {
			for j, b := range u {
				if i != j {
					rows[sort.SearchFloat64s(values, a)][sort.SearchFloat64s(values, b)] += 1 / float64(len(u)-1)
				}
			}
		}
	}
	return values, rows
}

// apart is the squared difference of two values; n is how often each occurs.
func (m Metric) apart(values, n []float64, i, j int) float64 {
	switch {
	case i == j:
		return 0
	case m == Interval:
		return (values[i] - values[j]) * (values[i] - values[j])
	case m == Ordinal:
		i, j = min(i, j), max(i, j)
		between := -(n[i] + n[j]) / 2
		for k := i; k <= j; k++ {
			between += n[k]
		}
		return between * between
	}
	return 1
}

// Agreement is Alpha of votes, by equal labels. See there for ok.
func Agreement(votes []Vote) (alpha float64, ok bool) {
	c := count(votes, nil)
	units := make([][]float64, len(c.items))
	for i, votes := range c.of {
		for _, v := range votes {
			units[i] = append(units[i], float64(v.label))
		}
	}
	return Alpha(units, Nominal)
}

// Two are two people who judged some of the same items.
type Two struct {
	A, B  string
	Items int
	Same  float64 // share of the items that they gave one label
	Kappa float64 // Cohen's kappa: Same beyond what chance gives; 1 where both always said one thing
}

// Pairwise compares any two people who judged a same item, by their names.
func Pairwise(votes []Vote) []Two {
	c := count(votes, nil)
	met := map[[2]int]*meeting{}
	for _, votes := range c.of {
		for j, b := range votes {
			for _, a := range votes[:j] {
				k := [2]int{a.person, b.person}
				if met[k] == nil {
					met[k] = &meeting{a: map[int]float64{}, b: map[int]float64{}}
				}
				met[k].add(a.label, b.label)
			}
		}
	}
	var out []Two
	for k, m := range met {
		out = append(out, m.two(c.persons[k[0]], c.persons[k[1]]))
	}
	slices.SortFunc(out, func(x, y Two) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return out
}

// A meeting is what two people said of the items that both judged.
type meeting struct {
	n, same float64
	a, b    map[int]float64 // how often each said a label
}

func (m *meeting) add(a, b int) {
	m.n++
	m.a[a]++
	m.b[b]++
	if a == b {
		m.same++
	}
}

func (m *meeting) two(a, b string) Two {
	two := Two{A: a, B: b, Items: int(m.n), Same: m.same / m.n, Kappa: 1}
	var chance float64
	for label, n := range m.a {
		chance += n * m.b[label] // whole numbers: the order of a map does not matter
	}
	if chance /= m.n * m.n; chance < 1 {
		two.Kappa = (two.Same - chance) / (1 - chance)
	}
	return two
}

// counted are votes by number: items, persons and labels by their names, rising.
type counted struct {
	items, persons, labels []string
	of                     [][]vote // of each item, by person
	gold                   []int    // label of each item; -1 where it is not known
}

type vote struct{ person, label int }

// count brings votes into an order that does not depend on how they came in, but that a
// later vote takes the place of an earlier one.
func count(votes []Vote, gold map[string]string) *counted {
	type key struct{ item, person string }
	last := make(map[key]string, len(votes))
	c := &counted{}
	for _, v := range votes {
		last[key{v.Item, v.Person}] = v.Label
	}
	for k, label := range last {
		c.items, c.persons, c.labels = append(c.items, k.item), append(c.persons, k.person), append(c.labels, label)
	}
	for item, label := range gold {
		c.items, c.labels = append(c.items, item), append(c.labels, label)
	}
	for _, list := range []*[]string{&c.items, &c.persons, &c.labels} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	number := func(list []string, s string) int { i, _ := slices.BinarySearch(list, s); return i }
	c.of, c.gold = make([][]vote, len(c.items)), make([]int, len(c.items))
	for i, item := range c.items {
		c.gold[i] = -1
		if label, ok := gold[item]; ok {
			c.gold[i] = number(c.labels, label)
		}
	}
	for k, label := range last {
		i := number(c.items, k.item)
		c.of[i] = append(c.of[i], vote{number(c.persons, k.person), number(c.labels, label)})
	}
	for _, votes := range c.of {
		slices.SortFunc(votes, func(a, b vote) int { return cmp.Compare(a.person, b.person) })
	}
	return c
}
