package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wenyuan"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// newQueue is a queue that is stopped with the test.
func newQueue(t testing.TB, s *store.Store) *job.Queue {
	q := job.New(s)
	q.Log = slog.New(slog.DiscardHandler)
	t.Cleanup(q.Stop)
	return q
}

func start(t testing.TB, q *job.Queue) {
	t.Helper()
	if err := q.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

func enqueue(t testing.TB, s *store.Store, q *job.Queue, jobs ...job.Job) (ids []string) {
	t.Helper()
	storetest.Write(t, s, func(tx *store.Tx) error {
		ids = nil
		for _, j := range jobs {
			if j.Space == "" {
				j.Space = "main"
			}
			id, err := q.Enqueue(t.Context(), tx, j)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

func get(t testing.TB, s *store.Store, id string) (j job.Job) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) (err error) {
		j, err = job.Get(t.Context(), tx, "main", id)
		return err
	})
	return j
}

func drain(t testing.TB, q *job.Queue, f job.Filter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := q.Drain(ctx, f); err != nil {
		t.Fatalf("drain: %v", err)
	}
}

func TestJobsAreDone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		var mu sync.Mutex
		sum := 0
		q.Handle("add", func(ctx context.Context, j job.Job, report func(any)) error {
			var n int
			if err := json.Unmarshal(j.Payload, &n); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			sum += n
			return nil
		})
		ids := enqueue(t, s, q, job.Job{Kind: "add", Payload: json.RawMessage("1")}, job.Job{Kind: "add", Payload: json.RawMessage("2")})
		start(t, q)
		ids = append(ids, enqueue(t, s, q, job.Job{Kind: "add", Payload: json.RawMessage("4")})...) // wakes the queue
		drain(t, q, job.Filter{Kind: "add"})
		if sum != 7 {
			t.Errorf("the sum is %d, want 7", sum)
		}
		for _, id := range ids {
			if j := get(t, s, id); j.State != job.Done || j.Attempts != 1 || j.Finished == 0 || j.Error != "" {
				t.Errorf("%+v", j)
			}
		}
	})
}

// TestRolledBackJobIsNotThere: a job is there exactly when its transaction is.
func TestRolledBackJobIsNotThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		var id string
		err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
			id, err = q.Enqueue(t.Context(), tx, job.Job{Space: "main", Kind: "k"})
			return errors.Join(err, errors.New("no"))
		})
		if err == nil || id == "" {
			t.Fatal(id, err)
		}
		err = s.Read(t.Context(), func(tx *store.Tx) error { _, err := job.Get(t.Context(), tx, "main", id); return err })
		if wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("get: %v", err)
		}
	})
}

func TestPriorityAndOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		q.Workers = 1
		var order []string
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error {
			order = append(order, string(j.Payload))
			return nil
		})
		for i, p := range []int{0, 5, 0, -1, 5} {
			enqueue(t, s, q, job.Job{Kind: "k", Priority: p, Payload: json.RawMessage(fmt.Sprint(i))})
			time.Sleep(2 * time.Millisecond) // ids of one millisecond have no order
		}
		start(t, q)
		drain(t, q, job.Filter{})
		if want := []string{"1", "4", "0", "2", "3"}; !slices.Equal(order, want) {
			t.Errorf("the order is %v, want %v", order, want)
		}
	})
}

