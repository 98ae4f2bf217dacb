package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/dataset/agree"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

const finishBatch = 25 // items of one transaction: writers wait for it

// Finish makes samples of what judges came to, and closes the task. A ranking becomes pairs of a better and a
// worse answer, that are in one split as they have one conversation; an answer becomes one to learn, and beside
// the one that was there the better of two. Where judges did not agree and nobody decided, or too few have judged, it
// says so and makes nothing, unless what is left is to be left out. Samples that are there already stay, so that it may
// be asked for again. Needs Edit or Own, and makes samples of items whose documents the scope sees.
func (q *Queue) Finish(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, leave bool) (Done, error) {
	out := Done{Left: map[string]int{}}
	if err := manage(sc); err != nil {
		return out, err
	}
	var w *weighing
	err := q.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := find(ctx, tx, sc, name)
		if err == nil {
			w, err = t.weigh(ctx, tx)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	pairs := w.pairs()
	var ready []*weighed
	for _, x := range w.items {
		if why := x.left(); why != "" {
			out.Left[why]++
			continue
		}
		ready = append(ready, x)
	}
	if out.Left["disputed"] > 0 && !leave || out.Left["open"] > 0 && !leave {
		return out, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%d items wait for judges and %d for somebody who decides", out.Left["open"], out.Left["disputed"]), Hint: "have them judged, or leave them out: wenyuan judge finish --leave"}
	}
	for part := range slices.Chunk(ready, finishBatch) {
		var made Done
		err := q.Store.Write(ctx, func(tx *store.Tx) error {
			made = Done{Left: map[string]int{}}
			for _, x := range part {
				if err := w.make(ctx, tx, sc, x, pairs[x.ID], &made); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Samples, out.Known, out.Items = out.Samples+made.Samples, out.Known+made.Known, out.Items+made.Items
		for why, n := range made.Left {
			out.Left[why] += n
		}
	}
	out.Finished = true
	return out, q.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE judge_task SET state = 'finished', finished = $1 WHERE id = $2`, tx.Now, w.task.ID)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM judge_lease WHERE item IN (SELECT id FROM judge_item WHERE task = $1)`, w.task.ID)
		}
		if err != nil {
			return fmt.Errorf("judge: finish: %w", err)
		}
		return audit.Append(ctx, tx, audit.Act{Space: w.task.space, Action: "judge.finish", Object: w.task.Name, Version: w.task.Guidelines, Detail: map[string]any{"items": out.Items, "samples": out.Samples, "left": out.Left}})
	})
}

// left is why nothing is made of an item; "" where something is.
func (x *weighed) left() string {
	switch {
	case x.gold != nil:
		return "gold"
	case !x.full:
		return "open"
	case x.dispute:
		return "disputed"
	}
	return ""
}

// pairs are what rankings come to, by item; what an adjudicator says stands alone.
func (w *weighing) pairs() map[string][]agree.Pair {
	if w.task.Kind != Rank {
		return nil
	}
	var all []agree.Ranking
	for _, x := range w.items {
		said := x.said
		if x.decided != nil {
			said = []Told{*x.decided}
		}
		for _, o := range said {
			all = append(all, agree.Ranking{Item: x.ID, Person: o.Person, Order: o.Given.Order})
		}
	}
	out := map[string][]agree.Pair{}
	for _, p := range agree.Pairs(all, clear, mostPairs) {
		out[p.Group] = append(out[p.Group], p)
	}
	return out
}

