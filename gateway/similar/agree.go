package similar

import (
	"cmp"
	"slices"
	"sync"
)

// Agree says whether two questions agree in everything that may not differ: numbers, units, dates and
// versions, negation, names, times, who is spoken of, what is asked for, how much, what must be, which
// of two sides, who does what to whom; and if not, in what they differ, in the words of the list of
// reasons. It also refuses what asks nothing, for what is to be said to a statement depends on more
// than its words. It is the same for (a, b) and (b, a).
func Agree(a, b string) (ok bool, why string) {
	c := compare(a, b)
	return c.why == "", c.why
}

// Reasons why two questions do not agree.
const (
	tooLong    = "a question is too long to be compared"
	asksNot    = "a text asks nothing"
	otherAsk   = "they ask for different things"
	otherValue = "numbers, units, dates or versions differ"
	otherName  = "names differ"
	otherDeny  = "one denies what the other says"
	otherTime  = "times differ"
	otherWho   = "persons differ"
	otherMuch  = "quantities differ"
	otherMust  = "what must or may be differs"
	otherSide  = "they stand against each other"
	otherLink  = "conditions differ"
	otherOrder = "the same words stand in another order"
	otherWords = "most of the words differ"
)

// A comparison is what two questions were found to share.
type comparison struct {
	why   string  // in what they may not differ and do; "" in nothing
	fixed float64 // what it costs that words are written otherwise, or stand in the place of others
	alone float64 // what the words cost that only one of them has
}

// distance is how far apart two questions are by their words.
func (c comparison) distance() float64 { return c.fixed + c.alone }

// A pair is the scratch space of one comparison.
type pair struct {
	a, b reader
	x, y []int32 // the words that carry the meaning, in order
}

var pairs = sync.Pool{New: func() any { return new(pair) }}

// compare reads both questions and looks at what only one of them has.
func compare(a, b string) comparison {
	if cmp.Compare(a, b) > 0 {
		a, b = b, a
	}
	p := pairs.Get().(*pair)
	defer pairs.Put(p)
	if !p.a.read(a) || !p.b.read(b) {
		return comparison{why: tooLong}
	}
	if !p.a.wants() || !p.b.wants() {
		return comparison{why: asksNot}
	}
	p.match()
	c := p.differences()
	if c.why == "" && !p.ordered() {
		c.why = otherOrder
	}
	return c
}

// longestTopic is up to how many words, or Chinese characters, a text without a sign of a question
// names what is looked for; a longer one is a statement.
const longestTopic = 14

// wants says whether a text asks something: it has a question mark or a word that asks, or it is as
// short as what people type into a search box and does not end as a sentence does. A single word says
// too little.
func (r *reader) wants() bool {
	if len(r.tokens) == 0 {
		return false
	}
	if r.asks || slices.ContainsFunc(r.tokens, func(t token) bool { return t.part == ask }) && !r.full {
		return true
	}
	return !r.full && len(r.tokens) > 1 && len(r.tokens) <= longestTopic
}

// match gives each word its partner: the nearest one that says the same.
func (p *pair) match() {
	for i := range p.a.tokens {
		t := &p.a.tokens[i]
		best := -1
		for j := range p.b.tokens {
			if o := &p.b.tokens[j]; o.mate == 0 && o.id == t.id && same(o.part, t.part) && (best < 0 || o.face == t.face && p.b.tokens[best].face != t.face) {
				best = j
			}
		}
		if best >= 0 {
			t.mate, p.b.tokens[best].mate = int32(best+1), int32(i+1)
		}
	}
}

// same says whether two words of one id are one word: a name is also where a sentence begins.
func same(a, b part) bool {
	return a == b || (a == content || a == name) && (b == content || b == name)
}

// reasons are why two questions do not agree of which one has a word of this part and the other not.
var reasons = [...]string{ask: otherAsk, when: otherTime, person: otherWho, number: otherValue, name: otherName, denial: otherDeny, amount: otherMuch, must: otherMust, side: otherSide, link: otherLink}

// mostApart is how much of the weight of the shorter question may differ.
const mostApart = .5

