// Package admit is the queue before a model: who waits for a place, in which order, for how long,
// and who is refused at once.
//
// It does not know what a place is: it is told how to take one. It never lets anybody wait longer
// than makes sense: what cannot be served in time is refused when it comes.
package admit

import (
	"context"
	"sync"
	"time"

	"wenyuan/gateway/manner"
)

// Config is what a Queue is made of.
type Config struct {
	Places int              // that may wait; 0: the default
	Now    func() time.Time // nil: time.Now
}

// A Queue is who waits for places. It is safe for concurrent use.
type Queue struct {
	c    Config
	mu   sync.Mutex
	wait []*waiter
}

type waiter struct {
	take func() bool
	done chan struct{}
}

// A Want is somebody who wants a place.
type Want struct {
	Class    manner.Class
	Space    string // id
	Key      string // id of the key, else of the person; fairness is between spaces, then between these
	Tokens   int    // about how much the request takes
	Deadline time.Time
}

// New makes an empty queue.
func New(c Config) *Queue { return &Queue{c: c} }

// Enter waits until take gives true, which it is asked in the order that is fair, under the lock of
// the queue. An error with the code Limited says when to come again; else it is the context's.
func (q *Queue) Enter(ctx context.Context, w Want, take func() bool) error {
	q.mu.Lock()
	if len(q.wait) == 0 && take() {
		q.mu.Unlock()
		return nil
	}
	one := &waiter{take, make(chan struct{})}
	q.wait = append(q.wait, one)
	q.mu.Unlock()
	select {
	case <-one.done:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-one.done:
		return nil
	default:
	}
	for i, o := range q.wait {
		if o == one {
			q.wait = append(q.wait[:i], q.wait[i+1:]...)
		}
	}
	return context.Cause(ctx)
}

// Wake says that a place may have come free.
func (q *Queue) Wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.wait) > 0 && q.wait[0].take() {
		close(q.wait[0].done)
		q.wait = q.wait[1:]
	}
}
