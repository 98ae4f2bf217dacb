package rule

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"wenyuan/guard/reading"
)

func parsed(t testing.TB, name, text string) *Set {
	t.Helper()
	set, err := Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func compiled(t testing.TB, sets ...*Set) *Matcher {
	t.Helper()
	m, err := Compile(sets...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func matcherOf(t testing.TB, text string) *Matcher { return compiled(t, parsed(t, "test", text)) }

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// found is what was met, each with its line.
func found(matches []Match) string {
	var out []string
	for _, m := range matches {
		out = append(out, fmt.Sprintf("%d:%s", m.Line, m.Evidence))
	}
	return strings.Join(out, " ")
}

// TestLanguage reads lines of a text, an arrow, and what is met in it.
func TestLanguage(t *testing.T) {
	t.Parallel()
	m := matcherOf(t, file(t, "language.rules"))
	for line := range strings.Lines(file(t, "language.txt")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		text, want, _ := strings.Cut(line, "=>")
		text = strings.ReplaceAll(strings.TrimSpace(text), `\n`, "\n")
		matches := m.Matches(reading.Of(text))
		if got := strings.ReplaceAll(found(matches), "\n", `\n`); got != strings.TrimSpace(want) {
			t.Errorf("%s\n got %s\nwant %s", text, got, strings.TrimSpace(want))
		}
		for _, x := range matches {
			if x.Start < 0 || x.End > len(text) || x.Start >= x.End || x.Layer != "rules" || x.Score == 0 {
				t.Errorf("%s: %+v", text, x)
			}
		}
	}
}
