package job_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/job"
	"wenyuan/limit"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// A job that a limit on use does not allow waits for its time, and is not given up.
func TestPutOffByLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		q := newQueue(t, s)
		q.MaxAttempts = 2
		begun, tries := time.Now(), 0
		q.Handle("dear", func(ctx context.Context, j job.Job, report func(any)) error {
			if tries++; time.Since(begun) < time.Hour {
				return fmt.Errorf("wrapped: %w", &wenyuan.Error{Code: wenyuan.Limited, Message: "no more money", Err: &limit.Exceeded{After: time.Hour - time.Since(begun)}})
			}
			return nil
		})
		start(t, q)
		ids := enqueue(t, s, q, job.Job{Kind: "dear"})
		time.Sleep(90 * time.Minute) // of the time in here
		drain(t, q, job.Filter{})
		if j := get(t, s, ids[0]); j.State != job.Done || j.Attempts != 1 || tries < 6 || tries > 9 {
			t.Errorf("after %d tries: %+v", tries, j)
		}
		q.Stop()
	})
}
