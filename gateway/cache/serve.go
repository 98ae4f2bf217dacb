package cache

import (
	"context"
	"crypto/sha256"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/similar"
	"wenyuan/gateway/watch"
)

const (
	jitter      = .1               // of the time that an answer is kept, by which it may be shorter: what came at once does not end at once
	repeats     = 10 * time.Second // for which an error is given again that the same request will meet again
	refreshRest = 5 * time.Second  // after a refreshing before the next one, where the first one failed
	refreshMost = 10 * time.Minute
	refreshing  = 64 // answers that are refreshed at once
)

func (c *Cache) now() int64 { return c.c.Now().UnixMicro() }

// serve gives an answer that is kept here, that of a call that is under way, or of one that it makes.
func (c *Cache) serve(ctx context.Context, q *Query, call caller, yield yielder) {
	if q.How.Keep > 0 && c.kept(ctx, q, call, yield) {
		return
	}
	share := q.How.Share
	for {
		f, lead, e := c.enter(ctx, q, share)
		switch {
		case e != nil:
			if c.given(ctx, q, e, manner.Memory, yield) {
				return
			}
		case lead:
			if share {
				c.counts.flight.misses.Add(1)
			}
			c.lead(ctx, f, call, yield)
			return
		case !c.alive(ctx, q, f.made):
			share = false
		default:
			r, group := f.join(q)
			if r == nil {
				c.flights.leave(f)
				continue
			}
			c.counts.joined(group)
			watch.Of(ctx).Step(watch.Step{Kind: watch.Cache, Where: string(manner.Flight), Result: watch.Joined, Others: int32(group - 1)})
			switch c.follow(ctx, q, f, r, yield) {
			case served:
				return
			case apart:
				share = false
			}
		}
	}
}

// kept gives an answer from memory.
func (c *Cache) kept(ctx context.Context, q *Query, call caller, yield yielder) bool {
	e := c.memory.get(&q.Key)
	if e == nil || e.Space != q.Space {
		c.missed(ctx)
		return false
	}
	now := c.now()
	level := manner.Memory
	switch {
	case e.fresh(now, q.How.Keep):
	case e.err == nil && e.stale(now, &q.How):
		level = manner.Stale
	default:
		if now >= e.Ends {
			c.memory.drop(e)
		}
		c.missed(ctx)
		return false
	}
	if !c.given(ctx, q, e, level, yield) {
		c.missed(ctx)
		return false
	}
	if level == manner.Stale && !q.How.Only {
		c.refresh(ctx, q, e, call)
	}
	return true
}

// missed counts that memory has no answer.
func (c *Cache) missed(ctx context.Context) {
	c.counts.memory.misses.Add(1)
	looked(ctx, manner.Memory, watch.Miss)
}

// looked notes what a level gave, for who asks later why a call went where it went.
func looked(ctx context.Context, level manner.Level, result string) {
	watch.Of(ctx).Step(watch.Step{Kind: watch.Cache, Where: string(level), Result: result})
}

// given gives an entry to an asker that may have it. One that is dead is forgotten.
func (c *Cache) given(ctx context.Context, q *Query, e *Entry, level manner.Level, yield yielder) bool {
	if !c.alive(ctx, q, e.Made) {
		c.forget(ctx, e)
		return false
	}
	c.counts.memory.hits.Add(1)
	if level == manner.Stale {
		c.counts.memory.stale.Add(1)
	}
	looked(ctx, level, watch.Hit)
	if told := q.How.Told; told != nil {
		*told = manner.Told{Level: level, Age: e.Age(c.c.Now()), Model: e.Model, Hash: e.Hash}
	}
	e.replay(yield)
	return true
}

// alive says whether an asker sees the documents that an answer was made from, and those that its own
// prompt was, as they were then.
func (c *Cache) alive(ctx context.Context, q *Query, made []manner.Made) bool {
	if own := q.How.Made; len(made) == 0 {
		made = own
	} else if len(own) > 0 && !slices.Equal(own, made) {
		made = slices.Concat(made, own)
	}
	if len(made) == 0 {
		return true
	}
	if c.c.Alive == nil {
		return false
	}
	ok, err := c.c.Alive(ctx, q.How.Scope, made)
	if err != nil {
		c.c.Log.Warn("whether a kept answer may be given could not be found out, so it is not", "model", q.Model, "reason", err)
		return false
	}
	if !ok {
		c.counts.refused.Add(1)
	}
	return ok
}

