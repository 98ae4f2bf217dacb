package tokens

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A template is a chat template: the part of Jinja that published ones use. What is not of that part
// is refused by name when the template is read, as a prompt made otherwise than the model's own is a
// fault that nobody sees. Blocks are trimmed as Transformers and llama.cpp have it
// (trim_blocks and lstrip_blocks).
type template struct{ body []node }

// Limits of a template and of what it makes.
const (
	maxTemplate = 1 << 18 // bytes
	maxDeep     = 64      // blocks or brackets inside each other
	maxSteps    = 1 << 19 // statements and expressions of one rendering
	maxRendered = 1 << 25 // bytes
)

// A node is a text, an expression that is printed, or a statement.
type node struct {
	text  string
	expr  expr
	kind  string // text, print, for, if, set, break, continue
	names []string
	field string // of set: ns.field
	body  []node
	other []node // of if and for: else
	cond  expr   // of for: its if
}

// A piece is what the template is cut into.
type piece struct {
	kind byte // t text, v variable, b block
	text string
}

// newTemplate reads a template.
func newTemplate(text string) (*template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("tokens: a chat template of %d bytes", len(text))
	}
	cut, err := pieces(text)
	if err != nil {
		return nil, err
	}
	p := &blocks{pieces: cut}
	body, end, err := p.until(0)
	if err == nil && end != "" {
		err = fmt.Errorf("tokens: the chat template has %q without its beginning", end)
	}
	if err != nil {
		return nil, err
	}
	return &template{body}, nil
}

// pieces cuts a template at its marks and trims the white space around blocks.
func pieces(text string) (out []piece, err error) {
	text = strings.TrimSuffix(text, "\n")
	trim, newline := false, false
	for text != "" {
		i := strings.Index(text, "{")
		for i >= 0 && !(i+1 < len(text) && strings.IndexByte("{%#", text[i+1]) >= 0) {
			next := strings.Index(text[i+1:], "{")
			if next < 0 {
				i = -1
			} else {
				i += 1 + next
			}
		}
		plain, rest := text, ""
		if i >= 0 {
			plain, rest = text[:i], text[i:]
		}
		begins := len(out) == 0 || newline && strings.HasPrefix(plain, "\n") // a line
		plain = before(plain, trim, newline)
		trim, newline = false, false
		if rest == "" {
			return append(out, piece{'t', plain}), nil
		}
		end := map[byte]string{'{': "}}", '%': "%}", '#': "#}"}[rest[1]]
		at := closing(rest, end)
		if at < 0 {
			return nil, fmt.Errorf("tokens: the chat template opens %q and does not close it", rest[:2])
		}
		inner := rest[2:at]
		switch {
		case strings.HasPrefix(inner, "-"):
			plain, inner = strings.TrimRight(plain, " \t\r\n"), inner[1:]
		case strings.HasPrefix(inner, "+"):
			inner = inner[1:]
		case rest[1] != '{':
			plain = alone(plain, begins)
		}
		if strings.HasSuffix(inner, "-") {
			trim, inner = true, inner[:len(inner)-1]
		} else if newline = rest[1] != '{'; strings.HasSuffix(inner, "+") && newline {
			newline, inner = false, inner[:len(inner)-1]
		}
		if plain != "" {
			out = append(out, piece{'t', plain})
		}
		switch rest[1] {
		case '{':
			out = append(out, piece{'v', inner})
		case '%':
			out = append(out, piece{'b', strings.TrimSpace(inner)})
		default:
			out = append(out, piece{'t', ""}) // a comment; the next text does not begin the template
		}
		text = rest[at+2:]
	}
	return out, nil
}

// before trims what stands after a mark.
func before(plain string, trim, newline bool) string {
	if trim {
		return strings.TrimLeft(plain, " \t\r\n")
	}
	if newline {
		return strings.TrimPrefix(plain, "\n")
	}
	return plain
}

// alone drops the blanks before a block that begins its line.
func alone(plain string, begins bool) string {
	cut := strings.TrimRight(plain, " \t")
	if cut == "" && begins || strings.HasSuffix(cut, "\n") {
		return cut
	}
	return plain
}

// closing finds the end of a mark, outside of quotes.
func closing(s, end string) int {
	var quote byte
	for i := 2; i+1 < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case s[i:i+2] == end:
			return i
		case (c == '\'' || c == '"') && end != "#}":
			quote = c
		}
	}
	return -1
}

// blocks turns pieces into nodes.
type blocks struct {
	pieces []piece
	at     int
}

// until reads nodes up to a statement that ends or parts a block, and gives that.
func (b *blocks) until(deep int) (out []node, end string, err error) {
	if deep > maxDeep {
		return nil, "", errors.New("tokens: the chat template is too deep")
	}
	for b.at < len(b.pieces) {
		p := b.pieces[b.at]
		b.at++
		switch p.kind {
		case 't':
			out = append(out, node{kind: "text", text: p.text})
		case 'v':
			e, err := parseAll(p.text)
			if err != nil {
				return nil, "", err
			}
			out = append(out, node{kind: "print", expr: e})
		default:
			word, _, _ := strings.Cut(p.text, " ")
			if slices.Contains([]string{"endfor", "endif", "else", "elif", "endset", "endgeneration"}, word) {
				return out, p.text, nil
			}
			n, err := b.statement(word, strings.TrimSpace(strings.TrimPrefix(p.text, word)), deep)
			if err != nil {
				return nil, "", err
			}
			out = append(out, n...)
		}
	}
	return out, "", nil
}

