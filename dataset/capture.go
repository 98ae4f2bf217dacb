package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// Captured says what was made of the traces of a space.
type Captured struct {
	Traces   int            `json:"traces"`   // that were looked at
	Feedback int            `json:"feedback"` // that was looked at
	Samples  int            `json:"samples"`  // that were made
	Passed   map[string]int `json:"passed"`   // over: refused, withdrawn, empty, disliked
}

const (
	captureBatch = 50                                  // traces of one transaction: writers wait for it
	late         = int64(time.Hour / time.Microsecond) // a trace is kept when its answer ends: with an id from when it began
	maxTurns     = 6                                   // earlier turns of a sample
)

// errNoConsent says that nothing may be learned from a space.
func errNoConsent() error {
	return &wenyuan.Error{Code: wenyuan.Conflict, Message: "nothing may be learned from what is asked in this space", Hint: "its owner may allow it: wenyuan space set SPACE --learn"}
}

// Capture makes samples of the answers that were recorded in a space since it may be learned from, and
// of what people said of them. It goes on where it stopped the last time; what it finds again stays
// as it is. Needs Review, and makes samples of what the scope sees.
func (s *Sets) Capture(ctx context.Context, sc scope.Scope, told func(Progress) error) (Captured, error) {
	out := Captured{Passed: map[string]int{}}
	if !sc.May(scope.Review) {
		return out, &wenyuan.Error{Code: wenyuan.Denied, Message: "only a reviewer of the space makes samples of what others asked", Hint: "ask an owner of the space for this role"}
	}
	c := &capture{sets: s, sc: sc, out: &out}
	for more := true; more; {
		err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			more, err = c.traces(ctx, tx)
			return err
		})
		if err == nil {
			err = told(Progress{Stage: "capture", Done: out.Traces + out.Feedback})
		}
		if err != nil {
			return out, err
		}
	}
	for more := true; more; {
		err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			more, err = c.feedback(ctx, tx)
			return err
		})
		if err == nil {
			err = told(Progress{Stage: "capture", Done: out.Traces + out.Feedback})
		}
		if err != nil {
			return out, err
		}
	}
	if out.Samples == 0 {
		return out, nil
	}
	return out, s.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.capture", Object: sc.Space(), Detail: map[string]any{"traces": out.Traces, "feedback": out.Feedback, "samples": out.Samples}})
	})
}

// A capture is one run over a space.
type capture struct {
	sets *Sets
	sc   scope.Scope
	out  *Captured

	after string // the last trace that was looked at
	since int64  // when the last feedback was given, and of which
	last  string
}

// policy is what the space says now; that nothing may be learned is an error.
func (c *capture) policy(ctx context.Context, tx *store.Tx) (trace.Policy, error) {
	p, err := trace.PolicyOf(ctx, tx, c.sc.Space())
	if err == nil && (!p.Learn || p.Record != trace.Everything) {
		err = errNoConsent()
	}
	return p, err
}

// cursor reads how far earlier runs came.
func (c *capture) cursor(ctx context.Context, tx *store.Tx) (after string, since int64, err error) {
	err = tx.QueryRow(ctx, `SELECT trace, feedback FROM sample_cursor WHERE space = $1`, c.sc.Space()).Scan(&after, &since)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return max(after, c.after), max(since, c.since), err
}

func (c *capture) traces(ctx context.Context, tx *store.Tx) (more bool, err error) {
	policy, err := c.policy(ctx, tx)
	if err != nil {
		return false, err
	}
	after, _, err := c.cursor(ctx, tx)
	if err != nil {
		return false, fmt.Errorf("dataset: capture: %w", err)
	}
	ids, created, err := c.next(ctx, tx, after, policy.LearnSince)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	found, err := trace.Answers(ctx, tx, c.sc, wenyuan.Principal{}, ids)
	if err != nil {
		return false, err
	}
	made, passed := 0, map[string]int{}
	settled := ""
	for i, id := range ids {
		if created[i] < tx.Now-late {
			settled = id
		}
		t, ok := found[id]
		if !ok {
			continue
		}
		n, why, err := c.answer(ctx, tx, t)
		if err != nil {
			return false, err
		}
		if made += n; why != "" {
			passed[why]++
		}
	}
	if settled != "" {
		_, err := tx.Exec(ctx, `INSERT INTO sample_cursor (space, trace) VALUES ($1, $2) ON CONFLICT (space) DO UPDATE SET trace = excluded.trace WHERE sample_cursor.trace < excluded.trace`, c.sc.Space(), settled)
		if err != nil {
			return false, fmt.Errorf("dataset: capture: %w", err)
		}
	}
	tx.After(func() {
		c.after = ids[len(ids)-1]
		c.out.Traces += len(ids)
		c.out.Samples += made
		for why, n := range passed {
			c.out.Passed[why] += n
		}
	})
	return len(ids) == captureBatch, nil
}

// next are the traces behind a cursor, with when they were begun.
func (c *capture) next(ctx context.Context, tx *store.Tx, after string, since int64) (ids []string, created []int64, err error) {
	err = tx.Each(ctx, func(r store.Row) error {
		var id string
		var at int64
		if err := r.Scan(&id, &at); err != nil {
			return err
		}
		ids, created = append(ids, id), append(created, at)
		return nil
	}, fmt.Sprintf(`SELECT id, created FROM trace WHERE space = $1 AND id > $2 AND created >= $3 AND question <> '' ORDER BY id LIMIT %d`, captureBatch), c.sc.Space(), after, since)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: capture: %w", err)
	}
	return ids, created, nil
}

