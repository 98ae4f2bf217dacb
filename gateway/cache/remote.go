package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// remote is the shared level: an engine that is asked no longer than it is worth, and left alone while
// it does not answer. Its latency and how long it is waited for are estimated as in RFC 6298, section 2.
type remote struct {
	c      *Cache
	engine Engine
	queue  chan order

	smooth   atomic.Int64 // latency, nanoseconds; 0: not known
	spread   atomic.Int64 // of it
	failed   atomic.Int64 // times in a row
	rests    atomic.Int64 // until when it is left alone; in UTC microseconds
	out      atomic.Int64 // questions that are not answered yet
	lost     atomic.Int64
	timeouts atomic.Int64
	reason   atomic.Pointer[string] // of the last failure; nil: all is well
	told     atomic.Int64           // when a reason was logged last; in UTC microseconds
}

// An order is something to be done in the engine that nobody waits for.
type order struct {
	e    *Entry
	drop bool
}

const (
	leastWait  = 10 * time.Millisecond  // that the engine is given to answer
	mostWait   = 100 * time.Millisecond // likewise
	writeWait  = 2 * time.Second        // that it is given to write
	purgeWait  = time.Minute            // that it is given to forget
	mostOut    = 1024                   // questions that may be unanswered
	mostFailed = 3                      // failures in a row, after which it is left alone
	shortRest  = time.Second            // for which it is left alone at first; twice as long each time
	longRest   = 30 * time.Second       // at most
	mostOrders = 1024                   // that wait to be written
	mostAtOnce = 64                     // entries that are written at once
	mostReason = 200                    // bytes of a reason
	toldOnce   = 10 * time.Second       // in which one reason is logged, as some hold the port of a connection
)

func (c *Cache) openRemote(e Engine) *remote {
	r := &remote{c: c, engine: e, queue: make(chan order, mostOrders)}
	c.running.Go(r.work)
	return r
}

// get finds an entry; nil where there is none, and where the engine does not answer in time.
func (r *remote) get(ctx context.Context, space string, key Key) *Entry {
	if !r.ready() {
		return nil
	}
	timed, stop := context.WithTimeout(ctx, r.wait())
	defer stop()
	begun := time.Now()
	e, err := r.asked(timed, space, key)
	if err != nil && ctx.Err() != nil {
		return nil // the asker left: that says nothing of the engine
	}
	r.learn(time.Since(begun), err, timed.Err() != nil)
	return e
}

