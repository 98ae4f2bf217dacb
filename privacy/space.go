package privacy

import (
	"context"
	"fmt"
	"math"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
)

// inTheWay is what somebody put into a space on purpose, and takes away by themselves before the
// space can go. The statements count it.
var inTheWay = []struct{ count, message, hint string }{
	{`SELECT COUNT(*) FROM document WHERE space = $1`, "the space %q has %d documents",
		"remove them first: wenyuan list shows the documents of a corpus, wenyuan remove takes them out"},
	{`SELECT COUNT(*) FROM job WHERE space = $1 AND kind = 'ingest' AND state IN ('queued', 'running')`, "the space %q still takes in %d uploads", "try again when they are done"},
	{`SELECT COUNT(*) FROM channel WHERE space = $1`, "the space %q has %d channels", "close them first: wenyuan channel list, wenyuan channel remove"},
	{`SELECT COUNT(*) FROM label WHERE space = $1 AND kind = 'assistant'`, "the space %q has %d assistants",
		"take them out of use first: wenyuan assistant list, wenyuan assistant remove"},
	{`SELECT COUNT(*) FROM label WHERE space = $1 AND kind = 'model'`, "the space %q has %d models of its own", "remove them first: wenyuan model list, wenyuan model remove"},
}

// remnants are what is left of a space then: of no use without it, and of nobody's reach.
var remnants = []string{
	`DELETE FROM turn WHERE space = $1`,
	`DELETE FROM memory WHERE space = $1`,
	`DELETE FROM conversation WHERE space = $1`,
	`DELETE FROM change WHERE space = $1`,
	`DELETE FROM job WHERE space = $1`,
	`DELETE FROM judge_made WHERE item IN (SELECT i.id FROM judge_item i JOIN judge_task t ON t.id = i.task WHERE t.space = $1)`,
	`DELETE FROM judge_judgement WHERE item IN (SELECT i.id FROM judge_item i JOIN judge_task t ON t.id = i.task WHERE t.space = $1)`,
	`DELETE FROM judge_lease WHERE item IN (SELECT i.id FROM judge_item i JOIN judge_task t ON t.id = i.task WHERE t.space = $1)`,
	`DELETE FROM judge_item_sample WHERE item IN (SELECT i.id FROM judge_item i JOIN judge_task t ON t.id = i.task WHERE t.space = $1)`,
	`DELETE FROM judge_item WHERE task IN (SELECT id FROM judge_task WHERE space = $1)`,
	`DELETE FROM judge_person WHERE task IN (SELECT id FROM judge_task WHERE space = $1)`,
	`DELETE FROM judge_task WHERE space = $1`,
	`DELETE FROM sample_person WHERE sample IN (SELECT id FROM sample WHERE space = $1)`,
	`DELETE FROM sample_document WHERE sample IN (SELECT id FROM sample WHERE space = $1)`,
	`DELETE FROM sample_version WHERE sample IN (SELECT id FROM sample WHERE space = $1)`,
	`DELETE FROM sample_trace WHERE sample IN (SELECT id FROM sample WHERE space = $1)`,
	`DELETE FROM instruct_run WHERE space = $1`,
	`DELETE FROM mine_run WHERE space = $1`,
	`DELETE FROM sample WHERE space = $1`,
	`DELETE FROM sample_cursor WHERE space = $1`,
	`DELETE FROM dataset_row WHERE space = $1`,
	`DELETE FROM dataset_build WHERE space = $1`,
	`DELETE FROM edge WHERE space = $1`,
	`DELETE FROM label WHERE space = $1`,
	`DELETE FROM label_split WHERE space = $1`,
	`DELETE FROM label_move WHERE space = $1`,
	`DELETE FROM label_ready WHERE space = $1`,
	`DELETE FROM version WHERE space = $1`,
	`DELETE FROM guard_incident WHERE space = $1`,
	`DELETE FROM guard_case WHERE space = $1`,
	`DELETE FROM guard_attack WHERE space = $1`,
	`DELETE FROM guard_token WHERE space = $1`,
	`DELETE FROM guard_key WHERE space = $1`,
	`DELETE FROM eval_item_document WHERE run IN (SELECT id FROM eval_run WHERE space = $1)`,
	`DELETE FROM eval_item WHERE run IN (SELECT id FROM eval_run WHERE space = $1)`,
	`DELETE FROM eval_run WHERE space = $1`,
	`DELETE FROM release_point WHERE release IN (SELECT id FROM release WHERE space = $1)`,
	`DELETE FROM release_tally WHERE release IN (SELECT id FROM release WHERE space = $1)`,
	`DELETE FROM release WHERE space = $1`,
	`DELETE FROM train_metric WHERE run IN (SELECT id FROM train_run WHERE space = $1)`,
	`DELETE FROM train_run WHERE space = $1`,
	`DELETE FROM gate_report WHERE space = $1`,
	`DELETE FROM gate_waiver WHERE space = $1`,
	`DELETE FROM corpus WHERE space = $1`,
	`DELETE FROM limit_rule WHERE space = $1 OR kind = 'space' AND subject = $1`,
	`DELETE FROM limit_use WHERE space = $1 OR kind = 'space' AND subject = $1`,
	`DELETE FROM limit_lease WHERE space = $1 OR kind = 'space' AND subject = $1`,
	`DELETE FROM usage_hour WHERE space = $1`,
	`DELETE FROM cache_near WHERE space = $1`,
	`DELETE FROM cache_entry WHERE space = $1`,
	`DELETE FROM cache_made WHERE space = $1`,
}

// RemoveSpace removes the space of the scope with everything that is left of it: conversations,
// what was to be remembered in it, the records of its questions with what people think of them,
// prompts, earlier versions, limits, and corpora without documents. What the audit says of it
// stays. It is Conflict while there are documents, channels, assistants in use or models of its
// own, and for main. Needs Operate.
func (k *Keeper) RemoveSpace(ctx context.Context, sc scope.Scope) error {
	err := k.Auth.RemoveSpace(ctx, sc, func(tx *store.Tx, name string) (any, error) {
		for _, w := range inTheWay {
			var n int
			if err := tx.QueryRow(ctx, w.count, sc.Space()).Scan(&n); err != nil {
				return nil, fmt.Errorf("privacy: remove a space: %w", err)
			}
			if n > 0 {
				return nil, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf(w.message, name, n), Hint: w.hint}
			}
		}
		return k.forget(ctx, tx, sc.Space())
	})
	if err != nil {
		return err
	}
	if k.Removed != nil {
		k.Removed(sc.Space())
	}
	if _, err := k.Store.Overwrite(ctx); err != nil {
		k.Log.Warn("what was erased may stand in the database's log until that is written anew", "reason", err)
	}
	return nil
}

// forget takes away what is left of a space, and says of how many conversations and records.
func (k *Keeper) forget(ctx context.Context, tx *store.Tx, space string) (any, error) {
	var gone struct {
		Conversations int64 `json:"conversations"`
		Traces        int64 `json:"traces"`
	}
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM conversation WHERE space = $1`, space).Scan(&gone.Conversations)
	if err != nil {
		return nil, fmt.Errorf("privacy: remove a space: %w", err)
	}
	if gone.Traces, err = trace.Expire(ctx, tx, space, math.MaxInt64, math.MaxInt32); err != nil {
		return nil, err
	}
	for _, q := range remnants {
		if _, err := tx.Exec(ctx, q, space); err != nil {
			return nil, fmt.Errorf("privacy: remove a space: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'limit'`)
	return gone, err
}
