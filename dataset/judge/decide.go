package judge

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Dispute gives p an item whose judges do not agree, with what they said, and holds it; nil where there is none that p
// has not judged themselves. left is how many wait, this one counted. Needs Review.
func (q *Queue) Dispute(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string) (found *Work, left int, err error) {
	if !sc.May(scope.Review) {
		return nil, 0, denied("only a reviewer of the space decides where judges do not agree")
	}
	err = q.Store.Write(ctx, func(tx *store.Tx) error {
		found, left = nil, 0
		t, err := find(ctx, tx, sc, name)
		if err == nil {
			err = t.open()
		}
		if err != nil {
			return err
		}
		w, err := t.weigh(ctx, tx)
		if err != nil {
			return err
		}
		hidden, err := t.hidden(ctx, tx, sc, "")
		if err != nil {
			return err
		}
		holders, err := t.holders(ctx, tx, p)
		if err != nil {
			return err
		}
		item := ""
		for _, x := range w.items {
			if !x.dispute || hidden[x.ID] || x.by(p) {
				continue
			}
			if left++; item == "" && len(holders[x.ID]) == 0 {
				item = x.ID
			}
		}
		if item == "" {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO judge_lease (item, principal, begun, until) VALUES ($1, $2, $3, $4) ON CONFLICT (item, principal) DO UPDATE SET until = excluded.until`, item, p.ID, tx.Now, tx.Now+held)
		if err != nil {
			return fmt.Errorf("judge: lease: %w", err)
		}
		found, err = t.work(ctx, tx, sc, p, item, true)
		return err
	})
	return found, left, err
}

// by says whether p judged an item.
func (x *weighed) by(p wenyuan.Principal) bool {
	return slices.ContainsFunc(x.said, func(o Told) bool { return o.Person == p.ID })
}

// Decide says what holds of an item whose judges do not agree. Who judged it does not decide it. Needs Review.
func (q *Queue) Decide(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string, g Given) error {
	if !sc.May(scope.Review) {
		return denied("only a reviewer of the space decides where judges do not agree")
	}
	return q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err == nil {
			err = t.open()
		}
		if err != nil {
			return err
		}
		w, err := t.weigh(ctx, tx)
		if err != nil {
			return err
		}
		x := w.byID[item]
		switch {
		case x == nil:
			_, err = t.item(ctx, tx, sc, item)
			return err
		case x.by(p):
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "who judged an item does not decide it", Hint: "leave it to another reviewer"}
		case !x.dispute && x.decided == nil:
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "the judges of this item agree, or are not done", Hint: "wenyuan judge adjudicate gives the next item to decide"}
		}
		return t.give(ctx, tx, sc, p, item, g, 0, true)
	})
}
