package job_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// worker is the life of the process that is killed: it does jobs, and says so, until
// its standard input ends.
func worker(t *testing.T, dir string) {
	ahead, err := time.ParseDuration(os.Getenv("JOB_TEST_AHEAD"))
	if err != nil {
		t.Fatal(err)
	}
	c := store.Config{Dir: dir, URL: os.Getenv("JOB_TEST_URL"), Clock: func() time.Time { return time.Now().Add(ahead) }}
	lock, err := store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	s := storetest.Open(t, c)
	q := newQueue(t, s)
	q.Handle("once", func(ctx context.Context, j job.Job, report func(any)) error {
		fmt.Println("begun")
		return s.Write(ctx, func(tx *store.Tx) error {
			if err := count(ctx, tx, "once "+string(j.Payload)); err != nil {
				return err
			}
			return j.Finish(ctx, tx)
		})
	})
	q.Handle("often", func(ctx context.Context, j job.Job, report func(any)) error {
		fmt.Println("begun")
		return s.Write(ctx, func(tx *store.Tx) error { return count(ctx, tx, "often "+string(j.Payload)) })
	})
	start(t, q)
	drain(t, q, job.Filter{})
	fmt.Println("idle")
	os.Stdin.Read(make([]byte, 1)) // until it is killed; the end of the parent is the end of this
	q.Stop()
}

// TestKill kills the worker at random moments until all is done: every job is done, and
// those that end in the transaction of their effect have it just once.
func TestKill(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("JOB_TEST_DIR"); dir != "" {
		worker(t, dir)
		return
	}
	const jobs = 120
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		q := newQueue(t, s)
		var batch []job.Job
		for i := range jobs {
			batch = append(batch, job.Job{Kind: []string{"once", "often"}[i%2], Payload: []byte(strconv.Itoa(i))})
		}
		enqueue(t, s, q, batch...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		chance := rand.New(rand.NewPCG(1, uint64(len(c.URL))))
		kills := 0
		for open(t, c) > 0 {
			// With PostgreSQL each process comes two minutes later: the leases have ended.
			ahead := time.Duration(kills) * 2 * time.Minute
			runAndKill(t, c, ahead, 1+chance.IntN(12), time.Duration(chance.IntN(3000))*time.Microsecond)
			if kills++; kills > 20*jobs {
				t.Fatal("it does not come to an end")
			}
		}
		checkDone(t, storetest.Open(t, c), jobs)
		t.Logf("%d kills", kills)
	})
}

// runAndKill lets a worker begin some jobs and kills it a moment later.
func runAndKill(t *testing.T, c store.Config, ahead time.Duration, begun int, moment time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), "JOB_TEST_DIR="+c.Dir, "JOB_TEST_URL="+c.URL, "JOB_TEST_AHEAD="+ahead.String())
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); begun > 0 && lines.Scan(); begun-- {
		if lines.Text() == "idle" {
			break // fewer were left than it was to begin
		}
		if lines.Text() != "begun" {
			t.Errorf("the worker says: %s", lines.Text())
		}
	}
	time.Sleep(moment) // the moment of the kill is what is varied
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*exec.ExitError](child.Wait()); !ok {
		t.Error("the worker ended by itself")
	}
}

func open(t *testing.T, c store.Config) (n int) {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	storetest.Read(t, s, func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM job WHERE state <> 'done'`).Scan(&n)
	})
	return n
}

func checkDone(t *testing.T, s *store.Store, jobs int) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) error {
		for i := range jobs {
			kind := []string{"once", "often"}[i%2]
			var n int
			if err := tx.QueryRow(t.Context(), `SELECT value FROM counter WHERE name = $1`, fmt.Sprint(kind, " ", i)).Scan(&n); err != nil {
				t.Errorf("job %d: %v", i, err)
			}
			if kind == "once" && n != 1 {
				t.Errorf("job %d was done %d times", i, n)
			}
		}
		return nil
	})
}
