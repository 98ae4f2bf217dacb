package cache

import "strings"

// A growing is a text that grows by small pieces and is looked at by few: by somebody who joins, or at
// its end. Until then it stands in blocks, so that nothing is copied when one is full, and little is
// held for what has not come.
type growing struct {
	blocks [][]byte
	n      int             // bytes in all
	whole  strings.Builder // all of it, once somebody has looked
	looked bool
}

// Sizes of blocks, in bytes: each has twice that of the one before.
const (
	firstBlock = 256
	lastBlock  = 4 << 10
)

// Len is how many bytes there are.
func (g *growing) Len() int { return g.n }

// WriteString adds a piece.
func (g *growing) WriteString(s string) {
	g.n += len(s)
	if g.looked {
		g.whole.WriteString(s)
		return
	}
	for s != "" {
		last := len(g.blocks) - 1
		if last < 0 || len(g.blocks[last]) == cap(g.blocks[last]) {
			size := max(firstBlock, len(s)) // of an answer that comes at once there is one block
			if last >= 0 {
				size = min(2*cap(g.blocks[last]), lastBlock)
			}
			g.blocks = append(g.blocks, make([]byte, 0, size))
			last++
		}
		b := g.blocks[last]
		n := min(len(s), cap(b)-len(b))
		g.blocks[last], s = append(b, s[:n]...), s[n:]
	}
}

// String is the text up to now. It is not copied again by a second look.
func (g *growing) String() string {
	if !g.looked {
		g.looked = true
		g.whole.Grow(g.n)
		for _, b := range g.blocks {
			g.whole.Write(b)
		}
		g.blocks = nil
	}
	return g.whole.String()
}
