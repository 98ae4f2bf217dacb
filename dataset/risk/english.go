package risk

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Weights of the estimation of a word.
const (
	unknownWords = -6.0 // logarithm of the share of words that are in no list
	unknownNames = -3.0 // the same of words that begin with a capital letter
)

// How a word came to be what it is.
const (
	plain    = iota
	slipped  // as a finger slips: two letters swapped, one missing, doubled, or of a key beside
	changed  // a letter that no slip of a finger explains
	strange  // in no list, and near no word
	readable // letters written as digits or signs
)

// A guess says what a word probably is.
type guess struct {
	how   int
	odds  float64 // logarithm of how much likelier the word is a damaged one
	inner bool    // first and last letter are those of the word that it was
	known bool    // the word is in a list
}

// guess estimates a word of 24 lower-case letters at most between two others: how likely it is as it
// stands against how likely one letter of a known word was changed (the noisy channel of
// Kernighan, Church and Gale, "A spelling correction program based on a noisy channel model",
// 1990; with the words beside it, Mays, Damerau and Mercer, "Context based spelling
// correction", 1991).
func (x *words) guess(w string, name bool, before, after beside) guess {
	h := hashWord(w)
	slot, ok := x.find(h)
	var own float64
	switch {
	case ok:
		own = float64(x.class[slot]) + x.around(before, after, h, slot, x.class[slot])
	case name:
		own = unknownNames + x.spelled(w)
	default:
		own = unknownWords + x.spelled(w)
	}
	s := searchNear{x: x, w: w, before: before, after: after, slip: math.Inf(-1), other: math.Inf(-1)}
	s.all()
	best := max(s.slip, s.other)
	g := guess{odds: best - own, inner: s.inner, known: ok}
	switch {
	case best > own && s.slip >= s.other-1:
		g.how = slipped
	case best > own:
		g.how = changed
	case !ok:
		g.how = strange
	}
	return g
}

// searchNear looks for words one letter away. The hash of a word with a letter changed is put
// together from those of the parts before and behind it.
type searchNear struct {
	x           *words
	w           string
	before      beside
	after       beside
	pre         [26]uint64 // hash of the first letters
	suf         [26]uint64 // hash of the last letters from a place on
	pow         [27]uint64
	slip, other float64 // the best of either sort
	inner       bool
}

func (s *searchNear) all() {
	n := len(s.w)
	s.pow[0] = 1
	for i := range n {
		s.pre[i+1] = s.pre[i]*radix + uint64(s.w[i])
		s.pow[i+1] = s.pow[i] * radix
	}
	s.pow[n+1] = s.pow[n] * radix
	for i := n - 1; i >= 0; i-- {
		s.suf[i] = uint64(s.w[i])*s.pow[n-1-i] + s.suf[i+1]
	}
	for i := range n {
		s.missing(i)
		s.more(i)
		s.instead(i)
	}
	s.missing(n)
}

// try takes a word by its hash that a change would make this one of.
func (s *searchNear) try(h uint64, slip, inner bool, change float64) {
	slot, ok := s.x.find(h)
	if !ok {
		return
	}
	p := s.x.class[slot]
	q := float64(p) + change + s.x.around(s.before, s.after, h, slot, p)
	if q > max(s.slip, s.other) {
		s.inner = inner
	}
	if slip {
		s.slip = max(s.slip, q)
	} else {
		s.other = max(s.other, q)
	}
}

// missing puts a letter before place i that may have been left out.
func (s *searchNear) missing(i int) {
	n := len(s.w)
	change := -math.Log(4 * float64(n+1))
	for c := uint64('a'); c <= 'z'; c++ {
		s.try((s.pre[i]*radix+c)*s.pow[n-i]+s.suf[i], true, i > 0 && i < n, change)
	}
}

// more leaves letter i out, and swaps it with the next.
func (s *searchNear) more(i int) {
	n := len(s.w)
	doubled := i > 0 && s.w[i] == s.w[i-1] || i+1 < n && s.w[i] == s.w[i+1]
	beside := i > 0 && near(s.w[i-1], s.w[i]) || i+1 < n && near(s.w[i+1], s.w[i])
	if n > 3 {
		s.try(s.pre[i]*s.pow[n-1-i]+s.suf[i+1], doubled || beside, i > 0 && i+1 < n, -math.Log(4*26*float64(n)))
	}
	if i+1 < n && s.w[i] != s.w[i+1] {
		h := (s.pre[i]*radix+uint64(s.w[i+1]))*radix + uint64(s.w[i])
		s.try(h*s.pow[n-2-i]+s.suf[i+2], true, i > 0 && i+2 < n, -math.Log(4*float64(n)))
	}
}

