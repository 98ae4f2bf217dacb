package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// MineJob is the kind of the job in which pairs are made on somebody's order; its key is the id of the run.
const MineJob = "mine"

// A MineRun is somebody's order to make pairs of what people did with answers, and what came of it. It counts
// what that person saw, so nobody else sees it.
type MineRun struct {
	ID       string
	Dry      bool
	State    string // Queued, Running, Done, Stopped or Failed
	Error    string // why it failed, as a message
	At       Progress
	Report   Mined // once it is done
	Created  int64 // UTC microseconds
	Finished int64

	space string
	asker json.RawMessage
}

// mineKept is how many orders of a person are kept in a space, the newest.
const mineKept = 20

// OrderMine has Mine run in the background, as who orders it. While an order of theirs is open there is no
// second one. Needs Review.
func (s *Sets) OrderMine(ctx context.Context, sc scope.Scope, id auth.Identity, dry bool) (run MineRun, err error) {
	if err := mayMine(sc); err != nil {
		return run, err
	}
	asker, err := json.Marshal(id)
	if err != nil {
		return run, fmt.Errorf("dataset: mine: %w", err)
	}
	err = s.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := (&capture{sets: s, sc: sc}).policy(ctx, tx); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM mine_run WHERE space = $1 AND principal = $2 AND state IN ('queued', 'running')`, sc.Space(), id.Principal.ID).Scan(&open); err != nil {
			return fmt.Errorf("dataset: mine: %w", err)
		}
		if open > 0 {
			return &wenyuan.Error{Code: wenyuan.Conflict, Message: "pairs are being made already, as you ordered", Hint: "wait for them, or stop that order"}
		}
		run.ID = store.NewID("min")
		_, err := tx.Exec(ctx, `INSERT INTO mine_run (id, space, principal, asker, dry, state, created) VALUES ($1, $2, $3, $4, $5, 'queued', $6)`, run.ID, sc.Space(), id.Principal.ID, string(asker), number(dry), tx.Now)
		if err == nil {
			_, err = tx.Exec(ctx, fmt.Sprintf(`DELETE FROM mine_run WHERE space = $1 AND principal = $2 AND id NOT IN (SELECT id FROM (SELECT id FROM mine_run WHERE space = $1 AND principal = $2 ORDER BY created DESC, id DESC LIMIT %d) AS newest)`, mineKept), sc.Space(), id.Principal.ID)
		}
		if err != nil {
			return fmt.Errorf("dataset: mine: %w", err)
		}
		if err := s.MineLater(ctx, tx, sc.Space(), run.ID); err != nil {
			return err
		}
		run, err = mineRun(ctx, tx, run.ID)
		return err
	})
	return run, err
}

func mayMine(sc scope.Scope) error {
	if sc.May(scope.Review) {
		return nil
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only a reviewer of the space makes samples of what others asked", Hint: "ask an owner of the space for this role"}
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

const mineColumns = `id, space, asker, dry, stage, done, of_all, data, state, error, created, finished`

func scanMine(row store.Row) (r MineRun, err error) {
	var asker, data string
	var dry int
	if err := row.Scan(&r.ID, &r.space, &asker, &dry, &r.At.Stage, &r.At.Done, &r.At.Of, &data, &r.State, &r.Error, &r.Created, &r.Finished); err != nil {
		return r, err
	}
	if r.asker, r.Dry = json.RawMessage(asker), dry > 0; data == "" {
		return r, nil
	}
	return r, json.Unmarshal([]byte(data), &r.Report)
}

func noMine(id string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("you ordered no pairs under %q", id), Hint: "the list shows what you ordered"}
}

// mineRun finds a run for the work on it; it says nothing to a person.
func mineRun(ctx context.Context, tx *store.Tx, id string) (MineRun, error) {
	r, err := scanMine(tx.QueryRow(ctx, `SELECT `+mineColumns+` FROM mine_run WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, noMine(id)
	}
	if err != nil {
		return r, fmt.Errorf("dataset: mine: %w", err)
	}
	return r, nil
}

