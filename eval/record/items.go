package record

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// maxOutput is how many bytes of an answer are kept.
const maxOutput = 32 << 10

// A Numbered is an item at its place in a run.
type Numbered struct {
	Number int
	item.Item
}

// Unanswered gives the items of a run that were not answered yet, in order, for the work on it. One
// whose sample was erased is left out.
func Unanswered(ctx context.Context, tx *store.Tx, run string) ([]Numbered, error) {
	out, err := store.List(ctx, tx, func(r store.Row) (n Numbered, err error) {
		var raw string
		if err := r.Scan(&n.Number, &raw); err != nil {
			return n, err
		}
		if err := json.Unmarshal([]byte(raw), &n.Item); err != nil {
			return n, err
		}
		return n, nil
	}, `SELECT number, item FROM eval_item WHERE run = $1 AND answered = 0 AND item <> '' ORDER BY number`, run)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return out, nil
}

// Keep keeps an answer with what is thought of it. took is in microseconds. The first answer stays.
func Keep(ctx context.Context, tx *store.Tx, run string, number int, s item.Said, o item.Outcome, took int64) error {
	text := s.Text
	if s.Failed != "" {
		text = s.Failed
	}
	if len(text) > maxOutput {
		text = strings.ToValidUTF8(text[:maxOutput], "")
	}
	text = strings.ReplaceAll(text, "\x00", "\ufffd")
	n, err := tx.Exec(ctx, `UPDATE eval_item SET answered = $3, score = $4, correct = $5, refused = $6, broken = $7, output = $8, tokens_in = $9, tokens_out = $10, money = $11, currency = $12, took = $13, judged = $14
		WHERE run = $1 AND number = $2 AND answered = 0 AND item <> ''`,
		run, number, tx.Now, int64(o.Score*1e6+0.5), bit(o.Right), bit(o.Refused), o.Broken, strings.ToValidUTF8(text, "\ufffd"), s.Usage.Prompt, s.Usage.Completion, int64(s.Usage.Cost*1e6+0.5), s.Usage.Currency, took, o.Judged)
	if err != nil || n == 0 {
		return wrapped("keep", err)
	}
	for _, d := range s.Documents {
		if _, err := tx.Exec(ctx, `INSERT INTO eval_item_document (run, number, document) VALUES ($1, $2, $3) ON CONFLICT (run, number, document) DO NOTHING`, run, number, d); err != nil {
			return wrapped("keep", err)
		}
	}
	return nil
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("record: %s: %w", what, err)
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An Answered is an item with what was answered.
type Answered struct {
	Number    int       `json:"number"`
	Item      item.Item `json:"item"`
	Answered  int64     `json:"answered" doc:"UTC microseconds"`
	Output    string    `json:"output"`
	Hidden    bool      `json:"hidden,omitempty" doc:"what was asked and answered is not for the one who looks, or was erased"`
	TokensIn  int       `json:"tokens_in"`
	TokensOut int       `json:"tokens_out"`
	Took      int64     `json:"took_us"`
	item.Outcome
}

// Answers are those of a run, with no words: how each item came out, for the work on a report.
func Answers(ctx context.Context, tx *store.Tx, run string) ([]Answered, error) {
	return answers(ctx, tx, `SELECT number, item, slice, answered, score, correct, refused, broken, judged, '', tokens_in, tokens_out, took FROM eval_item WHERE run = $1 AND answered > 0 ORDER BY number`, run)
}

// MaxItems is how many items are shown at once.
const MaxItems = 500

// Items shows the items of a run from a number on, with what was answered: to who began it and to who
// reviews in the space, and of each as much as they may see now of what it was answered from.
func Items(ctx context.Context, tx *store.Tx, sc scope.Scope, who wenyuan.Principal, run Run, from, limit int, wrong bool) ([]Answered, error) {
	if run.Space != sc.Space() || Looks(sc) != nil {
		return nil, unknown(run.ID)
	}
	if run.Principal != who.ID && !sc.May(scope.Review) && !sc.May(scope.Own) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "the answers of an evaluation are for who began it and for those who review in the space", Hint: "ask an owner of the space for the role of a reviewer"}
	}
	if limit < 1 || limit > MaxItems {
		limit = MaxItems
	}
	most := 1
	if wrong {
		most = 0
	}
	all, err := answers(ctx, tx, `SELECT number, item, slice, answered, score, correct, refused, broken, judged, output, tokens_in, tokens_out, took FROM eval_item
		WHERE run = $1 AND answered > 0 AND number >= $2 AND correct <= $3 ORDER BY number LIMIT $4`, run.ID, from, most, limit)
	if err != nil {
		return nil, err
	}
	hidden, err := unseen(ctx, tx, sc, run.ID)
	if err != nil {
		return nil, err
	}
	for i, a := range all {
		if hidden[a.Number] || len(a.Item.Messages) == 0 {
			all[i].Item = item.Item{ID: a.Item.ID, Slice: a.Item.Slice, Lang: a.Item.Lang, Scorer: a.Item.Scorer}
			all[i].Output, all[i].Hidden = "", true
		}
	}
	return all, nil
}

