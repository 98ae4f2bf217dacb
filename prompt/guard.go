package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// A template is text from outside that runs here, so what it may do is bounded: how much it
// writes, how often it goes round or calls another template, how much text it may make of
// others, and for how long.
const (
	maxOutput = 4 << 20  // bytes of one message
	maxMade   = 64 << 20 // bytes that the functions may make in one execution, together
	maxSteps  = 100_000  // rounds of range and calls of template
	maxTime   = 2 * time.Second
)

// A guard watches one execution.
type guard struct {
	out   *bytes.Buffer
	steps int
	made  int // bytes that functions made, or could have made
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

// spend takes what a function may make out of the bound before it is made: what a variable
// holds stays in memory until the end.
func (g *guard) spend(bytes int) error {
	if g == nil {
		return nil
	}
	if g.made += bytes; bytes > maxMade || g.made > maxMade {
		return errMuch
	}
	return nil
}

// widest is how many bytes the functions make of one byte at most: urlquery writes %E2%80%A6,
// js \u003C.
const widest = 6

// weight is about how many bytes a value takes in a text.
func weight(args []any) (n int) {
	for _, a := range args {
		switch a := a.(type) {
		case string:
			n += len(a)
		default:
			n += len(fmt.Sprint(a))
		}
		if n > maxMade {
			break
		}
	}
	return n
}

// verb is one place of a format, with the width that it asks for.
var verb = regexp.MustCompile(`%[-+# 0-9.*\[\]]*`)

// formatted is how many bytes a format may make of its arguments: any place may show any of
// them, by its number. A width that is given as an argument, or is wide, is refused.
func formatted(format string, args []any) (int, error) {
	places := verb.FindAllString(format, -1)
	for _, p := range places {
		if strings.Contains(p, "*") || longNumber.MatchString(p) {
			return 0, errors.New("a width in printf has up to three digits")
		}
	}
	return len(format) + len(places)*(1000+widest*weight(args)), nil
}

var longNumber = regexp.MustCompile(`\d{4}`)

// guarded are the functions of a template: those of text/template that make text out of
// text, bounded, and the one that counts steps.
func guarded(g *guard) template.FuncMap {
	bounded := func(f func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			if err := g.spend(widest * weight(args)); err != nil {
				return "", err
			}
			return f(args...), nil
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
			n, err := formatted(format, args)
			if err == nil {
				err = g.spend(n)
			}
			if err != nil {
				return "", err
			}
			return fmt.Sprintf(format, args...), nil
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
