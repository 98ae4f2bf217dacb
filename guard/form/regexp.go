package form

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// Bounds of a regular expression: the work for one code point is at most its instructions.
const (
	maxPattern = 4 << 10 // bytes
	maxInst    = 5000    // instructions of the compiled program
	maxStates  = 2000    // sets of instructions that are remembered with where they lead
)

// Regexp is the form of a text that a regular expression of RE2's syntax matches from its
// beginning to its end. Go's own matcher tells nothing of an unfinished text, so the program is
// stepped here: all threads at once (Thompson 1968; Cox, "Regular Expression Matching: the
// Virtual Machine Approach", 2009), with the sets of threads remembered as states.
func Regexp(pattern string) (Form, error) {
	if pattern == "" || len(pattern) > maxPattern {
		return Form{}, unusable("regular expression", fmt.Errorf("it has %d bytes, and 1 to %d are taken", len(pattern), maxPattern))
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return Form{}, unusable("regular expression", err)
	}
	parsed, err := syntax.Parse(`\A(?:`+pattern+`)\z`, syntax.Perl)
	if err != nil {
		return Form{}, unusable("regular expression", err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err == nil && len(prog.Inst) > maxInst {
		err = fmt.Errorf("it takes %d steps, more than %d", len(prog.Inst), maxInst)
	}
	if err != nil {
		return Form{}, unusable("regular expression", err)
	}
	return Form{kind: "regexp", open: func() acceptor {
		m := &matching{prog: prog, pattern: pattern, states: map[string]*state{}, mark: make([]uint32, len(prog.Inst))}
		m.at = m.state([]uint32{uint32(prog.Start)}, -1)
		return m
	}}, nil
}

// matching is a program on its way through a text.
type matching struct {
	prog    *syntax.Prog
	pattern string
	states  map[string]*state
	at      *state
	mark    []uint32
	round   uint32
}

// A state is a set of threads behind a code point; the conditions of empty width (^, \b) are
// looked at when the next one is known.
type state struct {
	threads []uint32
	before  rune // the code point before, as far as conditions look at it; -1 at the beginning
	next    [utf8.RuneSelf]*state
}

// around keeps of a code point what conditions look at.
func around(r rune) rune {
	switch {
	case r == '\n' || r < 0:
		return r
	case syntax.IsWordChar(r):
		return 'a'
	}
	return ' '
}

func (m *matching) state(threads []uint32, before rune) *state {
	before = around(before)
	slices.Sort(threads)
	key := string(before) + "/"
	for _, t := range threads {
		key += string(rune(t))
	}
	if s := m.states[key]; s != nil {
		return s
	}
	if len(m.states) >= maxStates {
		clear(m.states)
	}
	s := &state{threads: threads, before: before}
	m.states[key] = s
	return s
}

func (m *matching) write(chunk string) *Fault {
	n := 0
	for _, r := range chunk {
		next := m.step(r)
		if next == nil {
			return &Fault{At: n, Want: "expected what the regular expression " + quotedShort(m.pattern) + " takes, got " + fmt.Sprintf("%q", r)}
		}
		m.at = next
		n++
	}
	return nil
}

// step is the state behind a code point; nil where no thread is left.
func (m *matching) step(r rune) *state {
	if r < utf8.RuneSelf && m.at.next[r] != nil {
		return m.at.next[r]
	}
	var out []uint32
	m.each(r, func(i *syntax.Inst) bool {
		if i.Op != syntax.InstMatch && i.MatchRune(r) {
			out = append(out, i.Out)
		}
		return true
	})
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	next := m.state(slices.Compact(out), r)
	if r < utf8.RuneSelf {
		m.at.next[r] = next
	}
	return next
}

// each follows all threads to where they take a code point or match, r being the next one, -1
// at the end.
func (m *matching) each(r rune, f func(*syntax.Inst) bool) {
	m.round++
	flags := syntax.EmptyOpContext(m.at.before, around(r))
	stack := slices.Clone(m.at.threads)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if m.mark[pc] == m.round {
			continue
		}
		m.mark[pc] = m.round
		switch i := &m.prog.Inst[pc]; i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, i.Out, i.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, i.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(i.Arg)&^flags == 0 {
				stack = append(stack, i.Out)
			}
		case syntax.InstFail:
		default:
			if !f(i) {
				return
			}
		}
	}
}

func (m *matching) close() *Fault {
	matched := false
	m.each(-1, func(i *syntax.Inst) bool { matched = i.Op == syntax.InstMatch; return !matched })
	if !matched {
		return &Fault{Want: "the text ends before the regular expression " + quotedShort(m.pattern) + " is through"}
	}
	return nil
}
