package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// purges are the last ones, so that what began before one is not kept after it.
type purges struct {
	last atomic.Int64 // number of the last one
	mu   sync.Mutex
	all  [mostPurges]Purge // by number
}

// mostPurges are remembered. What began before them is not kept.
const mostPurges = 64

// note gives a purge its number.
func (p *purges) note(one Purge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.last.Load() + 1
	p.all[n%mostPurges] = one
	p.last.Store(n)
}

// purgedSince says whether an entry whose call began at the number of a purge is about to be forgotten.
func (c *Cache) purgedSince(e *Entry, number int64) bool {
	p := &c.purges
	if p.last.Load() == number {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.last.Load()
	for n := number + 1; n <= last; n++ {
		if last-n >= mostPurges || p.all[n%mostPurges].About(e) {
			return true
		}
	}
	return false
}

// Purge forgets what a purge is about, here and in the shared level, and says how many entries these
// were; one that lies in both counts once for each. When it returns, no call that began before is
// joined any more, and what it says is not kept. Other servers of the house have to be told.
func (c *Cache) Purge(ctx context.Context, p Purge) (int64, error) {
	n := c.Forget(p)
	if c.shared == nil {
		return n, nil
	}
	more, err := c.shared.purge(ctx, p)
	return n + more + c.Forget(p), err // what was read from the shared level meanwhile
}

// adopt keeps an entry in memory whose call began, or which was read elsewhere, at the number of a
// purge: not where it was purged since, also in this very moment.
func (c *Cache) adopt(e *Entry, number int64) (kept bool) {
	if c.purgedSince(e, number) {
		return false
	}
	c.memory.put(e)
	if c.purgedSince(e, number) {
		c.memory.drop(e)
		return false
	}
	return true
}

// Forget is Purge for this server alone.
func (c *Cache) Forget(p Purge) int64 {
	c.purges.note(p)
	t := &c.flights
	t.mu.Lock()
	for id, f := range t.all {
		if p.About(&Entry{Space: f.query.Space, Model: f.query.Model, Made: f.made, Sources: f.query.How.Sources}) {
			delete(t.all, id)
		}
	}
	t.mu.Unlock()
	gone := c.memory.dropAll(p.About)
	if c.c.Alike != nil {
		for _, e := range gone {
			c.c.Alike.Forget(e.Space, e.Key)
		}
		if p.Kind == "" { // also those whose answers lie in the shared level alone
			c.c.Alike.ForgetSpace(p.Space)
		}
	}
	c.counts.purged.Add(int64(len(gone)))
	if c.c.Forgot != nil {
		c.c.Forgot()
	}
	return int64(len(gone))
}

// sweepEvery is how often what has ended is taken out of the memory, though nothing asks for its place.
const sweepEvery = time.Minute

// sweep takes out what has ended.
func (c *Cache) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.root.Done():
			return
		case <-ticker.C:
			now := c.now()
			c.memory.dropAll(func(e *Entry) bool { return now >= e.Ends })
		}
	}
}
