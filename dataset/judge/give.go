package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Look gives p an item again that they hold or have judged, to go on with it or to change what they said.
func (q *Queue) Look(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string) (w *Work, err error) {
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := entered(ctx, tx, sc, p, name)
		if err != nil {
			return err
		}
		if _, err := t.mine(ctx, tx, p, item); err != nil {
			return err
		}
		if w, err = t.work(ctx, tx, sc, p, item, false); err != nil {
			return err
		}
		all, err := t.stands(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		holders, err := t.holders(ctx, tx, p)
		w.Done, w.Of = t.progress(all, holders)
		return err
	})
	return w, err
}

// mine says since when p holds an item; 0 where they have judged it before. To others it is not theirs.
func (t Task) mine(ctx context.Context, tx *store.Tx, p wenyuan.Principal, item string) (begun int64, err error) {
	var leases, said int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MAX(begun), 0) FROM judge_lease WHERE item = $1 AND principal = $2`, item, p.ID).Scan(&leases, &begun); err != nil {
		return 0, fmt.Errorf("judge: lease: %w", err)
	}
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_judgement WHERE item = $1 AND principal = $2`, item, p.ID).Scan(&said); err != nil {
		return 0, fmt.Errorf("judge: lease: %w", err)
	}
	if leases+said == 0 || p.ID == "" {
		return 0, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the item %q is not held for you", item), Hint: "ask for the next one: wenyuan judge next"}
	}
	return begun, nil
}

// Keep keeps what p has so far of an item that they hold, and holds it on.
func (q *Queue) Keep(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string, g Given) error {
	text, err := json.Marshal(Given{Answer: g.Answer, Order: g.Order, Note: g.Note})
	if err != nil {
		return fmt.Errorf("judge: draft: %w", err)
	}
	if len(text) > maxGiven {
		return tooLong()
	}
	return q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := entered(ctx, tx, sc, p, name)
		if err != nil {
			return err
		}
		if err := t.open(); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE judge_lease SET draft = $1, until = $2 WHERE item = $3 AND principal = $4 AND item IN (SELECT id FROM judge_item WHERE task = $5 AND body <> '')`, string(text), tx.Now+held, item, p.ID, t.ID)
		if err != nil {
			return fmt.Errorf("judge: draft: %w", err)
		}
		if n == 0 {
			_, err = t.mine(ctx, tx, wenyuan.Principal{}, item)
		}
		return err
	})
}

func tooLong() error {
	return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a judgement has up to %d bytes", maxGiven), Hint: "make it shorter"}
}

// Give keeps what p says of an item that they hold, in the place of what they said before, under the
// guidelines that hold now. With Skip they say nothing, and why.
func (q *Queue) Give(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string, g Given) error {
	return q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := entered(ctx, tx, sc, p, name)
		if err != nil {
			return err
		}
		if err := t.open(); err != nil {
			return err
		}
		if err := t.counts(ctx, tx, p); err != nil {
			return err
		}
		begun, err := t.mine(ctx, tx, p, item)
		if err != nil {
			return err
		}
		return t.give(ctx, tx, sc, p, item, g, begun, false)
	})
}

// longest is what a judgement takes at most, as it is kept: who leaves the page open does not judge for a day.
const longest = int64(time.Hour / time.Microsecond)

// give checks a judgement and keeps it.
func (t Task) give(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, item string, g Given, begun int64, decides bool) error {
	x, err := t.item(ctx, tx, sc, item)
	if err != nil {
		return err
	}
	g.Order = t.placed(x, p.ID, g.Order)
	if err := t.fit(x, &g); err != nil {
		return err
	}
	if decides && g.Skip != "" {
		return bad("an adjudicator decides and does not skip", "leave the item to another one")
	}
	took := min(max(g.Took, 0), longest)
	if took == 0 && begun > 0 {
		took = min(tx.Now-begun, longest)
	}
	if err := t.put(ctx, tx, item, Told{Person: p.ID, Given: g, Decides: decides, Created: tx.Now, Under: t.Guidelines}, took); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM judge_lease WHERE item = $1 AND principal = $2`, item, p.ID); err != nil {
		return fmt.Errorf("judge: give: %w", err)
	}
	action := "judge.give"
	switch {
	case decides:
		action = "judge.decide"
	case g.Skip != "":
		action = "judge.skip"
	}
	return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: action, Object: t.Name, Version: t.Guidelines, Detail: map[string]any{"item": item}})
}

