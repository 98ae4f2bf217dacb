// Package record keeps what was asked in evaluations, and what came out: runs, with one row for each
// item from the beginning, so that a run that was ended goes on where it was and nothing is asked twice.
//
// Answers may have words of documents and of people. They are read with a scope, and go when a
// document or a person goes; the counts stay. A stranger would break that first, by a copy of an
// answer elsewhere.
package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A State says where a run stands.
type State string

// The states.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Stopped State = "stopped" // by somebody; it may be gone on with
	Failed  State = "failed"  // the subject could not be asked; it may be gone on with
)

// Options are how a set is asked.
type Options struct {
	Sample    int    `json:"sample,omitempty" doc:"items of the set, evenly drawn; 0 is all"`
	Seed      uint64 `json:"seed,omitempty" doc:"of what is drawn and made"`
	Parallel  int    `json:"parallel,omitempty" doc:"items under way at once"`
	MaxTokens int    `json:"max_tokens,omitempty" doc:"of one answer of a model"`
	Judge     string `json:"judge,omitempty" doc:"a model that compares answers with the reference, where an item has no exact check"`
	JudgeHash string `json:"judge_hash,omitempty" doc:"version of its declaration; filled in"`
}

// A Run is one subject asked one set.
type Run struct {
	ID        string          `json:"id"`
	Space     string          `json:"-"`
	Principal string          `json:"principal" doc:"id of who began it"`
	Asker     json.RawMessage `json:"-"` // by what they came
	Subject   wenyuan.Version `json:"subject"`
	Set       string          `json:"set"`
	SetHash   string          `json:"set_hash"`
	Report    string          `json:"report,omitempty" doc:"the gate's report that it is part of"`
	Options   Options         `json:"options"`
	State     State           `json:"state" enum:"queued,running,done,stopped,failed"`
	Error     string          `json:"error,omitempty"`
	Created   int64           `json:"created" doc:"UTC microseconds"`
	Finished  int64           `json:"finished,omitempty"`
	Trust     *Trust          `json:"trust,omitempty" doc:"how well its judge agrees with people; null where that was not measured"`
	Counts
}

// A Trust is how well a judge agrees with people on whether evidence carries a claim, where that was measured of the
// version that is asked.
type Trust struct {
	Kappa float64 `json:"kappa" doc:"Cohen's kappa, -1 to 1"`
	N     int     `json:"n" doc:"sentences that both judged"`
}

// Counts are what came out so far.
type Counts struct {
	Items     int     `json:"items"`
	Done      int     `json:"done"`
	Right     int     `json:"right"`
	Refused   int     `json:"refused"`
	Broken    int     `json:"broken" doc:"answers that are none: empty, failed, repeats, garbled"`
	Judged    int     `json:"judged,omitempty" doc:"answers that a judge compared with the reference"`
	Swayed    int     `json:"swayed,omitempty" doc:"of these, on which its opinion hung on the order: ties"`
	Score     float64 `json:"score" doc:"on average, 0 to 1"`
	TokensIn  int64   `json:"tokens_in"`
	TokensOut int64   `json:"tokens_out"`
	Money     float64 `json:"money,omitempty"`
	Currency  string  `json:"currency,omitempty"`
	Took      int64   `json:"took_us" doc:"of all answers together, microseconds"`
}

const runColumns = `id, space, principal, asker, subject_kind, subject_name, subject_hash, set_name, set_hash, report, options, state, error, created, finished`

func scanRun(row store.Row) (r Run, err error) {
	var asker, options string
	err = row.Scan(&r.ID, &r.Space, &r.Principal, &asker, &r.Subject.Kind, &r.Subject.Name, &r.Subject.Hash, &r.Set, &r.SetHash, &r.Report, &options, &r.State, &r.Error, &r.Created, &r.Finished)
	if err == nil {
		r.Asker, err = json.RawMessage(asker), json.Unmarshal([]byte(options), &r.Options)
	}
	return r, err
}

