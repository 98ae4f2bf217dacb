package rule

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// count keeps in how many terms of combinations a word stands.
func (b *builder) count(terms []term) {
	if len(terms) == 1 {
		return
	}
	for _, t := range terms {
		if !b.lists[&t[0]] {
			b.lists[&t[0]] = true
			for _, w := range t {
				b.used[w.text]++
			}
		}
	}
}

//go:embed common.txt
var commonText string

// common are words that stand in any text.
var common = sync.OnceValue(func() map[string]bool {
	_, words, _ := strings.Cut(commonText, "\n") // the comment
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
})

// From this weight the words of a term are the words of any question. It is in how many
// terms of combinations they stand, on average, and more where one of them is common, or as
// short as a single Han character or three letters.
const (
	generic = 3
	short   = 6
)

// telling are the terms of a combination that are looked for first, as bits: those that are
// not generic, or else the two that are least so.
func (b *builder) telling(terms []term) uint8 {
	bits, weights := uint8(0), make([]float64, len(terms))
	order := make([]int, len(terms))
	for i, t := range terms {
		order[i], weights[i] = i, b.weight(t)
		if weights[i] < generic {
			bits |= 1 << i
		}
	}
	if bits == 0 {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(weights[i], weights[j]) })
		for _, i := range order[:min(2, len(order))] {
			bits |= 1 << i
		}
	}
	return bits
}

// weight says how much the words of a term are those of any question.
func (b *builder) weight(t term) float64 {
	sum, size, usual := 0, MaxPattern, 0.0
	for _, w := range t {
		sum += b.used[w.text]
		size = min(size, len(w.text))
		if common()[w.text] {
			usual = generic
		}
	}
	return float64(sum)/float64(len(t)) + short/float64(size) + usual
}
