package form

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// char reads one character of a text or a set, with its escapes.
func (p *grammarParser) char() (rune, error) {
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if size == 0 {
		return 0, p.wrong("the grammar ends in the middle of a text")
	}
	p.pos += size
	if r != '\\' {
		return r, nil
	}
	if p.pos >= len(p.src) {
		return 0, p.wrong("the grammar ends behind a backslash")
	}
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case '\\', '"', '[', ']', '-', '^', '/':
		return rune(c), nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 || p.pos+digits > len(p.src) {
		return 0, p.wrong(fmt.Sprintf("no character is written \\%c", c))
	}
	v, err := strconv.ParseUint(p.src[p.pos:p.pos+digits], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, p.wrong("expected hexadecimal digits of a character")
	}
	p.pos += digits
	return rune(v), nil
}

func (p *grammarParser) text() (out []symbol, err error) {
	p.pos++
	for p.pos < len(p.src) && p.src[p.pos] != '"' && p.src[p.pos] != '\n' {
		r, err := p.char()
		if err != nil {
			return nil, err
		}
		out = append(out, symbol{set: &charSet{ranges: [][2]rune{{r, r}}, source: quotedShort(string(r))}})
	}
	if p.pos >= len(p.src) || p.src[p.pos] != '"' {
		return nil, p.wrong("a text is not closed")
	}
	p.pos++
	if len(out) > 1 { // an ending holds for the whole text
		n := p.newRule("")
		if err := p.produce(n, out); err != nil {
			return nil, err
		}
		out = []symbol{{rule: n}}
	}
	return out, nil
}

func (p *grammarParser) set() ([]symbol, error) {
	from := p.pos
	p.pos++
	set := &charSet{}
	if p.pos < len(p.src) && p.src[p.pos] == '^' {
		set.not = true
		p.pos++
	}
	for p.pos < len(p.src) && p.src[p.pos] != ']' {
		first, err := p.char()
		if err != nil {
			return nil, err
		}
		last := first
		if rest := p.src[p.pos:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			p.pos++
			if last, err = p.char(); err != nil {
				return nil, err
			}
		}
		if last < first {
			return nil, p.wrong("a range of characters runs backwards")
		}
		set.ranges = append(set.ranges, [2]rune{first, last})
	}
	if p.pos >= len(p.src) {
		return nil, p.wrong("a set of characters is not closed")
	}
	p.pos++
	set.source = p.src[from:p.pos]
	p.size += len(set.ranges)
	return []symbol{{set: set}}, nil
}
