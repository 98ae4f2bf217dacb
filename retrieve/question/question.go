// Package question says what a question asks for: its language, its kind, and its
// content, weighed by how much each part tells texts apart.
//
// It knows no corpus and no index: weights come from outside. The parts are words by
// their stems and Chinese characters by the pairs they stand in, since Chinese is not
// cut into words here: a character counts as found where a pair with a neighbour is
// found, and counts as little as the commoner of its two pairs, so that a pair across the
// border of two words, which is rare everywhere, neither helps nor hurts.
package question

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/index/analysis"
)

// A Question is what was asked, taken apart. It may be used by several goroutines at once.
type Question struct {
	Text    string
	Chinese bool // most of its letters are
	Kind    Kind
	Parts   []Part
	Total   float64 // weight of all parts

	terms Text // of the question, with those that only ask
}

// A Part is a word, or a character of Chinese.
type Part struct {
	Term   string   // the stem, or the character
	any    []string // terms of the index: found where one of them is
	Weight float64
}

// Weights gives how much a term of the index tells apart, above 0; a term that is
// missing counts as unknown to the corpus and weighs Unknown.
type Weights map[string]float64

// Unknown is the weight of a term no passage has when the corpus is not at hand:
// that of a term in one passage of five hundred.
const Unknown = 6

// Parse takes a question apart. Weights nil makes all parts equal.
func Parse(text string, weights Weights) *Question {
	q := &Question{Text: text, Chinese: isChinese(text), Kind: kindOf(text)}
	terms := analysis.Terms(text)
	q.terms = Prepare(text)
	for i := 0; i < len(terms); {
		if !isPair(terms[i]) {
			q.word(terms[i], weights)
			i++
			continue
		}
		j := i + 1
		for j < len(terms) && isPair(terms[j]) && chained(terms[j-1], terms[j]) {
			j++
		}
		q.run(terms[i:j], weights)
		i = j
	}
	for _, p := range q.Parts {
		q.Total += p.Weight
	}
	return q
}

// word adds a stem, unless it says nothing.
func (q *Question) word(term string, weights Weights) {
	if stopStems[term] || stopCharacters[term] || q.has(term) {
		return
	}
	q.Parts = append(q.Parts, Part{Term: term, any: []string{term}, Weight: weights.of(term)})
}

// run adds the characters of a run of Chinese that is given by its pairs.
func (q *Question) run(pairs []string, weights Weights) {
	var run []rune
	for i, p := range pairs {
		r := []rune(p)
		if i == 0 {
			run = append(run, r[0])
		}
		run = append(run, r[1])
	}
	content := contentOf(run)
	for i := range run {
		if !content[i] {
			continue
		}
		p := Part{Term: string(run[i])}
		if i > 0 && content[i-1] {
			p.any = append(p.any, pairs[i-1])
		}
		if i+1 < len(run) && content[i+1] {
			p.any = append(p.any, pairs[i])
		}
		if len(p.any) == 0 { // a word of one character: what stands beside it does not matter
			p.any = pairs[max(0, i-1):min(len(pairs), i+1)]
		}
		p.Weight = weights.of(p.any[0])
		for _, t := range p.any {
			p.Weight = min(p.Weight, weights.of(t))
		}
		p.Weight /= 2 // most words have two characters
		if !q.has(p.Term) {
			q.Parts = append(q.Parts, p)
		}
	}
}

func (q *Question) has(term string) bool {
	return slices.ContainsFunc(q.Parts, func(p Part) bool { return p.Term == term })
}

func (w Weights) of(term string) float64 {
	if w == nil {
		return 1
	}
	if v, ok := w[term]; ok {
		return v
	}
	return Unknown
}

// A Text is a text made ready to be compared with questions.
type Text map[string]bool

// Prepare takes the terms of a text, or of several as one.
func Prepare(texts ...string) Text {
	t := Text{}
	for _, s := range texts {
		for _, term := range analysis.Terms(s) {
			t[term] = true
		}
	}
	return t
}

// Join is the texts as one.
func Join(texts ...Text) Text {
	all := Text{}
	for _, t := range texts {
		for term := range t {
			all[term] = true
		}
	}
	return all
}

// Covered is the weight of the parts that a text has.
func (q *Question) Covered(t Text) (sum float64) {
	for _, p := range q.Parts {
		if p.In(t) {
			sum += p.Weight
		}
	}
	return sum
}

// In says whether a text has the part.
func (p Part) In(t Text) bool {
	return slices.ContainsFunc(p.any, func(term string) bool { return t[term] })
}

// Share is Covered as a part of the whole, from 0 to 1; 0 for a question without content.
func (q *Question) Share(t Text) float64 {
	if q.Total == 0 {
		return 0
	}
	return q.Covered(t) / q.Total
}

// New counts the terms of a text that the question does not have.
func (q *Question) New(t Text) (n int) {
	for term := range t {
		if !q.terms[term] {
			n++
		}
	}
	return n
}

// Named is how well a heading and the question are about the same: the harmonic
// mean of the shares of each in the other.
func (q *Question) Named(heading string) float64 {
	there := q.Share(Prepare(heading))
	if there == 0 {
		return 0
	}
	back := Parse(heading, nil).Share(q.terms)
	if back == 0 {
		return 0
	}
	return 2 * there * back / (there + back)
}

// contentOf marks the characters that are not part of a word that only asks or joins.
func contentOf(run []rune) []bool {
	content := make([]bool, len(run))
	for i := 0; i < len(run); {
		n := stopAt(run[i:])
		if n == 0 {
			content[i] = true
			n = 1
		}
		i += n
	}
	return content
}

// stopAt is the length of the longest stop phrase at the beginning of a run.
func stopAt(run []rune) int {
	for n := min(longestStop, len(run)); n > 1; n-- {
		if stopPhrases[string(run[:n])] {
			return n
		}
	}
	if stopCharacters[string(run[:1])] {
		return 1
	}
	return 0
}

func isPair(term string) bool {
	r, n := utf8.DecodeRuneInString(term)
	return r >= 0x2e80 && n < len(term)
}

// chained says whether two pairs share a character.
func chained(a, b string) bool {
	_, n := utf8.DecodeRuneInString(a)
	return strings.HasPrefix(b, a[n:])
}

// isChinese says whether the text has a Chinese character for every four other letters at least.
func isChinese(text string) bool {
	han, other := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			other++
		}
	}
	return han > 0 && han*4 >= other
}
