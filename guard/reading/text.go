package reading

import (
	"sort"
	"strings"
	"unicode"
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
	How        []string // "base64", "hex", "rot13", "url", "html" ..., outermost first
	Text       string   // folded
	Start, End int      // bytes of Raw it was read from
}

// Signs count what hides a text from a plain comparison.
type Signs struct {
	Invisible  int // characters that show nothing, removed
	Bidi       int // characters that turn the direction of writing, removed
	Tags       int // characters of the block of tags and variation selectors that carry text
	Confusable int // characters that look like a letter of another script
	Combining  int // combining marks, removed
	Leet       int // words with digits or symbols for letters
	Spaced     int // letters that stand apart
	Invalid    int // bytes that are no UTF-8
	Mixed      int // words of more than one script
}

type step struct{ folded, raw int }

// Of folds a text and decodes whatever in it is written in another code.
func Of(raw string) *Text { return Fold(raw) }

// Fold folds a text and decodes nothing.
func Fold(raw string) *Text {
	t := &Text{Raw: raw}
	var b strings.Builder
	for i, r := range raw {
		t.steps = append(t.steps, step{b.Len(), i})
		b.WriteRune(unicode.ToLower(r))
	}
	t.Signs.Invalid = len(raw) - len(strings.ToValidUTF8(raw, ""))
	t.Folded = b.String()
	_ = utf8.RuneError
	return t
}

// At returns the byte of Raw where byte i of Folded comes from. It is len(Raw) for
// len(Folded) and beyond, and never falls as i rises.
func (t *Text) At(i int) int {
	if i >= len(t.Folded) {
		return len(t.Raw)
	}
	n := sort.Search(len(t.steps), func(n int) bool { return t.steps[n].folded > i })
	if n == 0 {
		return max(i, 0)
	}
	s := t.steps[n-1]
	return s.raw + i - s.folded
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
