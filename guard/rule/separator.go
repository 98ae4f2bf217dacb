package rule

import "unicode/utf8"

// maxGap are the separators that may stand between two characters.
const maxGap = 3

// over is where the separators at a place end. At most three are passed, and the end of a
// line only by itself: what stands behind it with a sign is a list or a quotation.
func over(s string, at int) int {
	if at < len(s) && s[at] == '\n' {
		return at + 1
	}
	for range maxGap {
		n := separator(s, at)
		if n == 0 {
			break
		}
		at += n
	}
	return at
}

// separator is the size of a sign that people put between the characters of a word: none
// that ends a clause.
func separator(s string, at int) int {
	if at >= len(s) {
		return 0
	}
	switch c := s[at]; {
	case c < utf8.RuneSelf:
		if isSeparator[c] {
			return 1
		}
	case c == 0xc2 && at+1 < len(s) && s[at+1] == 0xb7: // middle dot
		return 2
	case c == 0xe2 && at+2 < len(s) && (s[at+1] >= 0x96 && s[at+1] <= 0x9b || s[at+1] == 0x80 && s[at+2] == 0xa2), // shapes, stars, bullet
		c == 0xe3 && at+2 < len(s) && s[at+1] == 0x83 && s[at+2] == 0xbb: // katakana middle dot
		return 3
	}
	return 0
}

var isSeparator = func() (is [utf8.RuneSelf]bool) {
	for _, c := range " -_.*~|/\\+=^&'@%$" {
		is[c] = true
	}
	return is
}()