// put keeps a judgement in the place of an earlier one of the same person.
func (t Task) put(ctx context.Context, tx *store.Tx, item string, o Told, took int64) error {
	skip := o.Given.Skip
	o.Given.Skip, o.Given.Took = "", 0
	text, err := json.Marshal(o.Given)
	if err != nil {
		return fmt.Errorf("judge: give: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO judge_judgement (item, principal, decides, guidelines, body, skipped, created, took) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (item, principal, decides) DO UPDATE SET guidelines = excluded.guidelines, body = excluded.body, skipped = excluded.skipped, created = excluded.created, took = excluded.took`,
		item, o.Person, number(o.Decides), o.Under, string(text), skip, o.Created, took)
	if err != nil {
		return fmt.Errorf("judge: give: %w", err)
	}
	return nil
}

// fit holds a judgement of an item against what it may be, and brings it into its one form.
func (t Task) fit(x Item, g *Given) (err error) {
	if g.Note, err = cut(g.Note); err != nil {
		return err
	}
	if g.Skip != "" {
		if g.Skip, err = cut(g.Skip); err != nil || g.Skip != "" {
			g.Answer, g.Order = "", nil
			return err
		}
	}
	if t.Kind == Answer {
		if len(g.Order) > 0 {
			return bad("an answer is asked for, and no order", "give the answer")
		}
		if g.Answer = strings.TrimSpace(g.Answer); g.Answer == "" {
			return bad("there is no answer", "write one, or say why you skip the item")
		}
		if len(g.Answer) > maxGiven {
			return tooLong()
		}
		return nil
	}
	if g.Answer != "" {
		return bad("an order is asked for, and no answer", "give the order")
	}
	return checkOrder(x, g)
}

// placed puts the ids of answers in the place of their numbers, which count from 1 as this person sees them.
func (t Task) placed(x Item, person string, order [][]string) [][]string {
	if len(order) == 0 {
		return nil
	}
	seen := t.view(x, person).Answers
	out := make([][]string, len(order))
	for i, group := range order {
		for _, id := range group {
			if n, err := strconv.Atoi(id); err == nil && len(id) == 1 && n >= 1 && n <= len(seen) {
				id = seen[n-1].ID
			}
			out[i] = append(out[i], id)
		}
	}
	return out
}

// checkOrder says whether an order has each answer of the item once. The ids of a group are sorted.
func checkOrder(x Item, g *Given) error {
	left := map[string]bool{}
	for _, a := range x.Answers {
		left[a.ID] = true
	}
	var order [][]string
	for _, group := range g.Order {
		if len(group) == 0 {
			continue
		}
		for _, id := range group {
			if !left[id] {
				return bad(fmt.Sprintf("the order names the answer %q twice, or there is none like it", id), "name each answer of the item once")
			}
			delete(left, id)
		}
		order = append(order, slices.Sorted(slices.Values(group)))
	}
	if len(left) > 0 {
		return bad(fmt.Sprintf("%d answers have no place in the order", len(left)), "give each a place; equal ones share one")
	}
	g.Order = order
	return nil
}

// SetGold says what is right about an item, so that it shows how people judge; nil takes that away. p must see
// the item. Needs Edit or Own.
func (q *Queue) SetGold(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, item string, g *Given) error {
	if err := manage(sc); err != nil {
		return err
	}
	return q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		x, err := t.item(ctx, tx, sc, item)
		if err != nil {
			return err
		}
		unseen, err := t.unseen(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		if unseen[item] {
			return noItem(item)
		}
		text := ""
		if g != nil {
			g.Skip, g.Order = "", t.placed(x, p.ID, g.Order)
			if err := t.fit(x, g); err != nil {
				return err
			}
			raw, err := json.Marshal(Given{Answer: g.Answer, Order: g.Order, Note: g.Note})
			if err != nil {
				return fmt.Errorf("judge: gold: %w", err)
			}
			text = string(raw)
		}
		if _, err := tx.Exec(ctx, `UPDATE judge_item SET gold = $1 WHERE id = $2`, text, item); err != nil {
			return fmt.Errorf("judge: gold: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.gold", Object: t.Name, Detail: map[string]any{"item": item, "gold": g != nil}})
	})
}
