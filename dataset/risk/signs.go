package risk

import (
	"math"
	"slices"
	"strings"

	"wenyuan/guard/reading"
)

// A mark is a place in a text that was found damaged.
type mark struct{ start, end int }

// signs are what is measured of a text; each kind of text has weights for them.
type signs struct {
	x         []float64
	marks     []mark // those that are certain first
	certain   int
	disguised bool // letters that are disguised, which nobody writes by mistake
}

// englishSigns names what latinSigns measures.
var englishSigns = []string{"slips", "share of slips", "changed", "share changed", "cut", "share cut", "strange", "strange names", "odds", "greatest odds",
	"two", "three", "words", "joined", "inside", "two slips", "strange words"}

// wordCounts are what is counted of the words of a text.
type wordCounts struct {
	words, slips, changed, cut, strange, names, joined, inner int
	odds, most                                                float64
}

// latinSigns measures the words of a text.
func latinSigns(text string) signs {
	tokens := tokensOf(text)
	var c wordCounts
	var s signs
	x := &known().words
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		c.words++
		switch t.kind {
		case hiddenWord:
			s.sure(t)
		case glyphWord:
			if x.disguised(text[t.start:t.end]) {
				s.sure(t)
			}
		case mixedWord:
			if x.leet(t.text) {
				s.sure(t)
			}
		case latinWord:
			if i+1 < len(tokens) && text[t.end] == ' ' && x.cutWord(t, tokens[i+1]) {
				c.cut++
				s.marks = append(s.marks, mark{t.start, tokens[i+1].end})
				i++
				continue
			}
			if len(t.text) > 2 && c.word(x, t) {
				s.marks = append(s.marks, mark{t.start, t.end})
			}
		}
	}
	s.x = c.signs()
	if foreignWords(tokens) {
		s.x, s.marks = make([]float64, len(englishSigns)), s.marks[:s.certain]
	}
	return s
}

// elsewhere are the commonest short words of other languages in Latin letters, but for those
// that English has too.
var elsewhere = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`und der das ist nicht ich ein eine mit auf dem den auch wie sich les des est une pour dans que qui pas sur avec je vous nous ce cette sont el los las del por para con una como está
		il che di sono nel della questo per non si do em um uma os não você het een van dat niet voor met zijn jak nie jest się ve bir bu için ile det och att som på av ikke yang dan untuk dengan dari apa pada tidak adalah của và là không những các một được`) {
		m[w] = true
	}
	return m
}()

// foreignWords says whether words are those of another language than English, of which nothing
// is known here.
func foreignWords(tokens []token) bool {
	n := 0
	for _, t := range tokens {
		if elsewhere[t.text] {
			n++
		}
	}
	return n > 1 && n*12 >= len(tokens)
}

// disguised says of a word that mixes Latin letters with such that look like them whether it
// is a known word, or a long one.
func (x *words) disguised(w string) bool {
	folded := reading.Fold(w).Folded
	if _, ok := x.has(hashWord(folded)); ok {
		return true
	}
	for _, r := range w {
		if r == 'ı' || r >= 0x2100 && r <= 0x218f {
			return false // letters of Turkish, signs of units
		}
	}
	return len(folded) > 4 && strings.IndexFunc(folded, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// sure marks a disguised word.
func (s *signs) sure(t token) {
	s.disguised = true
	s.marks = slices.Insert(s.marks, s.certain, mark{t.start, t.end})
	s.certain++
}

// word takes one word of letters, and says whether it is damaged.
func (c *wordCounts) word(x *words, t token) bool {
	g := x.guess(t.text)
	if g.how == plain {
		return false
	}
	name := t.upper && !t.begins
	if g.how == strange || name {
		switch {
		case x.joined(t.text):
			c.joined++
		case name:
			c.names++
		default:
			c.strange++
		}
		return false
	}
	if x.joined(t.text) {
		c.joined++
		return false
	}
	if g.how == slipped {
		c.slips++
	} else {
		c.changed++
	}
	if g.inner {
		c.inner++
	}
	odds := min(g.odds, 12)
	c.odds += odds
	c.most = max(c.most, odds)
	return true
}

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }

func over(n, least int) float64 {
	if n >= least {
		return 1
	}
	return 0
}

func (c wordCounts) signs() []float64 {
	damaged := c.slips + c.changed + c.cut
	return []float64{math.Log1p(float64(c.slips)), share(c.slips, c.words), math.Log1p(float64(c.changed)), share(c.changed, c.words), math.Log1p(float64(c.cut)), share(c.cut, c.words),
		share(c.strange, c.words), share(c.names, c.words), c.odds / float64(max(1, c.words)), c.most,
		over(damaged, 2), over(damaged, 3), math.Log1p(float64(c.words)), share(c.joined, c.words), share(c.inner, c.words), over(c.slips, 2), math.Log1p(float64(c.strange))}
}

// cutWord says whether two words are one that was cut with a space.
func (x *words) cutWord(a, b token) bool {
	if b.kind != latinWord || b.start != a.end+1 || b.upper || len(a.text)+len(b.text) > 24 {
		return false
	}
	pa, okA := x.has(hashWord(a.text))
	pb, okB := x.has(hashWord(b.text))
	if len(a.text) == 1 && a.text != "a" && a.text != "i" {
		okA = false
	}
	if len(b.text) == 1 && b.text != "a" && b.text != "i" {
		okB = false
	}
	if okA && okB && (pa > -13 || len(a.text) > 3) && (pb > -13 || len(b.text) > 3) {
		return false
	}
	p, ok := x.has(hashWord(a.text + b.text))
	return ok && p > -13.5
}

// joined says whether a word is two well known ones without a space between them.
func (x *words) joined(w string) bool {
	for i := 1; i < len(w); i++ {
		if i == 1 && w[0] != 'a' && w[0] != 'i' || i == len(w)-1 {
			continue
		}
		a, okA := x.has(hashWord(w[:i]))
		b, okB := x.has(hashWord(w[i:]))
		if okA && okB && (i < 3 && a > -6.5 || i >= 3 && a > -10.5) && (len(w)-i < 3 && b > -6.5 || len(w)-i >= 3 && b > -10.5) {
			return true
		}
	}
	return false
}

// evidence shows the damaged places of a text, 200 bytes at most.
func evidence(text string, marks []mark) string {
	var b strings.Builder
	for _, m := range marks {
		if b.Len()+m.end-m.start > 190 {
			break
		}
		if b.Len() > 0 {
			b.WriteString(" … ")
		}
		b.WriteString(text[m.start:m.end])
	}
	return b.String()
}
