package manual

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// page reads one page.
func page(t *testing.T, name string) string {
	t.Helper()
	b, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names are the pages of one language.
func names(t *testing.T, lang string) []string {
	t.Helper()
	entries, err := fs.ReadDir(Files, lang)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// code is what both languages must show alike: settings, addresses, tables of commands.
var code = regexp.MustCompile("`[^`\n]+`")

// TestBothLanguagesSayTheSame compares what can be compared: the pages, the headings of each
// level, and the commands and settings that are named.
func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(names(t, "en"), names(t, "zh")); diff != "" {
		t.Fatalf("pages (-English +Chinese):\n%s", diff)
	}
	for _, name := range names(t, "en") {
		en, zh := page(t, "en/"+name), page(t, "zh/"+name)
		if diff := cmp.Diff(levels(en), levels(zh)); diff != "" {
			t.Errorf("%s: headings (-English +Chinese):\n%s", name, diff)
		}
		if diff := cmp.Diff(settings(en), settings(zh)); diff != "" {
			t.Errorf("%s: settings and routes (-English +Chinese):\n%s", name, diff)
		}
	}
}

// levels are the levels of a page's headings.
func levels(text string) []int {
	var out []int
	for line := range strings.Lines(text) {
		if marks := len(line) - len(strings.TrimLeft(line, "#")); marks > 0 && strings.HasPrefix(line[marks:], " ") {
			out = append(out, marks)
		}
	}
	return out
}

// settings are the names in code marks that no language writes in its own way.
func settings(text string) map[string]bool {
	out := map[string]bool{}
	for _, c := range code.FindAllString(text, -1) {
		if regexp.MustCompile("^`(--[a-z]+|/[a-z/{}._0-9]+|WENYUAN_[A-Z]+|[a-z]+_[a-z]+|(GET|POST|DELETE) /.*)`$").MatchString(c) && !strings.Contains(c, "=") {
			out[c] = true
		}
	}
	return out
}

// TestChineseStyle holds what the Chinese pages promise their reader.
func TestChineseStyle(t *testing.T) {
	t.Parallel()
	half := regexp.MustCompile(`\p{Han}[,;:?!]|[,;:?!]\p{Han}`)
	for _, name := range names(t, "zh") {
		text := code.ReplaceAllString(page(t, "zh/"+name), "")
		for _, word := range []string{"您", "进行"} {
			if strings.Contains(text, word) {
				t.Errorf("%s says %s", name, word)
			}
		}
		if found := half.FindString(text); found != "" {
			t.Errorf("%s has half-width punctuation in Chinese: %s", name, found)
		}
	}
}
