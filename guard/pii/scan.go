package pii

import "strings"

// word is a run of letters and digits: bytes of the folded text.
type word struct{ start, end int }

// Classes of bytes.
const (
	isDigit = 1 << iota
	isUpper
	isLower
	isLetter2 // first byte of a letter of two bytes: Latin, Greek, Cyrillic
	isTail    // any later byte of a code point
	isAlnum   = isDigit | isUpper | isLower
)

var class = func() (c [256]uint8) {
	for b := range 256 {
		switch {
		case b >= '0' && b <= '9':
			c[b] = isDigit
		case b >= 'A' && b <= 'Z':
			c[b] = isUpper
		case b >= 'a' && b <= 'z':
			c[b] = isLower
		case b >= 0x80 && b < 0xC0:
			c[b] = isTail
		case b >= 0xC3 && b <= 0xD4:
			c[b] = isLetter2
		}
	}
	return c
}()

// scan reads the text once, by runs of letters and digits.
func (f *finder) scan() {
	s := f.s
	for i := 0; i < len(s); {
		switch c := class[s[i]]; {
		case c&(isAlnum|isLetter2) != 0:
			w := word{i, i + 1}
			digits := c&isDigit != 0
			letters := c&isDigit == 0
			for w.end < len(s) && class[s[w.end]]&(isAlnum|isLetter2|isTail) != 0 {
				if class[s[w.end]]&isDigit != 0 {
					digits = true
				} else {
					letters = true
				}
				w.end++
			}
			i = max(w.end, f.word(w, digits, letters))
		case s[i] == '@':
			i = max(i+1, f.email(i))
		case s[i] == '-' && strings.HasPrefix(s[i:], "-----BEGIN "):
			i = max(i+1, f.pem(i))
		default:
			i++
		}
	}
}

// word looks at one run, and gives how far the text is read.
func (f *finder) word(w word, digits, letters bool) int {
	f.words = append(f.words, w)
	s := f.s
	n := w.end - w.start
	if to := f.key(w); to > 0 {
		return to
	}
	if w.end+2 < len(s) && s[w.end] == ':' && letters {
		if to := f.url(w); to > 0 {
			return to
		}
	}
	if letters && w.end < len(s) && s[w.end] == '.' || n == 3 && letters {
		if to := f.domain(w); to > 0 {
			return to
		}
	}
	if letters && !digits {
		f.assigned(w)
	}
	if n <= 5 && w.end < len(s) && (s[w.end] == ':' || s[w.end] == '-' || s[w.end] == '.') {
		if to := f.hardware(w); to > 0 {
			return to
		}
	}
	if !digits {
		return 0
	}
	if letters {
		return f.mixed(w)
	}
	return f.digits(w)
}

// before gives the text before i, in lower case: n bytes, within the line and the one above it.
func (f *finder) before(i, n int) string {
	from := max(0, i-n)
	for from < i && class[f.low[from]] == isTail {
		from++
	}
	return f.low[from:i]
}

// after gives n bytes from i, in lower case.
func (f *finder) after(i, n int) string {
	to := min(len(f.low), i+n)
	for to < len(f.low) && class[f.low[to]] == isTail {
		to++
	}
	return f.low[i:to]
}

// says tells whether one of the words stands in a context. An English word must not stand
// within another; its plural counts.
func says(context string, words ...string) bool {
	for _, w := range words {
		rest := context
		for {
			i := strings.Index(rest, w)
			if i < 0 {
				break
			}
			if w[0] >= 0x80 || bounded(rest, i, i+len(w)) {
				return true
			}
			rest = rest[i+len(w):]
		}
	}
	return false
}

func bounded(s string, i, j int) bool {
	if i > 0 && class[s[i-1]]&isAlnum != 0 {
		return false
	}
	if j < len(s) && s[j] == 's' {
		j++
	}
	return j >= len(s) || class[s[j]]&(isLower|isUpper) == 0
}

func (f *finder) byteAt(i int) byte {
	if i < 0 || i >= len(f.s) {
		return 0
	}
	return f.s[i]
}
