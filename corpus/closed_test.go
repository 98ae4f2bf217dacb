package corpus_test

import (
	"testing"
	"testing/fstest"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestClosed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		h := openWith(t, c, nil)
		pages := fstest.MapFS{"a.md": {Data: []byte("# A\n\nThe wheel turns left.\n")}}
		if err := h.AddBuiltin(ctx, h.sc, "manual", pages); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Create(ctx, h.sc, "open"); err != nil {
			t.Fatal(err)
		}
		inside := func(names ...string) bool {
			t.Helper()
			marked, err := h.Inside(ctx, h.sc, names...)
			if err != nil {
				t.Fatal(err)
			}
			return wenyuan.StaysInside(marked)
		}
		if inside() || inside("open", "manual") {
			t.Error("a corpus is closed though nobody closed it")
		}
		if err := h.SetClosed(ctx, h.sc, "manual", true); err != nil {
			t.Fatal(err)
		}
		// Bringing the program's own corpus up to date leaves it closed.
		pages["b.md"] = &fstest.MapFile{Data: []byte("# B\n\nThe wheel turns right.\n")}
		if err := h.AddBuiltin(ctx, h.sc, "manual", pages); err != nil {
			t.Fatal(err)
		}
		if !inside("manual") || !inside("open", "manual") || inside("open") {
			t.Error("one closed corpus among several does not close the request")
		}
		list, err := h.Corpora(ctx, h.sc)
		if err != nil || !list[0].Closed || list[0].Declared || list[0].Documents != 2 || list[1].Closed {
			t.Errorf("%+v, %v", list, err)
		}
		declare := func(names ...string) {
			t.Helper()
			if err := h.DeclareClosed(ctx, names); err != nil {
				t.Fatal(err)
			}
		}
		declare("open", "later")
		if !inside("open") {
			t.Error("what the settings close is open")
		}
		if err := h.SetClosed(ctx, h.sc, "open", false); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("opened against the settings: %v", err)
		}
		if later, err := h.Create(ctx, h.sc, "later"); err != nil || !later.Closed || !later.Declared {
			t.Errorf("a corpus is open before it is closed: %+v, %v", later, err)
		}
		declare()
		if inside("open", "later") {
			t.Error("what the settings no longer close stays closed")
		}
		if err := h.SetClosed(ctx, h.sc, "manual", false); err != nil || inside("manual") {
			t.Errorf("not opened: %v", err)
		}
		if err := h.SetClosed(ctx, h.sc, "none", true); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("a corpus that is not there: %v", err)
		}
		if _, err := h.Inside(ctx, h.sc, "open", "none"); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("a corpus that is not there: %v", err)
		}
	})
}
