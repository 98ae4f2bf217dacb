package privacy_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/privacy"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
	"wenyuan/version"
)

// TestLearned: what was made of somebody's words to learn from is given out to them, goes with them, and what
// holds it is named.
func TestLearned(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		h.run(`UPDATE space SET settings = '{"learn": true}' WHERE id = 'main'`)
		traces := h.lived()
		storetest.Write(t, h.s, func(tx *store.Tx) error {
			_, err := trace.SaveFeedback(ctx, tx, h.op, wenyuan.Principal{ID: h.zoe.ID}, trace.Feedback{Trace: traces[2].ID, Rating: trace.Down, Corrected: "It is " + word})
			return err
		})
		sets := dataset.Open(dataset.Config{Store: h.s})
		quiet := func(dataset.Progress) error { return nil }
		if _, err := sets.Capture(ctx, h.op, quiet); err != nil {
			t.Fatal(err)
		}
		rep, err := sets.Build(ctx, h.op, wenyuan.Principal{ID: "op"}, dataset.Recipe{Name: "talk"}, quiet)
		if err != nil || rep.Set.Rows < 5 {
			t.Fatalf("%+v, %v", rep, err)
		}
		storetest.Write(t, h.s, func(tx *store.Tx) error {
			v, err := version.Put(ctx, tx, "main", dataset.Adapter, "polite", map[string]string{"name": "polite"})
			if err != nil {
				return err
			}
			return version.Edge(ctx, tx, "main", rep.Dataset, v)
		})
		lines, err := h.export(scope.Scope{}, wenyuan.Principal{ID: h.zoe.ID}, h.zoe.Name)
		if n := kinds(lines); err != nil || n["sample"] != 6 {
			t.Errorf("%v, %v", n, err)
		}
		for _, l := range lines {
			if strings.Contains(l, `"kind":"sample"`) && strings.Contains(l, h.other.ID) {
				t.Errorf("names somebody else: %s", l)
			}
		}
		got, err := h.keep.Erase(ctx, h.op, wenyuan.Principal{ID: "op"}, h.zoe.Name, h.zoe.Name)
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]privacy.Remains{}
		for _, r := range got.Remains {
			named[r.Kind] = r
		}
		if got.Erased["sample"] != 6 || named["dataset"].Count != 1 || !strings.HasPrefix(named["dataset"].Names[0], "talk ") || named["adapter"].Count != 1 || !strings.HasPrefix(named["adapter"].Names[0], "polite ") {
			t.Errorf("%+v", got)
		}
		if c.URL == "" {
			gone(t, c.Dir, word)
		}
		for _, left := range dump(t, h.s) {
			if strings.Contains(left, word) || strings.Contains(left, h.zoe.ID) && !strings.HasPrefix(left, "access_change: ") && !strings.Contains(left, "person.erase") {
				t.Errorf("is left in %s", left)
			}
		}
		if f, err := sets.Get(ctx, h.op, "talk"); err != nil || f.Erased != 6 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}