// make makes the samples of one item.
func (w *weighing) make(ctx context.Context, tx *store.Tx, sc scope.Scope, x *weighed, pairs []agree.Pair, out *Done) error {
	base, why, err := w.base(ctx, tx, sc, x)
	if err != nil {
		return err
	}
	rows := w.rows(x, pairs)
	if why == "" && len(rows) == 0 {
		why = "equal"
	}
	if why != "" {
		out.Left[why]++
		return nil
	}
	out.Items++
	for _, r := range rows {
		one := base
		one.Row, one.Quality = r.Row, r.quality
		if r.ours {
			one.Teacher = "" // a person wrote it
		}
		id, added, err := dataset.Put(ctx, tx, one)
		if err != nil {
			return fmt.Errorf("item %d: %w", x.Number, err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO judge_made (item, sample) VALUES ($1, $2) ON CONFLICT DO NOTHING`, x.ID, id); err != nil {
			return fmt.Errorf("judge: finish: %w", err)
		}
		out.Samples += int(number(added))
		out.Known += int(number(!added))
	}
	return nil
}

// A made row, how sure it is, and whether a person wrote what is to be learned.
type made struct {
	form.Row
	quality float64
	ours    bool
}

// rows are what an item becomes.
func (w *weighing) rows(x *weighed, pairs []agree.Pair) (all []made) {
	said := func(text string) []form.Message { return []form.Message{{Role: form.Assistant, Content: text}} }
	if w.task.Kind == Rank {
		text := map[string]string{}
		for _, a := range x.Answers {
			text[a.ID] = a.Text
		}
		for _, p := range pairs {
			all = append(all, made{form.Row{Kind: form.Preference, Messages: x.Messages, Chosen: said(text[p.Better]), Rejected: said(text[p.Worse])}, p.Weight, false})
		}
		return all
	}
	answer, quality := x.answer, x.sure
	if x.decided != nil {
		answer, quality = x.decided.Given.Answer, 1
	}
	stays := w.label(x, Given{Answer: answer}) == "stays"
	all = append(all, made{form.Row{Kind: form.Chat, Messages: append(slices.Clone(x.Messages), said(answer)...)}, quality, !stays})
	for _, a := range x.Answers {
		if !stays {
			all = append(all, made{form.Row{Kind: form.Preference, Messages: x.Messages, Chosen: said(answer), Rejected: said(a.Text)}, quality, true})
		}
	}
	return all
}

// base is what all samples of an item have: whose words they are, and of what. why says that something of
// it is gone, or not seen.
func (w *weighing) base(ctx context.Context, tx *store.Tx, sc scope.Scope, x *weighed) (s dataset.Sample, why string, err error) {
	s = dataset.Sample{Space: w.task.space, Origin: dataset.Judged, Conversation: x.ID, Source: w.task.Name, Licence: x.Licence, Teacher: x.Teacher}
	for _, o := range append(slices.Clone(x.said), deref(x.decided)...) {
		person := strings.TrimPrefix(o.Person, imported)
		var there, known int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*), (SELECT COUNT(*) FROM person WHERE id = $3) FROM judge_judgement WHERE item = $1 AND principal = $2`, x.ID, o.Person, person).Scan(&there, &known); err != nil {
			return s, "", fmt.Errorf("judge: finish: %w", err)
		}
		if there == 0 {
			return s, "erased", nil // since it was weighed
		}
		if person == o.Person || known > 0 {
			s.People = append(s.People, person)
		}
	}
	samples, err := samplesOf(ctx, tx, x.ID)
	if err != nil {
		return s, "", err
	}
	origins, err := dataset.Origins(ctx, tx, sc, samples)
	if err != nil {
		return s, "", err
	}
	var body string
	if err := tx.QueryRow(ctx, `SELECT body FROM judge_item WHERE id = $1`, x.ID).Scan(&body); err != nil {
		return s, "", fmt.Errorf("judge: finish: %w", err)
	}
	switch {
	case body == "":
		return s, "erased", nil
	case len(origins) < len(samples):
		return s, "hidden", nil
	}
	inherit(&s, origins)
	return s, "", nil
}

// inherit gives a sample what it has from those it is made of.
func inherit(s *dataset.Sample, origins []dataset.Sample) {
	var licences []string
	traces := map[string]bool{}
	talk := ""
	for _, o := range origins {
		s.People = append(s.People, o.People...)
		if o.Principal != "" && o.Origin != dataset.Import && o.Origin != dataset.Instruct {
			s.People = append(s.People, o.Principal)
		}
		s.Documents, s.Versions = append(s.Documents, o.Documents...), append(s.Versions, o.Versions...)
		licences = append(licences, o.Licence)
		if o.Trace != "" {
			traces[o.Trace] = true
			s.Trace = o.Trace
		}
		if o.Conversation != "" && (talk == "" || o.Conversation < talk) {
			talk = o.Conversation
		}
		if s.Assistant == "" {
			s.Assistant = o.Assistant
		}
		if s.Teacher == "" {
			s.Teacher = o.Teacher
		}
	}
	if talk != "" {
		s.Conversation = talk
	}
	if len(traces) > 1 {
		s.Trace = "" // of several none is the one; judge_item_sample leads to all
	}
	if len(origins) > 0 {
		s.Licence = expression(licences)
	}
}

func deref(o *Told) []Told {
	if o == nil {
		return nil
	}
	return []Told{*o}
}

func samplesOf(ctx context.Context, tx *store.Tx, item string) (all []string, err error) {
	all, err = store.Column[string](ctx, tx, `SELECT sample FROM judge_item_sample WHERE item = $1 ORDER BY sample`, item)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	return all, nil
}

// imported is what the id of a judge begins with who comes from a file.
const imported = "import:"
