package question

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan/index/analysis"
)

// A Part is a word, or a character of Chinese.
type Part struct {
	Term   string   // the stem, or the character
	any    []string // terms of the index: found where one of them is
	Weight float64
	alone  bool // a word of one character: found wherever the character stands as it was written
}

// Weights gives how much a term of the index tells apart, above 0; a term that is
// missing counts as unknown to the corpus and weighs Unknown.
type Weights map[string]float64

const (
	// Unknown is the weight of a term when the corpus is not at hand: that of a term in
	// one passage of five hundred.
	Unknown = 6
	// Least is the least weight of a term that the corpus has: in a small one about one
	// thing its name is in every passage, and is still what the question asks about.
	Least = 1.5
	// fewSections is the size of a corpus at which a term that it lacks weighs half: a
	// small one has few of the words in which its matter can be asked for.
	fewSections = 10
)

// Weigh is the weight of a term in a corpus of so many sections, from its inverse
// document frequency there.
func Weigh(idf float64, present bool, sections int) float64 {
	if present {
		return max(idf, Least)
	}
	return max(idf*float64(sections)/float64(sections+fewSections), Least/2)
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

// rarity sharpens a weight by how many of some texts have the part.
func rarity(have, of int) float64 { return math.Log(1 + float64(of+1)/float64(have+1)) }

// parts takes a text apart. names are the terms of identifiers in it.
func parts(text string, weights Weights, names Text) []Part {
	c := collector{weights: weights, names: names}
	terms := analysis.Terms(text)
	for i := 0; i < len(terms); {
		if !isPair(terms[i]) {
			c.word(terms[i])
			i++
			continue
		}
		j := i + 1
		for j < len(terms) && isPair(terms[j]) && chained(terms[j-1], terms[j]) {
			j++
		}
		c.run(terms[i:j])
		i = j
	}
	for _, name := range wholes(text) {
		if !c.has(name) {
			c.parts = append(c.parts, Part{Term: name, any: []string{name}, Weight: weights.ofName()})
		}
	}
	return c.parts[:min(len(c.parts), MaxParts)]
}

// ofName is the weight of an identifier written as in the question.
func (w Weights) ofName() float64 {
	if w == nil {
		return 1
	}
	return Unknown
}

// wholes are the identifiers with joints that the index knows whole: err-1042, max_size.
func wholes(text string) []string {
	var w wholeNames
	new(analysis.Scanner).Scan(text, &w)
	return w
}

type wholeNames []string

// Term takes a term from the scanner.
func (w *wholeNames) Term(kind analysis.Kind, term []byte) {
	if kind == analysis.Whole {
		*w = append(*w, string(term))
	}
}

// Spelling is not needed here.
func (w *wholeNames) Spelling([]byte) {}

type collector struct {
	weights Weights
	names   Text
	parts   []Part
}

// named is how much more a part of a name such as maxSize or ERR-1042 weighs: who
// writes it asks for that and nothing like it.
const named = 1.5

// word adds a stem, unless it says nothing.
func (c *collector) word(term string) {
	if stopStems[term] || stopCharacters[term] || c.has(term) {
		return
	}
	p := Part{Term: term, any: []string{term}, Weight: c.weights.of(term)}
	if c.names[term] {
		p.Weight *= named
	}
	c.parts = append(c.parts, p)
}

// run adds the characters of a run of Chinese that is given by its pairs.
func (c *collector) run(pairs []string) {
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
		p.alone = len(p.any) == 0
		if p.alone { // a word of one character: that other words stand beside it elsewhere says little
			p.any = pairs[max(0, i-1):min(len(pairs), i+1)]
		}
		p.Weight = c.weights.of(p.any[0])
		for _, t := range p.any {
			p.Weight = min(p.Weight, c.weights.of(t))
		}
		if p.alone && c.weights != nil {
			p.Weight = Least
		}
		p.Weight /= 2 // most words have two characters
		if !c.has(p.Term) {
			c.parts = append(c.parts, p)
		}
	}
}

func (c *collector) has(term string) bool {
	return slices.ContainsFunc(c.parts, func(p Part) bool { return p.Term == term })
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

// isHan says whether a term is a single character of Chinese.
func isHan(term string) bool {
	r, n := utf8.DecodeRuneInString(term)
	return r >= 0x2e80 && n == len(term)
}

// chained says whether two pairs share a character.
func chained(a, b string) bool {
	_, n := utf8.DecodeRuneInString(a)
	return strings.HasPrefix(b, a[n:])
}

// What is not part of a heading's words: its number, and that a name is written in one.
var (
	numbering = regexp.MustCompile(`^[\s\d.、)(（）:：]+|^第[一二三四五六七八九十百\d]+[章节条步部分]+|^[一二三四五六七八九十]+、|^(?i:step|part|chapter)\s*\d+[.:]?`)
	humps     = regexp.MustCompile(`(\p{Ll})(\p{Lu})`)
)

// A Text is the terms of a text, to be compared with others.
type Text map[string]bool

// Prepare takes the terms of a text, or of several as one. Names written in humps
// count with their parts as well.
func Prepare(texts ...string) Text {
	t := Text{}
	var s analysis.Scanner
	for _, text := range texts {
		s.Scan(text, t)
	}
	return t
}

// Term takes a term from the scanner.
func (t Text) Term(_ analysis.Kind, term []byte) { t[string(term)] = true }

// Spelling is not needed here.
func (t Text) Spelling([]byte) {}

// Alike is the share of terms that two texts have in common.
func (t Text) Alike(u Text) float64 {
	both := 0
	for term := range t {
		if u[term] {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(t)+len(u)-both)
}

// Matter takes the terms of a text that say something: all but those that only ask or join.
func Matter(text string) Text {
	t := Prepare(text)
	for term := range t {
		if stopStems[term] || stopPhrases[term] {
			delete(t, term)
		}
	}
	return t
}

// Within is the share of a text's terms that another has as well.
func (t Text) Within(u Text) float64 {
	if len(t) == 0 {
		return 0
	}
	both := 0
	for term := range t {
		if u[term] {
			both++
		}
	}
	return float64(both) / float64(len(t))
}
