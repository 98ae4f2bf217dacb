package gguf

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCut: the pieces of any reply are all different and together the reply.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{
		"The answer is in the manual [1].", "the the the the", "a a", "默认端口是 7700 [1]。默认端口是 7700 [2]。", "one\n\ntwo\n", " \n \n x", "  ", "a  b   c ",
	} {
		checkCut(t, reply)
	}
	rapid.Check(t, func(t *rapid.T) {
		checkCut(t, rapid.StringMatching(`[ab问\n ]{1,60}[xyz]`).Draw(t, "reply"))
	})
}

func checkCut(t interface {
	Helper()
	Fatalf(string, ...any)
}, reply string) {
	t.Helper()
	v := newVocabulary()
	chain, err := v.cut(reply)
	if err != nil {
		t.Fatalf("%q: %v", reply, err)
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, n := range chain {
		if seen[v.texts[n]] {
			t.Fatalf("%q: the piece %q is there twice", reply, v.texts[n])
		}
		seen[v.texts[n]] = true
		b.WriteString(v.texts[n])
	}
	if got := strings.ReplaceAll(b.String(), blank, " "); got != reply {
		t.Fatalf("the pieces are %q together, want %q", got, reply)
	}
}

func TestScriptRefuses(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"", "\n", "a\u2581b", strings.Repeat("x", 4001)} {
		if _, err := Script(reply); err == nil {
			t.Errorf("a script of %.10q was made", reply)
		}
	}
}