// unseen are the items of a run that have a document which the asker does not see.
func unseen(ctx context.Context, tx *store.Tx, sc scope.Scope, run string) (map[int]bool, error) {
	out := map[int]bool{}
	err := tx.Each(ctx, func(r store.Row) error {
		var n int
		var document string
		if err := r.Scan(&n, &document); err != nil {
			return err
		}
		if !sc.Sees(sc.Space(), document) {
			out[n] = true
		}
		return nil
	}, `SELECT number, document FROM eval_item_document WHERE run = $1
		UNION SELECT i.number, d.document FROM eval_item i JOIN sample_document d ON d.sample = i.sample WHERE i.run = $1 AND i.sample <> ''`, run)
	if err != nil {
		return nil, wrapped("items", err)
	}
	return out, nil
}

func answers(ctx context.Context, tx *store.Tx, query string, args ...any) ([]Answered, error) {
	out, err := store.List(ctx, tx, func(r store.Row) (a Answered, err error) {
		var raw, slice string
		var score, right, refused int64
		if err := r.Scan(&a.Number, &raw, &slice, &a.Answered, &score, &right, &refused, &a.Broken, &a.Judged, &a.Output, &a.TokensIn, &a.TokensOut, &a.Took); err != nil {
			return a, err
		}
		if raw != "" {
			if err := json.Unmarshal([]byte(raw), &a.Item); err != nil {
				return a, err
			}
		}
		a.Item.Slice = slice
		a.Score, a.Right, a.Refused = float64(score)/1e6, right == 1, refused == 1
		return a, nil
	}, query, args...)
	if err != nil {
		return nil, wrapped("answers", err)
	}
	return out, nil
}

// Withdraw takes the words of a document out of evaluations. It belongs into the transaction that
// removes the document. Items that are samples go with those (trace.ForgetSamples).
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	_, err := tx.Exec(ctx, `UPDATE eval_item SET item = '', output = '' WHERE run IN (SELECT id FROM eval_run WHERE space = $1) AND
		EXISTS (SELECT 1 FROM eval_item_document d WHERE d.run = eval_item.run AND d.number = eval_item.number AND d.document = $2)`, space, document)
	return wrapped("withdraw", err)
}

// Erase takes somebody out of evaluations: that they began a run or asked for a report, and what was
// answered to them. What came out stays. It says how many were theirs. Items that are samples of
// theirs go with those (trace.ForgetSamples).
func Erase(ctx context.Context, tx *store.Tx, person string) (int64, error) {
	if _, err := tx.Exec(ctx, `UPDATE eval_item SET output = '' WHERE run IN (SELECT id FROM eval_run WHERE principal = $1)`, person); err != nil {
		return 0, wrapped("erase", err)
	}
	n, err := tx.Exec(ctx, `UPDATE eval_run SET principal = '', asker = '', state = CASE WHEN state IN ('queued', 'running') THEN 'stopped' ELSE state END WHERE principal = $1`, person)
	if err != nil {
		return 0, wrapped("erase", err)
	}
	m, err := tx.Exec(ctx, `UPDATE gate_report SET principal = '', asker = '', state = CASE WHEN state IN ('queued', 'running') THEN 'stopped' ELSE state END WHERE principal = $1`, person)
	return n + m, wrapped("erase", err)
}
