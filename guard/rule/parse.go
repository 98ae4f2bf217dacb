package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// maxFaults are told of one file; who has more has brought another kind of file.
const maxFaults = 100

// Parse reads a file of rules. All its faults come back at once: the error is a wenyuan.Error
// of code Invalid whose message has one fault a line, and Faults lies inside. The name says
// where the rules are from; it stands in matches and faults.
func Parse(name, text string) (*Set, error) {
	if len(text) > MaxText || !utf8.ValidString(text) {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the rules %s are not text in UTF-8 of at most %d bytes", name, MaxText),
			Hint: "save the file as UTF-8, and divide a larger one"}
	}
	p := &parser{set: &Set{Name: name}, lists: map[string]*list{}}
	p.read(strings.TrimPrefix(text, "\ufeff"))
	if len(p.faults) > 0 {
		slices.SortStableFunc(p.faults, func(a, b Fault) int { return a.Line - b.Line })
		all := &Faults{Name: name, List: p.faults}
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: all.lines(), Hint: "wenyuan guard rules FILE checks a file of rules", Err: all}
	}
	return p.set, nil
}

// A parser reads twice: lists may stand behind the rules that use them.
type parser struct {
	set     *Set
	lists   map[string]*list
	faults  []Fault
	section section
}

type section struct {
	category string
	options
}

// A list is read when it is first used.
type list struct {
	line          int
	text          []string
	lines         []int
	words         term
	read, reading bool
}

func (p *parser) fault(f Fault) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, f)
	}
}

func (p *parser) read(text string) {
	n := 0
	for raw := range strings.Lines(text) {
		n++
		if line := clean(raw); strings.HasPrefix(line, "@") && definesList(line) {
			p.addList(n, line)
		}
	}
	n = 0
	for raw := range strings.Lines(text) {
		n++
		line := clean(raw)
		switch {
		case line == "" || strings.HasPrefix(line, "@") && definesList(line):
		case strings.HasPrefix(line, "[") && headsSection(line):
			p.open(n, line)
		case len(p.set.rules) == MaxRules:
			p.fault(Fault{Line: n, Message: fmt.Sprintf("the file has more than %d rules", MaxRules)})
			return
		default:
			p.addRule(n, line)
		}
	}
	for _, l := range p.lists {
		p.resolve(l)
	}
	if len(p.set.rules) == 0 && len(p.faults) == 0 {
		p.fault(Fault{Line: n, Message: "the file has no rule"})
	}
}

// clean brings a line to one form and takes its comment away.
func clean(raw string) string {
	line := strings.TrimSpace(marks.Replace(strings.TrimRight(raw, "\r\n")))
	if strings.HasPrefix(line, "#") {
		return ""
	}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '#':
			if !quoted && line[i-1] == ' ' {
				return strings.TrimSpace(line[:i])
			}
		}
	}
	return line
}

func definesList(line string) bool {
	name, _, ok := strings.Cut(line, "=")
	return ok && !strings.ContainsAny(name, "+>|;,")
}

// headsSection tells a section from a rule that begins with a class of characters: nothing
// but options may stand behind the bracket, or inside of it.
func headsSection(line string) bool {
	return strings.HasSuffix(line, "]") && strings.Count(line, "]") == 1
}

func (p *parser) open(n int, line string) {
	parts := pieces(line[1:len(line)-1], ';')
	p.section = section{category: strings.TrimSpace(parts[0])}
	p.section.severity, p.section.within, p.section.variants = defaultSeverity, defaultWithin, separators
	if p.section.category == "" {
		p.fault(Fault{Line: n, Message: "the section has no category"})
		p.section.category = "?"
	}
	p.options(n, parts[1:], &p.section.options, false)
}

func (p *parser) addList(n int, line string) {
	name, words, _ := strings.Cut(line[1:], "=")
	name = strings.TrimSpace(name)
	if name == "" || strings.Contains(name, " ") {
		p.fault(Fault{Line: n, Message: "a list is written @name = word, word"})
		return
	}
	l := p.lists[name]
	if l == nil {
		l = &list{line: n}
		p.lists[name] = l
	}
	l.text, l.lines = append(l.text, words), append(l.lines, n)
}

func (p *parser) resolve(l *list) term {
	if l.read {
		return l.words
	}
	l.reading = true
	for i, text := range l.text {
		l.words = append(l.words, p.words(l.lines[i], text)...)
	}
	l.reading, l.read = false, true
	return l.words
}

func (p *parser) addRule(n int, line string) {
	if p.section.category == "" {
		p.fault(Fault{Line: n, Message: "a rule stands before the first section, which is written [category]"})
		p.section.category = "?"
	}
	parts := pieces(line, ';')
	r := rule{line: int32(n), category: p.section.category, text: line, options: p.section.options}
	p.options(n, parts[1:], &r.options, true)
	sign := joiner(parts[0])
	r.ordered = sign == '>'
	if other := map[byte]byte{'>': '+', '+': '>'}[sign]; sign != 0 && len(joined(parts[0], other)) > 1 {
		p.fault(Fault{Line: n, Message: "a combination has + or > between its parts, not both"})
	}
	for _, part := range joined(parts[0], sign) {
		if strings.TrimSpace(part) == "" {
			p.fault(Fault{Line: n, Message: "a part of the rule is empty"})
			return
		}
		if t := p.words(n, part); len(t) > 0 {
			r.terms = append(r.terms, t)
			continue
		}
		return
	}
	if len(r.terms) > maxTerms {
		p.fault(Fault{Line: n, Message: fmt.Sprintf("a combination has at most %d parts", maxTerms)})
	}
	p.set.rules = append(p.set.rules, r)
}

// maxTerms are the parts of a combination.
const maxTerms = 8