func TestKeyIsUniqueWhileOpen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		var ran []string
		running, goOn := make(chan string), make(chan struct{})
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error {
			ran = append(ran, string(j.Payload)) // one at a time, by the key
			running <- string(j.Payload)
			<-goOn
			return nil
		})
		keyed := func(payload string) job.Job {
			return job.Job{Kind: "k", Key: "doc", Payload: json.RawMessage(payload)}
		}
		first := enqueue(t, s, q, keyed("1"), keyed("2"))
		if first[0] != first[1] {
			t.Errorf("two waiting jobs with one key: %v", first)
		}
		if other := enqueue(t, s, q, job.Job{Space: "other", Kind: "k2", Key: "doc"}); other[0] == first[0] {
			t.Error("another space and kind share the job")
		}
		start(t, q)
		<-running
		// It runs now, perhaps past the point that the new request is about.
		for _, payload := range []string{"3", "4"} {
			if again := enqueue(t, s, q, keyed(payload)); again[0] != first[0] {
				t.Errorf("a second job beside the running one: %v", again)
			}
		}
		goOn <- struct{}{}
		<-running
		if j := get(t, s, first[0]); j.State != job.Running || j.Attempts != 1 {
			t.Errorf("asked for again: %+v", j)
		}
		goOn <- struct{}{}
		drain(t, q, job.Filter{Kind: "k"})
		if want := []string{"2", "4"}; !slices.Equal(ran, want) {
			t.Errorf("ran %v, want %v", ran, want)
		}
		go func() { <-running; goOn <- struct{}{} }()
		if next := enqueue(t, s, q, keyed("5")); next[0] == first[0] {
			t.Error("a done job was taken for an open one")
		}
		drain(t, q, job.Filter{Kind: "k", Keys: []string{"doc"}})
	})
}

// TestRetry runs on a clock of its own: minutes pass at once.
func TestRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		q := newQueue(t, s)
		var at []time.Time
		q.Handle("flaky", func(ctx context.Context, j job.Job, report func(any)) error {
			if at = append(at, time.Now()); len(at) < 4 {
				return fmt.Errorf("not yet \x00\xff")
			}
			return nil
		})
		q.Handle("broken", func(ctx context.Context, j job.Job, report func(any)) error { panic("at all times") })
		q.Handle("useless", func(ctx context.Context, j job.Job, report func(any)) error {
			return fmt.Errorf("wrapped: %w", &wenyuan.Error{Code: wenyuan.Invalid, Message: "the file is empty"})
		})
		start(t, q)
		ids := enqueue(t, s, q, job.Job{Kind: "flaky"}, job.Job{Kind: "broken"}, job.Job{Kind: "useless"})
		drain(t, q, job.Filter{})
		if j := get(t, s, ids[0]); j.State != job.Done || j.Attempts != 4 {
			t.Errorf("flaky: %+v", j)
		}
		for i := 1; i < len(at); i++ {
			base := time.Second << (i - 1)
			if wait := at[i].Sub(at[i-1]); wait < base*3/4 || wait > base*5/4+time.Second {
				t.Errorf("wait %d was %v", i, wait)
			}
		}
		if j := get(t, s, ids[1]); j.State != job.Failed || j.Attempts != 5 || !strings.Contains(j.Error, "at all times") {
			t.Errorf("broken: %+v", j)
		}
		if j := get(t, s, ids[2]); j.State != job.Failed || j.Attempts != 1 || !strings.Contains(j.Error, "the file is empty") {
			t.Errorf("useless: %+v", j)
		}
		q.Stop()
	})
}

// TestFull: where even the end of a job cannot be written, whoever waits for it hears why,
// and the job is done when there is room again.
func TestFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		pages := func(most string) {
			storetest.Write(t, s, func(tx *store.Tx) error {
				var n int
				return tx.QueryRow(t.Context(), `PRAGMA max_page_count = `+most).Scan(&n)
			})
		}
		q, runs := newQueue(t, s), 0
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error {
			if runs++; runs == 1 {
				pages("1") // as many as there are
				return errors.New(strings.Repeat("no room ", 1000))
			}
			return nil
		})
		start(t, q)
		id := enqueue(t, s, q, job.Job{Kind: "k"})[0]
		if err := q.Drain(t.Context(), job.Filter{Kind: "k"}); err == nil || !strings.Contains(err.Error(), "is full") {
			t.Errorf("waiting on a full disk: %v", err)
		}
		pages("1000000")
		enqueue(t, s, q, job.Job{Kind: "other"}) // somebody could write
		drain(t, q, job.Filter{Kind: "k"})
		if j := get(t, s, id); j.State != job.Done || runs != 2 {
			t.Errorf("after there was room: %+v, %d runs", j, runs)
		}
		q.Stop()
	})
}

