package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"wenyuan"
	"wenyuan/limit"
	"wenyuan/store"
)

// ErrLost is why a handler's context ends, and what Finish says, when the job has been
// given to somebody else: this process was silent for longer than the lease.
var ErrLost = errors.New("job: the lease has ended, another process has the job now")

// A lease is a process's right to a job, for a time.
type lease struct {
	by       string
	until    int64 // by the store's clock
	queue    *Queue
	finished atomic.Bool
	progress atomic.Pointer[string] // not yet written
}

// How often a process may die in the middle of a job. The first times may be the
// process's own trouble; a job that kills it over and over again is held back longer and
// longer, so that the program can do other things in between, and is given up in the end.
const (
	freeDeaths = 5
	maxDeaths  = 100
	maxRest    = time.Minute
)

// breakLeases takes over what other openings of this store left running. It is right
// only where the lock on the data folder shows that they are dead.
func (q *Queue) breakLeases(ctx context.Context) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		mine := q.store.Instance() + "."
		return q.takeOver(ctx, tx, fmt.Sprintf(`substr(lease_by, 1, %d) <> $1`, len(mine)), mine)
	}
}

// takeOver puts the running jobs of dead processes back into the queue.
func (q *Queue) takeOver(ctx context.Context, tx *store.Tx, which string, arg any) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE job SET
			deaths = deaths + 1, attempts = attempts - 1, lease_by = '', lease_until = 0,
			state = CASE WHEN deaths + 1 >= %d THEN 'failed' ELSE 'queued' END,
			finished = CASE WHEN deaths + 1 >= %d THEN CAST($2 AS BIGINT) ELSE 0 END,
			error = CASE WHEN deaths + 1 >= %d THEN 'the program died each time it did this job' ELSE error END,
			run_after = CAST($2 AS BIGINT) + CASE WHEN deaths < %d THEN 0 WHEN (deaths - %d) * 1000000 > %d THEN %d ELSE (deaths - %d) * 1000000 END
		WHERE state = 'running' AND %s`, maxDeaths, maxDeaths, maxDeaths, freeDeaths, freeDeaths, maxRest.Microseconds(), maxRest.Microseconds(), freeDeaths, which), arg, tx.Now)
	return err
}

// work does one job and writes down how it went.
func (q *Queue) work(ctx context.Context, j Job) {
	defer q.ended()
	work, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		q.keep(work, j, cancel)
	}()
	err := q.call(work, j)
	lost := errors.Is(context.Cause(work), ErrLost) || errors.Is(err, ErrLost)
	cancel(nil)
	<-kept
	if lost || j.lease.finished.Load() {
		if err != nil {
			q.Log.Warn("job: an error after the end of the job", "kind", j.Kind, "id", j.ID, "lost", lost, "error", err)
		}
		return
	}
	q.settle(ctx, j, err)
}

// call runs the handler; a panic is an error with the place where it happened.
func (q *Queue) call(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return q.handlers[j.Kind](ctx, j, j.lease.report)
}

func (l *lease) report(progress any) {
	raw, err := json.Marshal(progress)
	if err != nil {
		raw, _ = json.Marshal("progress cannot be shown: " + err.Error()) // a string always can
	}
	text := string(raw)
	l.progress.Store(&text)
}

// keep renews the lease and writes the progress down until ctx ends. When the lease is
// lost, or cannot be renewed in time, it ends the work.
func (q *Queue) keep(ctx context.Context, j Job, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(min(time.Second, q.Lease/3))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		left := time.Duration(j.lease.until-q.store.Now()) * time.Microsecond
		progress := j.lease.progress.Swap(nil)
		if progress == nil && left > q.Lease*2/3 {
			continue
		}
		err := q.renew(ctx, j, progress)
		if errors.Is(err, ErrLost) || err != nil && left <= 0 {
			cancel(ErrLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			q.Log.Warn("job: renew the lease", "kind", j.Kind, "id", j.ID, "error", err)
			j.lease.progress.CompareAndSwap(nil, progress)
		}
	}
}

func (q *Queue) renew(ctx context.Context, j Job, progress *string) error {
	var until int64
	err := q.store.Write(ctx, func(tx *store.Tx) error {
		until = tx.Now + q.Lease.Microseconds()
		n, err := tx.Exec(ctx, `UPDATE job SET lease_until = $1, progress = COALESCE($2, progress) WHERE id = $3 AND state = 'running' AND lease_by = $4`,
			until, progress, j.ID, j.lease.by)
		if err == nil && n == 0 && !j.lease.finished.Load() {
			return ErrLost
		}
		return err
	})
	if err == nil {
		j.lease.until = until
	}
	return err
}

// Finish marks the job as done in the handler's own transaction, so that what the
// handler wrote and the end of the job become visible together, once. It fails with
// ErrLost, and the transaction with it, when somebody else has the job by now. The
// handler returns nil soon after.
func (j Job) Finish(ctx context.Context, tx *store.Tx) error {
	if j.lease == nil {
		return errors.New("job: only a handler can finish its job")
	}
	if err := j.end(ctx, tx, Done, "", 0, 0); err != nil {
		return err
	}
	tx.After(func() { j.lease.finished.Store(true) })
	return nil
}

// settle writes down how the handler ended.
func (q *Queue) settle(ctx context.Context, j Job, failure error) {
	stopping := ctx.Err() != nil
	state, text, back, wait := Done, "", 0, time.Duration(0)
	switch {
	case failure == nil:
	case stopping:
		state, text, back = Queued, j.Error, 1 // stopped, not failed: the attempt does not count
	case limit.WaitOf(failure) > 0: // may not be done now, which is no failure; the limit may be raised before it ends
		state, text, back, wait = Queued, describe(failure), 1, min(limit.WaitOf(failure), longestWait)
		q.Log.Info("job: put off by a limit", "kind", j.Kind, "id", j.ID, "key", j.Key, "wait", wait, "error", failure)
	case j.Attempts >= q.MaxAttempts || final(failure):
		state, text = Failed, describe(failure)
		q.Log.Error("job: given up", "kind", j.Kind, "id", j.ID, "key", j.Key, "attempts", j.Attempts, "error", failure)
	default:
		state, text, wait = Queued, describe(failure), backoff(j.Attempts)
		q.Log.Warn("job: will be tried again", "kind", j.Kind, "id", j.ID, "key", j.Key, "attempts", j.Attempts, "wait", wait, "error", failure)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := q.store.Write(ctx, func(tx *store.Tx) error { return j.end(ctx, tx, state, text, back, wait) })
	if err != nil { // the lease ends, and the job is taken over
		q.Log.Error("job: write down the end", "kind", j.Kind, "id", j.ID, "state", state, "error", err)
	}
	if !errors.Is(err, ErrLost) {
		q.hindered(err)
	}
}

// end moves a running job on. One that was asked for again while it ran goes back to
// the queue as a new one, whatever became of it.
func (j Job) end(ctx context.Context, tx *store.Tx, state State, text string, back int, wait time.Duration) error {
	finished := int64(0)
	if state != Queued {
		finished = tx.Now
	}
	progress := j.lease.progress.Load() // not taken: the transaction may be run again
	n, err := tx.Exec(ctx, `UPDATE job SET
			state = CASE WHEN again = 1 THEN 'queued' ELSE $1 END,
			attempts = CASE WHEN again = 1 THEN 0 ELSE attempts - $2 END,
			run_after = CASE WHEN again = 1 THEN CAST($3 AS BIGINT) ELSE CAST($4 AS BIGINT) END,
			finished = CASE WHEN again = 1 THEN 0 ELSE CAST($5 AS BIGINT) END,
			error = $6, progress = COALESCE($7, progress),
			again = 0, deaths = 0, lease_by = '', lease_until = 0
		WHERE id = $8 AND state = 'running' AND lease_by = $9`,
		state, back, tx.Now, tx.Now+wait.Microseconds(), finished, text, progress, j.ID, j.lease.by)
	if err != nil {
		return fmt.Errorf("job: end: %w", err)
	}
	if n == 0 {
		return ErrLost
	}
	return nil
}

// final says whether trying again is no use.
func final(err error) bool {
	e, ok := errors.AsType[*wenyuan.Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case wenyuan.Invalid, wenyuan.NotFound, wenyuan.Denied, wenyuan.TooLarge:
		return true
	}
	return false
}

// longestWait is for how long a job is put off at once that a limit on use does not allow.
const longestWait = 10 * time.Minute

// backoff is 1, 2, 4, ... seconds, at most five minutes, give or take a quarter.
func backoff(attempts int) time.Duration {
	d := min(time.Second<<min(attempts-1, 20), 5*time.Minute)
	return d*3/4 + rand.N(d/2)
}

// describe is an error as the database can keep it.
func describe(err error) string {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	const most = 8 << 10
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}
