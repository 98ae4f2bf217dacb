package server

import (
	"context"
	"runtime/debug"
	figures "runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// While many streams are open most of the memory is theirs and stays; what little they leave behind at
// each piece is collected sooner: else as much memory again as lives would be taken for
// nothing. With few the collector has its usual measure, at which short requests cost less.
const (
	manyStreams   = 256
	streamPercent = 20 // of what lives may come before a collection; see [debug.SetGCPercent]
)

// streams counts those that are open in this process, which has one collector.
var streams streamCount

type streamCount struct {
	open atomic.Int64

	mu     sync.Mutex
	sooner bool
	before int // percent that held before
}

// begin counts a stream, until end is called.
func (c *streamCount) begin() (end func()) {
	if c.open.Add(1) == manyStreams {
		c.adjust()
	}
	return c.end
}

func (c *streamCount) end() {
	if c.open.Add(-1) == manyStreams/2 {
		c.adjust()
	}
}

// adjust sets the collector. Between the two bounds it stays as it is, so that it is not set all the
// time.
func (c *streamCount) adjust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch n := c.open.Load(); {
	case n >= manyStreams && !c.sooner:
		c.sooner, c.before = true, debug.SetGCPercent(streamPercent)
		if c.before < streamPercent { // the operator set it lower, or off
			debug.SetGCPercent(c.before)
		}
	case n <= manyStreams/2 && c.sooner:
		c.sooner = false
		debug.SetGCPercent(c.before)
	}
}

// What lives in a small house is soon doubled by requests: at the measure of the language a tenth of the
// processor looked through it again and again. So much may come between two collections, if it is more than
// lives; of a large house that is nothing, and the measure stays as it is.
const (
	roomBetween = 128 << 20 // bytes
	roomPercent = 600       // at most
	roomEach    = 5 * time.Second
)

// Collect sets how often garbage is collected in this process, until ctx ends. Where the environment has GOGC,
// that holds: then it is not called.
func Collect(ctx context.Context) {
	ticker := time.NewTicker(roomEach)
	defer ticker.Stop()
	before := 0
	live := []figures.Sample{{Name: "/gc/heap/live:bytes"}}
	for {
		figures.Read(live)
		if live[0].Value.Kind() == figures.KindUint64 {
			if p := percentOf(live[0].Value.Uint64()); p != before { // setting it stops the program for a moment
				streams.usual(p)
				before = p
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// percentOf is the measure where so many bytes live, in steps.
func percentOf(live uint64) int {
	const step = 25
	return int(min(max(100*roomBetween/max(live, 1)/step*step, 100), roomPercent))
}

// usual sets the measure that holds while there are few streams.
func (c *streamCount) usual(percent int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sooner {
		c.before = percent
		return
	}
	debug.SetGCPercent(percent)
}
