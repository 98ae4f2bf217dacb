package openai

import (
	"cmp"
	"sync/atomic"
	"time"

	"wenyuan"
)

// A whole answer in one piece costs both sides less than a stream. But until it is there nothing can be
// told from a server that hangs, so that it is asked for where its end is near: an answer of few tokens,
// or one of a server whose whole answers usually are there at once.
const (
	shortAnswer = 1024                   // tokens of an answer of few
	openAnswer  = 4096                   // tokens that one is taken for whose length the request leaves open
	slowToken   = 100 * time.Millisecond // the longest that a token of an answer in one piece takes
	atOnce      = 40 * time.Millisecond  // what the limits of replicas take for no time at all
)

// wholly says whether an answer is asked for in one piece.
func (m *Client) wholly(r *wenyuan.Request) bool {
	return r.Whole && (r.MaxTokens > 0 && r.MaxTokens <= shortAnswer || m.wholes.atOnce())
}

// longest is how much longer than the first words of a stream such an answer may take.
func longest(r *wenyuan.Request) time.Duration {
	return time.Duration(min(cmp.Or(r.MaxTokens, openAnswer), openAnswer)) * slowToken
}

// A pace is how long the whole answers of a server took lately, in one piece or not.
type pace struct{ mean atomic.Int64 } // nanoseconds; 0: none came yet

// came takes the time of an answer into the mean, where each counts for an eighth.
func (p *pace) came(took time.Duration) {
	mean := p.mean.Load()
	if mean == 0 {
		mean = int64(took)
	}
	p.mean.Store(max(mean+(int64(took)-mean)/8, 1)) // that another one is lost which comes at the same moment is no matter
}

func (p *pace) atOnce() bool {
	mean := p.mean.Load()
	return mean > 0 && mean <= int64(atOnce)
}
