package job_test

import (
	"context"
	"fmt"
	"os"

	"wenyuan/job"
	"wenyuan/store"
)

// A job is there exactly when its transaction is, and ends in the transaction of its effect.
func ExampleQueue() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, store.Config{Dir: dir})
	if err != nil {
		panic(err)
	}
	defer s.Close()

	q := job.New(s)
	q.Handle("greet", func(ctx context.Context, j job.Job, report func(any)) error {
		return s.Write(ctx, func(tx *store.Tx) error {
			fmt.Printf("hello %s\n", j.Payload)
			return j.Finish(ctx, tx)
		})
	})
	if err := q.Start(ctx); err != nil {
		panic(err)
	}
	defer q.Stop()
	err = s.Write(ctx, func(tx *store.Tx) error {
		_, err := q.Enqueue(ctx, tx, job.Job{Space: "main", Kind: "greet", Payload: []byte(`"文渊"`)})
		return err
	})
	if err != nil {
		panic(err)
	}
	if err := q.Drain(ctx, job.Filter{Kind: "greet"}); err != nil {
		panic(err)
	}
	// Output: hello "文渊"
}