// instead puts another letter in the place of letter i.
func (s *searchNear) instead(i int) {
	n := len(s.w)
	for c := byte('a'); c <= 'z'; c++ {
		if c == s.w[i] {
			continue
		}
		slip := near(c, s.w[i])
		change := -math.Log(4 * 25 * float64(n))
		if slip {
			change = -math.Log(4 * 3 * float64(n))
		}
		s.try((s.pre[i]*radix+uint64(c))*s.pow[n-1-i]+s.suf[i+1], slip, i > 0 && i+1 < n, change)
	}
}

// keyboard are the keys beside each key.
var keyboard = func() (t [128][128]bool) {
	for _, pair := range strings.Fields("qw we er rt ty yu ui io op as sd df fg gh hj jk kl zx xc cv vb bn nm qa ws ed rf tg yh uj ik ol az sx dc fv gb hn jm sw de fr gt hy ju ki lo za") {
		t[pair[0]][pair[1]], t[pair[1]][pair[0]] = true, true
	}
	return t
}()

func near(a, b byte) bool { return a < 128 && b < 128 && keyboard[a][b] }

// digitOf says which letters a digit or sign may stand for.
var digitOf = map[byte]string{'4': "a", '@': "a", '3': "e", '1': "il", '!': "i", '0': "o", '5': "s", '$': "s", '7': "t", '9': "g", '8': "b"}

// leet says whether a word with digits or signs inside is a known word written in disguise.
func (x *words) leet(w string) bool {
	letters, signs := 0, 0
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case c >= 'a' && c <= 'z':
			letters++
		case digitOf[c] != "":
			signs++
		default:
			return false
		}
	}
	if len(w) < 4 || signs == 0 || letters < 2 || signs > 4 || len(w) > 24 {
		return false
	}
	return x.unleet([]byte(w), 0)
}

func (x *words) unleet(w []byte, i int) bool {
	for ; i < len(w); i++ {
		if to := digitOf[w[i]]; to != "" {
			was := w[i]
			for j := range len(to) {
				w[i] = to[j]
				if x.unleet(w, i+1) {
					w[i] = was
					return true
				}
			}
			w[i] = was
			return false
		}
	}
	p, ok := x.has(hashWord(string(w)))
	return ok && p > -14
}

// A token is a word of a text as it is written.
type token struct {
	start, end int
	text       string // folded to lower case; only letters a to z where kind is latinWord
	kind       tokenKind
	upper      bool // begins with a capital letter
	begins     bool // a sentence
}

type tokenKind uint8

const (
	latinWord  tokenKind = iota
	mixedWord            // letters with digits or signs inside
	glyphWord            // Latin letters and such that look like them
	hiddenWord           // with characters inside that show nothing
	otherWord
)

// runeKind is what a character does in a word.
func runeKind(r rune) (letter, likeness, hidden bool) {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return true, false, false
	case r < utf8.RuneSelf:
		return false, false, false
	case r >= 0x200b && r <= 0x200f || r >= 0x2060 && r <= 0x2064 || r == 0xfeff || r == 0xad || r == 0x180e || r >= 0xe0000 && r <= 0xe007f || r >= 0x202a && r <= 0x202e:
		return false, false, true
	case r >= 0x370 && r <= 0x58f, r >= 0x13a0 && r <= 0x13ff, r >= 0x2c80 && r <= 0x2cff, r >= 0xa640 && r <= 0xa69f,
		r == 0x131, r >= 0x250 && r <= 0x2af, r >= 0x1d00 && r <= 0x1d7f, r >= 0x2460 && r <= 0x24ff, r >= 0x2100 && r <= 0x218f, r >= 0x1d400 && r <= 0x1d7ff, r >= 0x1f130 && r <= 0x1f189:
		return false, true, false
	}
	return false, false, false
}
