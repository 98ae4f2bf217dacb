package guard_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/version"
)

func parse(t *testing.T, text string) guard.Policy {
	t.Helper()
	p, err := guard.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// Equal settings have one hash, in whatever way they were written.
func TestPolicyIsFilledIn(t *testing.T) {
	t.Parallel()
	a := parse(t, "name: desk\nchecks:\n  - check: pii\n    action: mask\n    kinds: [phone, EMAIL]\n  - {check: injection, action: refuse}\nhosts: [B.example., a.example]\n")
	b := parse(t, `{"checks":[{"action":"mask","how":"mask","check":"pii","at":0.5,"places":["log"],"kinds":["EMAIL_ADDRESS","PHONE_NUMBER"]},{"check":"injection","places":["input"],"action":"refuse","at":0.5}],"hosts":["a.example","b.example","a.example"],"name":"desk","fence":{"mode":"off"}}`)
	one, err := version.Hash(a)
	two, err2 := version.Hash(b)
	if err != nil || err2 != nil || one != two {
		t.Errorf("%+v\n%+v", a, b)
	}
	if faults := open(t).Validate(space, guard.BuiltIn()); len(faults) > 0 {
		t.Errorf("the built-in policy: %v", faults)
	}
}

// Everything that is wrong is told at once.
func TestPolicyFaults(t *testing.T) {
	t.Parallel()
	g := open(t)
	files, err := filepath.Glob("testdata/policies/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no wrong policies", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(raw), "\nname:")
		var want []string
		for line := range strings.SplitSeq(head, "\n") {
			if w := strings.TrimSpace(strings.TrimPrefix(line, "#")); w != "" {
				want = append(want, w)
			}
		}
		p, err := guard.ParsePolicy(raw)
		if err != nil {
			if !strings.Contains(err.Error(), want[0]) {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		var got []string
		for _, f := range g.Validate(space, p) {
			got = append(got, f.String())
		}
		if len(got) != len(want) {
			t.Errorf("%s: %q, want %q", file, got, want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s: %q, want %q", file, got[i], want[i])
			}
		}
		if _, err := g.Save(t.Context(), scope.Space(space), p); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s is saved: %v", file, err)
		}
	}
}

func TestParsePolicyBounds(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "name: [", `{"name":"a"} trailing`, `{"nome":"a"}`, "name: a\nchecks: &x []\nhosts: *x\n", "name: a\ncheks: []\n", strings.Repeat("a", guard.MaxPolicy+1)} {
		p, err := guard.ParsePolicy([]byte(text))
		if err == nil && (text != "" || p.Name != "") {
			t.Errorf("%.60q: %+v", text, p)
		}
	}
}

func TestPolicyIsSavedAndReleased(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := build(t, c)
		ctx := t.Context()
		strict := guard.Policy{Name: "default", Title: "strict", Checks: []guard.Check{{Check: "rules", Action: "refuse", Places: []guard.Place{"input"}}}, Rules: []guard.RuleSet{{Name: "own", Text: "[project]\ntungsten\n"}}}
		l, err := h.g.Save(ctx, h.owner, strict)
		if err != nil || l.Draft != l.Hash || l.Holds != "" || len(l.Labels) != 1 {
			t.Fatalf("%+v %v", l, err)
		}
		if d := h.look(guard.Input, "Where is the handbook of tungsten, and who wrote its second chapter?", guard.About{}); d.Action != guard.Allow {
			t.Errorf("a draft holds: %+v", d)
		}
		if _, err := h.g.AddCase(ctx, h.owner, reviewer, guard.Case{Place: guard.Input, Text: "tungsten is a metal", Expect: guard.ExpectAllow}); err != nil {
			t.Fatal(err)
		}
		run, err := h.g.Release(ctx, h.owner, "default", "", false)
		if wenyuan.CodeOf(err) != wenyuan.Conflict || run.Failed != 1 || run.Results[0].Passed {
			t.Errorf("%+v %v", run, err)
		}
		if _, err := h.g.Release(ctx, h.owner, "default", "", true); err != nil {
			t.Fatal(err)
		}
		if d := h.look(guard.Input, "Where is the handbook of tungsten, and who wrote its second chapter?", guard.About{}); d.Action != guard.Refuse || d.Policy.Hash != l.Hash {
			t.Errorf("released: %+v", d)
		}
		all, err := h.g.Policies(ctx, h.owner)
		if err != nil || len(all) != 1 || all[0].Holds != l.Hash || all[0].Policy.Title != "strict" {
			t.Errorf("%+v %v", all, err)
		}
		if err := h.g.Unrelease(ctx, h.owner, "default"); err != nil {
			t.Fatal(err)
		}
		if d := h.look(guard.Input, "Where is the handbook of tungsten, and who wrote its second chapter?", guard.About{}); d.Action != guard.Allow {
			t.Errorf("out of use: %+v", d)
		}
		if p, err := h.g.PolicyAt(ctx, h.owner, l.Hash); err != nil || p.Title != "strict" {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := h.g.For(ctx, space, "other"); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%v", err)
		}
		found, err := h.g.Policy(ctx, h.owner, "default", "")
		if err != nil || found.Hash != l.Hash || len(found.History) != 1 {
			t.Errorf("%+v %v", found, err)
		}
	})
}

