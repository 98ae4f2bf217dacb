package gateway

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
)

// errOutrun ends an attempt whose answer another replica began to give first.
var errOutrun = errors.New("another replica was quicker")

// A heard is one piece of a stream.
type heard struct {
	chunk wenyuan.Chunk
	err   error
}

// A race is a request that two replicas are asked at once. Who begins to answer first is heard.
type race struct {
	m      *Model
	ask    pool.Ask
	r      wenyuan.Request
	first  *pool.Turn
	outrun context.CancelCauseFunc // of the first
	pieces chan heard              // of the second; closed at its end

	mu     sync.Mutex
	over   bool
	second *pool.Turn // nil while there is none
	winner *pool.Turn
}

// hedged asks a replica. Where the request is a short one and there is another replica, that one is
// asked beside it once it is silent for longer than nearly all answers take. won says, once the first
// piece is there, which of them gives it.
func (m *Model) hedged(ctx context.Context, t *pool.Turn, a pool.Ask, r wenyuan.Request, client any) (answer iter.Seq2[wenyuan.Chunk, error], won func() *pool.Turn) {
	after := time.Duration(0)
	if t.Others > 0 {
		after = m.lane.pool.Hedge(a)
	}
	if after == 0 {
		return client.(wenyuan.Model).Stream(ctx, r), func() *pool.Turn { return t }
	}
	a.Not = append(t.Not[:len(t.Not):len(t.Not)], t.ID)
	c := &race{m: m, ask: a, r: r, first: t, pieces: make(chan heard)}
	return c.run(ctx, after, client.(wenyuan.Model)), c.heard
}

func (c *race) run(ctx context.Context, after time.Duration, model wenyuan.Model) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		first, outrun := context.WithCancelCause(ctx)
		beside, stop := context.WithCancel(ctx)
		defer outrun(nil)
		defer stop()
		c.outrun = outrun
		timer := time.AfterFunc(after, func() { c.beside(beside) })
		defer timer.Stop()
		defer c.end()
		var failed error
		begun := false
		for chunk, err := range model.Stream(first, c.r) {
			if !begun {
				if failed = err; err != nil || !c.wins(c.first) {
					break
				}
				begun = true
			}
			if !yield(chunk, err) {
				return
			}
		}
		if !begun {
			c.hear(ctx, failed, yield)
		}
	}
}

// hear goes on with the second one, where the first one was outrun or failed. Where there is none,
// or it says nothing, the first one's error stands.
func (c *race) hear(ctx context.Context, failed error, yield func(wenyuan.Chunk, error) bool) {
	if !c.running() {
		yield(wenyuan.Chunk{}, failed)
		return
	}
	begun := false
	for h := range c.pieces {
		if !begun {
			if h.err != nil {
				break
			}
			begun = true
			c.first.Done(outcomeOf(ctx, either(failed, errOutrun)), wire.WaitOf(failed), failed)
			c.m.lane.queue.Wake()
		}
		if !yield(h.chunk, h.err) {
			return
		}
	}
	if !begun {
		yield(wenyuan.Chunk{}, either(either(failed, context.Cause(ctx)), errOutrun))
	}
}

func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// beside asks a second replica, where there is one that has a place now.
func (c *race) beside(ctx context.Context) {
	t := c.m.lane.pool.Second(c.ask)
	if t == nil {
		return
	}
	if !c.enter(t) {
		t.End(pool.Abandoned)
		return
	}
	defer close(c.pieces)
	step := askedOf(ctx, t, false)
	begun := false
	var failed error
	for chunk, err := range t.Data.(*replica).client.(wenyuan.Model).Stream(granting(ctx, t.Data.(*replica)), c.r) {
		if failed = err; !begun && err == nil {
			if !c.wins(t) {
				failed = errOutrun
				break
			}
			begun = true
			c.outrun(errOutrun)
		}
		select {
		case c.pieces <- heard{chunk, err}:
			continue
		case <-ctx.Done():
		}
		break
	}
	outcome := outcomeOf(ctx, failed)
	if begun && failed == nil {
		outcome = pool.Good
	}
	t.Done(outcome, wire.WaitOf(failed), failed)
	cameBack(ctx, step, t, outcome, failed)
	c.m.lane.queue.Wake()
}

// enter lets the second one in, unless the race is over.
func (c *race) enter(t *pool.Turn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.winner != nil {
		return false
	}
	c.second = t
	return true
}

// running says whether a second one was let in; after it, none is.
func (c *race) running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.second != nil
}

// heard is who answers, once the first piece is there.
func (c *race) heard() *pool.Turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.winner
}

// wins says whether one is the first to begin.
func (c *race) wins(t *pool.Turn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.winner == nil {
		c.winner = t
	}
	return c.winner == t
}

func (c *race) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
}

// began notes that an answer has begun, and which replica gives it; false where its waiting was ended
// a moment before.
func (m *Model) began(ctx context.Context, t *pool.Turn) bool {
	ok, wake := t.Begin()
	if !ok {
		return false
	}
	if told := manner.Of(ctx).Told; told != nil {
		told.Replica = t.ID
	}
	if wake {
		m.lane.queue.Wake()
	}
	firstCame(ctx)
	return true
}
