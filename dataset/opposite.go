package dataset

import (
	"cmp"
	"slices"

	"wenyuan/dataset/form"
)

// opposites finds rows that say the opposite of one another: one answer to one question that is good
// and bad, or two answers of which each is the better one. It takes 16 bytes for each row with a label
// or a preference.
type opposites []claim

type claim struct {
	key uint64 // of the question with its answers
	row uint32
	yes bool
}

// add notes what a row says. row is any number of the caller's.
func (o *opposites) add(r form.Row, row uint32) {
	switch r.Kind {
	case form.Label:
		*o = append(*o, claim{hash64(words(r)), row, *r.Good})
	case form.Preference:
		a, b := hash64(words(form.Row{Messages: r.Chosen})), hash64(words(form.Row{Messages: r.Rejected}))
		*o = append(*o, claim{run([]uint64{hash64(asked(r)), min(a, b), max(a, b)}), row, a < b})
	}
}

// find gives pairs of rows: of each question with an answer the first two that say the opposite.
func (o opposites) find() (pairs [][2]uint32) {
	slices.SortFunc(o, func(a, b claim) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row)) })
	for first := range o.groups() {
		for _, c := range first[1:] {
			if c.yes != first[0].yes {
				pairs = append(pairs, [2]uint32{first[0].row, c.row})
				break
			}
		}
	}
	return pairs
}

// rows are all rows of questions of which there are pairs.
func (o opposites) rows() (rows []uint32) {
	for group := range o.groups() {
		if slices.ContainsFunc(group, func(c claim) bool { return c.yes != group[0].yes }) {
			for _, c := range group {
				rows = append(rows, c.row)
			}
		}
	}
	return rows
}

// groups goes through claims with one key; they are sorted.
func (o opposites) groups() func(func(opposites) bool) {
	return func(yield func(opposites) bool) {
		for i := 0; i < len(o); {
			j := i
			for j < len(o) && o[j].key == o[i].key {
				j++
			}
			if !yield(o[i:j]) {
				return
			}
			i = j
		}
	}
}