// answer makes a sample of a question with its answer, and says why not. One that somebody disliked
// is none.
func (c *capture) answer(ctx context.Context, tx *store.Tx, t trace.Trace) (made int, why string, err error) {
	switch {
	case t.Refused:
		return 0, "refused", nil
	case strings.TrimSpace(t.Answer.Answer) == "" || t.Question == "":
		return 0, "empty", nil
	}
	var disliked, liked int
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN rating = 'down' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN rating = 'up' THEN 1 ELSE 0 END), 0) FROM feedback WHERE trace = $1`, t.ID).Scan(&disliked, &liked)
	if err != nil {
		return 0, "", fmt.Errorf("dataset: capture: %w", err)
	}
	if disliked > 0 {
		return 0, "disliked", nil
	}
	x, whole, err := c.sample(ctx, tx, t)
	if err != nil || !whole {
		return 0, "withdrawn", err
	}
	x.Origin, x.Row.Kind = Trace, form.Chat
	x.Row.Messages = append(x.Row.Messages, form.Message{Role: form.Assistant, Content: bare(t.Answer)})
	if x.Quality = supported(t.Answer); liked > 0 {
		x.Quality = 1
	}
	return put(ctx, tx, x)
}

// put keeps a sample, and counts it when it was not there before.
func put(ctx context.Context, tx *store.Tx, x Sample) (made int, why string, err error) {
	_, added, err := Put(ctx, tx, x)
	if wenyuan.CodeOf(err) == wenyuan.Invalid || wenyuan.CodeOf(err) == wenyuan.TooLarge {
		return 0, "empty", nil // what was recorded is no row: an answer of markers alone, say
	}
	if added {
		made = 1
	}
	return made, "", err
}

// sample is what all samples of a trace have: what was said before, the question, and whose words and of which documents these
// are. whole is false where words of it were withdrawn.
func (c *capture) sample(ctx context.Context, tx *store.Tx, t trace.Trace) (x Sample, whole bool, err error) {
	x = Sample{Space: t.Space, Trace: t.ID, Conversation: t.Conversation, Principal: t.Principal, Assistant: t.Assistant}
	for _, v := range t.Answer.Versions {
		if v.Kind != "revision" && v.Hash != "" {
			x.Versions = append(x.Versions, v)
		}
	}
	before, err := c.before(ctx, tx, t)
	if err != nil {
		return x, false, err
	}
	ids := []string{t.ID}
	for _, b := range before {
		ids = append(ids, b.ID)
		x.Row.Messages = append(x.Row.Messages, form.Message{Role: form.User, Content: b.Question}, form.Message{Role: form.Assistant, Content: bare(b.Answer)})
	}
	x.Row.Messages = append(x.Row.Messages, form.Message{Role: form.User, Content: t.Question})
	x.Documents, whole, err = documents(ctx, tx, c.sc, ids)
	return x, whole, err
}

// documents are those that traces may have words of. whole is false where one of them was removed.
func documents(ctx context.Context, tx *store.Tx, sc scope.Scope, traces []string) (all []Document, whole bool, err error) {
	args := append([]any{sc.Space()}, store.Args(traces)...)
	whole = true
	all, err = store.List(ctx, tx, func(r store.Row) (d Document, err error) {
		var withdrawn int
		if err := r.Scan(&d.ID, &d.Revision, &withdrawn); err != nil {
			return d, err
		}
		whole = whole && withdrawn == 0
		return d, nil
	}, `SELECT document, MAX(revision), MAX(withdrawn) FROM trace_document WHERE space = $1 AND held = 1 AND trace IN (`+store.Marks(2, len(traces))+`) GROUP BY document ORDER BY document`, args...)
	if err != nil {
		return nil, false, fmt.Errorf("dataset: capture: %w", err)
	}
	return all, whole, nil
}

// before are the turns of a conversation right before an answer, oldest first, as far as they are
// recorded without a gap.
func (c *capture) before(ctx context.Context, tx *store.Tx, t trace.Trace) ([]trace.Trace, error) {
	if t.Conversation == "" {
		return nil, nil
	}
	ids, err := store.Column[string](ctx, tx, fmt.Sprintf(`SELECT trace FROM turn WHERE conversation = $1 AND number < (SELECT number FROM turn WHERE conversation = $1 AND trace = $2) ORDER BY number DESC LIMIT %d`, maxTurns), t.Conversation, t.ID)
	if err != nil {
		return nil, fmt.Errorf("dataset: capture: %w", err)
	}
	found, err := trace.Answers(ctx, tx, c.sc, wenyuan.Principal{}, ids)
	if err != nil {
		return nil, err
	}
	var all []trace.Trace
	for _, id := range ids {
		b, ok := found[id]
		if !ok || b.Withheld() || b.Question == "" || strings.TrimSpace(b.Answer.Answer) == "" || b.Principal != t.Principal {
			break
		}
		all = append(all, b)
	}
	slices.Reverse(all)
	return all, nil
}

var marker = regexp.MustCompile(` ?\[(\d{1,3})\]`)

// bare is an answer without the markers of its citations: who learns from it has no passages to number.
func bare(a wenyuan.Answer) string {
	text := marker.ReplaceAllStringFunc(a.Answer, func(m string) string {
		n, err := strconv.Atoi(strings.Trim(m, " []"))
		if err == nil && slices.ContainsFunc(a.Citations, func(c wenyuan.Citation) bool { return c.N == n }) {
			return ""
		}
		return m
	})
	return strings.TrimSpace(text)
}

// supported is the share of an answer's sentences that were found supported; 0 where none was looked at.
func supported(a wenyuan.Answer) float64 {
	n := 0
	for _, s := range a.Sentences {
		if s.Verdict == wenyuan.Supported {
			n++
		}
	}
	if len(a.Sentences) == 0 {
		return 0
	}
	return float64(n) / float64(len(a.Sentences))
}
