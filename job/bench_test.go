package job_test

import (
	"context"
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/job"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// BenchmarkJobs is the way of a job through the queue, from Enqueue, a hundred in a
// transaction, to its end.
func BenchmarkJobs(b *testing.B) {
	run := func(b *testing.B, c store.Config) {
		s := storetest.Open(b, c)
		q := newQueue(b, s)
		q.Handle("k", func(ctx context.Context, j job.Job, report func(any)) error { return nil })
		start(b, q)
		batch := make([]job.Job, 100)
		for i := range batch {
			batch[i] = job.Job{Kind: "k"}
		}
		for b.Loop() {
			enqueue(b, s, q, batch...)
			drain(b, q, job.Filter{})
		}
		b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "jobs/s")
	}
	b.Run("sqlite", func(b *testing.B) { run(b, store.Config{Dir: b.TempDir()}) })
	b.Run("postgres", func(b *testing.B) { run(b, store.Config{Dir: b.TempDir(), URL: testenv.Postgres(b)}) })
}
