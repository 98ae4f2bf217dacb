package cache

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
)

// A caller asks the model.
type caller = func(context.Context) iter.Seq2[wenyuan.Chunk, error]

type yielder = func(wenyuan.Chunk, error) bool

// begin makes the context of a flight's call: the asker's, but that it ends with the flight, and that
// what the gateway did is told to the flight.
func (f *flight) begin(ctx context.Context) {
	f.ctx, f.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	how := f.query.How
	how.Told = &f.told
	f.ctx = manner.With(f.ctx, how)
}

// lead makes a call for a query and whoever joins. Where its caller may have to leave before the call
// ends, a goroutine reads the answer; else the caller does, so that a call costs no goroutine of ours.
func (c *Cache) lead(ctx context.Context, f *flight, call caller, yield yielder) {
	f.begin(ctx)
	call = c.further(f, call)
	if _, timed := ctx.Deadline(); f.shared && (timed || !f.query.How.Deadline.IsZero()) {
		r := &reader{wake: make(chan struct{}, 1), lead: true}
		f.readers = append(f.readers, r)
		through := make(chan struct{})
		go func() {
			defer close(through)
			c.pump(f, call)
		}()
		c.follow(ctx, f.query, f, r, yield)
		f.settled(ctx, through)
		return
	}
	c.leadAlone(ctx, f, call, yield)
}

// settled waits, where the answer is there, until its call is through: what a call gives back and notes at
// its end, such as what it reserved of a limit, is done when its caller goes on.
func (f *flight) settled(ctx context.Context, through <-chan struct{}) {
	f.mu.Lock()
	ended := f.ended
	f.mu.Unlock()
	if !ended {
		return
	}
	select {
	case <-through:
	case <-ctx.Done():
	}
}

// pump reads the answer of a flight for its readers.
func (c *Cache) pump(f *flight, call caller) {
	defer f.cancel(nil)
	defer c.end(f)
	defer func() {
		if p := recover(); p != nil {
			c.c.Log.Error("a call of a model broke down", "model", f.query.Model, "reason", fmt.Sprint(p), "stack", string(debug.Stack()))
			f.add(&wenyuan.Chunk{}, &wenyuan.Error{Code: wenyuan.Internal, Message: "the call of the model broke down", Hint: "the log of the server says why"})
		}
	}()
	for k, err := range call(f.ctx) {
		f.add(&k, err)
		if k.Finish != "" {
			c.end(f)
		}
		if err != nil || f.ctx.Err() != nil {
			return
		}
		f.pace()
	}
}

// leadAlone reads the answer of a flight in the goroutine of its caller and hands it on as it comes.
// When somebody joins, another goroutine does the handing on, from the next piece on, so that a caller
// that reads slowly holds nobody up.
func (c *Cache) leadAlone(ctx context.Context, f *flight, call caller, yield yielder) {
	f.mu.Lock()
	f.alone = true
	f.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { f.abandon(c, context.Cause(ctx)) })
	defer stop()
	hand := &handing{c: c, ctx: ctx, f: f, yield: yield}
	defer hand.wait()
	defer f.cancel(nil)
	defer c.end(f)
	for k, err := range call(f.ctx) {
		if !hand.on(&k, err) || err != nil {
			return
		}
	}
}

// abandon is called when the context of a caller ends that reads the answer itself. As long as others
// are joined it goes on, until the last of them leaves.
func (f *flight) abandon(c *Cache, why error) {
	f.mu.Lock()
	f.left = f.alone && !f.ended
	last := f.left && len(f.readers) == 0
	f.mu.Unlock()
	if last {
		c.flights.leave(f)
		f.cancel(why)
	}
}

// handing hands the answer of a flight to the caller that reads it.
type handing struct {
	c     *Cache
	ctx   context.Context
	f     *flight
	yield yielder
	told  bool

	done     chan struct{} // closed when the other goroutine is through; nil: there is none
	panicked any           // in it
}