// asked asks the engine and comes back in time, also where a client of the engine does not: one that
// has lost its connection may first make another.
func (r *remote) asked(ctx context.Context, space string, key Key) (*Entry, error) {
	if r.c.root.Err() != nil {
		return nil, context.Cause(r.c.root)
	}
	if r.out.Add(1) > mostOut {
		r.out.Add(-1)
		return nil, errTooMany
	}
	type answer struct {
		e   *Entry
		err error
	}
	came := make(chan answer, 1)
	r.c.running.Go(func() {
		defer r.out.Add(-1)
		e, err := r.engine.Get(ctx, space, key)
		came <- answer{e, err}
	})
	select {
	case a := <-came:
		return a.e, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

var errTooMany = errors.New("too many questions are unanswered")

// wait is how long the engine is waited for: as long as it takes usually, and four times by how much that varies.
func (r *remote) wait() time.Duration {
	return min(max(time.Duration(r.smooth.Load()+4*r.spread.Load()), leastWait), mostWait)
}

// ready says whether the engine may be asked. After a rest it is one caller that tries.
func (r *remote) ready() bool {
	until := r.rests.Load()
	if until == 0 {
		return true
	}
	now := r.c.now()
	over := now >= until || until-now > longRest.Microseconds() // the clock was set back meanwhile
	return over && r.rests.CompareAndSwap(until, now+shortRest.Microseconds())
}

// learn takes in how a call of the engine went.
func (r *remote) learn(took time.Duration, err error, late bool) {
	if late {
		r.timeouts.Add(1)
	}
	if err == nil || late { // that it was late says that it takes at least so long
		old := r.smooth.Load()
		if old == 0 {
			r.smooth.Store(int64(took))
			r.spread.Store(int64(took) / 2)
		} else {
			r.spread.Add((max(old-int64(took), int64(took)-old) - r.spread.Load()) / 4)
			r.smooth.Add((int64(took) - old) / 8)
		}
	}
	r.outcome(err)
}

// outcome takes in whether the engine answered. One that does not, several times in a row, is left alone.
func (r *remote) outcome(err error) {
	if err == nil {
		if r.failed.Swap(0); r.rests.Swap(0) != 0 {
			r.reason.Store(nil)
			r.c.c.Log.Info("the shared cache answers again", "engine", r.engine.Name())
		}
		return
	}
	r.because(err)
	n := r.failed.Add(1)
	if n < mostFailed {
		return
	}
	rest := min(shortRest<<min(n-mostFailed, 5), longRest)
	if r.rests.Swap(r.c.now()+rest.Microseconds()) == 0 {
		r.c.c.Log.Warn("the shared cache does not answer and is left alone for a while", "engine", r.engine.Name(), "reason", err)
	}
}

// because keeps why a call of the engine failed, and logs it where that is news: an engine that reads
// well and writes nothing, as it is full, is never left alone. One that is only late says nothing new.
func (r *remote) because(err error) {
	why := err.Error()
	why = why[:min(len(why), mostReason)]
	was := r.reason.Swap(&why)
	if was != nil && *was == why || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if last, now := r.told.Load(), r.c.now(); (now-last >= toldOnce.Microseconds() || now < last) && r.told.CompareAndSwap(last, now) {
		r.c.c.Log.Warn("the shared cache failed", "engine", r.engine.Name(), "reason", why)
	}
}

// put has an entry written, and drop has it forgotten; where too much waits, it is not.
func (r *remote) put(e *Entry)  { r.order(order{e, false}) }
func (r *remote) drop(e *Entry) { r.order(order{e, true}) }

func (r *remote) order(o order) {
	select {
	case r.queue <- o:
	default:
		r.lost.Add(1)
	}
}

// work writes until the cache is closed, and then what is left, as far as it takes no time.
func (r *remote) work() {
	for {
		select {
		case o := <-r.queue:
			r.do(r.c.root, o)
			continue
		case <-r.c.root.Done():
		}
		ctx, stop := context.WithTimeout(context.Background(), writeWait)
		defer stop()
		for len(r.queue) > 0 && ctx.Err() == nil {
			r.do(ctx, <-r.queue)
		}
		return
	}
}

// do carries out an order, with those to write that wait behind it.
func (r *remote) do(ctx context.Context, o order) {
	var put []*Entry
	for more := true; more && !o.drop; {
		if !r.c.purgedSince(o.e, o.e.purge) {
			put = append(put, o.e)
		}
		more = len(put) < mostAtOnce
		if more {
			select {
			case o = <-r.queue:
			default:
				more = false
			}
		}
	}
	r.write(ctx, len(put), func(ctx context.Context) error {
		if len(put) == 0 {
			return nil
		}
		return r.engine.Put(ctx, put...)
	})
	for _, e := range put {
		if r.c.purgedSince(e, e.purge) { // while it was written
			r.write(ctx, 1, func(ctx context.Context) error { return r.engine.Drop(ctx, e.Space, e.Key) })
		}
	}
	if o.drop {
		r.write(ctx, 1, func(ctx context.Context) error { return r.engine.Drop(ctx, o.e.Space, o.e.Key) })
	}
}

// write calls the engine for some orders.
func (r *remote) write(ctx context.Context, orders int, f func(context.Context) error) {
	if orders == 0 {
		return
	}
	if !r.ready() {
		r.lost.Add(int64(orders))
		return
	}
	timed, stop := context.WithTimeout(ctx, writeWait)
	defer stop()
	err := f(timed)
	if err != nil {
		r.lost.Add(int64(orders))
	} else {
		r.reason.Store(nil)
	}
	if ctx.Err() == nil {
		r.outcome(err)
	}
}

// purge forgets what a purge is about.
func (r *remote) purge(ctx context.Context, p Purge) (int64, error) {
	timed, stop := context.WithTimeout(ctx, purgeWait)
	defer stop()
	return r.engine.Purge(timed, p)
}

func (r *remote) look(l *Look) {
	l.Engine, l.Latency = r.engine.Name(), time.Duration(r.smooth.Load())
	l.Resting = r.rests.Load() != 0
	if why := r.reason.Load(); why != nil {
		l.Reason = *why
	}
	l.Lost, l.Timeouts = r.lost.Load(), r.timeouts.Load()
}
