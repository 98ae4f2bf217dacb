package quickjson

import (
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

const digits = "0123456789abcdef"

// safe are the ASCII characters that stand as they are: encoding/json also escapes those of HTML.
var safe = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0x7f
	}
	t[0x7f] = true
	return t
}()

// AppendText appends a string with its quotation marks. What is no UTF-8 becomes U+FFFD.
func AppendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		for n := 8; n == 8 && i+8 <= len(s); i += n {
			n = safeOf(load(s[i:]))
		}
		for i < len(s) && s[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + size
			case r == '\u2028' || r == '\u2029': // JavaScript takes them for line ends
				b = append(append(b, s[start:i]...), `\u202`...)
				b = append(b, digits[r&0xf])
				start = i + size
			}
			i += size
		}
		if i < len(s) && s[i] < utf8.RuneSelf {
			if c := s[i]; !safe[c] {
				b = appendSign(append(b, s[start:i]...), c)
				start = i + 1
			}
			i++
		}
	}
	return append(append(b, s[start:]...), '"')
}

// Texts are gone through eight bytes at a time: words in which the top bit of each byte says what is true of it,
// up to the first of which it is true (what borrows may be wrong behind that).
const (
	each  = 0x0101010101010101
	highs = 0x80 * each
)

// below says which bytes are less than c.
func below(w uint64, c byte) uint64 { return (w - each*uint64(c)) &^ w }

// equal says which bytes are c.
func equal(w uint64, c byte) uint64 {
	w ^= each * uint64(c)
	return (w - each) &^ w
}

// safeOf is how many bytes at the beginning of eight stand as they are.
func safeOf(w uint64) int {
	signs := w | below(w, ' ') | equal(w, '\\') | equal(w|each*('"'^'&'), '"'|'&') | equal(w|each*('<'^'>'), '<'|'>')
	return bits.TrailingZeros64(signs&highs) / 8
}

// load is eight bytes as a word, the first of them the lowest.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func appendSign(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
}

// AppendFloat appends a number, which is finite.
func AppendFloat(b []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, 64)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && (b[n-3] == '-' || b[n-3] == '+') && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 is written e-9
		b = b[:n-1]
	}
	return b
}
