package pii

import (
	"strings"
	"unicode/utf8"
)

// text is a folded text, and where its bytes come from.
type text struct {
	s      string
	low    string  // s with ASCII in lower case; the same offsets
	shifts []shift // where the distance to the raw text changes, in order
	cursor int     // into shifts, for raw
}

type shift struct{ folded, raw int }

// fold makes wide letters, digits and signs plain, and takes out what is invisible. What is
// plain already is not copied.
func fold(raw string) text {
	i := firstFolded(raw)
	if i < 0 {
		return text{s: raw, low: lower(raw)}
	}
	t := text{}
	var b strings.Builder
	b.Grow(len(raw))
	at := 0
	for ; i < len(raw); i++ {
		if raw[i] < utf8.RuneSelf || !mayFold[raw[i]] {
			continue
		}
		r, size := utf8.DecodeRuneInString(raw[i:])
		to, ok := plain(r)
		if !ok {
			i += size - 1
			continue
		}
		b.WriteString(raw[at:i])
		if to != 0 {
			b.WriteByte(to)
		}
		at = i + size
		t.shifts = append(t.shifts, shift{b.Len(), at})
		i = at - 1
	}
	b.WriteString(raw[at:])
	t.s = b.String()
	t.low = lower(t.s)
	return t
}

// mayFold are the first bytes of what plain folds.
var mayFold = func() (m [256]bool) {
	for _, b := range []byte{0xC2, 0xD9, 0xDB, 0xE2, 0xE3, 0xEF, 0xF0, 0xE1} {
		m[b] = true
	}
	return m
}()

func firstFolded(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf || !mayFold[s[i]] {
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if _, ok := plain(r); ok {
			return i
		}
		i += size - 1
	}
	return -1
}

// plain gives the ASCII letter that r stands for, 0 where it is invisible.
func plain(r rune) (byte, bool) {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return byte(r - 0xFEE0), true
	case r == 0x3000 || r == 0xA0 || r == 0x202F || r >= 0x2000 && r <= 0x200A:
		return ' ', true
	case r >= 0x2010 && r <= 0x2015 || r == 0x2212 || r == 0xFE63:
		return '-', true
	case r == 0xAD || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F || r == 0xFEFF || r == 0x180E:
		return 0, true
	case r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE007F:
		return 0, true
	case r >= 0x660 && r <= 0x669:
		return byte('0' + r - 0x660), true
	case r >= 0x6F0 && r <= 0x6F9:
		return byte('0' + r - 0x6F0), true
	case r >= 0x1D7CE && r <= 0x1D7FF:
		return byte('0' + (r-0x1D7CE)%10), true
	case r == 0x2019:
		return '\'', true
	}
	return 0, false
}

// lower puts ASCII letters in lower case and leaves everything else, so that offsets stay.
func lower(s string) string {
	i := 0
	for i < len(s) && (s[i] < 'A' || s[i] > 'Z') {
		i++
	}
	if i == len(s) {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// raw gives the byte of the raw text for a byte of the folded one. It must be asked with
// offsets that do not fall.
func (t *text) raw(folded int) int {
	for t.cursor < len(t.shifts) && t.shifts[t.cursor].folded <= folded {
		t.cursor++
	}
	if t.cursor == 0 {
		return folded
	}
	last := t.shifts[t.cursor-1]
	return last.raw + folded - last.folded
}
