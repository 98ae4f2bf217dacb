package cache

import (
	"sync/atomic"
	"time"

	"wenyuan/gateway/manner"
)

// A Look is what a Cache holds and has done since it was opened.
type Look struct {
	Levels   []LevelLook   `json:"levels"`            // flight, memory, shared, alike
	Open     int           `json:"open"`              // calls under way that may be shared
	Largest  int           `json:"largest"`           // callers that shared one call, at most
	Refused  int64         `json:"refused"`           // hits that were not given, because a document has changed or is not seen
	Purged   int64         `json:"purged"`            // entries that were taken away by hand
	Engine   string        `json:"engine,omitempty"`  // of the shared level: "database", "redis"
	Latency  time.Duration `json:"latency,omitempty"` // of the shared level, smoothed, in nanoseconds
	Resting  bool          `json:"resting,omitempty"` // the shared level did not answer and is left alone for a while
	Reason   string        `json:"reason,omitempty"`  // why the shared level failed last; empty once it has done well again
	Lost     int64         `json:"lost,omitempty"`    // answers that were not written to the shared level
	Timeouts int64         `json:"timeouts,omitempty"`
}

// A LevelLook is what one level holds and has done.
type LevelLook struct {
	Level   manner.Level `json:"level"`
	Hits    int64        `json:"hits"`
	Stale   int64        `json:"stale,omitempty"` // of the hits: past their time
	Misses  int64        `json:"misses"`
	Entries int64        `json:"entries,omitempty"`
	Bytes   int64        `json:"bytes,omitempty"`
	Limit   int64        `json:"limit,omitempty"` // bytes
	Evicted int64        `json:"evicted,omitempty"`
}

type counts struct {
	flight, memory, shared, alike levelCount
	largest, refused, purged      atomic.Int64
}

type levelCount struct{ hits, stale, misses atomic.Int64 }

// joined counts somebody who has joined a call, which so many wait for now.
func (n *counts) joined(group int) {
	n.flight.hits.Add(1)
	for most := n.largest.Load(); int64(group) > most && !n.largest.CompareAndSwap(most, int64(group)); most = n.largest.Load() {
	}
}

// Look says what the cache holds and has done.
func (c *Cache) Look() Look {
	level := func(l manner.Level, n *levelCount) LevelLook {
		return LevelLook{Level: l, Hits: n.hits.Load(), Stale: n.stale.Load(), Misses: n.misses.Load()}
	}
	out := Look{Levels: []LevelLook{level(manner.Flight, &c.counts.flight), level(manner.Memory, &c.counts.memory), level(manner.Shared, &c.counts.shared), level(manner.Alikes, &c.counts.alike)},
		Open: c.flights.count(), Largest: int(c.counts.largest.Load()), Refused: c.counts.refused.Load(), Purged: c.counts.purged.Load()}
	m := &out.Levels[1]
	m.Entries, m.Bytes, m.Limit, m.Evicted = c.memory.look()
	if c.shared != nil {
		c.shared.look(&out)
	}
	return out
}
