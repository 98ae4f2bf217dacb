package judge

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Made gives the ids of the samples that a task became when it was finished, oldest first and up to most of them; more says that
// there are others. It gives no word of them. Needs Edit, Own or Review.
func (q *Queue) Made(ctx context.Context, sc scope.Scope, name string, most int) (ids []string, more bool, err error) {
	if !mayManage(sc) && !sc.May(scope.Review) {
		return nil, false, denied("only an editor, an owner or a reviewer of the space sees what tasks became")
	}
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		if t.State != Finished {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the task %q is not finished, and has made nothing yet", t.Name), Hint: "finish it first: wenyuan judge finish"}
		}
		ids, err = store.Column[string](ctx, tx, fmt.Sprintf(`SELECT DISTINCT m.sample FROM judge_made m JOIN judge_item i ON i.id = m.item WHERE i.task = $1 ORDER BY m.sample LIMIT %d`, most+1), t.ID)
		return err
	})
	if more = len(ids) > most; more {
		ids = ids[:most]
	}
	return ids, more, err
}
