package dataset_test

import (
	"context"
	"slices"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestOrderMine: an order is somebody's own, one at a time; one that was stopped is worked on no more, and the oldest
// go.
func TestOrderMine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		var later []string
		h.MineLater = func(_ context.Context, _ *store.Tx, _, id string) error {
			later = append(later, id)
			return nil
		}
		me, other := auth.Identity{Principal: li}, auth.Identity{Principal: wenyuan.Principal{ID: "psn_wang"}}
		if _, err := h.OrderMine(ctx, h.sc, me, false); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("without consent: %v", err)
		}
		h.learn(`{"learn": true}`)
		if _, err := h.OrderMine(ctx, scope.All("main", scope.Read|scope.Edit), me, false); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an editor: %v", err)
		}
		var ids []string
		for i := range 23 {
			run, err := h.OrderMine(ctx, h.sc, me, i%2 == 0)
			if err != nil || run.State != dataset.Queued || run.Dry != (i%2 == 0) {
				t.Fatalf("%+v, %v", run, err)
			}
			if _, err := h.OrderMine(ctx, h.sc, me, false); wenyuan.CodeOf(err) != wenyuan.Conflict {
				t.Errorf("a second one: %v", err)
			}
			if err := h.StopMine(ctx, h.sc, other, run.ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("another stops it: %v", err)
			}
			if err := h.StopMine(ctx, h.sc, me, run.ID); err != nil {
				t.Fatal(err)
			}
			if err := h.MineWork(ctx, run.ID); err != nil {
				t.Errorf("work on what was stopped: %v", err)
			}
			ids = append(ids, run.ID)
		}
		all, err := h.MineRuns(ctx, h.sc, me)
		if err != nil || len(all) != 20 || all[0].State != dataset.Stopped || all[0].Finished == 0 {
			t.Fatalf("%d, %v: %+v", len(all), err, all)
		}
		if !slices.Equal(later, ids) || slices.ContainsFunc(all, func(r dataset.MineRun) bool { return r.ID == ids[0] }) {
			t.Errorf("%v; %v", later, ids)
		}
		if theirs, err := h.MineRuns(ctx, h.sc, other); err != nil || len(theirs) != 0 {
			t.Errorf("others: %v, %v", theirs, err)
		}
		if err := h.MineWork(ctx, "min_none"); err != nil {
			t.Errorf("an order that is gone: %v", err)
		}
	})
}
