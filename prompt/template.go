package prompt

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/strict"
	"wenyuan/version"
)

// BuiltIn is the text of the built-in template.
//
//go:embed prompt.tmpl
var BuiltIn string

// DefaultName is what the built-in template is called.
const DefaultName = "default"

// MaxTemplate is the most bytes that a template file may have.
const MaxTemplate = 64 << 10

// maxVariables is how many variables a template may declare.
const maxVariables = 50

// A Template is the frame of a prompt: a Go text/template with what is declared in front
// of it. It is tried before it is one, and immutable.
type Template struct {
	Name        string              `json:"name"`
	Description string              `json:"description,omitempty"`
	Variables   map[string]Variable `json:"variables,omitempty"`
	Text        string              `json:"text"` // the whole file, its front matter included
	Hash        string              `json:"hash"` // of the version

	tree  *template.Template
	shows map[string]bool // which of the kinds it has a place for; "summary" and "remembered" apart
}

// Data is what the version of a template is made of.
func (t *Template) Data() any { return kept{t.Name, t.Text} }

type kept struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Default is the built-in template.
func Default() *Template { return builtIn() }

var builtIn = sync.OnceValue(func() *Template {
	t, err := ParseTemplate(DefaultName, BuiltIn)
	if err != nil {
		panic(err) // a test parses it
	}
	return t
})

// blocks are what every template may use, by name.
var blocks = sync.OnceValue(func() map[string]*parse.Tree {
	all := template.Must(template.New("blocks").Funcs(guarded(nil)).Parse(BuiltIn))
	out := map[string]*parse.Tree{}
	for _, t := range all.Templates() {
		if t.Name() != "system" && t.Name() != "user" && t.Name() != "blocks" {
			watch(t.Tree)
			out[t.Name()] = t.Tree
		}
	}
	return out
})

var nameForm = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]*$`)

// maxName is how many code points the name of a template or a variable may have.
const maxName = 64

func isName(s string) bool { return utf8.RuneCountInString(s) <= maxName && nameForm.MatchString(s) }

// ParseTemplate reads a template file and tries it in both languages, so that a mistake is
// found when it is saved and not when somebody asks. name is used where the front matter
// gives none; the two may not differ.
func ParseTemplate(name, text string) (*Template, error) {
	t := &Template{Name: name, Text: text}
	if len(text) > MaxTemplate {
		return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the prompt template has %d bytes, more than %d", len(text), MaxTemplate), Hint: "make it shorter; documents belong into a corpus"}
	}
	body, err := t.declared()
	if err == nil && !isName(t.Name) {
		err = fmt.Errorf("%q cannot be its name", t.Name)
	}
	if err == nil {
		err = t.compile(body)
	}
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the prompt template cannot be used: " + err.Error(),
			Hint: `it is a Go text/template that defines "system" and "user"; the manual's page on prompts shows one`}
	}
	t.Hash, err = version.Hash(t.Data())
	return t, err
}

// front is what may stand before a template, between two lines of ---.
type front struct {
	Name        string              `yaml:"name"`
	Description string              `yaml:"description"`
	Variables   map[string]Variable `yaml:"variables"`
}

// declared reads the front matter and gives what stands behind it.
func (t *Template) declared() (body string, err error) {
	text := strings.ReplaceAll(t.Text, "\r\n", "\n")
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return text, nil
	}
	head, body, ok := strings.Cut("\n"+rest, "\n---\n")
	if !ok {
		return "", errors.New("its front matter has no line --- at the end")
	}
	var f front
	if err := strict.Decode([]byte(head), &f); err != nil {
		return "", fmt.Errorf("its front matter: %s", err)
	}
	if f.Name != "" && t.Name != "" && f.Name != t.Name {
		return "", fmt.Errorf("it calls itself %q and is saved as %q", f.Name, t.Name)
	}
	if f.Name != "" {
		t.Name = f.Name
	}
	t.Description, t.Variables = f.Description, f.Variables
	// The lines of the front matter stay in the count, so that errors name the file's lines.
	return strings.Repeat("\n", strings.Count(text[:len(text)-len(body)], "\n")) + body, t.checkVariables()
}

func (t *Template) checkVariables() error {
	if len(t.Variables) > maxVariables {
		return fmt.Errorf("it declares %d variables, more than %d", len(t.Variables), maxVariables)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Variables)) {
		if err := t.Variables[name].check(name); err != nil {
			return err
		}
	}
	return nil
}

// compile parses the body, puts the built-in blocks beside it that it does not define
// itself, and tries it.
func (t *Template) compile(body string) error {
	tree, err := template.New("prompt").Option("missingkey=error").Funcs(guarded(nil)).Parse(body)
	if err != nil {
		return err
	}
	for _, part := range []string{"system", "user"} {
		if tree.Lookup(part) == nil {
			return fmt.Errorf("it does not define %q", part)
		}
	}
	for _, own := range tree.Templates() {
		watch(own.Tree)
	}
	for name, block := range blocks() {
		if tree.Lookup(name) != nil {
			continue
		}
		if _, err := tree.AddParseTree(name, block); err != nil {
			return err
		}
	}
	t.tree = tree
	return t.try()
}

// sentinels stand in a trial for what a template has to show.
var sentinels = map[string]string{"question": "\x01q\x01", Knowledge: "\x01k\x01", Examples: "\x01e\x01", "remembered": "\x01r\x01", "summary": "\x01s\x01"}

// try renders the template in both languages and looks for what came through.
func (t *Template) try() error {
	values, err := t.values(nil)
	if err != nil {
		return err
	}
	t.shows = map[string]bool{}
	for i, chinese := range []bool{false, true} {
		s := style{XML, chinese}
		d := data{style: s, question: sentinels["question"], values: values,
			passages:   []wenyuan.Passage{{Title: "t", Heading: []string{"h"}, Text: sentinels[Knowledge]}},
			examples:   []Example{{Question: sentinels[Examples], Answer: "a"}},
			remembered: []string{sentinels["remembered"]}, summary: sentinels["summary"], tools: []wenyuan.Tool{{Name: "t", Description: "d"}}}
		system, user, err := t.render(d)
		if err != nil {
			return err
		}
		if _, _, err := t.render(data{style: s, question: sentinels["question"], values: values}); err != nil {
			return err
		}
		for kind, sign := range sentinels {
			shown := strings.Contains(system+user, sign)
			t.shows[kind] = shown && (i == 0 || t.shows[kind])
		}
	}
	if !t.shows["question"] {
		return errors.New("it does not show the question: use {{.Question}} or {{template \"question\" .}}")
	}
	if !t.shows[Knowledge] {
		return errors.New("it does not show the passages: use {{template \"knowledge\" .}} or {{range .Passages}}")
	}
	return nil
}

// render executes both parts.
func (t *Template) render(d data) (system, user string, err error) {
	tree, err := t.tree.Clone()
	if err != nil {
		return "", "", err
	}
	var out bytes.Buffer
	g := newGuard(&out)
	tree.Funcs(guarded(g))
	v := d.view()
	if err := tree.ExecuteTemplate(g, "system", v); err != nil {
		return "", "", err
	}
	system = strings.TrimSpace(out.String())
	out.Reset()
	if err := tree.ExecuteTemplate(g, "user", v); err != nil {
		return "", "", err
	}
	return system, strings.TrimSpace(out.String()), nil
}
