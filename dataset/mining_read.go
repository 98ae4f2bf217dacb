package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/dataset/mine"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// A mining is one run over a space.
type mining struct {
	capture
	out     *Mined
	answers []mine.Answer
	at      []int64           // when they were asked for, UTC microseconds
	of      map[string]Sample // by trace: what a sample of it has, without its answer
	stood   []stood
	held    map[string]bool // mined samples that still follow
}

// A stood says by which version an answer was made.
type stood struct {
	answer  int
	version string // kind and name
	hash    string
}

// read takes in the answers of a space that say something of one another, oldest first.
func (m *mining) read(ctx context.Context, told func(Progress) error) error {
	var ids []string
	err := m.sets.Store.Read(ctx, func(tx *store.Tx) error {
		policy, err := m.policy(ctx, tx)
		if err == nil {
			ids, err = telling(ctx, tx, m.sc, policy.LearnSince)
		}
		return err
	})
	if err != nil {
		return err
	}
	if m.out.Cut = len(ids) > maxMined; m.out.Cut {
		ids = ids[:maxMined]
	}
	slices.Reverse(ids)
	for part := range slices.Chunk(ids, captureBatch) {
		err := m.then(ctx, m.sets.Store.Read, func(tx *store.Tx) (func(), error) { return m.take(ctx, tx, part) })
		if err == nil {
			err = told(Progress{Stage: "read", Done: len(m.answers), Of: len(ids)})
		}
		if err != nil {
			return err
		}
	}
	m.out.Answers = len(m.answers)
	m.again()
	return nil
}

// then does something in a transaction and takes over what came of it once that is through.
func (m *mining) then(ctx context.Context, in func(context.Context, func(*store.Tx) error) error, do func(*store.Tx) (func(), error)) error {
	var done func()
	err := in(ctx, func(tx *store.Tx) (err error) {
		done, err = do(tx)
		return err
	})
	if err == nil {
		done()
	}
	return err
}

// telling are the answers, newest first, of which somebody said something or whose question was asked more
// than once; one more than are looked at.
func telling(ctx context.Context, tx *store.Tx, sc scope.Scope, since int64) ([]string, error) {
	return texts(ctx, tx, fmt.Sprintf(`SELECT t.id FROM trace t WHERE t.space = $1 AND t.created >= $2 AND t.question <> ''
		AND (EXISTS (SELECT 1 FROM feedback f WHERE f.trace = t.id AND (f.rating <> '' OR f.corrected <> '')) OR
			t.question IN (SELECT question FROM trace WHERE space = $1 AND created >= $2 GROUP BY question HAVING COUNT(*) > 1))
		ORDER BY t.created DESC, t.id DESC LIMIT %d`, maxMined+1), sc.Space(), since)
}

