package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/dataset/mine"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// keepAll keeps the pairs and the scores.
func (m *mining) keepAll(ctx context.Context, found mine.Mined, told func(Progress) error) error {
	m.held = map[string]bool{}
	within := m.sets.Store.Write
	if m.out.Dry {
		within = m.sets.Store.Read
	}
	done, of := 0, len(found.Pairs)+len(found.Scores)
	for part := range slices.Chunk(found.Pairs, captureBatch) {
		if err := m.then(ctx, within, func(tx *store.Tx) (func(), error) { return m.keepPairs(ctx, tx, part) }); err != nil {
			return err
		}
		done += len(part)
		if err := told(Progress{Stage: "write", Done: done, Of: of}); err != nil {
			return err
		}
	}
	if m.out.Dry {
		return nil
	}
	for part := range slices.Chunk(found.Scores, pageRows) {
		if err := m.then(ctx, within, func(tx *store.Tx) (func(), error) { return m.score(ctx, tx, part) }); err != nil {
			return err
		}
		done += len(part)
		if err := told(Progress{Stage: "write", Done: done, Of: of}); err != nil {
			return err
		}
	}
	return nil
}

func (m *mining) keepPairs(ctx context.Context, tx *store.Tx, pairs []mine.Pair) (func(), error) {
	if _, err := m.policy(ctx, tx); err != nil { // nobody took the consent back in between
		return nil, err
	}
	var samples, known, aside int
	var held []string
	left := map[string]int{}
	for _, p := range pairs {
		x := m.pair(p)
		gone, err := m.gone(ctx, tx, x, p)
		if err != nil {
			return nil, err
		}
		if gone {
			left["withdrawn"]++
			continue
		}
		id, added, err := m.keepPair(ctx, tx, x, p)
		switch {
		case wenyuan.CodeOf(err) == wenyuan.Invalid || wenyuan.CodeOf(err) == wenyuan.TooLarge:
			left["empty"]++ // what was recorded is no row
			continue
		case err != nil:
			return nil, err
		case added:
			samples++
		default:
			known++
		}
		held = append(held, id)
		if p.Aside != "" {
			aside++
		}
	}
	return func() {
		m.out.Samples, m.out.Known, m.out.Aside = m.out.Samples+samples, m.out.Known+known, m.out.Aside+aside
		for _, id := range held {
			m.held[id] = true
		}
		for why, n := range left {
			m.out.Left[why] += n
		}
	}, nil
}

// gone says whether an answer of a pair, or a document that it may have words of, was removed since it was read.
func (m *mining) gone(ctx context.Context, tx *store.Tx, x Sample, p mine.Pair) (bool, error) {
	there, err := texts(ctx, tx, `SELECT id FROM trace WHERE space = $1 AND id IN ($2, $3) AND question <> ''`, m.sc.Space(), p.Answers[0], p.Answers[1])
	if err != nil || !slices.Contains(there, p.Answers[0]) || !slices.Contains(there, p.Answers[1]) {
		return true, err
	}
	if len(x.Documents) == 0 {
		return false, nil
	}
	args := []any{m.sc.Space()}
	for _, d := range x.Documents {
		args = append(args, d.ID)
	}
	removed, err := texts(ctx, tx, `SELECT document FROM trace_document WHERE space = $1 AND withdrawn = 1 AND document IN (`+store.Marks(2, len(x.Documents))+`) LIMIT 1`, args...)
	return len(removed) > 0, err
}

// pair is a pair as a sample: of both answers, with everybody whose words or acts are in it.
func (m *mining) pair(p mine.Pair) Sample {
	a, b := m.of[p.Answers[0]], m.of[p.Answers[1]]
	x := Sample{Space: m.sc.Space(), Origin: Feedback, Trace: a.Trace, Conversation: a.Conversation, Assistant: a.Assistant, Source: trace.Mined + p.From, Quality: p.Weight}
	said := func(text string) []form.Message { return []form.Message{{Role: form.Assistant, Content: text}} }
	x.Row = form.Row{Kind: form.Preference, Messages: a.Row.Messages, Chosen: said(p.Chosen), Rejected: said(p.Rejected)}
	x.Documents = slices.Clone(a.Documents)
	for _, d := range b.Documents {
		if !slices.ContainsFunc(x.Documents, func(o Document) bool { return o.ID == d.ID }) {
			x.Documents = append(x.Documents, d)
		}
	}
	x.Versions = slices.Clone(a.Versions)
	for _, v := range b.Versions {
		if !slices.Contains(x.Versions, v) {
			x.Versions = append(x.Versions, v)
		}
	}
	x.People = append([]string{a.Principal, b.Principal}, p.People...)
	slices.Sort(x.People)
	x.People = slices.DeleteFunc(slices.Compact(x.People), func(who string) bool { return who == "" })
	if len(x.People) == 1 { // else nobody sees it as their own who may not review
		x.Principal = x.People[0]
	}
	return x
}

