package reading

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed hanwords.txt
var hanText string

// hanWords are common words of two characters, by which Chinese that runs backwards is
// known.
var hanWords = sync.OnceValue(func() map[[2]rune]bool {
	m := map[[2]rune]bool{}
	for w := range strings.FieldsSeq(withoutRemarks(hanText)) {
		r := []rune(w)
		m[[2]rune{r[0], r[1]}] = true
	}
	return m
})

// hanFirst marks the characters that begin or end one of hanWords.
var hanFirst = sync.OnceValue(func() *[0x10000 / 64]uint64 {
	t := new([0x10000 / 64]uint64)
	for w := range hanWords() {
		t[w[0]/64] |= 1 << (w[0] % 64)
		t[w[1]/64] |= 1 << (w[1] % 64)
	}
	return t
})

// common says whether a character is one of hanWords'.
func common(t *[0x10000 / 64]uint64, c rune) bool { return c < 0x10000 && t[c/64]&(1<<(c%64)) != 0 }

// backwards reads Chinese that runs from the last character to the first.
func (r *reader) backwards() {
	if strings.IndexByte(r.text, 0xE4) < 0 && strings.IndexByte(r.text, 0xE5) < 0 {
		return // no text of Chinese is without the characters that begin so
	}
	known, first := hanWords(), hanFirst()
	forth, back := 0, 0
	start, end := -1, 0
	var last rune
	size := 0
	for i, c := range r.text {
		if common(first, c) && common(first, last) {
			if known[[2]rune{last, c}] {
				forth++
			}
			if known[[2]rune{c, last}] {
				back++
				if start < 0 {
					start = i - size
				}
				end = i + utf8.RuneLen(c)
			}
		}
		last, size = c, utf8.RuneLen(c)
	}
	if back < 2 || back <= 2*forth {
		return
	}
	low, high := r.region(start, end)
	r.add("reversed", reverse(r.text[low:high]), low, high)
}
