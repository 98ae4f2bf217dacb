// Package job does work in the background that must not be lost: a durable queue in
// the same database as the data, so that a job is there exactly when the transaction
// that asked for it is.
//
// A job runs until it is done. When its process dies, another takes it over: at
// the next start with SQLite, where the lock on the data folder proves that the holder
// is dead; when its lease ends with PostgreSQL. A handler may therefore run more than once for
// one job. A stranger would break that first: what a handler writes must either bear
// being written twice, or stand in one transaction with Job.Finish, which is then
// done exactly once.
package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"wenyuan"
	"wenyuan/store"
)

// A State is where a job stands.
type State string

const (
	Queued  State = "queued"  // waits for a worker, or for its next attempt
	Running State = "running" // a worker has it
	Done    State = "done"
	Failed  State = "failed" // given up; Error says why
)

// A Job is a piece of work.
type Job struct {
	ID       string          `json:"id"`
	Space    string          `json:"space"`
	Kind     string          `json:"kind"` // which handler
	Key      string          `json:"key"`  // at most one open job of a kind in a space has it; "" is no key
	Payload  json.RawMessage `json:"payload"`
	Priority int             `json:"priority"` // higher ones first; equal ones in the order they came
	State    State           `json:"state"`
	Attempts int             `json:"attempts"` // begun so far
	Error    string          `json:"error"`    // of the last attempt that failed, for the operator
	Progress json.RawMessage `json:"progress"` // what the handler reported last
	Created  int64           `json:"created"`  // UTC microseconds since 1970
	Finished int64           `json:"finished"` // 0 while open

	lease *lease // set while a handler runs it
}

// MaxPayload is the most bytes that a payload may have. Large things belong in tables or
// blobs, and the payload names them.
const MaxPayload = 64 << 10

// Enqueue puts a job into the queue, in the caller's transaction, and gives its ID. If
// an open job has the same key, no second one comes to be: a waiting one takes the new
// payload and the higher priority; a running one is run again with the new payload when
// it is through, because it may have looked too early.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, j Job) (string, error) {
	if j.Space == "" || j.Kind == "" {
		return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: "a job needs a space and a kind", Hint: "give both"}
	}
	if len(j.Payload) == 0 {
		j.Payload = json.RawMessage("null")
	}
	if len(j.Payload) > MaxPayload {
		return "", &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the payload of a job %q has %d bytes, more than %d", j.Kind, len(j.Payload), MaxPayload), Hint: "keep it in a table or a blob, and name it in the payload"}
	}
	var id string
	err := tx.QueryRow(ctx, `INSERT INTO job (id, space, kind, key, payload, state, priority, run_after, created) VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $7)
		ON CONFLICT (space, kind, key) WHERE key <> '' AND state IN ('queued', 'running') DO UPDATE SET
			payload = excluded.payload,
			priority = CASE WHEN excluded.priority > job.priority THEN excluded.priority ELSE job.priority END,
			again = CASE WHEN job.state = 'running' THEN 1 ELSE 0 END,
			attempts = CASE WHEN job.state = 'running' THEN job.attempts ELSE 0 END,
			run_after = excluded.run_after
		RETURNING id`, store.NewID("job"), j.Space, j.Kind, j.Key, j.Payload, j.Priority, tx.Now).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("job: enqueue %s: %w", j.Kind, err)
	}
	tx.After(func() {
		q.hindered(nil)
		q.wake()
	})
	return id, nil
}

const columns = `id, space, kind, key, payload, priority, state, attempts, error, progress, created, finished`

func scan(r store.Row) (j Job, err error) {
	var payload, progress string
	err = r.Scan(&j.ID, &j.Space, &j.Kind, &j.Key, &payload, &j.Priority, &j.State, &j.Attempts, &j.Error, &progress, &j.Created, &j.Finished)
	j.Payload, j.Progress = json.RawMessage(payload), json.RawMessage(progress)
	return j, err
}

// Get finds a job of a space.
func Get(ctx context.Context, tx *store.Tx, space, id string) (Job, error) {
	j, err := scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM job WHERE id = $1 AND space = $2`, id, space))
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no job %q", id), Hint: "finished jobs are forgotten after a week"}
	}
	if err != nil {
		return Job{}, fmt.Errorf("job: get %s: %w", id, err)
	}
	return j, nil
}

// A Filter says which jobs are meant; an empty field means all.
type Filter struct {
	Space  string
	Kind   string
	Except string // a kind that is not meant
	Keys   []string
	States []State
}

// List shows jobs, the newest first, at most limit.
func List(ctx context.Context, tx *store.Tx, f Filter, limit int) ([]Job, error) {
	where, args := f.where()
	all, err := store.List(ctx, tx, scan, fmt.Sprintf(`SELECT %s FROM job WHERE %s ORDER BY id DESC LIMIT %d`, columns, where, limit), args...)
	if err != nil {
		return nil, fmt.Errorf("job: list: %w", err)
	}
	return all, nil
}

// where is the filter as a condition.
func (f Filter) where() (string, []any) {
	where, args := "1 = 1", []any{}
	add := func(column string, values ...any) {
		where += fmt.Sprintf(" AND %s IN (%s)", column, store.Marks(len(args)+1, len(values)))
		args = append(args, values...)
	}
	if f.Space != "" {
		add("space", f.Space)
	}
	if f.Kind != "" {
		add("kind", f.Kind)
	}
	if f.Except != "" {
		args = append(args, f.Except)
		where += fmt.Sprintf(" AND kind <> $%d", len(args))
	}
	if len(f.Keys) > 0 {
		add("key", store.Args(f.Keys)...)
	}
	if len(f.States) > 0 {
		add("state", store.Args(f.States)...)
	}
	return where, args
}
