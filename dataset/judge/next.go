package judge

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/agree"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// held is how long an item is held for somebody from when they opened it, or wrote on it.
const held = int64(30 * time.Minute / time.Microsecond)

// A stand is how far an item is.
type stand struct {
	id      string
	gold    bool
	votes   int // that count
	mine    int // of who asks, also skipped
	said    int // of who asks, not skipped
	decided bool
}

// stands are the items of a task that were not erased and whose documents the scope sees, in their order.
func (t Task) stands(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal) (all []stand, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (s stand, err error) {
		var gold, decided int
		if err := r.Scan(&s.id, &gold, &s.votes, &s.mine, &s.said, &decided); err != nil {
			return s, err
		}
		s.gold, s.decided = gold == 1, decided > 0
		return s, nil
	}, `SELECT i.id, CASE WHEN i.gold <> '' THEN 1 ELSE 0 END,
		COALESCE(SUM(CASE WHEN j.decides = 0 AND j.skipped = '' AND COALESCE(n.aside, 0) = 0 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN j.decides = 0 AND j.principal = $2 THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN j.decides = 0 AND j.principal = $2 AND j.skipped = '' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(j.decides), 0)
		FROM judge_item i LEFT JOIN judge_judgement j ON j.item = i.id LEFT JOIN judge_person n ON n.task = i.task AND n.principal = j.principal
		WHERE i.task = $1 AND i.body <> '' GROUP BY i.id, i.number, i.gold ORDER BY i.number`, t.ID, p.ID)
	if err != nil {
		return nil, fmt.Errorf("judge: items: %w", err)
	}
	hidden, err := t.hidden(ctx, tx, sc, "")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s stand) bool { return hidden[s.id] }), nil
}

// hidden are the items of which the scope may not see a document; item "" means all of the task.
func (t Task) hidden(ctx context.Context, tx *store.Tx, sc scope.Scope, item string) (map[string]bool, error) {
	if sc.All(t.space) {
		return nil, nil
	}
	return t.without(ctx, tx, item, func(samples []string) (map[string]bool, error) { return dataset.ForJudging(ctx, tx, sc, samples) })
}

// without are the items that have a sample which is not among those that are seen.
func (t Task) without(ctx context.Context, tx *store.Tx, item string, seen func(samples []string) (map[string]bool, error)) (map[string]bool, error) {
	of, samples := map[string][]string{}, []string{}
	err := tx.Each(ctx, func(r store.Row) error {
		var item, sample string
		if err := r.Scan(&item, &sample); err != nil {
			return err
		}
		of[item], samples = append(of[item], sample), append(samples, sample)
		return nil
	}, `SELECT s.item, s.sample FROM judge_item_sample s JOIN judge_item i ON i.id = s.item WHERE i.task = $1 AND ($2 = '' OR i.id = $2)`, t.ID, item)
	if err != nil {
		return nil, fmt.Errorf("judge: items: %w", err)
	}
	slices.Sort(samples)
	sees, err := seen(slices.Compact(samples))
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for item, samples := range of {
		out[item] = slices.ContainsFunc(samples, func(s string) bool { return !sees[s] })
	}
	return out, nil
}

// holders are who else has which items of a task open.
func (t Task) holders(ctx context.Context, tx *store.Tx, p wenyuan.Principal) (map[string][]string, error) {
	out := map[string][]string{}
	err := tx.Each(ctx, func(r store.Row) error {
		var item, person string
		if err := r.Scan(&item, &person); err != nil {
			return err
		}
		out[item] = append(out[item], person)
		return nil
	}, `SELECT l.item, l.principal FROM judge_lease l JOIN judge_item i ON i.id = l.item WHERE i.task = $1 AND l.until > $2 AND l.principal <> $3`, t.ID, tx.Now, p.ID)
	if err != nil {
		return nil, fmt.Errorf("judge: leases: %w", err)
	}
	return out, nil
}

// choose says which item somebody judges next, by the rule of agree.Give; "" where there is none.
func (t Task) choose(p wenyuan.Principal, all []stand, holders map[string][]string) string {
	w, j := agree.Work{Held: holders}, agree.Judged{Items: map[string]agree.Opinion{}}
	for _, s := range all {
		if s.mine > 0 {
			w.Votes = append(w.Votes, agree.Vote{Item: s.id, Person: p.ID})
		}
		if s.gold {
			w.Gold = append(w.Gold, s.id)
			continue
		}
		votes := s.votes
		if s.decided {
			votes = t.Overlap
		}
		w.Items = append(w.Items, s.id)
		j.Items[s.id] = agree.Opinion{Votes: votes}
	}
	policy := agree.Policy{Overlap: t.Overlap, More: 1, Most: t.Overlap, Gold: t.Gold, Seed: uint64(t.Seed)}
	if t.Gold == 0 {
		policy.Gold = -1
	}
	item, _ := agree.Give(p.ID, w, j, policy)
	return item
}

