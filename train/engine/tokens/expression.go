package tokens

import (
	"fmt"
	"slices"
)

// An expr is an expression: what it does, with what.
type expr struct {
	op   string // literal, name, list, dict, attr, index, slice, call, filter, test, not, neg, if, or an operator
	text string // of name, attr, filter, test
	val  any    // of literal
	args []expr // operands; of call and filter: the callee or value first
	keys []string
}

// parser reads expressions by their precedence, as Jinja has it.
type parser struct {
	toks []tok
	at   int
}

func parseAll(s string) (expr, error) {
	toks, err := lex(s)
	if err != nil {
		return expr{}, err
	}
	p := &parser{toks: toks}
	e, err := p.expression(0)
	if err == nil && p.at < len(toks) {
		err = fmt.Errorf("tokens: the chat template has the expression %q", s)
	}
	return e, err
}

func (p *parser) peek(kind byte, text string) bool {
	return p.at < len(p.toks) && p.toks[p.at].kind == kind && p.toks[p.at].text == text
}

// op takes an operator if it is next; word takes a name.
func (p *parser) op(text string) bool   { return p.eat('o', text) }
func (p *parser) word(text string) bool { return p.eat('n', text) }

func (p *parser) eat(kind byte, text string) bool {
	if p.peek(kind, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) need(op string) error {
	if p.op(op) {
		return nil
	}
	return fmt.Errorf("tokens: the chat template lacks %q", op)
}

// expression is a choice: a if b else c.
func (p *parser) expression(deep int) (expr, error) {
	if deep > maxDeep {
		return expr{}, fmt.Errorf("tokens: an expression of the chat template is too deep")
	}
	e, err := p.or(deep)
	for err == nil && p.word("if") {
		var cond, other expr
		if cond, err = p.or(deep); err != nil {
			break
		}
		other = expr{op: "literal", val: undefined{}}
		if p.word("else") {
			if other, err = p.expression(deep + 1); err != nil {
				break
			}
		}
		e = expr{op: "if", args: []expr{cond, e, other}}
	}
	return e, err
}

func (p *parser) or(deep int) (expr, error) {
	return p.chain(deep, p.and, func() string {
		if p.word("or") {
			return "or"
		}
		return ""
	})
}

func (p *parser) and(deep int) (expr, error) {
	return p.chain(deep, p.not, func() string {
		if p.word("and") {
			return "and"
		}
		return ""
	})
}

func (p *parser) not(deep int) (expr, error) {
	if deep > maxDeep {
		return expr{}, fmt.Errorf("tokens: an expression of the chat template is too deep")
	}
	if p.word("not") {
		e, err := p.not(deep + 1)
		return expr{op: "not", args: []expr{e}}, err
	}
	return p.compare(deep)
}

func (p *parser) compare(deep int) (expr, error) {
	return p.chain(deep, p.sum, func() string {
		for _, o := range []string{"==", "!=", "<=", ">=", "<", ">"} {
			if p.op(o) {
				return o
			}
		}
		if p.word("in") {
			return "in"
		}
		if p.peek('n', "not") && p.at+1 < len(p.toks) && p.toks[p.at+1].text == "in" {
			p.at += 2
			return "not in"
		}
		return ""
	})
}

func (p *parser) sum(deep int) (expr, error) {
	return p.chain(deep, p.product, p.oneOf("+", "-", "~"))
}

func (p *parser) product(deep int) (expr, error) {
	return p.chain(deep, p.unary, p.oneOf("*", "//", "/", "%"))
}

func (p *parser) oneOf(ops ...string) func() string {
	return func() string {
		for _, o := range ops {
			if p.op(o) {
				return o
			}
		}
		return ""
	}
}

// chain reads operands of one level with the operators between them.
func (p *parser) chain(deep int, operand func(int) (expr, error), operator func() string) (expr, error) {
	e, err := operand(deep)
	for err == nil {
		o := operator()
		if o == "" {
			return e, nil
		}
		var right expr
		right, err = operand(deep)
		e = expr{op: o, args: []expr{e, right}}
	}
	return e, err
}

func (p *parser) unary(deep int) (expr, error) {
	if deep > maxDeep {
		return expr{}, fmt.Errorf("tokens: an expression of the chat template is too deep")
	}
	if p.op("-") {
		e, err := p.unary(deep + 1)
		return expr{op: "neg", args: []expr{e}}, err
	}
	e, err := p.primary(deep)
	for err == nil {
		switch {
		case p.op("."):
			e, err = p.named(e, "attr")
		case p.op("["):
			e, err = p.bracket(e, deep)
		case p.op("("):
			e.args, e.keys, err = p.arguments(e, deep)
			e = expr{op: "call", args: e.args, keys: e.keys}
		case p.op("|"):
			if e, err = p.named(e, "filter"); err == nil && !slices.Contains(filters, e.text) {
				err = fmt.Errorf("tokens: the chat template uses the filter %q, which is not known here", e.text)
			}
			if err == nil && p.op("(") {
				e.args, e.keys, err = p.arguments(e.args[0], deep)
			}
		case p.word("is"):
			e, err = p.test(e)
		default:
			return e, nil
		}
	}
	return e, err
}

// named reads the name behind a dot or bar.
func (p *parser) named(e expr, op string) (expr, error) {
	if p.at >= len(p.toks) || p.toks[p.at].kind != 'n' {
		return e, fmt.Errorf("tokens: the chat template lacks a name")
	}
	p.at++
	return expr{op: op, text: p.toks[p.at-1].text, args: []expr{e}}, nil
}

func (p *parser) test(e expr) (expr, error) {
	negated := p.word("not")
	t, err := p.named(e, "test")
	if err == nil && !slices.Contains(tests, t.text) {
		err = fmt.Errorf("tokens: the chat template uses the test %q, which is not known here", t.text)
	}
	if negated {
		t = expr{op: "not", args: []expr{t}}
	}
	return t, err
}

// bracket reads an index or a slice.
func (p *parser) bracket(e expr, deep int) (expr, error) {
	none := expr{op: "literal"}
	parts, at := []expr{none, none, none}, 0
	for {
		switch {
		case p.op("]"):
			if at == 0 {
				return expr{op: "index", args: []expr{e, parts[0]}}, nil
			}
			return expr{op: "slice", args: append([]expr{e}, parts...)}, nil
		case p.op(":"):
			if at++; at > 2 {
				return e, fmt.Errorf("tokens: a slice of the chat template has too many parts")
			}
		default:
			var err error
			if parts[at], err = p.expression(deep + 1); err != nil {
				return e, err
			}
			if !p.peek('o', "]") && !p.peek('o', ":") {
				return e, p.need("]")
			}
		}
	}
}

// arguments reads what a function is given; named ones come last, with their keys.
func (p *parser) arguments(callee expr, deep int) (args []expr, keys []string, err error) {
	args = []expr{callee}
	for !p.op(")") {
		key := ""
		if p.at+1 < len(p.toks) && p.toks[p.at].kind == 'n' && p.toks[p.at+1].kind == 'o' && p.toks[p.at+1].text == "=" {
			key = p.toks[p.at].text
			p.at += 2
		}
		e, err := p.expression(deep + 1)
		if err != nil {
			return nil, nil, err
		}
		args, keys = append(args, e), append(keys, key)
		if !p.op(",") && !p.peek('o', ")") {
			return nil, nil, p.need(")")
		}
	}
	return args, keys, nil
}

func (p *parser) primary(deep int) (expr, error) {
	if p.at >= len(p.toks) {
		return expr{}, fmt.Errorf("tokens: an expression of the chat template ends early")
	}
	t := p.toks[p.at]
	p.at++
	switch {
	case t.kind == 's':
		for p.at < len(p.toks) && p.toks[p.at].kind == 's' { // neighbours are one
			t.text += p.toks[p.at].text
			p.at++
		}
		return expr{op: "literal", val: t.text}, nil
	case t.kind == 'i':
		return expr{op: "literal", val: t.num}, nil
	case t.kind == 'n':
		switch t.text {
		case "true", "True":
			return expr{op: "literal", val: true}, nil
		case "false", "False":
			return expr{op: "literal", val: false}, nil
		case "none", "None":
			return expr{op: "literal"}, nil
		}
		return expr{op: "name", text: t.text}, nil
	case t.text == "(":
		e, err := p.expression(deep + 1)
		if err == nil {
			err = p.need(")")
		}
		return e, err
	case t.text == "[":
		return p.list(deep)
	case t.text == "{":
		return p.dict(deep)
	}
	return expr{}, fmt.Errorf("tokens: the chat template has %q where a value belongs", t.text)
}

func (p *parser) list(deep int) (expr, error) {
	e := expr{op: "list"}
	for !p.op("]") {
		v, err := p.expression(deep + 1)
		if err != nil {
			return e, err
		}
		e.args = append(e.args, v)
		if !p.op(",") && !p.peek('o', "]") {
			return e, p.need("]")
		}
	}
	return e, nil
}

func (p *parser) dict(deep int) (expr, error) {
	e := expr{op: "dict"}
	for !p.op("}") {
		k, err := p.primary(deep + 1)
		if err == nil {
			err = p.need(":")
		}
		key, ok := k.val.(string)
		if err != nil || !ok {
			return e, fmt.Errorf("tokens: the chat template has a dictionary whose key is no text")
		}
		v, err := p.expression(deep + 1)
		if err != nil {
			return e, err
		}
		e.args, e.keys = append(e.args, v), append(e.keys, key)
		if !p.op(",") && !p.peek('o', "}") {
			return e, p.need("}")
		}
	}
	return e, nil
}
