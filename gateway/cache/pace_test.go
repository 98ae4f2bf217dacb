package cache_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/gateway/cache"
)

// TestLongAnswersArePaced: of an answer that is longer than what is kept nobody who reads on loses
// anything, however far behind the model, whoever made the call; who stands still is cut alone, and holds
// the others up for a bounded time.
func TestLongAnswersArePaced(t *testing.T) {
	t.Parallel()
	const pieces = 2000
	part := strings.Repeat("0123456789", 100)
	for name, c := range map[string]struct {
		leader, joiner time.Duration // that each takes for 8 KiB
		stands         bool          // one more joins and takes nothing after its first piece
		most           time.Duration // until the others have it
	}{
		"all keep up":           {0, 0, false, 3 * time.Second},
		"the joiner is slower":  {0, 20 * time.Millisecond, false, 10 * time.Second},
		"the leader is slower":  {300 * time.Millisecond, 0, false, 10 * time.Minute},
		"one stands still":      {0, 0, true, 40 * time.Second},
		"and the leader trails": {100 * time.Millisecond, 0, true, 10 * time.Minute},
	} {
		for _, timed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					o := open(t, cache.Config{})
					var calls atomic.Int32
					call := func(ctx context.Context) stream {
						calls.Add(1)
						return func(yield func(wenyuan.Chunk, error) bool) {
							for range pieces {
								time.Sleep(time.Millisecond)
								if !yield(wenyuan.Chunk{Text: part}, nil) {
									return
								}
							}
							yield(wenyuan.Chunk{Finish: "stop"}, nil)
						}
					}
					ctx := t.Context()
					if timed {
						var stop context.CancelFunc
						ctx, stop = context.WithTimeout(ctx, time.Hour)
						defer stop()
					}
					read := func(each time.Duration) {
						n, begun := 0, time.Now()
						for k, err := range o.Stream(ctx, query(1, sharing), call) {
							if err != nil {
								t.Errorf("after %d bytes: %v", n, err)
							}
							n += len(k.Text)
							time.Sleep(each * time.Duration(len(k.Text)) / (8 << 10))
						}
						if took := time.Since(begun); n != pieces*len(part) || took > c.most {
							t.Errorf("%d bytes of %d after %s", n, pieces*len(part), took)
						}
					}
					var wg sync.WaitGroup
					wg.Go(func() { read(c.leader) })
					time.Sleep(10 * time.Millisecond)
					if c.stands {
						wg.Go(func() {
							var last error
							for _, last = range o.Stream(ctx, query(1, sharing), call) {
								if last == nil {
									time.Sleep(30 * time.Minute)
								}
							}
							if wenyuan.CodeOf(last) != wenyuan.Unavailable {
								t.Errorf("who stood still got %v", last)
							}
						})
					}
					for range 5 {
						wg.Go(func() { read(c.joiner) })
					}
					wg.Wait()
					if calls.Load() != 1 {
						t.Errorf("%d calls", calls.Load())
					}
				})
			})
		}
	}
}