// TestFinish: what the handler writes and the end of its job are one.
func TestFinish(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error {
			boom := errors.New("after the end")
			err := s.Write(ctx, func(tx *store.Tx) error { return errors.Join(j.Finish(ctx, tx), boom) }) // undone
			if !errors.Is(err, boom) {
				return err
			}
			if j := get(t, s, j.ID); j.State != job.Running {
				t.Errorf("after the rollback: %+v", j)
			}
			err = s.Write(ctx, func(tx *store.Tx) error {
				if err := count(ctx, tx, "effect"); err != nil {
					return err
				}
				return j.Finish(ctx, tx)
			})
			if err != nil {
				return err
			}
			if err := s.Write(ctx, func(tx *store.Tx) error { return j.Finish(ctx, tx) }); !errors.Is(err, job.ErrLost) {
				t.Errorf("finished twice: %v", err)
			}
			return boom // comes too late to matter
		})
		start(t, q)
		id := enqueue(t, s, q, job.Job{Kind: "k"})[0]
		drain(t, q, job.Filter{})
		q.Stop()
		if j := get(t, s, id); j.State != job.Done || j.Attempts != 1 {
			t.Errorf("%+v", j)
		}
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return get(t, s, id).Finish(t.Context(), tx) }); err == nil {
			t.Error("somebody who does not run the job finished it")
		}
	})
}

func count(ctx context.Context, tx *store.Tx, name string) error {
	_, err := tx.Exec(ctx, `INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1`, name)
	return err
}

func TestStopGivesJobsBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		running := make(chan struct{})
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error {
			close(running)
			<-ctx.Done()
			return ctx.Err()
		})
		start(t, q)
		id := enqueue(t, s, q, job.Job{Kind: "k"})[0]
		<-running
		q.Stop()
		q.Stop() // twice is no harm
		if j := get(t, s, id); j.State != job.Queued || j.Attempts != 0 || j.Error != "" {
			t.Errorf("%+v", j)
		}
		if err := q.Start(t.Context()); err == nil {
			t.Error("a stopped queue was started again")
		}
		next := newQueue(t, s)
		next.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error { return nil })
		start(t, next)
		drain(t, next, job.Filter{})
		if j := get(t, s, id); j.State != job.Done {
			t.Errorf("%+v", j)
		}
	})
}

func TestStopWithoutStart(t *testing.T) {
	t.Parallel()
	job.New(storetest.Open(t, store.Config{Dir: t.TempDir()})).Stop()
}

// TestTakeOver: a process that is silent for longer than its lease loses its job, and
// learns of it; with SQLite, where nobody else can be alive, at the next start.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		var ahead atomic.Int64 // how far the clock has been turned
		c.Clock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		s, other := storetest.Open(t, c), storetest.Open(t, c)
		first, second := newQueue(t, s), newQueue(t, other)
		running, lost, effect := make(chan struct{}), make(chan error, 1), make(chan error, 1)
		var runs atomic.Int64
		handler := func(s *store.Store) job.Handler {
			return func(ctx context.Context, j job.Job, report func(any)) error {
				end := func() error {
					return s.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
						return errors.Join(count(t.Context(), tx, "effect"), j.Finish(t.Context(), tx))
					})
				}
				if runs.Add(1) > 1 { // whoever takes it over
					return end()
				}
				close(running)
				<-ctx.Done()
				lost <- context.Cause(ctx)
				effect <- end()
				return ctx.Err()
			}
		}
		first.Handle("k", handler(s))
		second.Handle("k", handler(other))
		start(t, first)
		id := enqueue(t, s, first, job.Job{Kind: "k"})[0]
		<-running
		ahead.Store(int64(first.Lease + time.Second))
		start(t, second)
		if err := <-lost; !errors.Is(err, job.ErrLost) {
			t.Errorf("the first one ended with %v", err)
		}
		if err := <-effect; !errors.Is(err, job.ErrLost) {
			t.Errorf("the first one wrote after it had lost the job: %v", err)
		}
		drain(t, second, job.Filter{})
		if j := get(t, s, id); j.State != job.Done {
			t.Errorf("%+v", j)
		}
		storetest.Read(t, s, func(tx *store.Tx) error {
			var n int
			err := tx.QueryRow(t.Context(), `SELECT value FROM counter WHERE name = 'effect'`).Scan(&n)
			if n != 1 {
				t.Errorf("the effect happened %d times", n)
			}
			return err
		})
	})
}

