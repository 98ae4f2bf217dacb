package reading

import (
	"sort"
	"unicode/utf8"
)

// A Text is a text as it may be read.
type Text struct {
	Raw       string // as it was given
	Folded    string // the plain form: what is compared with words and patterns
	Views     []View // what was decoded; none after Fold
	Signs     Signs
	Truncated bool // something was left unread because a bound was reached

	steps []step // where the distance between Folded and Raw changes, in order
}

// A View is what a part of the text says when it is decoded.
type View struct {
	// How it was written, the outermost code first: base64, base32, hex, binary, decimal, octal, url,
	// html, js, quoted-printable, code points, rot13, caesar, atbash, reversed, reversed words, leet, spaced, joined,
	// repeated, markup, tags, selectors, braille, morse, turned.
	How        []string
	Text       string // folded
	Start, End int    // bytes of Raw it was read from
}

// Signs count what hides a text from a plain comparison. Tags, Leet and Spaced are counted
// by Of and not by Fold.
type Signs struct {
	Invisible  int // characters that show nothing, removed; not those that emoji and Arabic or Indic letters need
	Bidi       int // characters that turn the direction of writing, removed
	Tags       int // tags and variation selectors that carry text
	Confusable int // characters of another script or shape that were read as a Latin letter
	Combining  int // combining marks, removed
	Leet       int // words with digits or symbols for letters
	Spaced     int // letters that stand apart and were joined
	Invalid    int // bytes that are no UTF-8
	Mixed      int // words that mix Latin letters with those of another alphabet
}

// A step says that from a byte of Folded on, Raw runs beside it from another byte.
type step struct{ folded, raw int32 }

// At returns the byte of Raw where byte i of Folded comes from: the first byte of its
// character. It is len(Raw) for len(Folded) and beyond, and never falls as i rises.
func (t *Text) At(i int) int {
	if i >= len(t.Folded) {
		return len(t.Raw)
	}
	i = max(i, 0)
	n := sort.Search(len(t.steps), func(n int) bool { return int(t.steps[n].folded) > i })
	raw, end := i, len(t.Raw)
	if n > 0 {
		raw = int(t.steps[n-1].raw) + i - int(t.steps[n-1].folded)
	}
	if n < len(t.steps) {
		end = int(t.steps[n].raw)
	}
	return runeStart(t.Raw, min(raw, end))
}

// runeStart is the first byte of the character that byte i belongs to.
func runeStart(s string, i int) int {
	for back := 0; back < utf8.UTFMax && i-back >= 0 && i < len(s); back++ {
		if utf8.RuneStart(s[i-back]) {
			return i - back
		}
	}
	return i
}

// Each calls f with the folded text, whose How is nil, and then with every view, until f
// returns false.
func (t *Text) Each(f func(v View) bool) {
	if !f(View{Text: t.Folded, End: len(t.Raw)}) {
		return
	}
	for _, v := range t.Views {
		if !f(v) {
			return
		}
	}
}
