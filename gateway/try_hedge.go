package gateway

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
	"wenyuan/gateway/wire"
)

// errOutrun ends an attempt whose answer another replica began to give first.
var errOutrun = errors.New("another replica was quicker")

// A heard is one piece of a stream.
type heard struct {
	chunk wenyuan.Chunk
	err   error
}

// A race is a request that several replicas are asked at once. Who begins to answer first is heard, the
// others are let go.
type race struct {
	*calling
	ctx    context.Context // of the request
	first  *pool.Turn
	outrun context.CancelCauseFunc // of the first
	pieces chan heard              // of one of those beside the first; closed when none of them has more to say

	mu      sync.Mutex
	over    bool // nobody is let in any more
	late    bool // one was let in because of a long silence
	seeks   bool // one looks for a place
	asked   []string
	bad     []string // of these, that failed
	beside  []*rival // that may still answer
	winner  *pool.Turn
	waiting bool // the first one has ended without an answer
	closed  bool // pieces
}

// A rival is asked beside the first one.
type rival struct{ stop context.CancelCauseFunc }

// hedged asks a replica. Where the request is a short one that nobody shares, another replica is asked beside
// it once it is silent for longer than nearly all answers take; and whatever it is, once it is silent for much
// longer than that. won says, once the first piece is there, which of them gives it; nil where no other one can
// be asked.
//
//go:noinline
func (k *calling) hedged(ctx context.Context, t *pool.Turn, client any) (answer iter.Seq2[wenyuan.Chunk, error], won func() *pool.Turn) {
	if t.Others == 0 && len(t.Not) == 0 {
		return client.(wenyuan.Model).Stream(k.pausing(ctx, t), *k.r), nil
	}
	c := &race{calling: k, first: t}
	after := time.Duration(0)
	if t.Others > 0 && !shared(ctx) {
		after = k.m.lane.pool.Hedge(k.ask)
	}
	return func(yield func(wenyuan.Chunk, error) bool) { c.run(ctx, after, client.(wenyuan.Model), yield) }, c.heard
}

// shared says whether the answer of a call is for more than who makes it: many wait for one call, and it is to
// be one. It is asked elsewhere only where its replica seems to have failed.
func shared(ctx context.Context) bool {
	how := manner.In(ctx)
	return how.Share || how.Keep > 0
}

