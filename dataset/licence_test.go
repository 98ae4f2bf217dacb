package dataset

import (
	"testing"

	"wenyuan/dataset/instruct"
	"wenyuan/trace"
)

// TestDerivable: what a licence asks of what is made from a row holds for what a model writes beside it.
func TestDerivable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		may      bool
	}{
		{"MIT", "Apache-2.0", true}, {"CC-BY-4.0", "MIT", true}, {"", "MIT", true}, {"CC0-1.0", "CC-BY-NC-4.0", true}, {"Synced-1.0", "MIT", true},
		{"CC-BY-ND-4.0", "CC-BY-ND-4.0", false}, {"proprietary", "MIT", false}, {"Confidential", "proprietary", false},
		{"CC-BY-SA-4.0", "CC-BY-SA-4.0", true}, {"CC-BY-SA-4.0", "cc_by_sa/4.0", true}, {"CC-BY-SA-4.0", "CC-BY-4.0", false}, {"CC-BY-SA-4.0", "CC-BY-SA-3.0", false}, {"GPL-3.0", "MIT", false}, {"ODbL-1.0", "ODbL-1.0", true},
		{"CC-BY-NC-4.0", "CC-BY-NC-4.0", true}, {"CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", true}, {"CC-BY-NC-4.0", "MIT", false}, {"CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", false}, {"CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0", true},
	} {
		if may := derivable(c.from, c.to); may != c.may {
			t.Errorf("from %q to %q: %v", c.from, c.to, may)
		}
	}
}

// TestSeedsAreAllowed: a row is shown to a teacher only as long as its licence and those who asked allow it; that
// the space takes its consent back holds also for rows that were made of answers before.
func TestSeedsAreAllowed(t *testing.T) {
	t.Parallel()
	w := &instructing{run: Instructed{Licence: "CC-BY-4.0"}}
	w.run.SeedsLeft, w.run.Licences = map[string]int{}, map[string]int{}
	learns := trace.Policy{Learn: true}
	for _, c := range []struct {
		x      Sample
		policy trace.Policy
		why    string
	}{
		{Sample{Licence: "MIT"}, trace.Policy{}, ""},
		{Sample{Licence: "MIT", Trace: "trc_1"}, learns, ""},
		{Sample{Licence: "MIT", Trace: "trc_1"}, trace.Policy{}, "consent"},
		{Sample{Licence: "MIT", Trace: "trc_1", Origin: Judged}, trace.Policy{}, "consent"},
		{Sample{Licence: "CC-BY-SA-4.0"}, learns, "licence"},
		{Sample{Licence: "CC-BY-NC-4.0"}, learns, "licence"},
		{Sample{State: Erased, Trace: "trc_1"}, learns, "hidden"},
	} {
		seeds, left := len(w.seeds), w.run.SeedsLeft[c.why]
		w.takeSeed(c.x, instruct.Task{Instruction: "?"}, c.policy)
		if took := len(w.seeds) > seeds; took != (c.why == "") || c.why != "" && w.run.SeedsLeft[c.why] != left+1 {
			t.Errorf("%+v, learning %v: taken %v, left %v", c.x, c.policy.Learn, took, w.run.SeedsLeft)
		}
	}
	if len(w.seeds) != 2 || w.run.Licences["MIT"] != 2 {
		t.Errorf("%d seeds, %v", len(w.seeds), w.run.Licences)
	}
}
