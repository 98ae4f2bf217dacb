package index

import (
	"slices"

	"wenyuan/index/analysis"
)

// A queryTerm is one distinct term of a question.
type queryTerm struct {
	key    string  // kind and text, as in segments
	count  float64 // how often the question has it as a word of its own; 0 for what only helps
	named  float64 // how many of these stand in an identifier
	weight float64
}

// Weights of terms that only help, beside 1 for a word: an identifier found whole, and
// a word that meets a part of an identifier.
const (
	wholeWeight = 0.5
	partWeight  = 0.1
)

// maxTerms bounds the terms of a question; later ones do not count. A question of a
// thousand Chinese characters stays below.
const maxTerms = 1024

// A question is a text as it is searched.
type question struct {
	words   []queryTerm
	letters []queryTerm
	at      map[string]int
	key     []byte
	runs    []string
	read    []int // in words, the words read so far
}

// Term implements analysis.Sink.
func (q *question) Term(kind analysis.Kind, term []byte) {
	switch kind {
	case analysis.Word:
		if i := q.add('w', term, 1, 1); i >= 0 {
			q.read = append(q.read, i)
		}
		q.add('p', term, 0, partWeight)
	case analysis.Part:
		q.add('w', term, 0, partWeight)
		q.add('p', term, 0, partWeight)
	case analysis.Whole:
		q.add('i', term, 0, wholeWeight)
		q.name(term)
	}
}

// name marks the words of an identifier, which were read just before it. A name says what it
// names and not what its words mean, so learned vectors that stand beside words leave them out.
func (q *question) name(identifier []byte) {
	n := 1
	for _, c := range identifier {
		if c == '_' || c == '-' || c == '.' {
			n++
		}
	}
	for _, i := range q.read[max(0, len(q.read)-n):] {
		q.words[i].named++
	}
}

// Spelling implements analysis.Sink.
func (q *question) Spelling(piece []byte) {
	q.runs = analysis.AppendLetters(q.runs[:0], piece)
	for _, r := range q.runs {
		q.add('l', []byte(r), 0, 1)
	}
}

// add counts a term and gives its place; -1 where there are too many.
func (q *question) add(kind byte, term []byte, count, weight float64) int {
	terms := &q.words
	if kind == 'l' {
		terms = &q.letters
	}
	q.key = append(append(q.key[:0], kind), term...)
	i, ok := q.at[string(q.key)]
	if !ok {
		if len(*terms) == maxTerms {
			return -1
		}
		i = len(*terms)
		*terms = append(*terms, queryTerm{key: string(q.key)})
		q.at[string(q.key)] = i
	}
	(*terms)[i].count += count
	(*terms)[i].weight += weight
	return i
}

// ask cuts a question. English words without a meaning of their own are left out, unless
// there are no others.
func ask(text string) *question {
	q := &question{at: map[string]int{}}
	new(analysis.Scanner).Scan(text, q)
	empty := func(t queryTerm) bool {
		return (t.key[0] == 'w' || t.key[0] == 'p') && !analysis.IsChinese(t.key[1:]) && analysis.IsStop(t.key[1:])
	}
	if !slices.ContainsFunc(q.words, func(t queryTerm) bool { return t.count > 0 && !empty(t) }) {
		return q
	}
	q.words = slices.DeleteFunc(q.words, empty)
	return q
}
