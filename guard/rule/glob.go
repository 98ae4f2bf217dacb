package rule

import (
	"unicode"
	"unicode/utf8"
)

// Bounds on a pattern.
const (
	starReach = 16 // characters that a * takes
	maxRepeat = 32 // of {m,n}
	maxItems  = 64 // characters on one side of the fixed run: the sets of states are 64 bits
)

// A glob is what stands around the fixed run of a pattern.
type glob struct {
	before, after []item // before is read backwards
	start, end    bool   // a border is wanted there
}

// An item is one place of a pattern.
type item struct {
	any, star bool // ? and one of the places of a *
	not       bool
	runes     []rune // pairs of first and last
	optional  bool
}

func (it *item) takes(r rune) bool {
	switch {
	case it.star:
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	case it.any:
		return r != '\n'
	}
	for i := 0; i < len(it.runes); i += 2 {
		if r >= it.runes[i] && r <= it.runes[i+1] {
			return !it.not
		}
	}
	return it.not && r != '\n'
}

// startsWord says whether the fixed run always begins where a word does.
func (g *glob) startsWord() bool {
	if len(g.before) == 0 {
		return g.start
	}
	it := g.before[0]
	return !it.optional && !it.not && len(it.runes) == 2 && it.runes[0] == it.runes[1] && !spelled(it.runes[0])
}

// match extends a fixed run that was found at s[start:end] and returns the longest extent.
func (g *glob) match(s string, start, end int) (int, int, bool) {
	from, ok := extend(g.before, s, start, false, g.start)
	if !ok {
		return 0, 0, false
	}
	to, ok := extend(g.after, s, end, true, g.end)
	return from, to, ok
}

// extend runs the items over s from a place, forwards or backwards, holding all states at
// once in the bits of a word, and returns the farthest place where they are all done.
func extend(items []item, s string, at int, forward, border bool) (int, bool) {
	states, last := closure(items, 1), -1
	for {
		if states>>len(items)&1 == 1 && (!border || bordered(s, at, forward)) {
			last = at
		}
		r, n := next(s, at, forward)
		if n == 0 {
			break
		}
		var after uint64
		for i := range items {
			if states>>i&1 == 1 && items[i].takes(r) {
				after |= 1 << (i + 1)
			}
		}
		if after == 0 {
			break
		}
		states = closure(items, after)
		if forward {
			at += n
		} else {
			at -= n
		}
	}
	return last, last >= 0
}

// closure adds the states that are reached over optional items.
func closure(items []item, states uint64) uint64 {
	for i := range items {
		if states>>i&1 == 1 && items[i].optional {
			states |= 1 << (i + 1)
		}
	}
	return states
}

func next(s string, at int, forward bool) (rune, int) {
	if forward {
		return utf8.DecodeRuneInString(s[at:])
	}
	return utf8.DecodeLastRuneInString(s[:at])
}

// bordered says whether no word goes on at a place.
func bordered(s string, at int, forward bool) bool {
	r, n := next(s, at, forward)
	return n == 0 || !spelled(r)
}

// spelled says whether a character belongs to a script that puts borders between words.
func spelled(r rune) bool {
	if r < utf8.RuneSelf {
		return alnum(byte(r))
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Bopomofo)
}

func alnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }
