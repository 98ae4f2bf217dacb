package judge

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// A body is what is kept of an item.
type body struct {
	Messages []form.Message `json:"messages"`
	Answers  []Candidate    `json:"answers,omitempty"` // sorted by id
	Passages []Passage      `json:"passages,omitempty"`
	Licence  string         `json:"licence,omitempty"`
	Teacher  string         `json:"teacher,omitempty"`
}

const (
	mostItems    = 1000 // of one source that names no number
	mostPassages = 12   // of one item
)

// Add makes items of samples of the space that p may see. What is there already stays as it is.
// Needs Edit or Own, and what listing samples needs.
func (q *Queue) Add(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, from Source) (added Added, err error) {
	if err := manage(sc); err != nil {
		return added, err
	}
	var t Task
	err = q.Store.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = find(ctx, tx, sc, name)
		return err
	})
	if err != nil {
		return added, err
	}
	items, added, err := q.gather(ctx, sc, p, t, from)
	if err != nil {
		return added, err
	}
	passed := added
	return added, q.Store.Write(ctx, func(tx *store.Tx) error {
		added = passed
		if err := t.keepItems(ctx, tx, items, &added); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: t.space, Action: "judge.add", Object: t.Name, Detail: map[string]any{"items": added.Added}})
	})
}

// A gathering is a source while it is read.
type gathering struct {
	bare  func(id string) (bool, error) // whether the answer of a trace has a sentence that nothing supports
	task  Task
	from  Source
	byKey map[string]*pool
	order []string
	out   Added
}

// A pool is what samples say about one question: its answers, each with where it comes from.
type pool struct {
	messages []form.Message
	answers  map[string]Candidate // by id
	samples  []string
	traces   []string
	licences []string
	teachers []string
}

var errEnough = errors.New("judge: enough")

// gather reads the samples of a source, and makes items of them.
func (q *Queue) gather(ctx context.Context, sc scope.Scope, p wenyuan.Principal, t Task, from Source) ([]Item, Added, error) {
	if from.Most == 0 {
		from.Most = mostItems
	}
	g := &gathering{task: t, from: from, byKey: map[string]*pool{}, out: Added{Passed: map[string]int{}}}
	if from.Most < 0 || from.Most > MaxItems {
		return nil, g.out, bad(fmt.Sprintf("a task has up to %d items", MaxItems), "ask for fewer, or make several tasks")
	}
	g.bare = func(id string) (bare bool, err error) {
		err = q.Store.Read(ctx, func(tx *store.Tx) error {
			found, err := trace.Answers(ctx, tx, sc, p, []string{id})
			bare = slices.ContainsFunc(found[id].Answer.Sentences, func(s wenyuan.Sentence) bool { return s.Verdict == wenyuan.Unsupported })
			return err
		})
		return bare, err
	}
	if err := q.read(ctx, sc, p, g); err != nil && !errors.Is(err, errEnough) {
		return nil, g.out, err
	}
	var items []Item
	for _, key := range g.order {
		if x, ok := g.item(g.byKey[key]); ok && len(items) < from.Most {
			items = append(items, x)
		}
	}
	err := q.Store.Read(ctx, func(tx *store.Tx) error {
		for i := range items {
			if err := g.rest(ctx, tx, sc, p, g.byKey[items[i].ID], &items[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return items, g.out, err
}

// read goes through the samples of a source.
func (q *Queue) read(ctx context.Context, sc scope.Scope, p wenyuan.Principal, g *gathering) error {
	if g.from.Dataset == "" {
		return q.Sets.Each(ctx, sc, p, g.from.Filter, func(x dataset.Sample, seen bool) error { return g.take(x, seen) })
	}
	for row, err := range q.Sets.Rows(ctx, sc, p, g.from.Dataset, g.from.Split) {
		if err != nil {
			return err
		}
		x, err := q.Sets.Sample(ctx, sc, p, row.Sample)
		if err != nil {
			return err
		}
		if err := g.take(x, true); err != nil {
			return err
		}
	}
	return nil
}

// take looks at one sample.
func (g *gathering) take(x dataset.Sample, seen bool) error {
	switch {
	case !seen:
		g.out.Passed["hidden"]++
		return nil
	case x.State == dataset.Erased:
		return nil
	case g.from.Disliked && !disliked(x):
		return nil
	case g.from.Unsupported && (x.Trace == "" || x.Quality >= 1 && x.Origin == dataset.Trace):
		return nil
	case g.from.Unsupported:
		if bare, err := g.bare(x.Trace); err != nil || !bare {
			return err
		}
	}
	asked := dataset.Question(x.Row)
	if len(asked) == 0 || asked[len(asked)-1].Role != form.User || slices.ContainsFunc(asked, func(m form.Message) bool { return m.Calls != nil }) {
		g.out.Passed["kind"]++
		return nil
	}
	answers := answersOf(x)
	if len(answers) == 0 {
		g.out.Passed["kind"]++
		return nil
	}
	key := keyOf(asked, nil)
	if g.task.Kind == Answer {
		answers = answers[:1] // of a preference the better one
		key = keyOf(asked, answers)
	}
	into, there := g.byKey[key]
	if !there {
		if g.task.Kind == Answer && len(g.order) == g.from.Most || len(g.order) == MaxItems*4 {
			return errEnough
		}
		into = &pool{messages: asked, answers: map[string]Candidate{}}
		g.byKey[key], g.order = into, append(g.order, key)
	}
	for _, a := range answers {
		if _, known := into.answers[a.ID]; !known {
			into.answers[a.ID] = a
		}
	}
	into.samples = append(into.samples, x.ID)
	if x.Trace != "" && !slices.Contains(into.traces, x.Trace) {
		into.traces = append(into.traces, x.Trace)
	}
	into.licences, into.teachers = append(into.licences, x.Licence), append(into.teachers, x.Teacher)
	return nil
}

// disliked says whether a sample says of its answer that it is bad.
func disliked(x dataset.Sample) bool {
	return x.Row.Good != nil && !*x.Row.Good || slices.ContainsFunc(x.Why, func(r dataset.Reason) bool { return r.Kind == "disliked" })
}

// answersOf are the answers that a sample has, the best first.
func answersOf(x dataset.Sample) (all []Candidate) {
	add := func(list []form.Message) {
		if len(list) == 0 {
			return
		}
		if m := list[len(list)-1]; m.Role == form.Assistant && m.Calls == nil && strings.TrimSpace(m.Content) != "" {
			all = append(all, candidate(m.Content, modelOf(x)))
		}
	}
	if x.Row.Kind == form.Preference {
		add(x.Row.Chosen)
		add(x.Row.Rejected)
		return all
	}
	add(x.Row.Messages)
	return all
}

// modelOf is by which model a sample's answer was written, as far as it is known.
func modelOf(x dataset.Sample) string {
	if x.Teacher != "" {
		return x.Teacher
	}
	for _, v := range x.Versions {
		if v.Kind == "model" {
			return cmp.Or(v.Name, v.Hash)
		}
	}
	return ""
}

func candidate(text, model string) Candidate {
	sum := sha256.Sum256([]byte(text))
	return Candidate{ID: hex.EncodeToString(sum[:4]), Text: text, Model: model}
}

// keyOf names an item by what is asked and its answers.
func keyOf(asked []form.Message, answers []Candidate) string {
	ids := make([]string, len(answers))
	for i, a := range answers {
		ids[i] = a.Text
	}
	slices.Sort(ids)
	text, err := json.Marshal([]any{asked, ids})
	if err != nil {
		return "" // never: these are texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// item makes an item of what samples say about one question. Until rest its id is the key of the pool.
func (g *gathering) item(p *pool) (x Item, ok bool) {
	key := keyOf(p.messages, nil)
	for _, a := range p.answers {
		x.Answers = append(x.Answers, a)
	}
	slices.SortFunc(x.Answers, func(a, b Candidate) int { return strings.Compare(a.ID, b.ID) })
	if g.task.Kind == Answer {
		key = keyOf(p.messages, x.Answers)
	} else {
		switch n := len(x.Answers); {
		case n < 2:
			g.out.Passed["one"]++
			return x, false
		case n > MaxAnswers:
			g.out.Passed["many"]++
			return x, false
		}
	}
	x.ID, x.Messages, x.Licence, x.Teacher = key, p.messages, expression(p.licences), ""
	return x, true
}

// expression is the licence of what is made of several: all of them hold, as SPDX writes it.
func expression(licences []string) string {
	all := slices.Compact(slices.Sorted(slices.Values(licences)))
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	for i, s := range all {
		if len(all) > 1 && strings.Contains(s, " ") {
			all[i] = "(" + s + ")"
		}
	}
	return strings.Join(all, " AND ")
}

// rest reads what a sample in a list does not have: the models of its answers, and the passages.
func (g *gathering) rest(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, from *pool, x *Item) error {
	origins, err := dataset.Origins(ctx, tx, sc, from.samples)
	if err != nil {
		return err
	}
	documents := map[string]bool{}
	for _, o := range origins {
		for _, d := range o.Documents {
			documents[d.ID] = true
		}
		for _, a := range answersOf(o) {
			for i := range x.Answers {
				if x.Answers[i].ID == a.ID && x.Answers[i].Model == "" {
					x.Answers[i].Model = a.Model
				}
			}
		}
	}
	answers, err := trace.Answers(ctx, tx, sc, p, from.traces)
	if err != nil {
		return err
	}
	for _, id := range from.traces {
		for _, a := range answers[id].Answer.Citations {
			if !documents[a.Document] || len(x.Passages) == mostPassages || slices.ContainsFunc(x.Passages, func(b Passage) bool { return b.Document == a.Document && b.Start == a.Start }) {
				continue // of what the samples do not name nothing would be taken back
			}
			x.Passages = append(x.Passages, Passage{Document: a.Document, Revision: a.Revision, Source: a.Source, Title: a.Title, Start: a.Start, End: a.End, Page: a.Page, Text: a.Quote})
		}
	}
	x.ID = strings.Join(from.samples, " ") // read by keepItems
	return nil
}

// keepItems keeps items; the id of one that is made of samples has their ids.
func (t Task) keepItems(ctx context.Context, tx *store.Tx, items []Item, added *Added) error {
	var have, last int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(MAX(number), 0) FROM judge_item WHERE task = $1`, t.ID).Scan(&have, &last); err != nil {
		return fmt.Errorf("judge: items: %w", err)
	}
	for _, x := range items {
		if have == MaxItems {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("a task has up to %d items", MaxItems), Hint: "make another task"}
		}
		id, there, err := t.keepItem(ctx, tx, x, last+1, "", "")
		if err != nil {
			return err
		}
		if there {
			added.Known++
			continue
		}
		have, last = have+1, last+1
		added.Added++
		for sample := range strings.FieldsSeq(x.ID) {
			_, err := tx.Exec(ctx, `INSERT INTO judge_item_sample (item, sample) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT) UNION SELECT CAST($1 AS TEXT), s.sample FROM judge_made m JOIN judge_item_sample s ON s.item = m.item WHERE m.sample = $2 ON CONFLICT DO NOTHING`, id, sample)
			if err != nil {
				return fmt.Errorf("judge: items: %w", err)
			}
		}
	}
	return nil
}

// keepItem keeps one item, unless one with the same question and answers is there.
func (t Task) keepItem(ctx context.Context, tx *store.Tx, x Item, at int, raw, gold string) (id string, there bool, err error) {
	text, err := json.Marshal(body{x.Messages, x.Answers, x.Passages, x.Licence, x.Teacher})
	if err != nil {
		return "", false, fmt.Errorf("judge: items: %w", err)
	}
	if len(text) > maxBody {
		return "", false, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("an item has %d bytes, more than %d", len(text), maxBody), Hint: "cut it, or leave it out"}
	}
	id = store.NewID("jit")
	hash := keyOf(x.Messages, x.Answers)
	n, err := tx.Exec(ctx, `INSERT INTO judge_item (id, task, number, body, hash, raw, gold, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`, id, t.ID, at, string(text), hash, raw, gold, tx.Now)
	if err != nil {
		return "", false, fmt.Errorf("judge: items: %w", err)
	}
	if n == 0 {
		err = tx.QueryRow(ctx, `SELECT id FROM judge_item WHERE task = $1 AND hash = $2`, t.ID, hash).Scan(&id)
	}
	return id, n == 0, err
}
