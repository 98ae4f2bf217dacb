package server

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// While many streams are open most of the memory is theirs and stays; what little they leave behind at
// each piece is collected sooner: else as much memory again as lives would be taken for
// nothing. With few the collector has its usual measure, at which short requests cost the least.
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
