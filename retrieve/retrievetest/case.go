package retrievetest

import (
	"embed"
	"io/fs"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed testdata/*.txtar
var testdata embed.FS

// A Case is a question and what must come of it.
type Case struct {
	Question string
	From     string   // source of which a passage must be kept
	Says     []string // words that the answer must quote
	Not      []string // words that it must not
	Refuse   bool
}

// A Suite is a corpus with its cases.
type Suite struct {
	Name  string
	Files map[string]string
	Cases []Case
}

// Suites reads every file of cases.
func Suites(tb testing.TB) (out []Suite) {
	tb.Helper()
	names, err := fs.Glob(testdata, "testdata/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		data, err := testdata.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		s := Suite{Name: strings.TrimSuffix(name[len("testdata/"):], ".txtar"), Files: map[string]string{}}
		for _, f := range txtar.Parse(data).Files {
			if f.Name == "cases" {
				s.Cases = cases(tb, name, string(f.Data))
			} else {
				s.Files[f.Name] = string(f.Data)
			}
		}
		out = append(out, s)
	}
	return out
}

// cases reads the blocks of lines, parted by blank lines.
func cases(tb testing.TB, name, text string) (out []Case) {
	tb.Helper()
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var c Case
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "Q":
				c.Question = value
			case "from":
				c.From = value
			case "says":
				c.Says = append(c.Says, value)
			case "not":
				c.Not = append(c.Not, value)
			case "refuse":
				c.Refuse = true
			default:
				tb.Fatalf("%s: unknown line %q", name, line)
			}
		}
		out = append(out, c)
	}
	return out
}
