package guard

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// points turns places in a text from bytes into code points and back, without going through all
// of it each time.
type points struct {
	marks []mark // one for about every step bytes, the first at 0
	ascii bool
}

// A mark is a byte where a character begins, with the code points before it.
type mark struct{ at, n int }

const step = 1024

func (p *points) prepare(text string) {
	if p.marks != nil {
		return
	}
	p.marks = append(make([]mark, 0, len(text)/step+2), mark{})
	at, n := 0, 0
	for at < len(text) {
		end := boundary(text, at+step)
		n += utf8.RuneCountInString(text[at:end])
		at = end
		p.marks = append(p.marks, mark{at, n})
	}
	p.ascii = n == len(text)
}

// of is the code point at a byte.
func (p *points) of(text string, b int) int {
	b = min(max(b, 0), len(text))
	p.prepare(text)
	if p.ascii {
		return b
	}
	m := p.marks[sort.Search(len(p.marks), func(i int) bool { return p.marks[i].at > b })-1]
	return m.n + utf8.RuneCountInString(text[m.at:b])
}

// byteOf is the byte at a code point.
func (p *points) byteOf(text string, c int) int {
	c = max(c, 0)
	p.prepare(text)
	if p.ascii {
		return min(c, len(text))
	}
	m := p.marks[sort.Search(len(p.marks), func(i int) bool { return p.marks[i].n > c })-1]
	for i := range text[m.at:] {
		if m.n == c {
			return m.at + i
		}
		m.n++
	}
	return len(text)
}

// clean is a text that every database can keep.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
