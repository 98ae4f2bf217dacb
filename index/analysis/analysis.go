// Package analysis turns text into search terms.
package analysis

import (
	"strings"
	"unicode"
)

// Terms gives the terms of a text in reading order.
func Terms(s string) []string {
	var out []string
	rs := []rune(s)
	for i := 0; i < len(rs); {
		j := i
		switch {
		case isHan(rs[i]):
			for j < len(rs) && isHan(rs[j]) {
				j++
			}
			if j == i+1 {
				out = append(out, string(rs[i]))
			}
			for k := i; k+2 <= j; k++ {
				out = append(out, string(rs[k:k+2]))
			}
		case isWord(rs[i]):
			for j < len(rs) && isWord(rs[j]) {
				j++
			}
			out = append(out, strings.ToLower(string(rs[i:j])))
		default:
			j++
		}
		i = j
	}
	return out
}

func isHan(r rune) bool  { return unicode.Is(unicode.Han, r) || r >= 0x3040 && r <= 0x30ff }
func isWord(r rune) bool { return !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
