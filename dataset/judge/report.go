package judge

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// count fills in how far a task is. It weighs nothing.
func (st *Standing) count(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, judges bool) error {
	all, err := st.Task.stands(ctx, tx, sc, p)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.said > 0 {
			st.Mine++
		}
		switch {
		case s.gold:
			st.GoldItems++
			continue
		case s.decided:
			st.Decided++
			st.Judged++
		case s.votes >= st.Overlap:
			st.Judged++
		default:
			st.Open++
		}
		st.Items++
	}
	if judges && st.State == Open {
		holders, err := st.Task.holders(ctx, tx, p)
		if err != nil {
			return err
		}
		done, of := st.Task.progress(all, holders)
		st.Waiting = of - done
	}
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_item WHERE task = $1 AND body = ''`, st.ID).Scan(&st.Erased)
	if err != nil {
		return fmt.Errorf("judge: count: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_made WHERE item IN (SELECT id FROM judge_item WHERE task = $1)`, st.ID).Scan(&st.Samples)
	if err != nil {
		return fmt.Errorf("judge: count: %w", err)
	}
	return nil
}

// Show says how far a task is. To who makes tasks or may review it says how its judges agree and how each of them
// judges; to who judges alone the guidelines and how far they are.
func (q *Queue) Show(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string) (st Standing, err error) {
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		judges, err := t.judges(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		if !judges && !mayManage(sc) {
			return noTask(name)
		}
		st = Standing{Task: t, Manages: mayManage(sc), Decides: sc.May(scope.Review)}
		if st.Text, err = t.guide(ctx, tx, sc); err != nil {
			return err
		}
		if err := st.count(ctx, tx, sc, p, judges); err != nil {
			return err
		}
		if !st.Manages && !st.Decides {
			st.Open, st.Judged, st.GoldItems, st.Decided = 0, 0, 0, 0
			return nil
		}
		w, err := t.weigh(ctx, tx)
		if err != nil {
			return err
		}
		st.Alpha, st.Compared, st.Judges = w.alpha, w.compared, w.people()
		for _, x := range w.items {
			st.Disputed += int(number(x.dispute))
		}
		return nil
	})
	return st, err
}

// A Listed is an item with what was said of it, for who makes tasks.
type Listed struct {
	Item
	Gold     *Given `json:"gold,omitempty"`
	Said     []Told `json:"said"`
	Skipped  int    `json:"skipped"`
	Disputed bool   `json:"disputed,omitempty"`
}

// A Page is one page of items.
type Page struct {
	Items []Listed `json:"items"`
	Next  int      `json:"next,omitempty"` // the number to go on behind; 0 at the end
}

// MaxPage is the most items of one page.
const MaxPage = 200

// Items lists the items of a task that p may see, behind the one with the number after, with what was said of each.
// limit is 1 to MaxPage; 0 means 50. Needs Edit or Own; of what others asked it shows what listing samples would.
func (q *Queue) Items(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, after, limit int) (page Page, err error) {
	if err := manage(sc); err != nil {
		return page, err
	}
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, MaxPage)
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		page = Page{Items: []Listed{}}
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		w, err := t.weigh(ctx, tx)
		if err != nil {
			return err
		}
		unseen, err := t.unseen(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		for _, x := range w.items {
			if x.Number <= after || unseen[x.ID] {
				continue
			}
			if len(page.Items) == limit {
				page.Next = page.Items[limit-1].Number
				return nil
			}
			l, err := t.listed(ctx, tx, p, x)
			if err != nil {
				return err
			}
			page.Items = append(page.Items, l)
		}
		return nil
	})
	return page, err
}

// listed is an item for who makes tasks, the answers in the order in which p sees them.
func (t Task) listed(ctx context.Context, tx *store.Tx, p wenyuan.Principal, x *weighed) (Listed, error) {
	t.Blind = false // who makes the task sees the models
	l := Listed{Item: t.view(x.Item, p.ID), Gold: x.gold, Disputed: x.dispute, Said: []Told{}}
	told, err := toldOf(ctx, tx, x.ID)
	for _, o := range told {
		if o.Given.Skip != "" {
			l.Skipped++
		}
		l.Said = append(l.Said, o)
	}
	return l, err
}

// Item is one of Items, with the task and its guidelines. Needs what Items needs.
func (q *Queue) Item(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string) (l Listed, w Work, err error) {
	if err := manage(sc); err != nil {
		return l, w, err
	}
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		if w.Guidelines, err = t.guide(ctx, tx, sc); err != nil {
			return err
		}
		all, err := t.weigh(ctx, tx)
		if err != nil {
			return err
		}
		unseen, err := t.unseen(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		x := all.byID[item]
		if x == nil || unseen[item] {
			return noItem(item)
		}
		l, err = t.listed(ctx, tx, p, x)
		w.Task, w.Item, w.Said, w.Others = t, l.Item, l.Gold, l.Said
		return err
	})
	return l, w, err
}

// unseen are the items whose samples p may not see: those of others without the right Review, and those of which
// the scope does not see a document.
func (t Task) unseen(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal) (map[string]bool, error) {
	if sc.All(t.space) && sc.May(scope.Review) {
		return nil, nil
	}
	return t.without(ctx, tx, "", func(samples []string) (map[string]bool, error) { return dataset.Visible(ctx, tx, sc, p, samples) })
}
