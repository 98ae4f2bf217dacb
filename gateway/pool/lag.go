package pool

import (
	"math"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// A lagging measures how long work of this process waits for a processor: while that is long, times
// say more about this machine than about a replica.
type lagging struct {
	mean atomic.Int64 // nanoseconds
	at   atomic.Int64 // when it was looked up, in nanoseconds since the start

	mu     sync.Mutex
	sample []metrics.Sample
	before []uint64
}

const (
	lagEach = 100 * time.Millisecond // how old the figure may be
	hops    = 4                      // times that a request waits for a processor until its first piece: handler, writer, reader, handler
)

var (
	lagged  = lagging{sample: []metrics.Sample{{Name: "/sched/latencies:seconds"}}}
	started = time.Now()
)

// lag is how long goroutines lately waited to run, on average, in nanoseconds.
func lag() int64 {
	now := int64(time.Since(started))
	if at := lagged.at.Load(); now-at < int64(lagEach) && at > 0 || !lagged.mu.TryLock() {
		return lagged.mean.Load()
	}
	defer lagged.mu.Unlock()
	lagged.at.Store(now)
	metrics.Read(lagged.sample)
	if lagged.sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	h := lagged.sample[0].Value.Float64Histogram()
	if len(lagged.before) != len(h.Counts) {
		lagged.before = make([]uint64, len(h.Counts))
	}
	sum, n := 0.0, 0.0
	for i, c := range h.Counts {
		d := float64(c - lagged.before[i])
		lagged.before[i] = c
		if top := h.Buckets[i+1]; d > 0 && !math.IsInf(top, 0) {
			sum, n = sum+d*top, n+d
		}
	}
	if n > 0 {
		lagged.mean.Store(int64(sum / n * float64(time.Second)))
	}
	return lagged.mean.Load()
}
