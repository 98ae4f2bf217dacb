package pii

import "strings"

// affixes are phrases by which a text begins or ends, found by their first or last letter.
type affixes struct {
	ends bool
	by   map[string][]string
}

// startsOf and endsOf make them from phrases with spaces between.
func startsOf(phrases string) affixes { return affixesOf(phrases, false) }
func endsOf(phrases string) affixes   { return affixesOf(phrases, true) }

func affixesOf(phrases string, ends bool) affixes {
	a := affixes{ends: ends, by: map[string][]string{}}
	for p := range strings.FieldsSeq(phrases) {
		a.by[a.letter(p)] = append(a.by[a.letter(p)], p)
	}
	return a
}

// letter is the letter at the end or the beginning: three bytes of a Chinese one, one of others.
func (a affixes) letter(s string) string {
	if a.ends {
		if n := len(s); n >= 3 && s[n-1] >= 0x80 {
			return s[n-3:]
		}
		return s[len(s)-1:]
	}
	if len(s) >= 3 && s[0] >= 0x80 {
		return s[:3]
	}
	return s[:1]
}

// in says whether s begins, or ends, with one of the phrases.
func (a affixes) in(s string) bool {
	if s == "" {
		return false
	}
	for _, p := range a.by[a.letter(s)] {
		if a.ends && strings.HasSuffix(s, p) || !a.ends && strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
