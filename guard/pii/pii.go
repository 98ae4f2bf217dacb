// Package pii finds personal data and secrets in a text, covers them, and puts them back for
// who may see them.
//
// What has a checksum is found by it; what has a form by its form and the words around it;
// names and addresses by lists, forms and the words around them, which is a heuristic: some
// are missed, and some words are taken for names. Organisations, countries and cities,
// nationalities, job titles and dates that are not a birth are not looked for: [Kinds] lists
// what is.
//
// A text is folded first: full-width digits and letters are plain ones, what is invisible is
// not there. The time is linear in the text whatever it holds; no regular expression is used.
// What is found never leaves this package in the clear but in an [Entry]: [Evidence] shows
// only the ends.
package pii

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Threshold is the score from which a span counts as found. What [Find] gives below it is a
// doubt: a number that stands where a card number is expected and fails the checksum, a
// word that may be a name. A policy that wants them lowers its own threshold.
const Threshold = 0.5

// A Span is one piece of personal data or one secret.
type Span struct {
	Kind    string  // one of Kinds
	Start   int     // code points of the text; a byte that is not UTF-8 counts as one
	End     int     // first code point that no longer belongs to it
	Score   float64 // 0 to 1; from Threshold it counts as found
	Checked bool    // its checksum holds
	Layer   string  // what found it: "checksum", "form", "context", "list", "entropy"
}

// The layers.
const (
	byChecksum = "checksum"
	byForm     = "form"
	byContext  = "context"
	byList     = "list"
	byEntropy  = "entropy"
)

// Find gives what is personal or secret in the text, in the order of the text and without
// overlaps. Spans with a score from half of Threshold are given.
func Find(raw string) []Span {
	f := &finder{text: fold(raw)}
	f.scan()
	f.han()
	f.english()
	f.columns()
	return f.settle(raw)
}

// finder collects what is found; its spans hold bytes of the folded text until settle.
type finder struct {
	text
	words  []word
	spans  []Span
	nameTo int // where the last Chinese name ended; 0 before the first
}

func (f *finder) add(kind string, start, end int, score float64, layer string) {
	f.spans = append(f.spans, Span{Kind: kind, Start: start, End: end, Score: score, Layer: layer, Checked: layer == byChecksum})
}

// settle keeps the better of what overlaps, and gives offsets of the raw text in code points.
func (f *finder) settle(raw string) []Span {
	if len(f.spans) == 0 {
		return nil
	}
	slices.SortStableFunc(f.spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	kept := f.spans[:0:0]
	for _, s := range f.spans {
		for len(kept) > 0 && s.Start < kept[len(kept)-1].End && better(s, kept[len(kept)-1]) {
			kept = kept[:len(kept)-1]
		}
		if len(kept) == 0 || s.Start >= kept[len(kept)-1].End {
			kept = append(kept, s)
		}
	}
	at, points := 0, 0
	point := func(to int) int {
		points += utf8.RuneCountInString(raw[at:to])
		at = to
		return points
	}
	for i := range kept {
		from := f.raw(kept[i].Start)
		to := visible(raw, from, f.raw(kept[i].End))
		kept[i].Start, kept[i].End = point(from), point(to)
	}
	return kept
}

// visible takes what is invisible from the end of a span.
func visible(raw string, from, to int) int {
	for to > from {
		r, size := utf8.DecodeLastRuneInString(raw[from:to])
		if b, ok := plain(r); !ok || b != 0 {
			break
		}
		to -= size
	}
	return to
}

// better says whether a is to be kept rather than b, with which it overlaps.
func better(a, b Span) bool {
	if (a.Score >= Threshold) != (b.Score >= Threshold) {
		return a.Score > b.Score
	}
	if a.Checked != b.Checked {
		return a.Checked
	}
	if n, m := a.End-a.Start, b.End-b.Start; n != m && a.Kind == b.Kind {
		return n > m
	}
	return a.Score > b.Score
}
