package gateway

import (
	"context"
	"time"

	"wenyuan"
	"wenyuan/gateway/pool"
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

// A pieces ends the waiting for the next piece of a whole answer. A nil one waits as long as the
// client does.
type pieces struct {
	timer *time.Timer
	most  time.Duration
	end   context.CancelCauseFunc
}

// inPieces watches an answer that is gathered, where another replica could be asked for it.
func (m *Model) inPieces(ctx context.Context, t *pool.Turn, whole bool) (context.Context, *pieces) {
	if !whole || t.Others == 0 {
		return ctx, nil
	}
	ctx, end := context.WithCancelCause(ctx)
	return ctx, &pieces{most: m.lane.pool.Pause(), end: end}
}

// again notes that a piece came.
func (p *pieces) again() {
	switch {
	case p == nil:
	case p.timer == nil:
		p.timer = time.AfterFunc(p.most, func() { p.end(errHung) })
	default:
		p.timer.Reset(p.most)
	}
}

func (p *pieces) stop() {
	if p == nil {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.end(nil)
}

// why is the reason of an error: silence, where that ended the answer.
func (p *pieces) why(ctx context.Context, err error) error {
	if p != nil && context.Cause(ctx) == errHung {
		return errHung
	}
	return err
}
