// Package trace keeps what happened when a question was answered: the answer with the
// versions it was made from, each step with its time, and every document that had a
// part in it.
//
// A trace is for whoever asked, and for who may review. It is never shown to somebody who may not
// see all of its documents, whether they were cited or only looked at and dropped, and it shows
// nothing of a document that was removed since (Withdraw says what goes and what stays). How much
// is kept at all is said by the space (Policy). A stranger would break that first: what a
// step records in Detail must name each document under the key "document", as the
// root words do, because Save finds the documents of a trace by it.
package trace

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A Trace is the record of one answer.
type Trace struct {
	ID           string         `json:"id"`
	Space        string         `json:"space"`
	Corpus       string         `json:"corpus"`
	Assistant    string         `json:"assistant"`
	Principal    string         `json:"principal"`
	Conversation string         `json:"conversation,omitempty"` // that the question was part of
	Question     string         `json:"question"`
	Created      int64          `json:"created"` // UTC microseconds since 1970
	Took         int64          `json:"took_us"` // microseconds
	Refused      bool           `json:"refused"`
	Cut          bool           `json:"cut,omitempty"`       // parts were left out because the record would have been too large
	Withdrawn    int            `json:"withdrawn,omitempty"` // documents that were removed since; what the trace held of them is gone
	Private      bool           `json:"private,omitempty"`   // what was told of somebody else's conversation is left out
	Answer       wenyuan.Answer `json:"answer"`
	Steps        []Step         `json:"steps"`

	Record Record `json:"-"` // no more than this is kept of it; "" for what the space says
}

// A Step is one stage on the road to the answer.
type Step struct {
	Name    string `json:"name"`
	Start   int64  `json:"start_us,omitempty"` // when it began, microseconds after the question came
	Took    int64  `json:"took_us"`            // microseconds
	Summary string `json:"summary"`            // one line for people
	Detail  any    `json:"detail,omitempty"`
}

// NewID is the identifier of a new trace; later ones sort behind earlier ones.
func NewID() string { return store.NewID("trc") }

// Save keeps a trace, or as much of it as the space says. It is written once; saving the same ID
// again is an error. What is too large is left out: the end of the question, details of steps, and
// of the passages first those of documents that are not cited.
func Save(ctx context.Context, tx *store.Tx, t Trace) error {
	if t.ID == "" || t.Space == "" {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a trace needs an id and a space", Hint: "give both"}
	}
	policy, err := PolicyOf(ctx, tx, t.Space)
	if err != nil {
		return err
	}
	if t.Record = policy.Record.And(t.Record); t.Record == Nothing {
		return nil
	}
	question, long := clip(t.Question, maxQuestion)
	t.Question, t.Cut = question, t.Cut || long
	documents, err := documentsOf(t)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	if t.Record == Metadata {
		t = t.bare()
	}
	answer, steps, cut, err := encode(t)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO trace (id, space, corpus, assistant, principal, conversation, question, created, took, refused, cut, answer, steps)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		t.ID, t.Space, t.Corpus, t.Assistant, t.Principal, t.Conversation, t.Question, t.Created, t.Took, t.Refused, cut, answer, steps)
	if err != nil {
		return fmt.Errorf("trace: save %s: %w", t.ID, err)
	}
	for _, d := range documents {
		_, err := tx.Exec(ctx, `INSERT INTO trace_document (trace, document, revision, space, cited, held) VALUES ($1, $2, $3, $4, $5, $6)`,
			t.ID, d.document, d.revision, t.Space, d.cited, d.held)
		if err != nil {
			return fmt.Errorf("trace: save %s: %w", t.ID, err)
		}
	}
	return nil
}

// Get finds a trace for p. One of somebody else where the scope may not review, or that names a
// document which it does not see, is NotFound, as if it were not there. What a model was told of the conversation and of what was to
// be remembered is shown to the person alone whose question it was.
func Get(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, id string) (Trace, error) {
	var steps string
	t, err := one(tx.QueryRow(ctx, `SELECT `+columns+`, answer, steps FROM trace t WHERE id = $1`, id), &steps)
	if errors.Is(err, sql.ErrNoRows) {
		return Trace{}, notFound(id)
	}
	if err != nil {
		return Trace{}, fmt.Errorf("trace: get %s: %w", id, err)
	}
	seen, err := Visible(ctx, tx, sc, p, []string{id})
	if err != nil {
		return Trace{}, err
	}
	if !seen[id] {
		return Trace{}, notFound(id)
	}
	if err := json.Unmarshal([]byte(steps), &t.Steps); err != nil {
		return Trace{}, fmt.Errorf("trace: decode the steps of %s: %w", id, err)
	}
	return t.readBy(p), nil
}

// telling are the steps that may hold what was said before the question, or what the person
// asked to be remembered. Such a trace has a step "history", and one of a visitor, who is nobody
// to the house, a step "channel".
var telling = []string{"rewrite", "expand", "judge", "prompt", "generate"}

// readBy leaves out what only the person who asked may read.
func (t Trace) readBy(p wenyuan.Principal) Trace {
	has := func(name string) bool {
		return slices.ContainsFunc(t.Steps, func(s Step) bool { return s.Name == name })
	}
	if t.Principal == p.ID || !has("history") || has("channel") {
		return t
	}
	t.Private, t.Conversation, t.Answer.Conversation = true, "", ""
	for i, s := range t.Steps {
		if slices.Contains(telling, s.Name) {
			t.Steps[i].Summary, t.Steps[i].Detail = "", nil
		}
	}
	return t
}

// columns are those of a trace without answer and steps.
const columns = `t.id, t.space, t.corpus, t.assistant, t.principal, t.conversation, t.question, t.created, t.took, t.refused, t.cut,
	(SELECT COUNT(*) FROM trace_document w WHERE w.trace = t.id AND w.withdrawn = 1)`

func (t *Trace) row() []any {
	return []any{&t.ID, &t.Space, &t.Corpus, &t.Assistant, &t.Principal, &t.Conversation, &t.Question, &t.Created, &t.Took, &t.Refused, &t.Cut, &t.Withdrawn}
}

// one reads a row that ends with the answer and what more is asked for.
func one(row store.Row, more ...any) (t Trace, err error) {
	var answer string
	if err := row.Scan(append(append(t.row(), &answer), more...)...); err != nil {
		return Trace{}, err
	}
	if err := json.Unmarshal([]byte(answer), &t.Answer); err != nil {
		return Trace{}, fmt.Errorf("decode the answer of %s: %w", t.ID, err)
	}
	if t.Question == "" {
		t.Answer.Notice = unrecorded
	}
	t.Answer.Notice += t.since()
	return t, nil
}

// unrecorded is what a reader is told of a trace without words; in which language was asked is not
// known either.
const unrecorded = "Neither the question nor the answer was recorded. 问题和回答都没有记录。"

// Answers finds those of the named traces that p may see by the scope, without their steps.
func Answers(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal, ids []string) (map[string]Trace, error) {
	out := make(map[string]Trace, len(ids))
	seen, err := Visible(ctx, tx, sc, p, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !seen[id] {
			continue
		}
		t, err := one(tx.QueryRow(ctx, `SELECT `+columns+`, answer FROM trace t WHERE id = $1 AND space = $2`, id, sc.Space()))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("trace: answers: %w", err)
		}
		out[id] = t
	}
	return out, nil
}

func notFound(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no trace %q", id), Hint: "the trace's id stands in the answer; list them with: wenyuan trace --document ID"}
}
