package reading

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes reads characters that are written as signs of an escape among others: those of
// addresses, HTML, program text and mail.
func (r *reader) escapes() {
	r.escape("url", '%', percent)
	r.escape("html", '&', entity)
	r.escape("js", '\\', backslash)
	r.escape("quoted-printable", '=', quoted)
}

// escape reads one kind of escape. one returns what the escape at the beginning of a text
// stands for and its length, or 0.
func (r *reader) escape(how string, sign byte, one func(string) (string, int)) {
	s := r.text
	first, last, count := -1, 0, 0
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], sign)
		if j < 0 {
			break
		}
		i += j
		_, n := one(s[i:])
		if n == 0 {
			i++
			continue
		}
		if first < 0 {
			first = i
		}
		i += n
		last = i
		count++
	}
	if first < 0 || how == "quoted-printable" && count < 3 {
		return
	}
	start, end := r.region(first, last)
	decoded := unescape(s[start:end], sign, one)
	if how == "url" && pluses(s[start:end]) > 0 {
		decoded = strings.ReplaceAll(decoded, "+", " ")
	}
	r.add(how, decoded, start, end)
}

// pluses counts the signs between letters that stand for spaces in an address.
func pluses(s string) int {
	n := 0
	for i := 1; i+1 < len(s); i++ {
		if s[i] == '+' && wordByte(s[i+1]) && s[i-1] != ' ' {
			n++
		}
	}
	return n
}

func unescape(s string, sign byte, one func(string) (string, int)) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == sign {
			if to, n := one(s[i:]); n > 0 {
				b.WriteString(to)
				i += n
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func percent(s string) (string, int) {
	if len(s) >= 6 && s[1]|0x20 == 'u' {
		if v, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
			return string(rune(v)), 6
		}
	}
	return hexByte(s, 1)
}

func quoted(s string) (string, int) { return hexByte(s, 1) }

// hexByte reads the two hexadecimal digits after n bytes.
func hexByte(s string, n int) (string, int) {
	if len(s) < n+2 || !isHex(s[n]) || !isHex(s[n+1]) {
		return "", 0
	}
	v, _ := strconv.ParseUint(s[n:n+2], 16, 8)
	return string([]byte{byte(v)}), n + 2
}

// longestEntity is more than the longest name that HTML knows.
const longestEntity = 34

func entity(s string) (string, int) {
	if len(s) < 3 || s[1] != '#' && !isLetter(s[1]) {
		return "", 0
	}
	n := 2
	for n < len(s) && n < longestEntity && (isLetter(s[n]) || isDigit(s[n])) {
		n++
	}
	if n < len(s) && s[n] == ';' {
		n++
	} else if s[1] != '#' {
		return "", 0
	}
	if to := html.UnescapeString(s[:n]); to != s[:n] {
		return to, n
	}
	return "", 0
}

// backslash reads the escapes of program text: \x69, \u0069, \u{69}, \U00000069, \151,
// and the signs for white space.
func backslash(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch c := s[1]; {
	case c == 'x' || c == 'X':
		return hexByte(s, 2)
	case c == 'u' && len(s) > 2 && s[2] == '{':
		if end := strings.IndexByte(s[:min(len(s), 12)], '}'); end > 3 {
			return point(s[3:end], end+1)
		}
	case c == 'u' && len(s) >= 6:
		return pairOf(s)
	case c == 'U' && len(s) >= 10:
		return point(s[2:10], 10)
	case c >= '0' && c <= '3' && len(s) >= 4:
		if v, err := strconv.ParseUint(s[1:4], 8, 8); err == nil {
			return string([]byte{byte(v)}), 4
		}
	case c == 'n' || c == 'r' || c == 't':
		if len(s) == 2 || !isLetter(s[2]) {
			return "\n", 2
		}
	}
	return "", 0
}

func point(digits string, n int) (string, int) {
	v, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || v > utf8.MaxRune {
		return "", 0
	}
	return string(rune(v)), n
}

// pairOf reads \uXXXX, and two of them where they are the halves of one character.
func pairOf(s string) (string, int) {
	v, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return "", 0
	}
	if utf16.IsSurrogate(rune(v)) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if w, err := strconv.ParseUint(s[8:12], 16, 16); err == nil {
			return string(utf16.DecodeRune(rune(v), rune(w))), 12
		}
	}
	return string(rune(v)), 6
}
