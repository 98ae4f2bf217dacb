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
	"two", "three", "words", "joined", "inside", "two slips", "strange words",
	"evidence", "evidence over 0", "evidence over 2", "evidence over 4", "evidence of names", "names that are words", "share of names that are words", "other words"}

// wordCounts are what is counted of the words of a text.
type wordCounts struct {
	words, slips, changed, cut, strange, names, joined, inner int
	odds, most                                                float64
	other, mistaken                                           int     // words of lists that are probably others
	far, common                                               int     // words that no list has nor any near them; the commonest ones
	all, named                                                float64 // evidence, of names apart
	table                                                     Odds
}

// latinSigns measures the words of a text.
func latinSigns(text string, odds Odds) signs {
	tokens := tokensOf(text)
	c := wordCounts{table: odds}
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
			if p, ok := x.has(hashWord(t.text)); ok && p > commonWord {
				c.common++
			}
			if i+1 < len(tokens) && text[t.end] == ' ' && !parted(text, t) && x.cutWord(t, tokens[i+1]) {
				c.cut++
				c.all += 2.5
				s.marks = append(s.marks, mark{t.start, tokens[i+1].end})
				i++
				continue
			}
			before, after := x.neighbours(text, tokens, i)
			if c.word(x, t, before, after) {
				s.marks = append(s.marks, mark{t.start, t.end})
			}
		}
	}
	s.x = c.signs()
	if foreignWords(tokens) || c.foreign() {
		s.x, s.marks = make([]float64, len(englishSigns)), s.marks[:s.certain]
	}
	return s
}

// elsewhere are the commonest short words of other languages in Latin letters, but for those
// that English has too.
var elsewhere = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`und der das ist nicht ich ein eine mit auf dem auch wie sich les des est une dans que qui pas sur avec je vous nous ce cette sont el los las del por para una como está
		il che di sono nel della questo non si em um uma os não você het een dat niet voor zijn jak nie jest się ve bir bu için ile det och att som på av ikke yang untuk dengan dari apa pada tidak adalah của và là không những các một được`) {
		m[w] = true
	}
	return m
}()

// foreignWords says whether words are those of another language than English, of which nothing
// is known here: several of the commonest of one, and a fourth that no list has.
func foreignWords(tokens []token) bool {
	seen := map[string]bool{}
	n, unknown := 0, 0
	for _, t := range tokens {
		if elsewhere[t.text] && (!t.upper || t.begins) {
			seen[t.text] = true
			n++
		}
		if _, ok := known().words.has(hashWord(t.text)); !ok {
			unknown++
		}
	}
	return len(seen) > 1 && n*12 >= len(tokens) && unknown*4 >= len(tokens)
}

// foreign says the same of words of which many are near none of English, and few of its commonest.
func (c *wordCounts) foreign() bool {
	return c.far > 1 && c.far*3 >= c.words && c.common*5 < c.words
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
func (c *wordCounts) word(x *words, t token, before, after beside) bool {
	if len(t.text) < 2 || len(t.text) > longestWord {
		return false
	}
	name := t.upper && !t.begins
	g := x.guess(t.text, name, before, after)
	if g.odds < beyond && !g.known {
		c.far++
	}
	c.weigh(g, name, len(t.text) < 3)
	if g.how == plain || len(t.text) < 3 || g.known && g.odds < surely {
		return false
	}
	if g.how == strange || name && (g.odds < surely || x.joined(t.text)) {
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
	if g.known {
		c.other++
	}
	if name {
		c.mistaken++
		return true
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
		over(damaged, 2), over(damaged, 3), math.Log1p(float64(c.words)), share(c.joined, c.words), share(c.inner, c.words), over(c.slips, 2), math.Log1p(float64(c.strange)),
		max(-3, min(12, c.all)), above(c.all, 0), above(c.all, 2), above(c.all, 4), c.named, over(c.mistaken, 1), share(c.mistaken, c.words), share(c.other, c.words)}
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

// neighbours are the words before and behind one, with nothing but a space between.
func (x *words) neighbours(text string, tokens []token, i int) (before, after beside) {
	if i > 0 && tokens[i-1].kind == latinWord && tokens[i-1].end+1 == tokens[i].start && text[tokens[i-1].end] == ' ' {
		before = x.beside(tokens[i-1].text)
	} else if tokens[i].begins {
		before = x.start
	}
	if i+1 < len(tokens) && tokens[i+1].kind == latinWord && tokens[i].end+1 == tokens[i+1].start && text[tokens[i].end] == ' ' {
		after = x.beside(tokens[i+1].text)
	}
	return before, after
}

// How many of the words an attack changes and how many an honest mistake does, for the evidence
// of a word.
const (
	attacked    = 0.25
	mistyped    = 0.01
	longestWord = 24
	beyond      = 4.0  // odds below which a word of no list is near none of them
	commonWord  = -6.5 // logarithm of how often the commonest words are used
	surely      = 3.0  // odds from which on a word of a list is taken for another
)

// weigh adds what a word says about the whole: how much likelier it is where words are
// attacked than where people mistype, as logarithm.
func (c *wordCounts) weigh(g guess, name, short bool) {
	share := attacked
	if short {
		share /= 8
	}
	odds := math.Exp(c.table.at(classOf(g, name), g.odds))
	e := math.Log((1 - share + share*odds) / (1 - mistyped + mistyped*odds))
	if name {
		c.named += e
		return
	}
	c.all += e
}

// parted says of a word whether it is the end of another, behind an apostrophe.
func parted(text string, t token) bool {
	return strings.HasSuffix(text[:t.start], "'") || strings.HasSuffix(text[:t.start], "’")
}
