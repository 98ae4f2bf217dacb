package admit

import (
	"context"
	"sync"
	"sync/atomic"
)

// Places are as many as they are, with the queue of those who want one.
type Places struct {
	*Queue
	most int64
	used atomic.Int64
}

// NewPlaces makes places for some at once, at least one.
func NewPlaces(most int, c Config) *Places {
	return &Places{Queue: New(c), most: int64(max(most, 1))}
}

// Take waits for a place as [Queue.Enter] does. leave gives it back; calls after the first do nothing.
func (p *Places) Take(ctx context.Context, w Want) (leave func(), err error) {
	if err := p.Enter(ctx, w, p.take); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() {
		p.used.Add(-1)
		p.Leave(w.Class)
	}), nil
}

// take is called under the lock of the queue.
func (p *Places) take() bool {
	if p.used.Load() >= p.most {
		return false
	}
	p.used.Add(1)
	return true
}
