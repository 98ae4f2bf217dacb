package tensor

import (
	"sync"
	"sync/atomic"
)

// Workers shares work among goroutines. The zero value and nil work alone.
type Workers struct{ n int }

// NewWorkers shares among n goroutines, at least one.
func NewWorkers(n int) *Workers { return &Workers{n: max(n, 1)} }

// Each calls f for 0 to n-1, each once, on the workers, and returns when all are done. What
// f(i) writes must be its own. A panic of f is raised again here.
func (w *Workers) Each(n int, f func(i int)) {
	k := 1
	if w != nil {
		k = min(w.n, n)
	}
	if k <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var failed atomic.Pointer[any]
	work := func() {
		defer func() {
			if p := recover(); p != nil {
				failed.Store(&p)
			}
		}()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	var wg sync.WaitGroup
	for range k - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if p := failed.Load(); p != nil {
		panic(*p)
	}
}

// Ranges calls f for the parts of 0 to n-1 that are about size long, on the workers.
func (w *Workers) Ranges(n, size int, f func(from, to int)) {
	w.Each((n+size-1)/size, func(i int) { f(i*size, min((i+1)*size, n)) })
}
