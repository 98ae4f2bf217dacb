package guard_test

import (
	"fmt"
	"testing"
	"time"

	"wenyuan/guard"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A flood of incidents pushes out what was only flagged before what was refused, and nothing of what
// people decided.
func TestFlood(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := build(t, c)
		h.g = guard.Open(guard.Config{Store: h.s, MaxIncidents: 20})
		h.release(guard.Policy{Name: "default", Checks: []guard.Check{{Check: "injection", Action: "refuse"}, {Check: "rules", Places: []guard.Place{"input"}, Action: "flag"}},
			Rules: []guard.RuleSet{{Name: "own", Text: "[odd]\nquartz teapot\n"}}})
		flagged := func(n int) guard.Decision {
			return h.look(guard.Input, fmt.Sprintf("Where is the quartz teapot number %d?", n), guard.About{Principal: fmt.Sprint("per_", n)})
		}
		decided := flagged(0).Incident
		h.review(decided, guard.Dismiss)
		refused := h.look(guard.Input, override, guard.About{}).Incident
		for n := range 60 {
			h.now = h.now.Add(time.Second)
			flagged(n + 1)
		}
		p := h.page(h.owner, guard.IncidentFilter{})
		if p.Counts[guard.Opened] != 20 || p.Counts[guard.Dismissed] != 1 {
			t.Errorf("%+v", p.Counts)
		}
		for _, id := range []string{decided, refused} {
			if _, err := h.g.Incident(t.Context(), h.owner, reviewer, id); err != nil {
				t.Error(err)
			}
		}
		if f := h.g.Figures(); f.Written != 62 || f.Dropped != 41 || f.Rapid != 0 || f.Failed != 0 {
			t.Errorf("%+v", f)
		}
	})
}

// Who causes incidents without end is refused as before, and fills no database.
func TestHaste(t *testing.T) {
	t.Parallel()
	h := build(t, store.Config{Dir: t.TempDir()})
	var d guard.Decision
	for range 130 {
		d = h.look(guard.Input, override, guard.About{Principal: "per_1"})
	}
	if d.Action != guard.Refuse || d.Incident != "" {
		t.Errorf("%+v", d)
	}
	if d := h.look(guard.Input, override, guard.About{Principal: "per_2"}); d.Incident == "" {
		t.Error("one person's haste costs another the incident")
	}
	if f := h.g.Figures(); f.Written != 121 || f.Rapid != 10 {
		t.Errorf("%+v", f)
	}
	h.now = h.now.Add(time.Minute)
	if d := h.look(guard.Input, override, guard.About{Principal: "per_1"}); d.Incident == "" {
		t.Error("a minute later none is kept")
	}
}
