package pool_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestLimitFollows: where a server comes to do more at once, or less, or is slower by itself, the limit follows.
func TestLimitFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := one()
		var slow atomic.Int64
		slow.Store(int64(100 * time.Millisecond))
		b := newBackend(16, false, func() time.Duration { return fixed(time.Duration(slow.Load()))() })
		taken := 0
		for _, x := range []struct {
			capacity int
			time     time.Duration
		}{{8, 100 * time.Millisecond}, {16, 100 * time.Millisecond}, {4, 100 * time.Millisecond}, {8, 100 * time.Millisecond}, {8, 250 * time.Millisecond}, {8, 50 * time.Millisecond}} {
			for ; taken < 16-x.capacity; taken++ {
				b.slots <- struct{}{}
			}
			for ; taken > 16-x.capacity; taken-- {
				<-b.slots
			}
			slow.Store(int64(x.time))
			got := offer(p, b, 60*time.Second, 40*time.Second)
			t.Logf("%d at once, %s: mean limit %.1f, %d good of %.0f, 99th percentile %s", x.capacity, x.time, got.mean, got.good, 20*float64(x.capacity)/x.time.Seconds(), got.times[len(got.times)*99/100])
			if got.mean < 0.8*float64(x.capacity) || got.mean > 1.3*float64(x.capacity) {
				t.Errorf("the limit is %.1f on average", got.mean)
			}
		}
	})
}
