package cache

import (
	"context"
	"iter"

	"wenyuan"
)

// mostKept is how many bytes of an answer are kept, for those who join and for later.
const mostKept = 256 << 10

type flights struct{}

func (f *flights) open()      {}
func (f *flights) count() int { return 0 }

func (c *Cache) serve(ctx context.Context, q *Query, call func(context.Context) iter.Seq2[wenyuan.Chunk, error], yield func(wenyuan.Chunk, error) bool) {
	call(ctx)(yield)
}

// endsWell says whether an answer that ends so is worth keeping.
func endsWell(finish string) bool {
	return finish == "stop" || finish == "length" || finish == "tool_calls"
}