// on hands on one piece. It is false where nobody is left who wants more.
func (h *handing) on(k *wenyuan.Chunk, err error) bool {
	f := h.f
	f.mu.Lock()
	if f.alone && len(f.readers) > 0 {
		h.split()
	}
	f.take(k, err)
	if !f.alone {
		more := f.asking > 0 || f.nobody
		f.mu.Unlock()
		f.pace()
		return more
	}
	f.handing = true
	f.mu.Unlock()
	if !h.told {
		h.told = true
		tell(f.query.How.Told, &f.told)
	}
	if k.Finish != "" || err != nil {
		h.c.end(f) // before it is handed on, so that nobody waits for this caller
	}
	more := h.yield(*k, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handing = false
	if f.rouse(); more {
		return true
	}
	f.alone = false
	f.asking--
	return f.asking > 0
}

// split lets another goroutine hand on what comes from now on. It is called under the lock.
func (h *handing) split() {
	f := h.f
	f.alone = false
	r := &reader{at: f.base + f.text.Len(), mark: f.first + len(f.marks), wake: make(chan struct{}, 1), lead: true, told: h.told}
	f.readers = append(f.readers, r)
	h.done = make(chan struct{})
	go func() {
		defer close(h.done)
		defer func() { h.panicked = recover() }()
		h.c.follow(h.ctx, f.query, f, r, h.yield)
	}()
}

// wait waits for the other goroutine: the caller's yield must not be called once the caller has gone on.
func (h *handing) wait() {
	if h.done == nil {
		return
	}
	<-h.done
	if h.panicked != nil {
		panic(h.panicked)
	}
}

// An ending is how following a flight ended.
type ending int

const (
	served ending = iota // with the answer, its error, or the asker gone
	again                // it failed for reasons of who led it, or is stuck, before anything was handed on: another one may lead
	apart                // its answer is not for this asker
)

// follow hands a flight to one reader.
func (c *Cache) follow(ctx context.Context, q *Query, f *flight, r *reader, yield yielder) ending {
	for {
		f.mu.Lock()
		blocked := f.alone && f.handing && !f.ended && !r.told
		var k wenyuan.Chunk
		var err error
		var ok, over bool
		if !blocked {
			k, err, ok, over = f.next(r)
		}
		f.mu.Unlock()
		if !ok {
			if left := c.await(ctx, f, r, blocked); left != nil {
				if left == errStuck {
					c.flights.leave(f)
					f.leave(c, r, nil)
					return again
				}
				f.leave(c, r, left)
				yield(wenyuan.Chunk{}, left)
				return served
			}
			continue
		}
		if !r.told {
			if e := c.admit(ctx, q, f, r, err); e != served {
				f.leave(c, r, nil)
				return e
			}
		}
		if !yield(k, err) || over {
			f.leave(c, r, context.Canceled)
			return served
		}
	}
}

// admit says, when there is something for a reader for the first time, whether it is for this one.
func (c *Cache) admit(ctx context.Context, q *Query, f *flight, r *reader, err error) ending {
	r.told = true
	if r.lead {
		tell(q.How.Told, &f.told)
		return served
	}
	if err != nil && isOwn(err) {
		return again
	}
	f.mu.Lock()
	from := f.from
	f.mu.Unlock()
	if from != nil && (!c.suits(q, f, from) || !c.alive(ctx, q, from.Made)) {
		return apart
	}
	if tell(q.How.Told, &f.told); q.How.Told != nil {
		q.How.Told.Level = manner.Flight
	}
	return served
}

// suits says whether a kept entry that answers a flight is one that a query that has joined takes: as
// fresh as it wants, and not of a question that only means the same where it does not want that.
func (c *Cache) suits(q *Query, f *flight, e *Entry) bool {
	if now := c.now(); !e.fresh(now, q.How.Keep) && !e.stale(now, &q.How) {
		return false
	}
	return f.told.Level != manner.Alikes || q.How.Alike != nil && whereOf(q) == whereOf(f.query)
}

// patience is how long somebody who joins waits for a caller that reads its answer itself and takes
// no more of it, before it makes a call of its own.
const patience = time.Second

// errStuck says that such a caller takes no more.
var errStuck = errors.New("the caller that leads takes no more")

// await waits until there may be more for a reader; what it gives is why there will be none.
func (c *Cache) await(ctx context.Context, f *flight, r *reader, blocked bool) error {
	var late <-chan time.Time
	if blocked {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-r.wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late:
		return errStuck
	}
}

// tell hands on what the gateway did.
func tell(to, told *manner.Told) {
	if to != nil && to != told {
		*to = *told
	}
}

// An ownError is one that has to do with who asked, not with what.
type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

// Own marks an error that has to do with who asks and not with what is asked, such as that a limit of
// theirs is reached: those who joined the call do not get it, but ask themselves.
func Own(err error) error { return ownError{err} }

func isOwn(err error) bool {
	if _, own := errors.AsType[ownError](err); own {
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || wenyuan.CodeOf(err) == wenyuan.Denied
}
