package form_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"unicode/utf8"

	"wenyuan/guard/form"
)

// FuzzJSON: what is taken is JSON, whole or in pieces, and what a decoder takes within the
// bounds is taken.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9",null,true]}`, `-0`, `"\ud83d\ude00"`, "[[],{}]", "{\"a\":1,}", "１"} {
		f.Add(s, 3)
	}
	anything, err := form.Schema([]byte(`true`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		got := anything.Check(text)
		if cut := inPieces(anything, text, 1+abs(n)%9); (cut == nil) != (got == nil) {
			t.Fatalf("whole %v, in pieces %v", got, cut)
		}
		valid := json.Valid([]byte(text)) && utf8.ValidString(text)
		if got == nil && !valid {
			t.Fatal("taken, and no JSON")
		}
		if got != nil && valid && len(text) < 60 && got.Error() != "" && !bounded(got.Error()) {
			t.Fatalf("JSON, and not taken: %v", got)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

var bounds = regexp.MustCompile(`exponent|levels`)

func bounded(s string) bool { return bounds.MatchString(s) }

// FuzzRegexp holds the stepped program beside Go's own matcher.
func FuzzRegexp(f *testing.F) {
	for _, s := range [][2]string{{`a+b?`, "aab"}, {`^\bfoo\b$`, "foo"}, {`(?i)ſ|k`, "K"}, {`(?m)^a$\n^b`, "a\nb"}, {`\B.`, "é"}, {`(|a)*`, "aa"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 60 || len(text) > 60 || !utf8.ValidString(text) || !utf8.ValidString(pattern) {
			return
		}
		ours, err := form.Regexp(pattern)
		if err != nil {
			return
		}
		want := regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(text)
		if got := ours.Check(text); (got == nil) != want {
			t.Fatalf("%q on %q: %v, Go says %v", pattern, text, got, want)
		}
	})
}

// FuzzGrammar only looks that nothing breaks and the cut does not matter.
func FuzzGrammar(f *testing.F) {
	f.Add("root ::= \"a\" x*\nx ::= [b-d] | root?", "abab")
	f.Add("root ::= root? \"\" | (\"x\"{0,3} .)+ # no", "xxyé")
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) > 400 || len(text) > 100 {
			return
		}
		g, err := form.Grammar(source)
		if err != nil {
			return
		}
		whole := g.Check(text)
		if cut := inPieces(g, text, 1); (cut == nil) != (whole == nil) {
			t.Fatalf("whole %v, in pieces %v", whole, cut)
		}
	})
}