// progress is how many items somebody has judged, and of how many as things stand. Gold is counted in as it will
// come, so that the numbers do not tell which items it is.
func (t Task) progress(all []stand, holders map[string][]string) (done, of int) {
	open, gold, goldDone := 0, 0, 0
	for _, s := range all {
		switch {
		case s.said > 0:
			done++
			goldDone += int(number(s.gold))
		case s.mine > 0:
		case s.gold:
			gold++
		case !s.decided && s.votes+len(holders[s.id]) < t.Overlap:
			open++
		}
	}
	comes := 0
	if t.Gold > 0 {
		comes = int(math.Ceil(t.Gold*float64(done+open)/(1-t.Gold))) - goldDone
	}
	return done, done + open + max(0, min(gold, comes))
}

// finished says that a task takes no judgements.
func (t Task) open() error {
	if t.State == Open {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the task %q is finished", t.Name), Hint: "an editor of the space may open it again"}
}

// Next gives p an item to judge, and holds it for half an hour; nil where there is none. What they have open
// or began to write comes first. It is for whoever may review, and for who is named and may ask.
func (q *Queue) Next(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string) (w *Work, err error) {
	err = q.Store.Write(ctx, func(tx *store.Tx) error {
		w = nil
		t, err := entered(ctx, tx, sc, p, name)
		if err == nil {
			err = t.open()
		}
		if err == nil {
			err = t.counts(ctx, tx, p)
		}
		if err != nil {
			return err
		}
		all, err := t.stands(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		holders, err := t.holders(ctx, tx, p)
		if err != nil {
			return err
		}
		item, err := t.begun(ctx, tx, p, all)
		if err != nil {
			return err
		}
		if item == "" {
			item = t.choose(p, all, holders)
		}
		if item == "" {
			return nil
		}
		_, err = tx.Exec(ctx, `INSERT INTO judge_lease (item, principal, begun, until) VALUES ($1, $2, $3, $4) ON CONFLICT (item, principal) DO UPDATE SET until = excluded.until`, item, p.ID, tx.Now, tx.Now+held)
		if err != nil {
			return fmt.Errorf("judge: lease: %w", err)
		}
		w, err = t.work(ctx, tx, sc, p, item, false)
		if err == nil {
			w.Done, w.Of = t.progress(all, holders)
		}
		return err
	})
	return w, err
}

// counts says that what p says counts for something.
func (t Task) counts(ctx context.Context, tx *store.Tx, p wenyuan.Principal) error {
	var aside int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM judge_person WHERE task = $1 AND principal = $2 AND aside = 1`, t.ID, p.ID).Scan(&aside); err != nil {
		return fmt.Errorf("judge: %w", err)
	}
	if aside > 0 {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: "what you judged in this task was set aside", Hint: "ask who made the task; the guidelines may say more now"}
	}
	return nil
}

// begun is the item that p has open, or has written on; "" for none.
func (t Task) begun(ctx context.Context, tx *store.Tx, p wenyuan.Principal, all []stand) (string, error) {
	items, err := store.Column[string](ctx, tx, `SELECT l.item FROM judge_lease l JOIN judge_item i ON i.id = l.item WHERE i.task = $1 AND l.principal = $2 AND (l.until > $3 OR l.draft <> '') ORDER BY l.begun DESC, l.item`, t.ID, p.ID, tx.Now)
	if err != nil {
		return "", fmt.Errorf("judge: leases: %w", err)
	}
	for _, item := range items {
		if slices.ContainsFunc(all, func(s stand) bool { return s.id == item && s.mine == 0 && !s.decided }) {
			return item, nil
		}
	}
	return "", nil
}

// work reads an item as it is given to somebody who may judge it.
func (t Task) work(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, item string, decides bool) (*Work, error) {
	x, err := t.item(ctx, tx, sc, item)
	if err != nil {
		return nil, err
	}
	w := &Work{Task: t, Item: t.view(x, p.ID)}
	if w.Guidelines, err = t.guide(ctx, tx, sc); err != nil {
		return nil, err
	}
	var draft string
	err = tx.QueryRow(ctx, `SELECT COALESCE(MAX(until), 0), COALESCE(MAX(draft), '') FROM judge_lease WHERE item = $1 AND principal = $2`, item, p.ID).Scan(&w.Until, &draft)
	if err != nil {
		return nil, fmt.Errorf("judge: lease: %w", err)
	}
	if draft != "" {
		w.Draft = &Given{}
		if err := json.Unmarshal([]byte(draft), w.Draft); err != nil {
			return nil, fmt.Errorf("judge: draft: %w", err)
		}
	}
	told, err := toldOf(ctx, tx, item)
	if err != nil {
		return nil, err
	}
	for _, o := range told {
		switch {
		case o.Person == p.ID && o.Decides == decides:
			given := o.Given
			w.Said = &given
		case t.Blind && decides && !o.Decides && o.Given.Skip == "":
			w.Others = append(w.Others, Told{Given: o.Given}) // what was said, and not by whom
		case !t.Blind || decides:
			w.Others = append(w.Others, o)
		}
	}
	if t.Blind {
		w.Others = slices.DeleteFunc(w.Others, func(o Told) bool { return o.Given.Skip != "" })
		for i := range w.Others {
			w.Others[i] = Told{Given: w.Others[i].Given, Decides: w.Others[i].Decides}
		}
	}
	return w, nil
}

// item reads one of the task that the scope may see the documents of.
func (t Task) item(ctx context.Context, tx *store.Tx, sc scope.Scope, id string) (x Item, err error) {
	missing := noItem(id)
	var text string
	rows, err := tx.Query(ctx, `SELECT id, number, body FROM judge_item WHERE task = $1 AND id = $2 AND body <> ''`, t.ID, id)
	if err != nil {
		return x, fmt.Errorf("judge: item: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return x, fmt.Errorf("judge: item: %w", err)
		}
		return x, missing
	}
	if err := rows.Scan(&x.ID, &x.Number, &text); err != nil {
		return x, fmt.Errorf("judge: item: %w", err)
	}
	rows.Close()
	hidden, err := t.hidden(ctx, tx, sc, id)
	if err != nil {
		return x, err
	}
	if hidden[id] {
		return x, missing
	}
	return x, x.read(text)
}

func noItem(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no item %q to judge", id), Hint: "it may have been erased since; ask for the next one"}
}

// read fills in what is kept of an item.
func (x *Item) read(text string) error {
	var b body
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return fmt.Errorf("judge: the item %s: %w", x.ID, err)
	}
	x.Messages, x.Answers, x.Passages, x.Licence, x.Teacher = b.Messages, b.Answers, b.Passages, b.Licence, b.Teacher
	return nil
}

// view is an item as somebody sees it who judges: its answers in their own order, and where the task
// is blind without the models that wrote them.
func (t Task) view(x Item, person string) Item {
	x.Answers = slices.Clone(x.Answers)
	if t.Blind {
		x.Teacher = ""
		for i := range x.Answers {
			x.Answers[i].Model = ""
		}
	}
	at := func(c Candidate) uint64 {
		h := fnv.New64a()
		var seed [8]byte
		binary.LittleEndian.PutUint64(seed[:], uint64(t.Seed))
		_, _ = h.Write(seed[:]) // a hash takes everything
		_, _ = io.WriteString(h, person+"\x00"+x.ID+"\x00"+c.ID)
		n := h.Sum64()
		n = (n ^ n>>32) * 0x9e3779b97f4a7c15
		return n ^ n>>29
	}
	slices.SortFunc(x.Answers, func(a, b Candidate) int {
		if at(a) < at(b) {
			return -1
		}
		return 1
	})
	return x
}

// toldOf is what was said of an item, the earliest first.
func toldOf(ctx context.Context, tx *store.Tx, item string) (all []Told, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (Told, error) { return scanTold(r) }, `SELECT principal, decides, guidelines, body, skipped, created, took FROM judge_judgement WHERE item = $1 ORDER BY decides, created, principal`, item)
	if err != nil {
		return nil, fmt.Errorf("judge: judgements: %w", err)
	}
	return all, nil
}

func scanTold(rows store.Row, before ...any) (o Told, err error) {
	var text string
	var decides int
	var took int64
	if err := rows.Scan(append(before, &o.Person, &decides, &o.Under, &text, &o.Given.Skip, &o.Created, &took)...); err != nil {
		return o, fmt.Errorf("judge: judgements: %w", err)
	}
	skip := o.Given.Skip
	if err := json.Unmarshal([]byte(text), &o.Given); err != nil {
		return o, fmt.Errorf("judge: judgements: %w", err)
	}
	o.Given.Skip, o.Given.Took, o.Decides = skip, took, decides == 1
	return o, nil
}
