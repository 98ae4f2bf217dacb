package privacy_test

import (
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/prompt/library"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestExamples: an example of how to answer that has words of somebody is gone with them.
func TestExamples(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		h.run(`UPDATE space SET settings = '{"learn": true}' WHERE id = 'main'`)
		h.lived()
		sets := dataset.Open(dataset.Config{Store: h.s})
		if _, err := sets.Capture(ctx, h.op, func(dataset.Progress) error { return nil }); err != nil {
			t.Fatal(err)
		}
		op := wenyuan.Principal{ID: "op"}
		page, err := sets.Samples(ctx, h.op, op, dataset.Filter{}, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		lib, theirs := library.New(library.Config{Store: h.s, Sets: sets}), []string{}
		for _, x := range page.Samples {
			if x.Principal == h.zoe.ID {
				theirs = append(theirs, x.ID)
			}
		}
		if added, err := lib.Add(ctx, h.op, op, "desk", library.Order{Samples: theirs}); err != nil || added.Added == 0 {
			t.Fatalf("%+v, %v", added, err)
		}
		if _, err := h.keep.Erase(ctx, h.op, op, h.zoe.Name, h.zoe.Name); err != nil {
			t.Fatal(err)
		}
		one, err := lib.Show(ctx, h.op, op, "desk", "")
		if err != nil || len(one.All) == 0 {
			t.Fatalf("%+v, %v", one, err)
		}
		for _, x := range one.All {
			if x.Left != dataset.LeftErased || x.Question != "" || x.Answer != "" {
				t.Errorf("%+v", x)
			}
		}
	})
}
