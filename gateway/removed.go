package gateway

import (
	"context"
	"slices"
	"sync"
	"time"

	"wenyuan/gateway/cache"
)

// removals are the documents whose answers have still to go from the shared level.
type removals struct {
	mu      sync.Mutex
	waiting map[string][]string // by space; nil: nothing runs
}

const (
	removalPause = 5 * time.Second // between two purges of the shared level, which may have to look at every entry
	removalMost  = 1000            // documents of one of them
)

// Removed forgets the answers that were made from documents that are no more, which come in order. No
// such answer can be hit in any case; this frees what it takes, and leaves no copy of the words. In the
// memory of this server they are gone when it returns, in the shared level soon after.
func (m *Models) Removed(space string, documents []string) {
	for some := range slices.Chunk(documents, removalMost) {
		m.cache.Forget(ofDocuments(space, some))
	}
	if !m.cache.shares {
		return
	}
	r := &m.removals
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		if !m.behind(func() { m.purgeRemoved(m.life) }) {
			return
		}
		r.waiting = map[string][]string{}
	}
	r.waiting[space] = append(r.waiting[space], documents...)
}

func ofDocuments(space string, ids []string) cache.Purge {
	return cache.Purge{Space: space, Kind: cache.OfDocument, Name: ids[0], More: ids[1:]}
}

// purgeRemoved purges the shared level until nothing waits.
func (m *Models) purgeRemoved(ctx context.Context) {
	r := &m.removals
	for {
		r.mu.Lock()
		waiting := r.waiting
		if r.waiting = map[string][]string{}; len(waiting) == 0 || ctx.Err() != nil {
			r.waiting = nil
		}
		r.mu.Unlock()
		if len(waiting) == 0 || ctx.Err() != nil {
			return
		}
		for space, ids := range waiting {
			slices.Sort(ids)
			for some := range slices.Chunk(slices.Compact(ids), removalMost) {
				if _, err := m.cache.Purge(ctx, ofDocuments(space, some)); err != nil {
					m.c.Log.Warn("what was made from removed documents could not be taken out of the shared cache; it cannot be hit and ends by itself", "reason", err)
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(removalPause):
		}
	}
}