// Begin keeps a run with its items, queued, and gives its id.
func Begin(ctx context.Context, tx *store.Tx, r Run, items []item.Item) (string, error) {
	options, err := json.Marshal(r.Options)
	if err != nil {
		return "", fmt.Errorf("record: %w", err)
	}
	r.ID = store.NewID("run")
	_, err = tx.Exec(ctx, `INSERT INTO eval_run (`+runColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', '', $12, 0)`,
		r.ID, r.Space, r.Principal, string(r.Asker), r.Subject.Kind, r.Subject.Name, r.Subject.Hash, r.Set, r.SetHash, r.Report, string(options), tx.Now)
	if err != nil {
		return "", fmt.Errorf("record: begin: %w", err)
	}
	for n, i := range items {
		b, err := json.Marshal(i)
		if err != nil {
			return "", fmt.Errorf("record: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO eval_item (run, number, item, sample, slice) VALUES ($1, $2, $3, $4, $5)`, r.ID, n, string(b), i.Sample, i.Slice); err != nil {
			return "", fmt.Errorf("record: begin: %w", err)
		}
	}
	return r.ID, nil
}

// Get finds a run for the work on it; it says nothing to a person.
func Get(ctx context.Context, tx *store.Tx, id string) (Run, error) {
	r, err := scanRun(tx.QueryRow(ctx, `SELECT `+runColumns+` FROM eval_run WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Run{}, unknown(id)
	}
	if err != nil {
		return Run{}, fmt.Errorf("record: %w", err)
	}
	r.Counts, err = count(ctx, tx, id)
	return r, err
}

func unknown(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no evaluation %q", id), Hint: "wenyuan eval list shows them"}
}

func count(ctx context.Context, tx *store.Tx, run string) (c Counts, err error) {
	var score, money int64
	err = tx.QueryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN answered > 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(correct), 0), COALESCE(SUM(refused), 0),
		COALESCE(SUM(CASE WHEN broken <> '' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN judged <> '' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN judged = 'swayed' THEN 1 ELSE 0 END), 0), COALESCE(SUM(score), 0), COALESCE(SUM(tokens_in), 0), COALESCE(SUM(tokens_out), 0), COALESCE(SUM(money), 0), COALESCE(MAX(currency), ''), COALESCE(SUM(took), 0)
		FROM eval_item WHERE run = $1`, run).Scan(&c.Items, &c.Done, &c.Right, &c.Refused, &c.Broken, &c.Judged, &c.Swayed, &score, &c.TokensIn, &c.TokensOut, &money, &c.Currency, &c.Took)
	if err != nil {
		return c, fmt.Errorf("record: count: %w", err)
	}
	c.Money = float64(money) / 1e6
	if c.Done > 0 {
		c.Score = float64(score) / 1e6 / float64(c.Done)
	}
	return c, nil
}

// Find finds a run of a space for somebody who edits or reviews in it: what was asked whom, and how
// many answers were right. It holds no word of an answer.
func Find(ctx context.Context, tx *store.Tx, sc scope.Scope, id string) (Run, error) {
	if err := Looks(sc); err != nil {
		return Run{}, err
	}
	r, err := Get(ctx, tx, id)
	if err == nil && r.Space != sc.Space() {
		return Run{}, unknown(id)
	}
	return r, err
}

// Looks refuses who may not look at evaluations.
func Looks(sc scope.Scope) error {
	if sc.May(scope.Edit) || sc.May(scope.Review) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only who edits or reviews in a space may look at its evaluations", Hint: "ask an owner of the space for the role of an editor"}
}

// MaxList is how many runs are listed at once.
const MaxList = 200

// List gives the runs of a space, newest first, without those that are part of a gate's report.
func List(ctx context.Context, tx *store.Tx, sc scope.Scope, limit int) ([]Run, error) {
	if err := Looks(sc); err != nil {
		return nil, err
	}
	if limit < 1 || limit > MaxList {
		limit = MaxList
	}
	return runs(ctx, tx, `SELECT `+runColumns+` FROM eval_run WHERE space = $1 AND report = '' ORDER BY created DESC, id DESC LIMIT $2`, sc.Space(), limit)
}

// Of gives the runs of a gate's report, for the work on it.
func Of(ctx context.Context, tx *store.Tx, report string) ([]Run, error) {
	return runs(ctx, tx, `SELECT `+runColumns+` FROM eval_run WHERE report = $1 ORDER BY id`, report)
}

func runs(ctx context.Context, tx *store.Tx, query string, args ...any) ([]Run, error) {
	all, err := store.List(ctx, tx, scanRun, query, args...)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	for i := range all {
		if all[i].Counts, err = count(ctx, tx, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Open finds a run of the same person, subject, set and options that is not done, to go on with.
func Open(ctx context.Context, tx *store.Tx, r Run) (id string, ok bool, err error) {
	options, err := json.Marshal(r.Options)
	if err != nil {
		return "", false, fmt.Errorf("record: %w", err)
	}
	err = tx.QueryRow(ctx, `SELECT id FROM eval_run WHERE space = $1 AND principal = $2 AND subject_kind = $3 AND subject_hash = $4 AND set_hash = $5 AND options = $6 AND report = $7 AND state <> 'done' ORDER BY created DESC LIMIT 1`,
		r.Space, r.Principal, r.Subject.Kind, r.Subject.Hash, r.SetHash, string(options), r.Report).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("record: %w", err)
	}
	return id, true, nil
}

// Move says where a run stands now. One that is done stays so, and one that was stopped is not failed
// by what the stop broke off.
func Move(ctx context.Context, tx *store.Tx, id string, to State, why string) error {
	finished := int64(0)
	if to == Done || to == Failed || to == Stopped {
		finished = tx.Now
	}
	_, err := tx.Exec(ctx, `UPDATE eval_run SET state = $2, error = $3, finished = $4 WHERE id = $1 AND state <> 'done' AND NOT (state = 'stopped' AND $2 IN ('failed', 'running'))`, id, string(to), why, finished)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}