func (b *blocks) statement(word, rest string, deep int) ([]node, error) {
	switch word {
	case "if":
		n, err := b.branch(rest, deep)
		return []node{n}, err
	case "for":
		n, err := b.loop(rest, deep)
		return []node{n}, err
	case "set":
		n, err := b.assign(rest, deep)
		return []node{n}, err
	case "break", "continue":
		return []node{{kind: word}}, nil
	case "generation": // marks the assistant's part for trainers
		body, end, err := b.until(deep + 1)
		if err == nil && end != "endgeneration" {
			err = fmt.Errorf("tokens: the chat template ends generation with %q", end)
		}
		return body, err
	}
	return nil, fmt.Errorf("tokens: the chat template uses the statement %q, which is not known here", word)
}

func (b *blocks) branch(cond string, deep int) (n node, err error) {
	n.kind = "if"
	if n.expr, err = parseAll(cond); err != nil {
		return n, err
	}
	body, end, err := b.until(deep + 1)
	if err != nil {
		return n, err
	}
	n.body = body
	switch {
	case strings.HasPrefix(end, "elif "):
		other, err := b.branch(end[5:], deep+1)
		n.other = []node{other}
		return n, err
	case end == "else":
		n.other, end, err = b.until(deep + 1)
	}
	if err == nil && end != "endif" {
		err = fmt.Errorf("tokens: the chat template ends an if with %q", end)
	}
	return n, err
}

func (b *blocks) loop(head string, deep int) (n node, err error) {
	names, list, ok := strings.Cut(head, " in ")
	if !ok {
		return n, fmt.Errorf("tokens: the chat template has the loop %q", head)
	}
	n.kind = "for"
	for _, name := range strings.Split(names, ",") {
		n.names = append(n.names, strings.TrimSpace(name))
	}
	p := &parser{}
	if p.toks, err = lex(list); err != nil {
		return n, err
	}
	if n.expr, err = p.or(0); err != nil {
		return n, err
	}
	if p.word("if") {
		if n.cond, err = p.expression(0); err != nil {
			return n, err
		}
	}
	if p.at < len(p.toks) {
		return n, fmt.Errorf("tokens: the chat template has the loop %q", head)
	}
	end := ""
	if n.body, end, err = b.until(deep + 1); err == nil && end == "else" {
		n.other, end, err = b.until(deep + 1)
	}
	if err == nil && end != "endfor" {
		err = fmt.Errorf("tokens: the chat template ends a for with %q", end)
	}
	return n, err
}

func (b *blocks) assign(text string, deep int) (n node, err error) {
	n.kind = "set"
	name, value, ok := strings.Cut(text, "=")
	if !ok { // the block form
		n.names = []string{strings.TrimSpace(text)}
		end := ""
		if n.body, end, err = b.until(deep + 1); err == nil && end != "endset" {
			err = fmt.Errorf("tokens: the chat template ends a set with %q", end)
		}
		return n, err
	}
	name, n.field, _ = strings.Cut(strings.TrimSpace(name), ".")
	n.names = []string{name}
	n.expr, err = parseAll(value)
	return n, err
}

// A tok is a word of an expression.
type tok struct {
	kind byte // n name, s string, i number, o operator
	text string
	num  any
}

// operators, longest first.
var operators = []string{"==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<", ">", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|", "="}

func lex(s string) (out []tok, err error) {
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return out, nil
		}
		c := s[0]
		switch {
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			i := 1
			for i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z') {
				i++
			}
			out, s = append(out, tok{kind: 'n', text: s[:i]}), s[i:]
		case c >= '0' && c <= '9':
			i := 1
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			n, err := strconv.ParseInt(s[:i], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("tokens: the chat template has the number %q", s[:i])
			}
			out, s = append(out, tok{kind: 'i', text: s[:i], num: n}), s[i:]
		case c == '\'' || c == '"':
			text, n, err := quoted(s)
			if err != nil {
				return nil, err
			}
			out, s = append(out, tok{kind: 's', text: text}), s[n:]
		default:
			i := slices.IndexFunc(operators, func(o string) bool { return strings.HasPrefix(s, o) })
			if i < 0 {
				return nil, fmt.Errorf("tokens: the chat template has %q", s[:1])
			}
			out, s = append(out, tok{kind: 'o', text: operators[i]}), s[len(operators[i]):]
		}
	}
}

// quoted reads a string and says how long it was.
func quoted(s string) (string, int, error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return b.String(), i + 1, nil
		case '\\':
			if i++; i == len(s) {
				break
			}
			if j := strings.IndexByte("ntr\\'\"", s[i]); j >= 0 {
				b.WriteByte("\n\t\r\\'\""[j])
			} else {
				b.WriteString(s[i-1 : i+1])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, errors.New("tokens: the chat template does not close a quote")
}
