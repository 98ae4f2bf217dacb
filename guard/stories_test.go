package guard_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"wenyuan"
	"wenyuan/guard"
)

// A story is a policy with texts and what is to be done with each.
type story struct {
	Policy   *guard.Policy
	Question string
	Prompt   string
	Canary   string
	Passages []string
	Cases    []storyCase
}

type storyCase struct {
	Place  guard.Place
	Text   string
	Title  string // of a passage
	Action guard.Action
	Check  string
	Kind   string
	Out    *string // how the text goes on
	Hides  string  // what must not stand in what goes on, nor in any evidence
}

// TestStories looks at the texts of every file in testdata/stories.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/stories/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	g := open(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var s story
			if err := yaml.UnmarshalWithOptions(raw, &s, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			p := guard.BuiltIn()
			if s.Policy != nil {
				p = *s.Policy
			}
			made, err := g.With(t.Context(), space, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range s.Cases {
				s.run(t, made, c)
			}
		})
	}
}

func (s story) run(t *testing.T, g *guard.Guard, c storyCase) {
	t.Helper()
	about := guard.About{Question: s.Question, Prompt: s.Prompt, Canary: s.Canary, Dry: true}
	for _, text := range s.Passages {
		about.Passages = append(about.Passages, wenyuan.Passage{Text: text})
	}
	if c.Place == guard.Retrieved {
		about.Passage = &wenyuan.Passage{Text: c.Text, Title: c.Title}
	}
	d, err := g.Look(t.Context(), c.Place, c.Text, about)
	if err != nil {
		t.Fatal(err)
	}
	if d.Action != c.Action {
		t.Errorf("%q: %s, want %s: %+v", c.Text, d.Action, c.Action, d.Findings)
		return
	}
	if c.Check != "" && !slices.ContainsFunc(d.Findings, func(f guard.Finding) bool {
		return f.Check == c.Check && f.Action == c.Action && (c.Kind == "" || c.Kind == f.Kind)
	}) {
		t.Errorf("%q: not found by %s %s: %+v", c.Text, c.Check, c.Kind, d.Findings)
	}
	if c.Out != nil && d.Text != *c.Out {
		t.Errorf("%q goes on as %q, want %q", c.Text, d.Text, *c.Out)
	}
	if c.Action == guard.Allow && d.Text != c.Text {
		t.Errorf("%q goes on as %q", c.Text, d.Text)
	}
	if c.Hides == "" {
		return
	}
	if strings.Contains(d.Text, c.Hides) {
		t.Errorf("%q goes on as %q", c.Text, d.Text)
	}
	for _, f := range d.Findings {
		if strings.Contains(f.Evidence, c.Hides) && f.Check != guard.Links {
			t.Errorf("%q: evidence %q", c.Text, f.Evidence)
		}
	}
}