// refresh has an answer made anew that is past its time, once at a time, as work that nobody waits for.
func (c *Cache) refresh(ctx context.Context, q *Query, e *Entry, call caller) {
	now := c.now()
	if next := e.retry.Load(); now < next || !e.retry.CompareAndSwap(next, now+refreshRest.Microseconds()) || c.root.Err() != nil {
		return
	}
	again := *q
	again.How.Class, again.How.Deadline, again.How.Told = manner.Batch, time.Time{}, nil
	id := flightID{key: q.Key, whole: q.Whole, fallback: q.How.Fallback, inside: wenyuan.StaysInside(ctx)}
	f := &flight{id: id, query: &again, purge: c.purges.last.Load(), class: manner.Batch, made: q.How.Made, shared: true, keep: q.How.Keep, stale: max(q.How.Stale, q.How.Spare), nobody: true}
	select {
	case c.refreshes <- struct{}{}:
	default:
		return
	}
	c.flights.mu.Lock()
	under := c.flights.find(id) != nil
	if !under {
		c.flights.all[id] = f
	}
	c.flights.mu.Unlock()
	if under {
		<-c.refreshes
		return
	}
	f.begin(ctx)
	go func() {
		defer func() { <-c.refreshes }()
		timer := time.AfterFunc(refreshMost, func() { f.cancel(context.DeadlineExceeded) })
		defer timer.Stop()
		defer context.AfterFunc(c.root, func() { f.cancel(context.Canceled) })()
		c.pump(f, call)
	}()
}

// further has a flight look at the levels that take longer before its call is made.
func (c *Cache) further(f *flight, call caller) caller {
	q := f.query
	if q.How.Keep <= 0 || c.shared == nil && (q.How.Alike == nil || c.c.Alike == nil) {
		return call
	}
	return func(ctx context.Context) iter.Seq2[wenyuan.Chunk, error] {
		return func(yield yielder) {
			if e := c.elsewhere(ctx, f); e != nil {
				e.replay(yield)
				return
			}
			call(ctx)(yield)
		}
	}
}

// elsewhere finds an answer in the shared level, or that of a question that means the same.
func (c *Cache) elsewhere(ctx context.Context, f *flight) *Entry {
	q, number := f.query, c.purges.last.Load()
	if e := c.remote(ctx, q); e != nil {
		level, n := manner.Shared, &c.counts.shared
		if !e.fresh(c.now(), q.How.Keep) {
			level = manner.Stale
			n.stale.Add(1)
		}
		n.hits.Add(1)
		looked(ctx, level, watch.Hit)
		c.adopt(e, number)
		return c.found(f, e, level)
	}
	if c.shared != nil {
		looked(ctx, manner.Shared, watch.Miss)
	}
	if q.How.Alike == nil || c.c.Alike == nil {
		return nil
	}
	m, ok := c.c.Alike.Find(ctx, whereOf(q), q.How.Alike.Question)
	if !ok {
		c.counts.alike.misses.Add(1)
		looked(ctx, manner.Alikes, watch.Miss)
		return nil
	}
	e := c.byKey(ctx, q, m.Key)
	switch {
	case e == nil:
		c.c.Alike.Forget(q.Space, m.Key)
	case m.Serve:
		c.counts.alike.hits.Add(1)
		c.found(f, e, manner.Alikes)
		f.told.Like = m.Like()
		watch.Of(ctx).Step(watch.Step{Kind: watch.Cache, Where: string(manner.Alikes), Result: watch.Hit, Similar: float32(m.Similarity)})
		return e
	default:
		f.like, f.match = e, m // what the model says is compared with it
	}
	c.counts.alike.misses.Add(1)
	watch.Of(ctx).Step(watch.Step{Kind: watch.Cache, Where: string(manner.Alikes), Result: watch.Miss, Similar: float32(m.Similarity)})
	return nil
}

// found makes an entry the answer of a flight.
func (c *Cache) found(f *flight, e *Entry, level manner.Level) *Entry {
	f.mu.Lock()
	f.from = e
	f.mu.Unlock()
	f.told = manner.Told{Level: level, Age: e.Age(c.c.Now()), Model: e.Model, Hash: e.Hash}
	return e
}

// byKey finds a fresh entry of another key that an asker may have: in memory, else in the shared level.
func (c *Cache) byKey(ctx context.Context, q *Query, key Key) *Entry {
	other := *q
	other.Key = key
	e, number := c.memory.get(&key), c.purges.last.Load()
	if e == nil {
		if e = c.remote(ctx, &other); e != nil {
			c.adopt(e, number)
		}
	}
	if e == nil || e.err != nil || e.Space != q.Space || e.Hash != q.Hash || !e.fresh(c.now(), q.How.Keep) {
		return nil
	}
	if !c.alive(ctx, q, e.Made) {
		c.forget(ctx, e)
		return nil
	}
	return e
}

