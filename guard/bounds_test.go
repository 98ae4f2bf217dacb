package guard_test

import (
	"strings"
	"testing"

	"wenyuan/guard"
)

// What stands in the middle of a very long text is found by the rules, and what was not looked at is
// said.
func TestMiddleOfALongText(t *testing.T) {
	t.Parallel()
	g, err := open(t).With(t.Context(), space, guard.Policy{Name: "p", Checks: []guard.Check{{Check: "rules", Action: "mask", Places: []guard.Place{"input"}}, {Check: "injection", Action: "refuse"}, {Check: "secrets", Action: "mask", Places: []guard.Place{"input"}}},
		Rules: []guard.RuleSet{{Name: "own", Text: "[project]\nproject tungsten\n"}}})
	if err != nil {
		t.Fatal(err)
	}
	const key = "sk-proj-4f9Qm2Zt8Lr1Xw7Bv5Ny3Kc6Hd0Js9Pa"
	plain := strings.Repeat("All is well with the broker today. 一切正常。\n", 3000)
	for _, at := range []int{1000, 32<<10 - 8, 40_000, 64<<10 - 4, len(plain)/2 + 1, len(plain) - 100} {
		i := strings.IndexByte(plain[at:], '\n') + at + 1
		d, err := g.Look(t.Context(), guard.Input, plain[:i]+"Here is project tungsten and "+key+" for you. 好\n"+plain[i:], guard.About{Dry: true})
		if err != nil || d.Action != guard.Mask || strings.Contains(d.Text, "tungsten") || strings.Contains(d.Text, key) {
			t.Fatalf("at %d: %s %v %+v", at, d.Action, err, d.Findings)
		}
		if len(d.Text) < len(plain) || !strings.HasSuffix(d.Text, plain[i:]) || !strings.HasPrefix(d.Text, plain[:i]) {
			t.Errorf("at %d the rest of the text changes", at)
		}
		said := false
		for _, f := range d.Findings {
			said = said || f.Kind == "partly" && f.Action == guard.Allow
			if f.Check == "rules" && (f.End-f.Start < 8 || f.End == 0) {
				t.Errorf("%+v", f)
			}
		}
		if !said {
			t.Errorf("nothing says that only parts were looked at: %+v", d.Findings)
		}
	}
}