// What it costs that a word is written otherwise, that one stands in the place of another.
const (
	otherForm  = .12 // of a word that carries the meaning: another ending, another word that says the same
	otherLight = .1  // of one that does not: in and on; how do I and how can one
	otherShort = .02 // 如何 and 怎么, what is and what's
	otherClose = .3  // of a word that may not differ in what it says: 未 and 不
	otherPlace = .3
)

// differences looks at the words without a partner, and at partners that are not written alike.
func (p *pair) differences() comparison {
	var c comparison
	var sum, alone [2]float64
	for n, r := range []*reader{&p.a, &p.b} {
		for i := range r.tokens {
			t := &r.tokens[i]
			sum[n] += float64(t.w)
			if t.mate != 0 {
				c.fixed += p.form(n, t)
				continue
			}
			alone[n] += float64(t.w)
			if c.why == "" && int(t.part) < len(reasons) {
				c.why = reasons[t.part]
			}
		}
	}
	c.alone = alone[0] + alone[1]
	if alone[0] > 0 && alone[1] > 0 {
		c.fixed += otherPlace
	}
	if c.why == "" && c.alone >= .6 && c.alone > mostApart*min(sum[0], sum[1]) {
		c.why = otherWords
	}
	return c
}

// form is what it costs that a word and its partner are not written alike; counted once.
func (p *pair) form(n int, t *token) float64 {
	if n > 0 || p.b.tokens[t.mate-1].face == t.face {
		return 0
	}
	switch t.part {
	case content, name, person, when:
		return otherForm
	case denial, side, must, amount, link:
		return otherClose
	case number:
		return 0
	}
	if isHan(p.a.folded[t.at]) || t.part == ask && t.group != askHow {
		return otherShort
	}
	return otherLight
}

// ordered says whether the words that carry the meaning stand in one order in both, or in one that
// says the same: two that a word such as "and" joins may change places.
func (p *pair) ordered() bool {
	p.x, p.y = carriers(p.x[:0], p.a.tokens), carriers(p.y[:0], p.b.tokens)
	x, y := p.x, p.y
	if len(x) != len(y) {
		return true // cannot be: partners come in pairs
	}
	id := func(r *reader, i int32) uint64 { return r.tokens[i].id }
	from, to := 0, len(x)
	for from < to && id(&p.a, x[from]) == id(&p.b, y[from]) {
		from++
	}
	for to > from && id(&p.a, x[to-1]) == id(&p.b, y[to-1]) {
		to--
	}
	if from == to {
		return true
	}
	return p.swapped(x[from:to], y[from:to])
}

// carriers are the words with a partner whose order matters.
func carriers(all []int32, tokens []token) []int32 {
	for i := range tokens {
		if t := &tokens[i]; t.mate != 0 && t.part != light && t.part != when && !floats(t) {
			all = append(all, int32(i))
		}
	}
	return all
}

// floats says whether a word that asks may stand at several places of a question without asking for
// another thing: 怎么 before the verb or before its object, but not 什么, which stands for a thing.
func floats(t *token) bool {
	return t.part == ask && (t.group == askHow || t.group == askWhatIs || t.group == askWhy || t.group == askWhether)
}

// swapped says whether x is "A and B" where y is "B and A".
func (p *pair) swapped(x, y []int32) bool {
	for cut := 1; cut < len(x); cut++ {
		if !p.rotated(x, y, cut) {
			continue
		}
		if joined(p.a.tokens, x[cut-1], x[cut]) && joined(p.b.tokens, y[len(x)-cut-1], y[len(x)-cut]) {
			return true
		}
	}
	return false
}

// rotated says whether y is x with its first cut words last.
func (p *pair) rotated(x, y []int32, cut int) bool {
	for k := range x {
		if p.a.tokens[x[(k+cut)%len(x)]].id != p.b.tokens[y[k]].id {
			return false
		}
	}
	return true
}

// joined says whether only a word that joins equals stands between two words.
func joined(tokens []token, i, j int32) bool {
	return j == i+2 && tokens[i+1].id == andID
}

var andID = lex.words[hash("and")].id
