package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// markup reads words without the marks and inline tags that split them.
func (r *reader) markup() {
	s := r.text
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '~') < 0 && strings.IndexByte(s, '`') < 0 {
		return
	}
	first, last := -1, 0
	for i := 1; i < len(s); i++ {
		n := markLen(s[i:])
		if n == 0 {
			continue
		}
		if i+n < len(s) && joins(s, i, i+n) {
			if first < 0 {
				first = i
			}
			last = i + n
		}
		i += n - 1
	}
	if first < 0 {
		return
	}
	start, end := r.region(first, last)
	var b strings.Builder
	for i := start; i < end; {
		if n := markLen(s[i:end]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	r.add("markup", b.String(), start, end)
}

// joins says whether what stands between bytes i and j splits a word: Latin letters on
// both sides, or one Chinese character alone among such marks.
func joins(s string, i, j int) bool {
	if isLetter(s[i-1]) && isLetter(s[j]) {
		return true
	}
	a, size := utf8.DecodeLastRuneInString(s[:i])
	b, _ := utf8.DecodeRuneInString(s[j:])
	return unicode.Is(unicode.Han, a) && unicode.Is(unicode.Han, b) && i > size && strings.IndexByte("*~`>", s[i-size-1]) >= 0
}

// inlineTags stand inside words of a page.
var inlineTags = []string{"b", "i", "u", "s", "em", "strong", "span", "font", "a", "sub", "sup", "wbr", "mark", "small", "tt", "code", "ins", "del", "big"}

// markLen is the length of the mark or inline tag that s begins with, or 0.
func markLen(s string) int {
	switch s[0] {
	case '*', '~', '`':
		n := 1
		for n < len(s) && s[n] == s[0] {
			n++
		}
		return n
	case '<':
		return tagLen(s[:min(len(s), 256)])
	}
	return 0
}

func tagLen(s string) int {
	if strings.HasPrefix(s, "<!--") {
		if end := strings.Index(s, "-->"); end > 0 {
			return end + 3
		}
		return 0
	}
	end := strings.IndexByte(s, '>')
	if end < 2 {
		return 0
	}
	name := strings.ToLower(strings.TrimPrefix(s[1:end], "/"))
	if i := strings.IndexAny(name, " /\n"); i >= 0 {
		name = name[:i]
	}
	for _, tag := range inlineTags {
		if name == tag {
			return end + 1
		}
	}
	return 0
}
