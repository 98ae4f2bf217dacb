package form

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of a grammar once it is taken apart.
const (
	maxNesting = 64
	maxTimes   = 1000   // largest number in {m,n}
	maxSymbols = 20_000 // of all rules together
)

// Grammar is the form of a text that a grammar in GBNF makes, as llama.cpp and vLLM's backends
// take it: rules "name ::= ...", of which "root" is the whole; texts in quotes, sets in brackets,
// a point for any character, groups, alternatives by |, and the endings * + ? {m} {m,} {m,n}.
// A text is matched by Earley's algorithm (Earley 1970), which takes every grammar, also one that
// is ambiguous or refers to itself on the left, in polynomial time.
func Grammar(text string) (Form, error) {
	if len(text) > maxSource || !utf8.ValidString(text) {
		return Form{}, unusable("grammar", fmt.Errorf("it has %d bytes, and up to %d in UTF-8 are taken", len(text), maxSource))
	}
	g, err := parseGrammar(text)
	if err != nil {
		return Form{}, unusable("grammar", err)
	}
	return Form{kind: "grammar", open: func() acceptor { return newChart(g) }}, nil
}

// A grammar is rules taken apart: a production is a row of symbols, and an item of the chart a
// place in one of them.
type grammar struct {
	prods  []production
	of     [][]int32 // productions by rule
	names  []string  // of rules; empty for those made of groups and endings
	root   int32
	nulls  []bool // rules that make the empty text
	points []int32
	at     []place
}

type production struct {
	rule    int32
	symbols []symbol
}

// A symbol is a set of characters, or a rule where set is nil.
type symbol struct {
	set  *charSet
	rule int32
}

// A place is before symbol i of a production.
type place struct{ prod, i int32 }

// A charSet is a set of code points.
type charSet struct {
	ranges [][2]rune
	not    bool
	source string
}

func (c *charSet) has(r rune) bool {
	for _, x := range c.ranges {
		if x[0] <= r && r <= x[1] {
			return !c.not
		}
	}
	return c.not
}

// grammarParser reads GBNF.
type grammarParser struct {
	src   string
	pos   int
	g     *grammar
	rules map[string]int32
	used  map[string]int // where a rule is first named, by line
	depth int
	size  int
}

func parseGrammar(src string) (*grammar, error) {
	p := &grammarParser{src: src, g: &grammar{}, rules: map[string]int32{}, used: map[string]int{}}
	defined := map[string]bool{}
	for p.space(true); p.pos < len(p.src); p.space(true) {
		name := p.name()
		p.space(true)
		if name == "" || !strings.HasPrefix(p.src[p.pos:], "::=") {
			return nil, p.wrong("expected a rule, name ::= ...")
		}
		if defined[name] {
			return nil, p.wrong("the rule " + name + " is there twice")
		}
		defined[name] = true
		p.pos += len("::=")
		p.space(true)
		if err := p.alternatives(p.rule(name), false); err != nil {
			return nil, err
		}
	}
	for name, line := range p.used {
		if !defined[name] {
			return nil, fmt.Errorf("line %d: there is no rule %s", line, name)
		}
	}
	if !defined["root"] {
		return nil, fmt.Errorf("it has no rule root")
	}
	p.g.root = p.rules["root"]
	p.g.finish()
	return p.g, nil
}

func (p *grammarParser) line() int { return 1 + strings.Count(p.src[:p.pos], "\n") }

func (p *grammarParser) wrong(what string) error { return fmt.Errorf("line %d: %s", p.line(), what) }

// space skips white space and comments; line breaks where they end nothing.
func (p *grammarParser) space(lines bool) {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\t':
			p.pos++
		case lines && (c == '\n' || c == '\r'):
			p.pos++
		case c == '#':
			if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
				p.pos += i
			} else {
				p.pos = len(p.src)
			}
		default:
			return
		}
	}
}

func (p *grammarParser) name() string {
	from := p.pos
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		p.pos++
	}
	return p.src[from:p.pos]
}

func (p *grammarParser) rule(name string) int32 {
	if n, ok := p.rules[name]; ok {
		return n
	}
	n := p.newRule(name)
	p.rules[name] = n
	return n
}

func (p *grammarParser) newRule(name string) int32 {
	p.g.of, p.g.names = append(p.g.of, nil), append(p.g.names, name)
	return int32(len(p.g.of) - 1)
}

func (p *grammarParser) produce(rule int32, symbols []symbol) error {
	if p.size += len(symbols) + 1; p.size > maxSymbols {
		return p.wrong(fmt.Sprintf("the grammar is larger than %d symbols", maxSymbols))
	}
	p.g.of[rule] = append(p.g.of[rule], int32(len(p.g.prods)))
	p.g.prods = append(p.g.prods, production{rule, symbols})
	return nil
}

// alternatives reads what stands behind ::= or in parentheses.
func (p *grammarParser) alternatives(rule int32, inside bool) error {
	if p.depth++; p.depth > maxNesting {
		return p.wrong(fmt.Sprintf("groups stand within each other more than %d deep", maxNesting))
	}
	defer func() { p.depth-- }()
	for {
		row, err := p.row(inside)
		if err == nil {
			err = p.produce(rule, row)
		}
		if err != nil {
			return err
		}
		if p.pos >= len(p.src) || p.src[p.pos] != '|' {
			return nil
		}
		p.pos++
		p.space(true)
	}
}

// row reads one alternative.
func (p *grammarParser) row(inside bool) (out []symbol, err error) {
	for p.pos < len(p.src) {
		var part []symbol
		switch c := p.src[p.pos]; {
		case c == '"':
			part, err = p.text()
		case c == '[':
			part, err = p.set()
		case c == '.':
			p.pos++
			part = []symbol{{set: &charSet{not: true, source: "any character"}}}
		case c == '(':
			part, err = p.group()
		case c == '|' || c == ')' && inside || c == '\n' || c == '\r':
			return out, nil
		default:
			at := p.line()
			name := p.name()
			if name == "" {
				return nil, p.wrong(fmt.Sprintf("nothing begins with %q here", p.src[p.pos:p.pos+1]))
			}
			if _, known := p.used[name]; !known {
				p.used[name] = at
			}
			part = []symbol{{rule: p.rule(name)}}
		}
		if err == nil {
			p.space(inside)
			part, err = p.repeated(part)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		p.space(inside)
	}
	return out, nil
}

func (p *grammarParser) group() ([]symbol, error) {
	p.pos++
	p.space(true)
	n := p.newRule("")
	if err := p.alternatives(n, true); err != nil {
		return nil, err
	}
	if p.pos >= len(p.src) || p.src[p.pos] != ')' {
		return nil, p.wrong("a parenthesis is not closed")
	}
	p.pos++
	return []symbol{{rule: n}}, nil
}
