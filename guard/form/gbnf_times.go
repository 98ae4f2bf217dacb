package form

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// repeated applies the endings behind a part.
func (p *grammarParser) repeated(part []symbol) ([]symbol, error) {
	for p.pos < len(p.src) {
		least, most := 0, -1 // -1: without end
		switch p.src[p.pos] {
		case '*':
			p.pos++
		case '+':
			least = 1
			p.pos++
		case '?':
			most = 1
			p.pos++
		case '{':
			var err error
			if least, most, err = p.times(); err != nil {
				return nil, err
			}
		default:
			return part, nil
		}
		n, err := p.repeat(part, least, most)
		if err != nil {
			return nil, err
		}
		part = []symbol{{rule: n}}
	}
	return part, nil
}

// repeat makes the rule of a part that comes least to most times: on the left it refers to
// itself, so that long texts stay cheap.
func (p *grammarParser) repeat(part []symbol, least, most int) (int32, error) {
	n := p.newRule("")
	if most < 0 {
		if err := p.produce(n, slices.Repeat(part, least)); err != nil {
			return 0, err
		}
		return n, p.produce(n, append([]symbol{{rule: n}}, part...))
	}
	tail := []symbol{} // what may still come: each once more within the one before
	for range most - least {
		t := p.newRule("")
		if err := p.produce(t, nil); err != nil {
			return 0, err
		}
		if err := p.produce(t, append(slices.Clone(part), tail...)); err != nil {
			return 0, err
		}
		tail = []symbol{{rule: t}}
	}
	return n, p.produce(n, append(slices.Repeat(part, least), tail...))
}

// times reads {m}, {m,} or {m,n}.
func (p *grammarParser) times() (least, most int, err error) {
	body, _, closed := strings.Cut(p.src[p.pos+1:], "}")
	first, second, ranged := strings.Cut(body, ",")
	number := func(s string) int {
		n, e := strconv.Atoi(strings.TrimSpace(s))
		if e != nil || n < 0 || n > maxTimes {
			err = p.wrong(fmt.Sprintf("expected {m}, {m,} or {m,n} with numbers up to %d", maxTimes))
		}
		return n
	}
	if !closed {
		body = ""
	}
	least = number(first)
	if most = least; ranged {
		if most = -1; strings.TrimSpace(second) != "" {
			most = number(second)
		}
	}
	if err == nil && most >= 0 && most < least {
		err = p.wrong("the second number in braces is less than the first")
	}
	p.pos += len(body) + 2
	return least, most, err
}