// MineRuns lists what somebody ordered, newest first. Needs Review.
func (s *Sets) MineRuns(ctx context.Context, sc scope.Scope, id auth.Identity) (all []MineRun, err error) {
	if err := mayMine(sc); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.List(ctx, tx, scanMine, `SELECT `+mineColumns+` FROM mine_run WHERE space = $1 AND principal = $2 ORDER BY created DESC, id DESC`, sc.Space(), id.Principal.ID)
		return err
	})
	return all, err
}

// MineRun shows how far an order of somebody's own is. Needs Review.
func (s *Sets) MineRun(ctx context.Context, sc scope.Scope, id auth.Identity, run string) (r MineRun, err error) {
	all, err := s.MineRuns(ctx, sc, id)
	if err != nil {
		return r, err
	}
	for _, r := range all {
		if r.ID == run {
			return r, nil
		}
	}
	return r, noMine(run)
}

// StopMine stops an order of somebody's own; what was kept stays. Needs Review.
func (s *Sets) StopMine(ctx context.Context, sc scope.Scope, id auth.Identity, run string) error {
	if _, err := s.MineRun(ctx, sc, id, run); err != nil {
		return err
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error { return endMine(ctx, tx, run, Stopped, "", nil) })
}

// endMine ends a run that is not over.
func endMine(ctx context.Context, tx *store.Tx, id, state, why string, report *Mined) error {
	data := []byte{}
	if report != nil {
		var err error
		if data, err = json.Marshal(report); err != nil {
			return fmt.Errorf("dataset: mine: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE mine_run SET state = $2, error = $3, data = $4, finished = $5 WHERE id = $1 AND state IN ('queued', 'running')`, id, state, why, string(data), tx.Now); err != nil {
		return fmt.Errorf("dataset: mine: %w", err)
	}
	return nil
}

// errMineOver ends the work on a run that somebody stopped, or whose orderer was erased.
var errMineOver = errors.New("dataset: the order to make pairs is over")

// MineWork makes the pairs of an order, for who ordered it, as far as they may at the time. What is kept is kept: called
// again, it begins anew and finds it there. Where it cannot be done the run has failed, and says why.
func (s *Sets) MineWork(ctx context.Context, id string) error {
	var run MineRun
	err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if run, err = mineRun(ctx, tx, id); err == nil {
			_, err = tx.Exec(ctx, `UPDATE mine_run SET state = 'running' WHERE id = $1 AND state = 'queued'`, id)
		}
		return err
	})
	switch {
	case wenyuan.CodeOf(err) == wenyuan.NotFound:
		return nil
	case err != nil || run.State != Queued && run.State != Running:
		return err
	}
	var report Mined
	err = s.as(ctx, run.asker, run.space, mayMine, func(ctx context.Context, sc scope.Scope, _ auth.Identity, _ *auth.Watch) (err error) {
		report, err = s.Mine(ctx, sc, run.Dry, s.mineTold(ctx, id))
		return err
	})
	if errors.Is(err, errMineOver) || err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	state, why := Done, ""
	if err != nil {
		s.Log.Warn("pairs were not made", "run", id, "error", err)
		state, why = Failed, err.Error()
		if e, ok := errors.AsType[*wenyuan.Error](err); ok {
			why = e.Message
		}
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error { return endMine(ctx, tx, id, state, why, &report) })
}

// mineEvery is how often it is kept how far a run is.
const mineEvery = 250 * time.Millisecond

// mineTold keeps how far a run is, and ends the work on one that is over.
func (s *Sets) mineTold(ctx context.Context, id string) func(Progress) error {
	var last time.Time
	return func(p Progress) error {
		if err := ctx.Err(); err != nil || time.Since(last) < mineEvery {
			return err
		}
		last = time.Now()
		return s.Store.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE mine_run SET stage = $2, done = $3, of_all = $4 WHERE id = $1 AND state = 'running'`, id, p.Stage, p.Done, p.Of)
			if err == nil && n == 0 {
				err = errMineOver
			}
			return err
		})
	}
}
