// Package cache answers a call of a model without calling it where that is right: identical calls
// that are under way share one, and what was answered before is given again, from memory, from where
// all servers of the house look, or because a question means the same.
//
// It never gives an answer across the border of a space, nor one that was made from a document that
// the asker does not see or that has changed since: that is asked at every hit, of who knows it. What a
// stranger would break: a Key is the hash of everything that the answer depends on, or one person is
// handed what was written for another.
package cache

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/similar"
	"wenyuan/internal/scope"
)

// A Key is the hash of exactly what would be sent, with the version of the model and its parameters,
// within one space.
type Key [32]byte

// A Query is a call that may be served from here.
type Query struct {
	Key   Key
	Space string // name
	Model string
	Hash  string // version of the model's declaration
	Under string // what else decides about its answers
	Whole bool   // the asker waits for the whole answer
	How   manner.Manner
}

// Config is what a Cache is made of.
type Config struct {
	Memory int64 // bytes that answers may take here; 0: none are kept
	Share  int   // of it, in percent, that one space may take; 0: all of it, as long as no other one wants its part

	Shared Engine         // where all servers of the house look; nil: nowhere
	Alike  *similar.Index // finds the kept answer to a question that means the same; nil: nobody does

	// Alive says whether a scope sees now every one of the documents, in exactly that revision. It
	// is asked of every answer that was made from documents, when it is given. nil: such answers are
	// neither kept nor shared.
	Alive func(ctx context.Context, sc scope.Scope, made []manner.Made) (bool, error)

	// Forgot is called after answers were forgotten, by who keeps copies of them elsewhere; nil: nobody does.
	Forgot func()

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
}

// A Cache holds answers. It is safe for concurrent use.
type Cache struct {
	c       Config
	memory  memory
	flights flights
	shared  *remote // nil: there is none
	counts  counts
	purges  purges

	refreshes chan struct{} // answers that are being refreshed
	learns    chan struct{} // pairs of answers that are being compared

	root    context.Context // of what runs for nobody: refreshing, and what is written to the shared level
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open makes a cache. It is closed once.
func Open(c Config) *Cache {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	o := &Cache{c: c}
	o.refreshes, o.learns = make(chan struct{}, refreshing), make(chan struct{}, learning)
	o.root, o.stop = context.WithCancel(context.Background())
	o.memory.open(c.Memory, c.Share)
	o.flights.open()
	if c.Memory > 0 {
		o.running.Go(o.sweep)
	}
	if c.Shared != nil {
		o.shared = o.openRemote(c.Shared)
	}
	return o
}

// Close ends what runs in the background. Answers that were to be written to the shared level may be lost.
func (c *Cache) Close() {
	c.stop()
	for range cap(c.learns) { // waits for those under way
		c.learns <- struct{}{}
	}
	for range cap(c.learns) {
		<-c.learns
	}
	c.running.Wait()
}

// Stream gives the answer to a query: one that is kept, one that is under way, else that of call,
// which is asked once for all who come meanwhile. The context that call gets ends when nobody is
// left who waits for it; what it says of its manner is the asker's, with a Told of its own.
//
// Who waits for a whole answer joins a stream that is under way, but who wants a stream does not
// join a call for a whole answer: it would see nothing until the end. Nobody joins a call that yields
// to them and has not begun, nor one that may be answered by another model where they would not be.
//
// A caller that leaves while others are joined goes at once where its context has a deadline; else
// it is held until these have theirs, because it is its goroutine that reads the answer.
func (c *Cache) Stream(ctx context.Context, q Query, call func(context.Context) iter.Seq2[wenyuan.Chunk, error]) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield yielder) { c.serve(ctx, &q, call, yield) }
}

// Peek finds a fresh answer in memory that may be given to anybody who sends this query: one that was
// made from no documents and is no error. It allocates nothing, and counts nothing: who gives the answer
// says so by Gave.
func (c *Cache) Peek(q Query) (*Entry, bool) {
	e := c.memory.peek(&q.Key)
	if e == nil || e.err != nil || len(e.Made) > 0 || e.Space != q.Space || !e.fresh(c.c.Now().UnixMicro(), q.How.Keep) {
		return nil, false
	}
	return e, true
}

// Holds says whether an entry that Peek gave is still the one in memory, and fresh at a moment to somebody
// who takes answers of an age up to keep.
func (c *Cache) Holds(e *Entry, now time.Time, keep time.Duration) bool {
	return e.fresh(now.UnixMicro(), keep) && c.memory.peek(&e.Key) == e
}

// Gave counts that an entry was given without being looked up.
func (c *Cache) Gave(e *Entry) {
	if e.used.Load() < mostHits {
		e.used.Add(1)
	}
	c.counts.memory.hits.Add(1)
}
