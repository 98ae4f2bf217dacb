package judge

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

var taskName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const maxJudges = 200 // people who are named in one order

// Create makes a task, with items where the order says from where. Needs Edit or Own.
func (q *Queue) Create(ctx context.Context, sc scope.Scope, p wenyuan.Principal, o Order) (Standing, Added, error) {
	var added Added
	if err := manage(sc); err != nil {
		return Standing{}, added, err
	}
	t, err := o.task()
	if err != nil {
		return Standing{}, added, err
	}
	t.space = sc.Space()
	var items []Item
	if o.From != nil {
		if items, added, err = q.gather(ctx, sc, p, t, *o.From); err != nil {
			return Standing{}, added, err
		}
	}
	err = q.Store.Write(ctx, func(tx *store.Tx) error {
		t.ID, t.Created = store.NewID("jtk"), tx.Now
		if t.Guidelines, err = keepGuidelines(ctx, tx, sc, t.Name, o.Guidelines); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO judge_task (id, space, name, kind, guidelines, overlap, blind, gold, least, seed, state, principal, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12) ON CONFLICT DO NOTHING`,
			t.ID, t.space, t.Name, t.Kind, t.Guidelines, t.Overlap, number(t.Blind), millionths(t.Gold), millionths(t.Least), t.Seed, p.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("judge: create: %w", err)
		}
		if n == 0 {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("there is a task %q already", t.Name), Hint: "give another name, or add items to that one"}
		}
		if err := nameJudges(ctx, tx, t, o.Judges, true); err != nil {
			return err
		}
		if err := t.keepItems(ctx, tx, items, &added); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.create", Object: t.Name, Version: t.Guidelines, Detail: map[string]any{"kind": t.Kind, "items": added.Added, "judges": len(o.Judges)}})
	})
	if err != nil {
		return Standing{}, added, err
	}
	out, err := q.Show(ctx, sc, p, t.Name)
	return out, added, err
}

// task holds an order against its bounds, and fills in what it leaves out.
func (o Order) task() (Task, error) {
	t := Task{Name: o.Name, Kind: o.Kind, Overlap: max(o.Overlap, 1), Blind: !o.Open, Gold: 0.1, Least: 0.7, Seed: o.Seed, State: Open}
	if o.Gold != nil {
		t.Gold = *o.Gold
	}
	if o.Least != nil {
		t.Least = *o.Least
	}
	switch {
	case !taskName.MatchString(o.Name):
		return t, bad(fmt.Sprintf("a task cannot be called %q", o.Name), "1 to 64 lower-case letters, digits, - and _, a letter or a digit first")
	case o.Kind != Answer && o.Kind != Rank:
		return t, bad(fmt.Sprintf("there is no kind of task %q", o.Kind), "answer or rank")
	}
	return t, t.check()
}

func (t Task) check() error {
	switch {
	case t.Overlap < 1 || t.Overlap > MaxOverlap:
		return bad(fmt.Sprintf("an item is judged by 1 to %d people", MaxOverlap), "give the overlap in between")
	case t.Gold < 0 || t.Gold > 0.2 || math.IsNaN(t.Gold):
		return bad("the share of gold items is a number from 0 to 0.2", "give one in between")
	case t.Least < 0 || t.Least > 1 || math.IsNaN(t.Least):
		return bad("the share of gold items to have right is a number from 0 to 1", "give one in between")
	}
	return nil
}

// A text of guidelines, as a version holds it.
type guide struct {
	Text string `json:"text"`
}

func keepGuidelines(ctx context.Context, tx *store.Tx, sc scope.Scope, name, text string) (string, error) {
	if text = strings.TrimSpace(text); text == "" || len(text) > maxText {
		return "", bad(fmt.Sprintf("guidelines have 1 to %d bytes", maxText), "say in a few sentences what a good answer is")
	}
	v, err := version.Put(ctx, tx, sc.Space(), Guidelines, name, guide{text})
	if err != nil {
		return "", err
	}
	return v.Hash, version.Label(ctx, tx, sc.Space(), Guidelines, name, "latest", v.Hash)
}

func (t Task) guide(ctx context.Context, tx *store.Tx, sc scope.Scope) (string, error) {
	var g guide
	_, err := version.Get(ctx, tx, sc.Space(), Guidelines, t.Guidelines, &g)
	return g.Text, err
}

// nameJudges has people judge a task, or judge it no more.
func nameJudges(ctx context.Context, tx *store.Tx, t Task, names []string, judges bool) error {
	if len(names) > maxJudges {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("up to %d people are named at once", maxJudges), Hint: "name fewer"}
	}
	for _, name := range names {
		var id string
		err := tx.QueryRow(ctx, `SELECT id FROM person WHERE id = $1 OR fold = $2 OR email = $2 AND email <> '' ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, name, auth.Fold(name)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no person %q", name), Hint: "give the name, the e-mail address or the id of somebody who may ask in the space"}
		}
		if err != nil {
			return fmt.Errorf("judge: %w", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO judge_person (task, principal, named) VALUES ($1, $2, $3) ON CONFLICT (task, principal) DO UPDATE SET named = excluded.named`, t.ID, id, number(judges))
		if err != nil {
			return fmt.Errorf("judge: %w", err)
		}
		if !judges {
			if _, err := tx.Exec(ctx, `DELETE FROM judge_lease WHERE principal = $1 AND item IN (SELECT id FROM judge_item WHERE task = $2)`, id, t.ID); err != nil {
				return fmt.Errorf("judge: %w", err)
			}
		}
	}
	return nil
}

const taskColumns = `id, space, name, kind, guidelines, overlap, blind, gold, least, seed, state, created, finished`

func scanTask(row store.Row) (t Task, err error) {
	var blind, gold, least int64
	err = row.Scan(&t.ID, &t.space, &t.Name, &t.Kind, &t.Guidelines, &t.Overlap, &blind, &gold, &least, &t.Seed, &t.State, &t.Created, &t.Finished)
	t.Blind, t.Gold, t.Least = blind == 1, float64(gold)/1e6, float64(least)/1e6
	return t, err
}

// find finds a task of the space by its name or id.
func find(ctx context.Context, tx *store.Tx, sc scope.Scope, name string) (Task, error) {
	t, err := scanTask(tx.QueryRow(ctx, `SELECT `+taskColumns+` FROM judge_task WHERE space = $1 AND (name = $2 OR id = $2)`, sc.Space(), name))
	if errors.Is(err, sql.ErrNoRows) {
		return t, noTask(name)
	}
	if err != nil {
		return t, fmt.Errorf("judge: %w", err)
	}
	return t, nil
}

func noTask(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no task %q to judge", name), Hint: "wenyuan judge list shows what there is"}
}

// judges says whether p judges a task: who may review, and who is named and may ask.
func (t Task) judges(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal) (bool, error) {
	if sc.May(scope.Review) {
		return true, nil
	}
	if !sc.May(scope.Ask) || p.ID == "" {
		return false, nil
	}
	var named int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_person WHERE task = $1 AND principal = $2 AND named = 1`, t.ID, p.ID).Scan(&named)
	if err != nil {
		return false, fmt.Errorf("judge: %w", err)
	}
	return named > 0, nil
}

// entered finds a task for somebody who judges it; to others it is not there.
func entered(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, name string) (Task, error) {
	t, err := find(ctx, tx, sc, name)
	if err != nil {
		return t, err
	}
	judges, err := t.judges(ctx, tx, sc, p)
	if err == nil && !judges {
		if err = noTask(name); mayManage(sc) {
			err = denied("you do not judge this task")
		}
	}
	return t, err
}

// Change changes a task. Needs Edit or Own.
func (q *Queue) Change(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, c Change) (Standing, error) {
	if err := manage(sc); err != nil {
		return Standing{}, err
	}
	err := q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		return t.change(ctx, tx, sc, c)
	})
	if err != nil {
		return Standing{}, err
	}
	return q.Show(ctx, sc, p, name)
}

