package check

import (
	"cmp"
	"slices"
)

// A Kind says what part a word plays in what a text says.
type Kind uint8

// The kinds of words.
const (
	Word       Kind = iota // a plain word, or a Chinese word or character
	Number                 // a value with its unit, or a part of a date
	Version                // 5.1.0
	Identifier             // camelCase, snake_case, a.b.c, x86
	Name                   // capitalised inside a sentence
	Negation               // not, never, 不, 没有
	Quantity               // all, some, only, at least, 所有, 至多
	Modality               // must, can, may, 必须, 可以
	Direction              // one of two sides: more and less, before and after, 打开 and 关闭
	Link                   // and, or, if, unless, 和, 或者, 除非
)

// A Mark is one word of a text as the checks read it. Two words with one ID say the same: 60 s and
// 1 min, choose and select, 选择 and 挑选.
type Mark struct {
	Kind       Kind
	ID         uint64
	Group      int16 // of a word of a closed class; directions against each other differ in the lowest bit
	Start, End int   // code points of the text
	Capital    bool  // begins with a capital, also where a sentence begins
}

// kinds are by class; what is not named is a Word.
var kinds = [...]Kind{source: Word, number: Number, version: Version, identifier: Identifier, name: Name, negation: Negation, quantity: Quantity, modality: Modality, direction: Direction, link: Link}

// Marks appends to all the words of a text that say something, in order. Articles, particles, pronouns
// and question words are not among them, nor are marks of formatting.
func Marks(all []Mark, text string) []Mark {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	s.reset()
	s.src = 0
	s.scan(text, true)
	from := len(all)
	for i := range s.out {
		t := &s.out[i]
		m := Mark{Kind: kinds[t.class], ID: t.id, Group: t.group, Start: int(t.start), End: int(t.end), Capital: t.capital || t.class == name}
		all = append(all, m)
	}
	slices.SortStableFunc(all[from:], func(a, b Mark) int { return cmp.Compare(a.Start, b.Start) }) // bounds may have moved
	return all
}
