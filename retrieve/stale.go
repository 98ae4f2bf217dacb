package retrieve

import (
	"cmp"
	"fmt"
	"slices"
)

// staleness drops what another version of the same document says anew. The version that
// the question names wins; else the newest that was found does. The winner takes the place
// of the one that goes. Two versions that have little in common both stay: one is then no
// newer form of the other.
func (f Filters) staleness(asked string) func(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
	return func(in []candidate, drop func(candidate, string, string)) (kept []candidate) {
		if f.Stale < 0 || len(in) < 2 {
			return in
		}
		v := versions{asked: asked, common: f.Stale, in: slices.Clone(in)}
		v.read()
		for i := range v.in {
			if n := v.winner(i); n != i {
				v.in[n].score = max(v.in[n].score, v.in[i].score)
			}
		}
		for i, c := range v.in {
			if n := v.winner(i); n != i {
				drop(c, Superseded, fmt.Sprintf("%s (%s) is another version of %s (%s), which is read instead",
					c.passage.Source, v.editions[i].mark, in[n].passage.Source, v.editions[n].mark))
				continue
			}
			kept = append(kept, c)
		}
		slices.SortStableFunc(kept, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
		return kept
	}
}

// versions are candidates with their editions.
type versions struct {
	asked    string
	common   float64
	in       []candidate
	editions []edition
	families [][2]string
	by       []int // the place of the one that is read instead; its own where there is none
}

func (v *versions) read() {
	for _, c := range v.in {
		e, f := editionOf(c.passage)
		v.editions, v.families = append(v.editions, e), append(v.families, f)
	}
	v.by = make([]int, len(v.in))
	for i := range v.in {
		v.by[i] = i
		for j := range v.in {
			if v.families[i][0] != v.families[j][0] && v.families[i][1] != v.families[j][1] {
				continue
			}
			if v.before(v.editions[j], v.editions[v.by[i]]) && v.overlap(i, j) {
				v.by[i] = j
			}
		}
	}
}

// winner follows the chain to its end. Editions have an order, so it has one; the bound is
// for those that cannot be compared.
func (v *versions) winner(i int) int {
	for range v.by {
		if v.by[i] == i {
			break
		}
		i = v.by[i]
	}
	return i
}

// before says whether a is to be read rather than b.
func (v *versions) before(a, b edition) bool {
	c := a.compare(b)
	if c == 0 {
		return false
	}
	switch an, bn := a.named(v.asked), b.named(v.asked); {
	case an && !bn:
		return true
	case bn && !an:
		return false
	}
	return c > 0
}

// overlap says whether the second passage has enough of the first that it can stand for it.
func (v *versions) overlap(i, j int) bool {
	return newSketch(v.in[i].termsOf()).within(newSketch(v.in[j].termsOf())) >= v.common
}