func (t Task) change(ctx context.Context, tx *store.Tx, sc scope.Scope, c Change) (err error) {
	if c.Guidelines != nil {
		if t.Guidelines, err = keepGuidelines(ctx, tx, sc, t.Name, *c.Guidelines); err != nil {
			return err
		}
	}
	if c.Overlap != nil {
		t.Overlap = *c.Overlap
	}
	if c.Gold != nil {
		t.Gold = *c.Gold
	}
	if c.Least != nil {
		t.Least = *c.Least
	}
	if c.Reopen {
		t.State, t.Finished = Open, 0
	}
	if err := t.check(); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE judge_task SET guidelines = $1, overlap = $2, gold = $3, least = $4, state = $5, finished = $6 WHERE id = $7`,
		t.Guidelines, t.Overlap, millionths(t.Gold), millionths(t.Least), t.State, t.Finished, t.ID)
	if err != nil {
		return fmt.Errorf("judge: change: %w", err)
	}
	if err := nameJudges(ctx, tx, t, c.Add, true); err != nil {
		return err
	}
	if err := nameJudges(ctx, tx, t, c.Drop, false); err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.change", Object: t.Name, Version: t.Guidelines, Detail: map[string]any{"added": len(c.Add), "dropped": len(c.Drop), "guidelines": c.Guidelines != nil}})
}

// SetAside takes what somebody said out of what a task comes to, or with back takes it in again. It stays
// as it was said, and their items are judged by others. person is an id, as a report has it. Needs Edit or Own.
func (q *Queue) SetAside(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name, person string, back bool, note string) (Standing, error) {
	if err := manage(sc); err != nil {
		return Standing{}, err
	}
	err := q.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		var there int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_judgement j JOIN judge_item i ON i.id = j.item WHERE i.task = $1 AND j.principal = $2`, t.ID, person).Scan(&there); err != nil {
			return fmt.Errorf("judge: %w", err)
		}
		if there == 0 {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%q has judged nothing of this task", person), Hint: "wenyuan judge show names who has"}
		}
		if note, err = cut(note); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO judge_person (task, principal, aside, note) VALUES ($1, $2, $3, $4) ON CONFLICT (task, principal) DO UPDATE SET aside = excluded.aside, note = excluded.note`, t.ID, person, number(!back), note)
		if err != nil {
			return fmt.Errorf("judge: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: map[bool]string{false: "judge.aside", true: "judge.back"}[back], Object: t.Name, Detail: map[string]any{"person": person}})
	})
	if err != nil {
		return Standing{}, err
	}
	return q.Show(ctx, sc, p, name)
}

// List are the tasks that p judges or manages, those that are open first, the newest first.
func (q *Queue) List(ctx context.Context, sc scope.Scope, p wenyuan.Principal) (all []Standing, err error) {
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		all = []Standing{}
		tasks, err := tasksOf(ctx, tx, sc)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			judges, err := t.judges(ctx, tx, sc, p)
			if err != nil {
				return err
			}
			if !judges && !mayManage(sc) {
				continue
			}
			st := Standing{Task: t, Manages: mayManage(sc), Decides: sc.May(scope.Review)}
			if err := st.count(ctx, tx, sc, p, judges); err != nil {
				return err
			}
			all = append(all, st)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Standing) int { return strings.Compare(b.State, a.State) }) // open before finished
	return all, err
}

// maxTasks is how many tasks of a space a list has.
const maxTasks = 200

func tasksOf(ctx context.Context, tx *store.Tx, sc scope.Scope) (all []Task, err error) {
	all, err = store.List(ctx, tx, scanTask, fmt.Sprintf(`SELECT `+taskColumns+` FROM judge_task WHERE space = $1 ORDER BY state DESC, created DESC, id DESC LIMIT %d`, maxTasks), sc.Space())
	if err != nil {
		return nil, fmt.Errorf("judge: list: %w", err)
	}
	return all, nil
}

// Waits says whether p is named as a judge in an open task of the space, so that its page is worth offering.
func (q *Queue) Waits(ctx context.Context, sc scope.Scope, p wenyuan.Principal) (waits bool, err error) {
	if !sc.May(scope.Ask) || p.ID == "" {
		return false, nil
	}
	err = q.Store.Read(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_person n JOIN judge_task t ON t.id = n.task WHERE n.principal = $1 AND n.named = 1 AND t.space = $2 AND t.state = 'open'`, p.ID, sc.Space()).Scan(&n)
		waits = n > 0
		return err
	})
	return waits, err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func millionths(f float64) int64 { return int64(math.Round(f * 1e6)) }

// cut holds a note to its length.
func cut(note string) (string, error) {
	note = strings.TrimSpace(note)
	if len([]rune(note)) > maxNote {
		return "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a note has up to %d characters", maxNote), Hint: "make it shorter"}
	}
	return note, nil
}