func (c *race) run(ctx context.Context, after time.Duration, model wenyuan.Model, yield func(wenyuan.Chunk, error) bool) {
	first, outrun := context.WithCancelCause(ctx)
	defer outrun(nil)
	c.ctx, c.outrun, c.asked = ctx, outrun, []string{c.first.ID}
	defer c.end()
	if after > 0 {
		timer := time.AfterFunc(after, func() { c.rival(false) })
		defer timer.Stop()
	}
	c.first.Cut(func() { outrun(errHung) }) // those beside it go on
	c.first.Late(c.goOn)
	var failed error
	begun := false
	for chunk, err := range model.Stream(c.pausing(first, c.first), *c.r) {
		if !begun {
			if failed = err; err != nil || !c.wins(c.first, nil) {
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

// goOn asks one more replica, as those that were asked say nothing.
func (c *race) goOn() { go c.rival(true) }

// hear goes on with one of the others, where the first one was outrun or failed. Where there is none, or they
// say nothing, the first one's error stands.
func (c *race) hear(ctx context.Context, failed error, yield func(wenyuan.Chunk, error) bool) {
	begun := false
	for h := range c.rest() {
		if !begun {
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

// rival asks another replica beside those that are asked. Where it is for a long silence, it waits for a place,
// and asks again where what it asked fails too.
func (c *race) rival(late bool) {
	one, ctx, a := c.enter(late)
	if one == nil {
		return
	}
	defer c.leave(one)
	for each := besideEach; c.try(ctx, one, a) && late; each = min(2*each, besideMost) {
		wait, done := context.WithTimeout(ctx, each)
		<-wait.Done()
		done()
		if !c.seek() {
			return
		}
	}
}

// try asks one replica beside the others; again says that it failed.
func (c *race) try(ctx context.Context, one *rival, a pool.Ask) (again bool) {
	t, back := c.m.beside(ctx, a, c.askedNow)
	if c.found(t); t == nil {
		return false
	}
	defer back()
	defer t.End(pool.Abandoned) // which does nothing where it has ended
	trying, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t.Cut(func() { stop(errHung) })
	t.Late(c.goOn)
	step := askedOf(ctx, t, false)
	failed := c.hand(trying, t, one)
	outcome := outcomeOf(c.ctx, failed)
	t.Done(outcome, wire.WaitOf(failed), failed)
	cameBack(ctx, step, t, outcome, failed)
	return c.failed(t)
}

// hand hands on what a replica says beside the first one, if it is the first to begin.
func (c *race) hand(ctx context.Context, t *pool.Turn, one *rival) (failed error) {
	begun := false
	for chunk, err := range t.Data.(*replica).client.(wenyuan.Model).Stream(c.pausing(granting(ctx, t.Data.(*replica)), t), *c.r) {
		if failed = err; !begun && err != nil {
			break
		}
		if !begun && !c.wins(t, one) {
			return errOutrun
		}
		begun = true
		select {
		case c.pieces <- heard{chunk, err}:
			continue
		case <-ctx.Done():
		}
		break
	}
	if context.Cause(ctx) == errHung && !begun {
		return errHung
	}
	return failed
}

// besideEach is after how long it is looked again which replicas there are, while a place at one is waited for;
// and where one failed, after how long another is asked, which is doubled each time up to besideMost.
const (
	besideEach = time.Second
	besideMost = 8 * time.Second

	besideOthers = 2 // looks for another replica, before one that was asked may be asked once more
)

// beside is a place at another replica than those that were asked. Where there has been silence for very long
// it is waited for; and where only one was asked and the others have failed, which are bad, or have no place, that
// one is asked once more: it may answer others. asked says at each look which are asked and which have failed, as
// both may change while a place is waited for. back gives it back.
func (m *Model) beside(ctx context.Context, a pool.Ask, asked func() (now, bad []string)) (t *pool.Turn, back func()) {
	if !a.Late {
		return m.lane.pool.Second(a), m.lane.queue.Wake
	}
	w := m.want(ctx, a)
	w.Again = true
	once := a
	once.Again = true
	for looks := 0; ctx.Err() == nil; looks++ {
		a.Not, once.Not = asked()
		own := len(a.Not) == 1 && (len(once.Not) > 0 || looks >= besideOthers)
		wait, done := context.WithTimeout(ctx, besideEach)
		if !own && m.lane.pool.Left(slices.Concat(a.Not, a.Never)) == 0 { // nobody is to stand in the queue whom nobody can serve
			<-wait.Done()
		} else if m.lane.queue.Enter(wait, w, func() bool {
			if t = nil; own {
				t = m.lane.pool.Second(once)
			}
			if t == nil {
				t = m.lane.pool.Second(a)
			}
			return t != nil
		}) == nil {
			done()
			return t, func() { m.lane.queue.Leave(w.Class) }
		} else {
			<-wait.Done() // it may have been refused at once
		}
		done()
	}
	return nil, nil
}

// enter lets one more in, unless the race is over.
func (c *race) enter(late bool) (*rival, context.Context, pool.Ask) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.winner != nil || c.seeks || c.waiting && len(c.beside) == 0 {
		return nil, nil, pool.Ask{}
	}
	if c.pieces == nil {
		c.pieces = make(chan heard)
	}
	ctx, stop := context.WithCancelCause(c.ctx)
	one := &rival{stop}
	c.beside, c.seeks, c.late = append(c.beside, one), true, c.late || late
	a := c.ask
	if a.Late = late; !late { // one that failed before is not asked beside one that is only slow
		a.Not = slices.Concat(c.asked, c.first.Not)
	}
	return one, ctx, a
}

// found ends the looking for a place.
func (c *race) found(t *pool.Turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seeks = false; t != nil {
		c.asked = append(c.asked, t.ID)
	}
}

// failed says whether another one is to be asked in the place of one that has failed, and which may be asked
// again later: the first one is still silent.
func (c *race) failed(t *pool.Turn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = slices.DeleteFunc(slices.Clone(c.asked), func(id string) bool { return id == t.ID })
	c.bad = append(slices.Clip(c.bad), t.ID)
	return !c.over && c.winner == nil && !c.waiting
}

// askedNow are those that are asked, and those that failed.
func (c *race) askedNow() (now, bad []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked), slices.Clone(c.bad)
}

// seek begins to look for another place; false where nobody looks, as it is over or another one does.
func (c *race) seek() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.winner != nil || c.seeks {
		return false
	}
	c.seeks = true
	return true
}

// leave is called when one that was let in has no more to say.
func (c *race) leave(one *rival) {
	one.stop(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beside = slices.DeleteFunc(c.beside, func(o *rival) bool { return o == one })
	c.seal()
}

// rest is what the others say, once the first one has ended.
func (c *race) rest() <-chan heard {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting = true; c.pieces == nil {
		c.pieces = make(chan heard)
	}
	c.seal()
	return c.pieces
}

// seal ends the waiting for the others where none is left.
func (c *race) seal() {
	if c.waiting && len(c.beside) == 0 && !c.closed {
		c.closed = true
		close(c.pieces)
	}
}

// heard is who answers, once the first piece is there.
func (c *race) heard() *pool.Turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.winner
}

// wins says whether one is the first to begin; the others are let go then. one is nil for the first that was
// asked.
func (c *race) wins(t *pool.Turn, one *rival) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.winner != nil {
		return c.winner == t
	}
	c.winner = t
	for _, o := range c.beside {
		if o != one {
			o.stop(errOutrun)
		}
	}
	switch {
	case one == nil:
	case c.late:
		c.outrun(errHung) // it said nothing for very long, and another one did at once
	default:
		c.outrun(errOutrun)
	}
	return true
}

// end lets all go that still run.
func (c *race) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, o := range c.beside {
		o.stop(errOutrun)
	}
}

// written is about how many tokens a piece has.
func written(c wenyuan.Chunk) int {
	if c.Usage != nil && c.Usage.Completion > 0 && c.Finish != "" {
		return c.Usage.Completion
	}
	n := len(c.Text)
	for _, t := range c.ToolCalls {
		n += len(t.Arguments)
	}
	return n / bytesPerToken
}

// began notes that an answer has begun, and which replica gives it; false where its waiting was ended
// a moment before.
func (m *Model) began(ctx context.Context, t *pool.Turn, first wenyuan.Chunk) bool {
	ok, wake := t.Begin(written(first))
	if !ok {
		return false
	}
	if told := manner.In(ctx).Told; told != nil {
		told.Replica = t.ID
	}
	if wake {
		m.lane.queue.Wake()
	}
	watch.Of(ctx).First(t.ID)
	return true
}
