package rule

import (
	"strings"
	"unicode/utf8"
)

// Bytes of folded text that a character or a gap may take.
const (
	charBytes = 4
	gapBytes  = maxGap * 3
)

// measure keeps how far apart the things may lie that decide on a match of a rule, and says
// how far from one part the others may be; 0 where there are no others.
func (b *builder) measure(r *rule) (need int) {
	span, after, beside := 0, 0, longest(r.except)
	for i, t := range r.terms {
		span += longest(t)
		if i == 1 {
			span += charBytes * int(r.within)
		}
		for _, w := range t {
			if w.glob != nil {
				after = max(after, charBytes*len(w.glob.after))
			}
			beside = max(beside, alternative(t, w))
		}
	}
	if len(r.unless) > 0 {
		beside = max(beside, charBytes*int(r.within)+longest(r.unless))
	}
	b.m.ahead = append(b.m.ahead, int32(max(beside, after)))
	b.m.reach = max(b.m.reach, span+beside+2*charBytes)
	if len(r.terms) > 1 || beside > 0 {
		need = span + beside + 2*charBytes
	}
	return need
}

// longest is how many bytes the longest word of a term may take, with gaps and variants.
func longest(t term) (n int) {
	for _, w := range t {
		size := len(w.text)
		if w.glob != nil {
			size += charBytes * (len(w.glob.before) + len(w.glob.after))
		}
		for _, r := range w.text {
			if r >= utf8.RuneSelf {
				size += gapBytes + len("zhuang")
			} else if r == ' ' {
				size += gapBytes
			}
		}
		n = max(n, size)
	}
	return n
}

// alternative is how much longer another word of the term is that begins like this one, and
// would take its place.
func alternative(t term, w word) (n int) {
	for _, x := range t[:min(len(t), 256)] {
		if len(x.text) > len(w.text) && strings.Contains(x.text, w.text) {
			n = max(n, longest(term{x}))
		}
	}
	return n
}
