package gateway

import (
	"context"

	"wenyuan"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/pool"
)

// A calling is one call of a model, whichever of its replicas answers.
type calling struct {
	m      *Model
	r      *wenyuan.Request // not to be written to
	ask    pool.Ask
	one    *counted
	held   *metered
	sample *sample
	tally  *tally
	from   string // the replica that answers; "" before one does
	yield  func(wenyuan.Chunk, error) bool
}

// call asks the replicas of one model. spare says that another model may be asked: then an error
// that comes before anything was said is given back, else it is yielded.
func (m *Model) call(ctx context.Context, r *wenyuan.Request, spare bool, yield func(wenyuan.Chunk, error) bool) error {
	fail := func(err error) error {
		if spare && ctx.Err() == nil && passing(err) {
			return err
		}
		yield(wenyuan.Chunk{}, err)
		return nil
	}
	c, err := m.calling(ctx, r, yield)
	if err != nil {
		refusedBy(ctx, "limit", err)
		return fail(cache.Own(err))
	}
	defer c.held.settle(ctx)
	err = m.each(ctx, c.ask, c.one, c.asks)
	c.tally.end(err)
	if err != nil {
		c.one.failed(err)
		return fail(err)
	}
	c.sample.end(ctx, c.from)
	return nil
}

// calling readies a call, and reserves what it may take. What is on the stack for that is not there while the
// answer is waited for.
//
//go:noinline
func (m *Model) calling(ctx context.Context, r *wenyuan.Request, yield func(wenyuan.Chunk, error) bool) (*calling, error) {
	ask := m.asks(*r) // as it came: that a limit bounds its answer makes it no longer
	r, held, err := m.begin(ctx, r)
	if err != nil {
		return nil, err
	}
	return &calling{m: m, r: r, ask: m.agreed(ctx, ask), one: m.figure.begin(), held: held, sample: m.sampled(ctx, *r), tally: m.tally(), yield: yield}, nil
}

// tell tells the asker a piece, and notes it.
func (c *calling) tell(chunk wenyuan.Chunk, err error) bool {
	chunk.Usage = c.m.priced(chunk.Usage)
	c.one.chunk(chunk, err)
	c.held.chunk(chunk, err)
	c.sample.chunk(chunk, err)
	c.tally.chunk(chunk, err)
	return c.yield(chunk, err)
}

// asks asks one replica. begun says that the asker was told something of its answer, or all of it.
func (c *calling) asks(ctx context.Context, t *pool.Turn, client any) (begun bool, err error) {
	answer, won := c.hedged(ctx, t, client)
	a := &answering{calling: c, ctx: ctx, t: t, won: won}
	answer(a.takes)
	if !a.over {
		a.begun = true
		a.whole.tell(c.tell)
	}
	return a.begun, a.err
}

// An answering is what one replica says.
type answering struct {
	*calling
	ctx   context.Context
	t     *pool.Turn
	won   func() *pool.Turn // nil: it is asked alone
	whole gathered          // what is not told before all of it is there
	spoke bool
	begun bool // the asker was told something
	over  bool // it ended before its end
	err   error
}

// takes takes a piece of the answer. It is false where no more of it is wanted.
func (a *answering) takes(chunk wenyuan.Chunk, err error) bool {
	switch {
	case a.spoke:
		a.t.Alive()
	case err == nil:
		if a.won != nil {
			first := a.t
			a.t = a.won()
			first.Instead(a.t)
		}
		if !a.m.began(a.ctx, a.t, chunk) {
			return a.ends(errHung)
		}
		a.spoke, a.from = true, a.t.ID
	}
	switch {
	case err != nil && !a.begun:
		return a.ends(err) // nothing was told: another one may be asked
	case err == nil && a.r.Whole && !a.begun && a.whole.takes(chunk):
		a.one.began(chunk)
		a.tally.chunk(chunk, nil)
		return true
	}
	a.begun = true
	if !a.whole.tell(a.tell) || !a.tell(chunk, err) || err != nil {
		return a.ends(err)
	}
	return true
}

func (a *answering) ends(err error) bool {
	a.over, a.err = true, err
	return false
}
