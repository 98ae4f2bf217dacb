package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"text/template"
	"text/template/parse"
	"time"
)

// A template is text from outside that runs here, so what it may do is bounded: how much it
// writes, how often it goes round or calls another template, how long a text it may make of
// others, and for how long.
const (
	maxOutput = 4 << 20 // bytes of one message
	maxSteps  = 100_000 // rounds of range and calls of template
	maxTime   = 2 * time.Second
)

// A guard watches one execution.
type guard struct {
	out   *bytes.Buffer
	steps int
	until time.Time
}

func newGuard(out *bytes.Buffer) *guard { return &guard{out: out, until: time.Now().Add(maxTime)} }

var errMuch = errors.New("it makes more text than a prompt may have")

// Write keeps what the template writes, up to the bound.
func (g *guard) Write(p []byte) (int, error) {
	if g.out.Len()+len(p) > maxOutput {
		return 0, errMuch
	}
	return g.out.Write(p)
}

// step is called by every round and every template.
func (g *guard) step() (string, error) {
	if g == nil {
		return "", nil
	}
	g.steps++
	if g.steps > maxSteps || g.steps%64 == 0 && time.Now().After(g.until) {
		return "", errors.New("it goes round too often")
	}
	return "", nil
}

// stepName is the function that watch puts into a template; no template can write it.
const stepName = "ǃstep"

// guarded are the functions of a template: those of text/template that make text out of
// text, bounded, and the one that counts steps.
func guarded(g *guard) template.FuncMap {
	bounded := func(f func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			if s := f(args...); len(s) <= maxOutput {
				return s, nil
			}
			return "", errMuch
		}
	}
	return template.FuncMap{
		stepName:   g.step,
		"print":    bounded(fmt.Sprint),
		"println":  bounded(fmt.Sprintln),
		"html":     bounded(template.HTMLEscaper),
		"js":       bounded(template.JSEscaper),
		"urlquery": bounded(template.URLQueryEscaper),
		"printf": func(format string, args ...any) (string, error) {
			return bounded(func(a ...any) string { return fmt.Sprintf(format, a...) })(args...)
		},
	}
}

// watch puts a call of step in front of a template and of every round in it.
func watch(t *parse.Tree) {
	if t == nil || t.Root == nil {
		return
	}
	watchList(t.Root)
	t.Root.Nodes = append([]parse.Node{call()}, t.Root.Nodes...)
}

func watchList(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			watchList(n.List)
			watchList(n.ElseList)
		case *parse.WithNode:
			watchList(n.List)
			watchList(n.ElseList)
		case *parse.RangeNode:
			watchList(n.List)
			watchList(n.ElseList)
			n.List.Nodes = append([]parse.Node{call()}, n.List.Nodes...)
		}
	}
}

// call is {{step}}, parsed.
func call() parse.Node {
	t := template.Must(template.New("").Funcs(guarded(nil)).Parse("{{" + stepName + "}}"))
	return t.Root.Nodes[0]
}
