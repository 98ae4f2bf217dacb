package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan/store"
)

// A Handler does one job. It should stop soon when ctx ends. report keeps what it is
// given as the job's progress, as JSON, at most once a second; it never waits.
//
// A nil error ends the job. Other errors are tried again, later and later, unless their
// code says that trying again is no use (Invalid, NotFound, Denied, TooLarge).
type Handler func(ctx context.Context, j Job, report func(progress any)) error

// A Queue gives jobs to handlers. Set its fields before Start.
type Queue struct {
	Workers     int           // jobs at once; 4 by default
	Lease       time.Duration // a silent process loses its jobs after this; 1 minute by default
	MaxAttempts int           // a job that failed so often is given up; 5 by default
	Log         *slog.Logger  // slog.Default() by default

	store    *store.Store
	handlers map[string]Handler
	bell     chan struct{} // rung when there may be work
	claims   atomic.Int64

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, when a job has ended or cannot
	trouble error         // why nothing can be written down, since the last time it could
	stop    context.CancelFunc
	stopped chan struct{} // closed when everything that Start began has ended
}

// poll is how often a database that other processes write to is looked into, and
// rest how often one that only this process writes to: in case the clock was moved.
const (
	poll = 2 * time.Second
	rest = 10 * time.Minute
	keep = 7 * 24 * time.Hour // finished jobs are forgotten after this
)

// New makes a queue that is not started yet.
func New(s *store.Store) *Queue {
	return &Queue{
		Workers: 4, Lease: time.Minute, MaxAttempts: 5, Log: slog.Default(),
		store: s, handlers: map[string]Handler{}, bell: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// Handle says who does the jobs of a kind. It is called before Start.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Start begins to work, until Stop is called or ctx ends. Jobs that a dead process
// left running are taken over.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stop != nil {
		return errors.New("job: the queue is started already")
	}
	if !q.store.Shared() {
		if err := q.store.Write(ctx, q.breakLeases(ctx)); err != nil {
			return fmt.Errorf("job: take over: %w", err)
		}
	}
	ctx, q.stop = context.WithCancel(ctx)
	q.stopped = make(chan struct{})
	go q.run(ctx, q.stopped)
	return nil
}

// Stop ends the handlers, waits for them, and puts their jobs back into the queue. It
// may be called twice, and without Start.
func (q *Queue) Stop() {
	q.mu.Lock()
	stop, stopped := q.stop, q.stopped
	q.mu.Unlock()
	if stop != nil {
		stop()
		<-stopped
	}
}

// wake has the queue look for work at once.
func (q *Queue) wake() {
	select {
	case q.bell <- struct{}{}:
	default: // it is awake already
	}
}

// run gives jobs to workers until ctx ends, then waits for the workers.
func (q *Queue) run(ctx context.Context, stopped chan struct{}) {
	defer close(stopped)
	var workers sync.WaitGroup
	defer workers.Wait()
	var busy atomic.Int64
	var forgotten int64
	for ctx.Err() == nil {
		pause := q.pause()
		if free := q.Workers - int(busy.Load()); free > 0 {
			jobs, next, err := q.claim(ctx, free)
			if err != nil && ctx.Err() == nil {
				q.Log.Error("job: look for work", "error", err)
				q.hindered(err)
				next = poll
			}
			for _, j := range jobs {
				busy.Add(1)
				workers.Go(func() {
					q.work(ctx, j)
					busy.Add(-1)
					q.wake()
				})
			}
			pause = min(pause, next)
		}
		if now := q.store.Now(); now-forgotten > time.Hour.Microseconds() {
			forgotten = now
			q.forget(ctx)
		}
		q.sleep(ctx, pause)
	}
}

// pause is how long the queue sleeps when nobody wakes it.
func (q *Queue) pause() time.Duration {
	if q.store.Shared() {
		return poll
	}
	return rest
}

func (q *Queue) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.bell:
	case <-timer.C:
	}
}

// claim takes up to n jobs that are due, and says how long to wait for the next.
func (q *Queue) claim(ctx context.Context, n int) (jobs []Job, next time.Duration, err error) {
	next = rest
	if len(q.handlers) == 0 {
		return nil, next, nil
	}
	// Looking first leaves the writers in peace while there is nothing to do.
	var due int64
	if err := q.store.Read(ctx, func(tx *store.Tx) error { due, err = q.due(ctx, tx); return err }); err != nil {
		return nil, next, err
	}
	if wait := time.Duration(due-q.store.Now()) * time.Microsecond; due == 0 || wait > 0 {
		if due != 0 {
			next = wait
		}
		return nil, next, nil
	}
	err = q.store.Write(ctx, func(tx *store.Tx) error {
		if err := q.takeOver(ctx, tx, `lease_until < $1`, tx.Now); err != nil {
			return err
		}
		jobs, err = q.lease(ctx, tx, n)
		return err
	})
	if len(jobs) > 0 {
		next = 0 // there may be more
	} else {
		next = min(next, poll) // another process was quicker
	}
	return jobs, next, err
}