// Who may do what: owners save and release, editors and reviewers read, reviewers review.
func TestRights(t *testing.T) {
	t.Parallel()
	h := build(t, store.Config{Dir: t.TempDir()})
	ctx := t.Context()
	id := h.look(guard.Input, override, guard.About{}).Incident
	p := guard.Policy{Name: "mine", Checks: []guard.Check{{Check: "injection", Action: "flag"}}}
	for role, rights := range map[string]scope.Right{"asker": scope.Read | scope.Ask, "editor": scope.Read | scope.Edit, "reviewer": scope.Read | scope.Review, "operator": scope.Operate} {
		sc := scope.All(space, rights)
		must := func(what string, err error, right scope.Right) {
			t.Helper()
			if may := rights&right != 0; (err == nil) != may || !may && wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("%s, %s: %v", role, what, err)
			}
		}
		_, err := h.g.Save(ctx, sc, p)
		must("saves", err, scope.Own)
		_, err = h.g.Release(ctx, sc, "default", "", true)
		must("releases", err, scope.Own)
		must("takes out of use", h.g.Unrelease(ctx, sc, "default"), scope.Own)
		_, err = h.g.Policies(ctx, sc)
		must("lists", err, scope.Edit|scope.Review|scope.Own)
		_, err = h.g.Policy(ctx, sc, "default", "")
		must("reads", err, scope.Edit|scope.Review|scope.Own)
		_, err = h.g.Try(ctx, sc, p, guard.Input, "hello", guard.About{})
		must("tries", err, scope.Edit|scope.Review|scope.Own)
		_, err = h.g.Incidents(ctx, sc, reviewer, guard.IncidentFilter{})
		must("lists incidents", err, scope.Review)
		_, err = h.g.Incident(ctx, sc, reviewer, id)
		must("sees an incident", err, scope.Review)
		_, err = h.g.Review(ctx, sc, reviewer, id, guard.Confirm, "")
		must("reviews", err, scope.Review)
		_, err = h.g.Cases(ctx, sc)
		must("lists cases", err, scope.Review)
		_, err = h.g.AddCase(ctx, sc, reviewer, guard.Case{Place: guard.Input, Text: role, Expect: guard.ExpectAllow})
		must("adds a case", err, scope.Review)
		_, err = h.g.RunCases(ctx, sc, p)
		must("runs cases", err, scope.Review)
		err = h.g.RemoveCase(ctx, sc, "none")
		if may := rights&scope.Review != 0; may != (wenyuan.CodeOf(err) == wenyuan.NotFound) || !may && wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("%s, removes a case: %v", role, err)
		}
	}
	if _, err := h.g.Incident(ctx, scope.Space("other"), reviewer, id); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("from another space: %v", err)
	}
}

// Who names a policy that was withdrawn is guarded by the space's own, and not left without an answer.
func TestWithdrawnPolicy(t *testing.T) {
	t.Parallel()
	h := build(t, store.Config{Dir: t.TempDir()})
	h.release(guard.Policy{Name: "strict", Checks: []guard.Check{{Check: "secrets", Action: "refuse"}}})
	for _, want := range []string{"strict", "default"} {
		g, err := h.g.Holding(t.Context(), space, "strict")
		if err != nil || g.Version().Name != want {
			t.Fatalf("%v: not %s", err, want)
		}
		if want == "strict" {
			if err := h.g.Unrelease(t.Context(), h.owner, "strict"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.g.For(t.Context(), space, "strict"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("asked for by its name it holds: %v", err)
	}
}