// take takes in some answers.
func (m *mining) take(ctx context.Context, tx *store.Tx, ids []string) (func(), error) {
	policy, err := m.policy(ctx, tx)
	if err != nil {
		return nil, err
	}
	found, err := trace.Answers(ctx, tx, m.sc, wenyuan.Principal{}, ids)
	if err != nil {
		return nil, err
	}
	said, err := saidOf(ctx, tx, m.sc, ids, policy.LearnSince)
	if err != nil {
		return nil, err
	}
	var answers []mine.Answer
	var stoods []stood
	var at []int64
	samples, passed := map[string]Sample{}, map[string]int{}
	for _, id := range ids {
		t, ok := found[id]
		if !ok {
			passed["hidden"]++
			continue
		}
		x, whole, err := m.sample(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		if !whole || t.Withheld() {
			passed["withdrawn"]++
			continue
		}
		x.Row.Messages = once(x.Row.Messages)
		a := answerOf(t, x, said[id])
		samples[id] = x
		for _, v := range x.Versions {
			if v.Kind == "model" || v.Kind == "assistant" {
				stoods = append(stoods, stood{len(m.answers) + len(answers), v.Kind + ":" + v.Name, v.Hash})
			}
		}
		answers, at = append(answers, a), append(at, t.Created)
	}
	return func() {
		m.answers, m.at, m.stood = append(m.answers, answers...), append(m.at, at...), append(m.stood, stoods...)
		for id, x := range samples {
			m.of[id] = x
		}
		for why, n := range passed {
			m.out.Left[why] += n
		}
	}, nil
}

// once leaves out what was answered before to the very question that is asked again.
func once(said []form.Message) []form.Message {
	for n := len(said); n >= 3 && strings.TrimSpace(said[n-3].Content) == strings.TrimSpace(said[n-1].Content); n = len(said) {
		said = append(slices.Clone(said[:n-3]), said[n-1])
	}
	return said
}

// saidOf is what people said of answers, the oldest first.
func saidOf(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string, since int64) (map[string][]trace.Feedback, error) {
	args := append([]any{sc.Space(), since}, store.Args(ids)...)
	out := map[string][]trace.Feedback{}
	err := tx.Each(ctx, func(r store.Row) error {
		var f trace.Feedback
		if err := r.Scan(&f.Trace, &f.Principal, &f.Rating, &f.Corrected); err != nil {
			return err
		}
		out[f.Trace] = append(out[f.Trace], f)
		return nil
	}, `SELECT trace, principal, rating, corrected FROM feedback WHERE space = $1 AND created >= $2 AND trace IN (`+store.Marks(3, len(ids))+`) ORDER BY created, principal`, args...)
	if err != nil {
		return nil, fmt.Errorf("dataset: mine: %w", err)
	}
	return out, nil
}

// answerOf is an answer as it is compared. Of several corrections the newest counts.
func answerOf(t trace.Trace, x Sample, said []trace.Feedback) mine.Answer {
	a := mine.Answer{ID: t.ID, Group: t.Conversation, Person: t.Principal, Question: asked(form.Row{Kind: form.Preference, Messages: x.Row.Messages}), Text: bare(t.Answer), Refused: t.Refused}
	for _, f := range said {
		switch f.Rating {
		case trace.Up:
			a.Vote++
			a.Voters = append(a.Voters, f.Principal)
		case trace.Down:
			a.Vote--
			a.Voters = append(a.Voters, f.Principal)
		}
		if text := strings.TrimSpace(f.Corrected); text != "" {
			a.Corrected, a.By = text, f.Principal
		}
	}
	for _, s := range t.Answer.Sentences {
		switch {
		case s.Verdict == wenyuan.Supported:
			a.Supported++
		case s.Verdict == wenyuan.Unsupported && len(s.Disagree) > 0:
			a.Contradicted++
		case s.Verdict == wenyuan.Unsupported:
			a.Unsupported++
		}
	}
	return a
}

// soonAgain is how long after an answer the same question outside of a conversation asks for it again.
const soonAgain = int64(30 * 60 * 1e6) // microseconds

// again notes which answers were asked for in the place of another one: the same person asked the same before it.
func (m *mining) again() {
	type key struct{ person, group, question string }
	last := map[key]int{}
	for i, a := range m.answers {
		k := key{a.Person, a.Group, a.Question}
		if before, ok := last[k]; ok && a.Person != "" && (a.Group != "" || m.at[i]-m.at[before] < soonAgain) {
			m.answers[i].Again = m.answers[before].ID
		}
		last[k] = i
	}
}

// arms notes which versions stood beside each other: those of one model or assistant that answered in one time,
// as they do while a label is split.
func (m *mining) arms() {
	type span struct{ from, to int64 }
	of := map[string]map[string]span{}
	for _, s := range m.stood {
		if of[s.version] == nil {
			of[s.version] = map[string]span{}
		}
		x, ok := of[s.version][s.hash]
		if !ok {
			x = span{m.at[s.answer], m.at[s.answer]}
		}
		of[s.version][s.hash] = span{min(x.from, m.at[s.answer]), max(x.to, m.at[s.answer])}
	}
	for _, s := range m.stood {
		mine := of[s.version][s.hash]
		for hash, other := range of[s.version] {
			if hash != s.hash && mine.from <= other.to && other.from <= mine.to {
				m.answers[s.answer].Arm = strings.TrimSpace(m.answers[s.answer].Arm + fmt.Sprintf(" %s@%.8s", s.version, s.hash))
				break
			}
		}
	}
}