// keepPair keeps a pair, unless the same row is there from elsewhere, such as a correction that was captured.
func (m *mining) keepPair(ctx context.Context, tx *store.Tx, x Sample, p mine.Pair) (id string, added bool, err error) {
	if err := x.Row.Check(); err != nil {
		return "", false, err
	}
	hash, err := x.Row.Hash()
	if err != nil {
		return "", false, err
	}
	there, err := texts(ctx, tx, `SELECT id FROM sample WHERE space = $1 AND hash = $2 AND state <> 'erased' ORDER BY CASE WHEN source LIKE '`+trace.Mined+`%' THEN 0 ELSE 1 END, id`, x.Space, hash)
	switch {
	case err != nil:
		return "", false, err
	case len(there) > 0:
		id = there[0]
	case m.out.Dry:
		return "", true, nil
	default:
		if id, added, err = Put(ctx, tx, x); err != nil {
			return "", false, err
		}
	}
	if m.out.Dry {
		return id, added, nil
	}
	for _, t := range p.Answers {
		if !added {
			break
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sample_trace (sample, trace) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, t); err != nil {
			return "", false, fmt.Errorf("dataset: mine: %w", err)
		}
	}
	return id, added, weigh(ctx, tx, m.sc, id, p)
}

// weigh says of a mined pair how much it counts, and whether it is set aside so that length or one person do
// not decide. What somebody or risk control decided of it stays.
func weigh(ctx context.Context, tx *store.Tx, sc scope.Scope, id string, p mine.Pair) error {
	state, why := Ready, ""
	if p.Aside != "" {
		b, err := json.Marshal([]Reason{{Kind: p.Aside}})
		if err != nil {
			return fmt.Errorf("dataset: mine: %w", err)
		}
		state, why = Aside, string(b)
	}
	_, err := tx.Exec(ctx, `UPDATE sample SET quality = $1, state = $2, why = $3 WHERE id = $4 AND space = $5 AND source LIKE '`+trace.Mined+`%'
		AND (state = 'ready' AND why = '' OR state = 'aside' AND why IN ('[{"kind":"`+mine.Busy+`"}]', '[{"kind":"`+mine.Length+`"}]'))`, millionths(p.Weight), state, why, id, sc.Space())
	if err != nil {
		return fmt.Errorf("dataset: mine: %w", err)
	}
	return nil
}

// score gives the samples of answers the quality that speaks from all that was done with them.
func (m *mining) score(ctx context.Context, tx *store.Tx, scores []mine.Score) (func(), error) {
	changed := 0
	for _, s := range scores {
		if s.Weight == 0 {
			continue
		}
		n, err := tx.Exec(ctx, `UPDATE sample SET quality = $1 WHERE trace = $2 AND space = $3 AND origin = 'trace' AND state = 'ready' AND quality <> $1`, millionths(s.Value), s.ID, m.sc.Space())
		if err != nil {
			return nil, fmt.Errorf("dataset: mine: %w", err)
		}
		changed += int(n)
	}
	return func() { m.out.Scored += changed }, nil
}

// dropOld erases what was mined before and no longer follows, such as a pair whose loser is liked by now. What was mined
// from answers that are no longer recorded stays, and where not all answers were looked at nobody knows what
// follows.
func (m *mining) dropOld(ctx context.Context, told func(Progress) error) error {
	if m.out.Cut || m.out.Left["hidden"] > 0 {
		return nil
	}
	for after := ""; ; {
		var ids []string
		err := m.sets.Store.Write(ctx, func(tx *store.Tx) (err error) {
			ids, err = texts(ctx, tx, fmt.Sprintf(`SELECT s.id FROM sample s JOIN trace a ON a.id = s.trace WHERE s.space = $1 AND s.id > $2 AND s.origin = 'feedback' AND s.source LIKE '%s%%'
				AND NOT EXISTS (SELECT 1 FROM sample_trace x LEFT JOIN trace b ON b.id = x.trace WHERE x.sample = s.id AND b.id IS NULL) ORDER BY s.id LIMIT %d`, trace.Mined, pageRows), m.sc.Space(), after)
			if err != nil {
				return err
			}
			gone := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return m.held[id] })
			if len(gone) == 0 {
				return nil
			}
			tx.After(func() { m.out.Gone += len(gone) })
			return trace.ForgetSamples(ctx, tx, gone)
		})
		if err == nil {
			err = told(Progress{Stage: "write", Done: len(m.held), Of: len(m.held)})
		}
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
	}
}
