package dataset

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/store"
	"wenyuan/trace"
)

// feedback makes samples of what people said of answers: a corrected answer is one to learn, beside a
// bad one it is the better of two, and a rating is a label.
func (c *capture) feedback(ctx context.Context, tx *store.Tx) (more bool, err error) {
	policy, err := c.policy(ctx, tx)
	if err != nil {
		return false, err
	}
	_, since, err := c.cursor(ctx, tx)
	if err != nil {
		return false, fmt.Errorf("dataset: capture: %w", err)
	}
	all, err := c.said(ctx, tx, max(since, policy.LearnSince))
	if err != nil || len(all) == 0 {
		return false, err
	}
	made := 0
	for _, f := range all {
		n, err := c.judged(ctx, tx, f, policy)
		if err != nil {
			return false, err
		}
		made += n
	}
	last := all[len(all)-1]
	_, err = tx.Exec(ctx, `INSERT INTO sample_cursor (space, feedback) VALUES ($1, $2) ON CONFLICT (space) DO UPDATE SET feedback = excluded.feedback`, c.sc.Space(), last.Created)
	if err != nil {
		return false, fmt.Errorf("dataset: capture: %w", err)
	}
	tx.After(func() {
		c.since, c.last = last.Created, last.Trace+" "+last.Principal
		c.out.Feedback += len(all)
		c.out.Samples += made
	})
	return len(all) == captureBatch, nil
}

// said reads feedback from a time on, behind what this run has looked at: several may be given at one time.
func (c *capture) said(ctx context.Context, tx *store.Tx, since int64) (all []trace.Feedback, err error) {
	all, err = store.List(ctx, tx, func(r store.Row) (f trace.Feedback, err error) {
		err = r.Scan(&f.Trace, &f.Principal, &f.Rating, &f.Corrected, &f.Created)
		return f, err
	}, fmt.Sprintf(`SELECT trace, principal, rating, corrected, created FROM feedback WHERE space = $1 AND (created > $2 OR created = $2 AND trace || ' ' || principal > $3) ORDER BY created, trace || ' ' || principal LIMIT %d`, captureBatch), c.sc.Space(), since, c.last)
	if err != nil {
		return nil, fmt.Errorf("dataset: capture: %w", err)
	}
	return all, nil
}

// judged makes the samples of one feedback, and says how many.
func (c *capture) judged(ctx context.Context, tx *store.Tx, f trace.Feedback, policy trace.Policy) (made int, err error) {
	found, err := trace.Answers(ctx, tx, c.sc, wenyuan.Principal{}, []string{f.Trace})
	t, ok := found[f.Trace]
	if err != nil || !ok || t.Question == "" || t.Created < policy.LearnSince {
		return 0, err
	}
	x, whole, err := c.sample(ctx, tx, t)
	if err != nil || !whole {
		return 0, err
	}
	// Who may not review sees what they said themselves, and not what others said of their question.
	x.Origin, x.Source, x.Principal, x.People, x.Quality = Feedback, f.Principal, f.Principal, []string{t.Principal}, 1
	answer, corrected := bare(t.Answer), strings.TrimSpace(f.Corrected)
	for _, r := range rowsSaid(x.Row.Messages, answer, corrected, f.Rating, t.Refused) {
		one := x
		one.Row = r
		n, _, err := put(ctx, tx, one)
		if made += n; err != nil {
			return made, err
		}
	}
	switch f.Rating {
	case trace.Up:
		_, err = tx.Exec(ctx, `UPDATE sample SET quality = 1000000 WHERE trace = $1 AND origin = 'trace' AND state = 'ready'`, f.Trace)
	case trace.Down:
		_, err = tx.Exec(ctx, `UPDATE sample SET state = 'aside', why = $2 WHERE trace = $1 AND origin = 'trace' AND state = 'ready'`, f.Trace, `[{"kind":"disliked"}]`)
	}
	if err != nil {
		return made, fmt.Errorf("dataset: capture: %w", err)
	}
	return made, nil
}

// rowsSaid are the rows that follow from what somebody said of an answer to what was asked.
func rowsSaid(asked []form.Message, answer, corrected, rating string, refused bool) (all []form.Row) {
	with := func(text string) []form.Message {
		return append(append([]form.Message{}, asked...), form.Message{Role: form.Assistant, Content: text})
	}
	said := func(text string) []form.Message { return []form.Message{{Role: form.Assistant, Content: text}} }
	if corrected != "" {
		all = append(all, form.Row{Kind: form.Chat, Messages: with(corrected)})
		if rating == trace.Down && answer != "" && answer != corrected {
			all = append(all, form.Row{Kind: form.Preference, Messages: asked, Chosen: said(corrected), Rejected: said(answer)})
		}
	}
	if rating != "" && answer != "" && !refused {
		good := rating == trace.Up
		all = append(all, form.Row{Kind: form.Label, Messages: with(answer), Good: &good})
	}
	return all
}