// TestLeaseIsKept: a job may take longer than its lease as long as its process lives.
func TestLeaseIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		q := newQueue(t, s)
		runs := 0
		q.Handle("long", func(ctx context.Context, j job.Job, report func(any)) error {
			runs++
			for i := range 60 {
				report(map[string]int{"done": i})
				select {
				case <-time.After(10 * time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
				var seen struct{ Done int }
				if err := json.Unmarshal(get(t, s, j.ID).Progress, &seen); err != nil || seen.Done != i {
					t.Errorf("the progress is %+v, want %d, %v", seen, i, err)
				}
			}
			return nil
		})
		start(t, q)
		id := enqueue(t, s, q, job.Job{Kind: "long"})[0]
		drain(t, q, job.Filter{})
		if j := get(t, s, id); runs != 1 || j.State != job.Done || j.Finished-j.Created < (10*time.Minute).Microseconds() {
			t.Errorf("%d runs, %+v", runs, j)
		}
		q.Stop()
	})
}

// TestDeadlyJobIsHeldBack: a job that kills its process again and again does not keep
// the program from everything else, and is given up in the end.
func TestDeadlyJobIsHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := storetest.Open(t, store.Config{Dir: dir})
		id := enqueue(t, s, newQueue(t, s), job.Job{Kind: "deadly"})[0]
		begun, deaths := time.Now(), 0
		for get(t, s, id).State != job.Failed && deaths < 200 {
			s := storetest.Open(t, store.Config{Dir: dir}) // the next process
			q := newQueue(t, s)
			running, release := make(chan struct{}), make(chan struct{})
			q.Handle("deadly", func(ctx context.Context, j job.Job, report func(any)) error {
				close(running)
				<-release
				return nil
			})
			start(t, q)
			failed := time.NewTicker(20 * time.Second)
			for alive := true; alive; {
				select {
				case <-running:
					deaths++
					alive = false
				case <-failed.C:
					alive = get(t, s, id).State != job.Failed
				}
			}
			failed.Stop()
			// It is dead to the others: a new opening of the store takes its jobs over.
			storetest.Write(t, s, func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE job SET lease_by = 'dead' WHERE state = 'running'`)
				return err
			})
			close(release)
			q.Stop()
			s.Close()
		}
		j := get(t, s, id)
		if deaths != 100 || j.State != job.Failed || !strings.Contains(j.Error, "died") {
			t.Errorf("%d deaths, %+v", deaths, j)
		}
		if took := time.Since(begun); took < 30*time.Minute || took > 3*time.Hour {
			t.Errorf("it was tried for %v", took)
		}
	})
}

func TestOldJobsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		q := newQueue(t, s)
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error { return nil })
		start(t, q)
		enqueue(t, s, q, job.Job{Kind: "k"})
		drain(t, q, job.Filter{})
		for _, want := range []int{1, 0} {
			var jobs []job.Job
			storetest.Read(t, s, func(tx *store.Tx) (err error) {
				jobs, err = job.List(t.Context(), tx, job.Filter{Space: "main", Kind: "k", States: []job.State{job.Done}}, 10)
				return err
			})
			if len(jobs) != want {
				t.Errorf("%d jobs, want %d", len(jobs), want)
			}
			time.Sleep(8 * 24 * time.Hour) // on the bubble's clock
		}
		q.Stop()
	})
}

func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	q := newQueue(t, s)
	for want, j := range map[wenyuan.Code]job.Job{
		wenyuan.Invalid:  {Kind: "k"},
		wenyuan.TooLarge: {Space: "main", Kind: "k", Payload: json.RawMessage(`"` + strings.Repeat("x", job.MaxPayload) + `"`)},
	} {
		err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := q.Enqueue(t.Context(), tx, j); return err })
		if wenyuan.CodeOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
