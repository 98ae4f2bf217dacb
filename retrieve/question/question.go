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
	"regexp"
	"slices"
	"strings"

	"wenyuan/index/analysis"
)

// A Question is what was asked, taken apart. It may be used by several goroutines at once.
type Question struct {
	Text    string
	Chinese bool // it is written in Chinese
	English bool // it has words that only join in English; names alone are of no language
	Kind    Kind
	Parts   []Part  // the first MaxParts of them
	Total   float64 // weight of all parts

	amount  amount           // what sort of number is asked for
	single  []int            // parts that are words of one character
	extreme Mask             // parts that say that the greatest is asked for
	terms   Text             // of the question, with those that only ask
	at      map[string][]int // parts that a term of the index stands for
	first   [256]bool        // first bytes of these terms
}

// MaxParts is how many parts of a question count; a longer one is a text.
const MaxParts = 128

// Parse takes a question apart. Weights nil makes all parts equal.
func Parse(text string, weights Weights) *Question {
	q := &Question{Text: text, Chinese: isChinese(text), Kind: kindOf(text), terms: Prepare(text)}
	names := Prepare(q.Identifiers()...)
	for _, term := range analysis.Terms(text) {
		q.English = q.English || !q.Chinese && stopStems[term]
	}
	if q.Kind == Amount {
		q.amount = amountOf(text)
	}
	q.Parts = parts(q.matter(), weights, names)
	if weights != nil {
		q.soften()
	}
	q.weigh()
	q.extreme = q.extremes()
	q.at = map[string][]int{}
	for i, p := range q.Parts {
		if p.alone {
			q.single = append(q.single, i)
		}
		for _, term := range p.any {
			q.at[term] = append(q.at[term], i)
			q.first[term[0]] = true
		}
	}
	return q
}

func (q *Question) weigh() {
	q.Total = 0
	for _, p := range q.Parts {
		q.Total += p.Weight
	}
}

// A Mask says which parts of a question a text has.
type Mask [MaxParts / 64]uint64

// Or is what two texts have together.
func (m Mask) Or(n Mask) Mask {
	for i := range m {
		m[i] |= n[i]
	}
	return m
}

func (m *Mask) set(i int)     { m[i/64] |= 1 << (i % 64) }
func (m Mask) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

// In says which parts some texts together have.
func (q *Question) In(texts ...string) Mask {
	f := finder{at: q.at}
	s := analysis.Scanner{First: &q.first}
	for _, t := range texts {
		s.Scan(t, &f)
		for _, i := range q.single {
			if strings.Contains(t, q.Parts[i].Term) {
				f.found.set(i)
			}
		}
		if q.extreme != (Mask{}) && greatest.MatchString(t) {
			f.found = f.found.Or(q.extreme)
		}
	}
	return f.found
}

// A finder notes the parts whose terms pass by.
type finder struct {
	at    map[string][]int
	found Mask
}

// Term takes a term from the scanner. Names written in humps count with their parts:
// maxMessageSize has message and size.
func (f *finder) Term(_ analysis.Kind, term []byte) {
	for _, i := range f.at[string(term)] {
		f.found.set(i)
	}
}

// Spelling is not needed here.
func (f *finder) Spelling([]byte) {}

// Share is the weight of the parts found, as a part of the whole: 0 to 1; 0 for a
// question without content.
func (q *Question) Share(m Mask) float64 { return q.ShareBeyond(m, Mask{}) }

// ShareBeyond is the share of the parts found among those that known does not have:
// what a sentence below a heading must still say. It is 0 where known has them all.
func (q *Question) ShareBeyond(m, known Mask) float64 {
	found, total := 0.0, 0.0
	for i, p := range q.Parts {
		if known.has(i) {
			continue
		}
		total += p.Weight
		if m.has(i) {
			found += p.Weight
		}
	}
	if total == 0 {
		return 0
	}
	return found / total
}

// Among is the question with its weights sharpened for a choice among texts: a part
// that most of them have says little about which one answers.
func (q *Question) Among(texts []Mask) *Question {
	sharp := *q
	sharp.Parts = slices.Clone(q.Parts)
	for i := range sharp.Parts {
		n := 0
		for _, t := range texts {
			if t.has(i) {
				n++
			}
		}
		sharp.Parts[i].Weight *= rarity(n, len(texts))
	}
	sharp.weigh()
	return &sharp
}

// numerals write amounts, which are news however short.
const numerals = "零一二三四五六七八九十百千万两半"

// New is how much a text says that the question does not: each word or number counts
// three, each pair of Chinese characters one; words that only join count nothing.
func (q *Question) New(text string) (n int) {
	for term := range Prepare(text) {
		switch {
		case q.terms[term] || stopStems[term] || stopPhrases[term]:
		case isPair(term) && !strings.ContainsAny(term, numerals):
			n++
		default:
			n += 3
		}
	}
	return n
}

// aside is what a heading says a second time in parentheses: 主题（Topic）.
var aside = regexp.MustCompile(`^\s*(.+?)\s*[(（]([^)）]+)[)）]\s*$`)

// Named is how well a heading and the question are about the same: the harmonic
// mean of the shares of each in the other. A name given again in parentheses counts
// as the heading does.
func (q *Question) Named(heading string) float64 {
	named := q.named(heading)
	if m := aside.FindStringSubmatch(heading); m != nil {
		named = max(named, q.named(m[1]), q.named(m[2]))
	}
	return named
}

// outer is what the name of a chapter counts for what stands in its sections.
const outer = 0.8

// NamedAmong is how well the best of a title and the headings below it, outermost
// first, is named as the question asks. The innermost counts whole.
func (q *Question) NamedAmong(title string, headings []string) float64 {
	if len(headings) == 0 {
		return q.Named(title)
	}
	last := len(headings) - 1
	named := max(q.Named(headings[last]), outer*q.Named(title))
	for _, h := range headings[:last] {
		named = max(named, outer*q.Named(h))
	}
	return named
}

func (q *Question) named(heading string) float64 {
	there := q.Share(q.In(heading))
	if there == 0 {
		return 0
	}
	back := q.back(heading)
	if back == 0 {
		return 0
	}
	return 2 * there * back / (there + back)
}

// back is the share of a text's words that the question has.
func (q *Question) back(text string) float64 {
	text = humps.ReplaceAllString(numbering.ReplaceAllString(text, ""), "$1 $2")
	found, all := 0, 0
	for _, p := range parts(text, nil, nil) {
		all++
		if slices.ContainsFunc(p.any, func(term string) bool { return q.terms[term] }) {
			found++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}
