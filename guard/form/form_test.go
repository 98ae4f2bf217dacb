package form_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"wenyuan/guard/form"
)

func made(t testing.TB, kind, source string) form.Form {
	t.Helper()
	f, err := build(kind, source)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func build(kind, source string) (form.Form, error) {
	switch kind {
	case "regexp":
		return form.Regexp(strings.TrimSpace(source))
	case "choice":
		return form.Choice(strings.Split(strings.TrimSpace(source), "\n"))
	case "grammar":
		return form.Grammar(source)
	}
	return form.Schema([]byte(source))
}

// TestCases runs testdata: the first file of a case is the form, its name the kind; the others
// are texts, "ok*" fits, "no*" does not. Of those that do not, a line "want: ..." in the
// archive's comment says what the fault of the file names.
func TestCases(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(b)
			f := made(t, a.Files[0].Name, string(a.Files[0].Data))
			for _, x := range a.Files[1:] {
				check(t, f, x.Name, strings.TrimSuffix(string(x.Data), "\n"))
			}
		})
	}
}

func check(t *testing.T, f form.Form, name, text string) {
	t.Helper()
	verdict, want, _ := strings.Cut(name, " ")
	err := f.Check(text)
	if (err == nil) != strings.HasPrefix(verdict, "ok") {
		t.Errorf("%s: %q: %v", name, text, err)
		return
	}
	if err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %q: the fault %q does not say %q", name, text, err, want)
	}
	for _, n := range []int{1, 2, 7} { // where the text is cut must not matter
		if got := inPieces(f, text, n); (got == nil) != (err == nil) {
			t.Errorf("%s in pieces of %d: %v, whole: %v", name, n, got, err)
		}
	}
}

func inPieces(f form.Form, text string, n int) error {
	s := f.Stream()
	for len(text) > 0 {
		at := min(n, len(text))
		if err := s.Write(text[:at]); err != nil {
			return err
		}
		text = text[at:]
	}
	return s.Close()
}

// TestDead says how much of a text is read before it is known to lead nowhere.
func TestDead(t *testing.T) {
	t.Parallel()
	person := `{"type":"object","properties":{"name":{"type":"string"},"role":{"enum":["reader","owner"]},"age":{"type":"integer","minimum":0},
		"tags":{"type":"array","items":{"type":"string"},"maxItems":2}},"required":["name"],"additionalProperties":false}`
	for _, c := range []struct{ kind, source, alive, dead string }{
		{"json", person, ``, `[`},
		{"json", person, ` {"`, `x`},
		{"json", person, `{"name": `, `1`},
		{"json", person, `{"role":"re`, `d`},
		{"json", person, `{"age":-1`, `,`},
		{"json", person, `{"age":1.`, `,`},
		{"json", person, `{"tags":["a","b"`, `,"`},
		{"json", person, `{"age":1`, `}`},
		{"json", person, `{"name":"x"}`, `.`},
		{"json", `{"$ref":"#/$defs/a","$defs":{"a":{"type":"array","prefixItems":[{"type":"string"}],"items":{"$ref":"#/$defs/a"}}}}`, `["x",[`, `2`},
		{"regexp", `\d{4}-\d{2}`, `2024-`, `a`},
		{"regexp", `yes|no`, `yes`, `.`},
		{"choice", "red\ngreen", `gr`, `a`},
		{"grammar", `root ::= "[" ( [0-9]+ ("," [0-9]+)* )? "]"`, `[1,22,`, `,`},
	} {
		s := made(t, c.kind, c.source).Stream()
		if err := s.Write(c.alive); err != nil {
			t.Errorf("%s %q is dead already: %v", c.kind, c.alive, err)
		}
		err := s.Write(c.dead)
		var f *form.Fault
		if !errors.As(err, &f) || f.Want == "" {
			t.Errorf("%s %q lives on behind %q: %v", c.kind, c.dead, c.alive, err)
		}
		if again := s.Write(" "); again == nil || s.Close() == nil {
			t.Error("it came back to life")
		}
	}
}

func TestRefusedForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, source, says string }{
		{"json", `{"type":`, "not whole"},
		{"json", `{"type":"strange"}`, "type"},
		{"json", `{"$ref":"https://example.com/schema.json"}`, "nothing is fetched"},
		{"json", `{"$ref":"file:///etc/passwd"}`, "nothing is fetched"},
		{"json", `{"$dynamicRef":"#a"}`, "$ref"},
		{"json", `{"pattern":"(?=x)"}`, "pattern"},
		{"json", `{"minimum":1e9999}`, "exponent"},
		{"json", strings.Repeat("[", 100), "levels"},
		{"json", strings.Repeat(" ", 70000), "bytes"},
		{"regexp", `(`, "missing"},
		{"regexp", `a)|(b`, "unexpected"},
		{"regexp", `(a{1000}){1000}`, "repeat"},
		{"regexp", `\pL{900}\pN{900}(abcdefgh){500}`, "steps"},
		{"choice", "a\n\nb", "empty"},
		{"grammar", `root ::= "a`, "line 1: a text is not closed"},
		{"grammar", "root ::= x\n", "line 1: there is no rule x"},
		{"grammar", "start: x", "name ::="},
		{"grammar", `x ::= "a"`, "no rule root"},
		{"grammar", "root ::= " + strings.Repeat(`"a"{1000} `, 25), "larger"},
		{"grammar", "root ::= " + strings.Repeat("(", 100), "deep"},
		{"grammar", `root ::= [z-a]`, "backwards"},
		{"grammar", `root ::= "a"{3,2}`, "less"},
	} {
		if _, err := build(c.kind, c.source); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %.40q: %v, want %q", c.kind, c.source, err, c.says)
		}
	}
}

func TestBare(t *testing.T) {
	t.Parallel()
	f := form.Object()
	for in, want := range map[string]string{
		" {\"a\":1}\n":              `{"a":1}`,
		"```json\n{\"a\":1}\n```\n": `{"a":1}`,
		"```\n{}\n```":              `{}`,
		"```python\n{}\n```":        "```python\n{}\n```",
		"{\"a\":\"```\"}":           "{\"a\":\"```\"}",
	} {
		if got := f.Bare(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	if c, _ := form.Choice([]string{"a"}); c.Bare(" a") != " a" {
		t.Error("only JSON is tidied")
	}
	if (form.Form{}).Check("whatever") != nil {
		t.Error("the zero form takes everything")
	}
}