// due is when the next job can be begun or taken over; 0 when there is none.
func (q *Queue) due(ctx context.Context, tx *store.Tx) (int64, error) {
	kinds, args := q.kinds(1)
	ready := `SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE state = 'queued' AND kind IN (` + kinds + `) AND run_after <= ` + fmt.Sprint(tx.Now) + ` LIMIT 1) AS one`
	var n int
	if err := tx.QueryRow(ctx, ready, args...).Scan(&n); err != nil || n > 0 {
		return tx.Now, err
	}
	// Only when nothing is ready is the whole queue looked through.
	var due int64
	err := tx.QueryRow(ctx, `SELECT COALESCE(MIN(at), 0) FROM (
		SELECT MIN(run_after) AS at FROM job WHERE state = 'queued' AND kind IN (`+kinds+`)
		UNION ALL SELECT MIN(lease_until) AS at FROM job WHERE state = 'running') AS times`, args...).Scan(&due)
	return due, err
}

func (q *Queue) kinds(first int) (marks string, args []any) {
	for kind := range q.handlers {
		args = append(args, kind)
	}
	return store.Marks(first, len(args)), args
}

// lease hands n waiting jobs to this process.
func (q *Queue) lease(ctx context.Context, tx *store.Tx, n int) ([]Job, error) {
	by := fmt.Sprintf("%s.%d", q.store.Instance(), q.claims.Add(1))
	until := tx.Now + q.Lease.Microseconds()
	kinds, args := q.kinds(4)
	jobs, err := store.List(ctx, tx, func(r store.Row) (Job, error) {
		j, err := scan(r)
		j.lease = &lease{by: by, until: until, queue: q}
		return j, err
	}, fmt.Sprintf(`UPDATE job SET state = 'running', attempts = attempts + 1, lease_by = $1, lease_until = $2
		WHERE id IN (SELECT id FROM job WHERE state = 'queued' AND run_after <= $3 AND kind IN (%s) ORDER BY priority DESC, id LIMIT %d)
		RETURNING %s`, kinds, n, columns), append([]any{by, until, tx.Now}, args...)...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		if a.Priority != b.Priority {
			return b.Priority - a.Priority
		}
		return strings.Compare(a.ID, b.ID)
	})
	return jobs, nil
}

// forget removes jobs that ended long ago.
func (q *Queue) forget(ctx context.Context) {
	err := q.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM job WHERE state IN ('done', 'failed') AND finished < $1`, tx.Now-keep.Microseconds())
		return err
	})
	if err != nil && ctx.Err() == nil {
		q.Log.Error("job: forget old jobs", "error", err)
	}
}

// Drain waits until no job that f means is queued or running. Failed ones do not
// hold it up. When the database cannot be written to, a full disk say, the jobs stay and
// go on once it can; Drain gives the error then, as that may be never.
func (q *Queue) Drain(ctx context.Context, f Filter) error {
	f.States = nil
	where, args := f.where()
	// Each half has an index of its own, so that the jobs that are done cost nothing.
	query := `SELECT (SELECT COUNT(*) FROM job WHERE state = 'queued' AND ` + where + `) + (SELECT COUNT(*) FROM job WHERE state = 'running' AND ` + where + `)`
	for {
		q.mu.Lock()
		changed, trouble := q.changed, q.trouble
		q.mu.Unlock()
		var open int
		err := q.store.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(ctx, query, args...).Scan(&open)
		})
		if err != nil || open == 0 {
			return err
		}
		if trouble != nil {
			return trouble
		}
		timer := time.NewTimer(poll) // another process may end the last one
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			err = ctx.Err()
		}
		timer.Stop()
		if err != nil {
			return err
		}
	}
}

// hindered notes that the queue could not write, or with nil that somebody could again.
func (q *Queue) hindered(err error) {
	q.mu.Lock()
	q.trouble = err
	q.mu.Unlock()
	if err != nil {
		q.ended()
	}
}

// ended tells those who drain that a job has ended.
func (q *Queue) ended() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.changed)
	q.changed = make(chan struct{})
}