// remote finds an entry in the shared level that an asker may have, fresh or stale.
func (c *Cache) remote(ctx context.Context, q *Query) *Entry {
	if c.shared == nil {
		return nil
	}
	e := c.shared.get(ctx, q.Space, q.Key)
	if e == nil || !e.fresh(c.now(), q.How.Keep) && !e.stale(c.now(), &q.How) {
		c.counts.shared.misses.Add(1)
		return nil
	}
	if !c.alive(ctx, q, e.Made) {
		c.counts.shared.misses.Add(1)
		c.forget(ctx, e)
		return nil
	}
	return e
}

// whereOf is where a question stands that another one may stand for: with everything but the question.
func whereOf(q *Query) similar.Where {
	h := sha256.New()
	h.Write(q.How.Alike.Place[:])
	h.Write([]byte(q.Model + "\x00" + q.Hash + "\x00" + q.Under))
	w := similar.Where{Space: q.Space}
	h.Sum(w.Place[:0])
	return w
}

// forget drops an entry everywhere.
func (c *Cache) forget(ctx context.Context, e *Entry) {
	c.memory.drop(e)
	if c.shared != nil {
		c.shared.drop(e)
	}
	if c.c.Alike != nil {
		c.c.Alike.Forget(e.Space, e.Key)
	}
}

// end is called when a call has ended, or its answer is whole: nothing comes after. What is worth it is
// kept before the flight leaves the list, so that who comes finds the one or the other.
func (c *Cache) end(f *flight) {
	f.mu.Lock()
	if f.ended {
		f.mu.Unlock()
		return
	}
	f.ended = true
	if f.finish == "" && f.err == nil {
		f.err = errBroken
	}
	e := f.entry(c.c.Now())
	f.rouse()
	f.mu.Unlock()
	if e != nil && (len(e.Made) == 0 || c.c.Alive != nil) && c.adopt(e, f.purge) {
		c.keep(f, e)
	}
	if f.shared {
		c.flights.leave(f)
	}
}

// errBroken ends an answer that its call left unfinished.
var errBroken = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the answer broke off", Hint: "ask again"}

// keep keeps an answer that is in memory at the further levels.
func (c *Cache) keep(f *flight, e *Entry) {
	if e.err != nil {
		return
	}
	if c.shared != nil {
		c.shared.put(e)
	}
	how := &f.query.How
	if how.Alike == nil || c.c.Alike == nil {
		return
	}
	c.c.Alike.Add(f.ctx, whereOf(f.query), how.Alike.Question, e.Key, time.UnixMicro(e.Ends))
	if f.like != nil {
		c.learn(context.WithoutCancel(f.ctx), f.match, f.like, e)
	}
}

const (
	learning  = 8                // pairs of answers that are compared at once; others are not
	learnTime = 10 * time.Second // for one
)

// learn compares two answers while nobody waits for it.
func (c *Cache) learn(ctx context.Context, m similar.Match, old, now *Entry) {
	select {
	case c.learns <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-c.learns }()
		ctx, stop := context.WithTimeout(ctx, learnTime)
		defer stop()
		defer context.AfterFunc(c.root, stop)()
		if err := c.c.Alike.Compare(ctx, now.Space, m, old.Text(), now.Text()); err != nil && c.root.Err() == nil {
			c.c.Log.Warn("what two answers have in common could not be learned", "reason", err)
		}
	}()
}

// entry is what is kept of a flight that has ended; nil where nothing is. It is called under the lock.
func (f *flight) entry(now time.Time) *Entry {
	q := f.query
	keep, stale := f.keep, f.stale
	if keep <= 0 || f.from != nil {
		return nil
	}
	e := &Entry{Key: q.Key, Space: q.Space, Model: q.Model, Hash: q.Hash, Made: q.How.Made, Sources: q.How.Sources, Replica: f.told.Replica, Created: now.UnixMicro()}
	switch {
	case f.err != nil && !f.begun && !isOwn(f.err) && repeating(f.err):
		e.err = f.err
		keep, stale = min(keep, repeats), 0
	case f.err != nil || f.over || !endsWell(f.finish) || f.told.Model != "" && f.told.Model != q.Model:
		return nil
	default:
		e.Chunks = f.chunks()
	}
	fresh := time.Duration(float64(keep) * (1 - jitter*rand.Float64()))
	e.Fresh = now.Add(fresh).UnixMicro()
	e.Ends = now.Add(fresh + stale).UnixMicro()
	e.size, e.purge = e.measured(), f.purge
	return e
}

// repeating says whether the same request will meet the same error.
func repeating(err error) bool {
	code := wenyuan.CodeOf(err)
	return code == wenyuan.Invalid || code == wenyuan.TooLarge
}

// endsWell says whether an answer that ends so is worth keeping.
func endsWell(finish string) bool {
	return finish == "stop" || finish == "length" || finish == "tool_calls"
}
