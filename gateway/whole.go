package gateway

import (
	"context"
	"time"

	"wenyuan"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
)

// wholeMost is how many bytes of an answer are gathered at most; what is longer is told as it comes.
const wholeMost = 1 << 20

// A gathered is an answer that its asker wants as a whole: it is told once all of it is there, so
// that one whose replica breaks off in the middle can be had from another.
type gathered struct {
	chunks []wenyuan.Chunk
	bytes  int
	full   bool
	room   [1]wenyuan.Chunk // for an answer that comes in one piece
}

// takes keeps a piece; false where it is too much.
func (g *gathered) takes(c wenyuan.Chunk) bool {
	for _, t := range c.ToolCalls {
		g.bytes += len(t.Name) + len(t.Arguments)
	}
	if g.bytes += len(c.Text) + 1; g.full || g.bytes > wholeMost {
		g.full = true
		return false
	}
	if g.chunks == nil {
		g.chunks = g.room[:0]
	}
	g.chunks = append(g.chunks, c)
	return true
}

// tell tells what was gathered; false where nobody listens any more.
func (g *gathered) tell(yield func(wenyuan.Chunk, error) bool) bool {
	for i := range g.chunks {
		if !yield(g.chunks[i], nil) {
			g.chunks = nil
			return false
		}
	}
	g.chunks = nil
	return true
}

// A pausing knows how long a replica pauses in the middle of an answer.
type pausing struct {
	*pool.Turn
	again bool // nothing is told before all of it is there, and another replica can be asked
}

// Pause is that of the turn; see [wire.Pauses].
func (p pausing) Pause(silent time.Duration) time.Duration { return p.Turn.Pause(silent, p.again) }

// pausing has an answer watched that comes in pieces. One that calls tools is not: there are engines that write all
// of a call before they say any of it.
func (k *calling) pausing(ctx context.Context, t *pool.Turn) context.Context {
	if len(k.r.Tools) > 0 {
		return ctx
	}
	return wire.WithPauses(ctx, pausing{t, k.r.Whole && t.Others > 0})
}
