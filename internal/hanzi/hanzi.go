// Package hanzi joins the two scripts of Chinese: it maps traditional characters to
// their simplified form, so that texts in either script can be compared.
//
// It knows characters, not words: it never turns 軟體 into 软件. Characters that fell
// together (後 and 后) come out as one, so the result is for comparing, not for showing.
package hanzi

import (
	_ "embed"
	"strings"
)

//go:embed pairs.txt
var pairs string

const first, last = 0x3400, 0x9fff

var (
	simplified  [last - first + 1]uint16
	traditional = map[rune]rune{}
)

func init() {
	preferred := true
	for line := range strings.Lines(pairs) {
		if line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		preferred = preferred && len(words) > 0
		for _, w := range words {
			r := []rune(w)
			simplified[r[0]-first] = uint16(r[1])
			if preferred {
				traditional[r[1]] = r[0]
			}
		}
	}
}

// Simplify returns the simplified form of a character, and any other one unchanged.
func Simplify(r rune) rune {
	if r >= first && r <= last {
		if s := simplified[r-first]; s != 0 {
			return rune(s)
		}
	}
	return r
}

// Traditional writes text in traditional script, character by character. Where a
// simplified character stands for several, it takes the most common one.
func Traditional(text string) string {
	return strings.Map(func(r rune) rune {
		if t, ok := traditional[r]; ok {
			return t
		}
		return r
	}, text)
}
