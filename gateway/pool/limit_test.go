package pool_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// A backend serves so many at a time; others wait for it, or are refused.
type backend struct {
	slots   chan struct{}
	time    func() time.Duration
	refuses bool
}

func newBackend(capacity int, refuses bool, d func() time.Duration) *backend {
	return &backend{make(chan struct{}, capacity), d, refuses}
}

func (b *backend) serve(t *pool.Turn) pool.Outcome {
	if b.refuses {
		select {
		case b.slots <- struct{}{}:
		default:
			time.Sleep(time.Millisecond)
			return pool.Crowded
		}
	} else {
		b.slots <- struct{}{}
	}
	time.Sleep(b.time())
	<-b.slots
	return pool.Good
}

func fixed(d time.Duration) func() time.Duration {
	return func() time.Duration { return time.Duration(float64(d) * (0.97 + rand.Float64()*0.06)) }
}

func spread(d time.Duration) func() time.Duration {
	return func() time.Duration { return time.Duration(float64(d) * (0.3 + rand.ExpFloat64()*0.7)) }
}

// A rush is what came of offering more than can be served.
type rush struct {
	good, refused int
	times         []time.Duration // of who was served, from the place on
	limit         int             // at the end
	mean          float64         // limit, over time
}

// offer asks for a place as soon as there is one, for so long, and drops the first part of it from
// the figures.
func offer(p *pool.Pool, b *backend, d, warmUp time.Duration) (out rush) {
	var mu sync.Mutex
	begun := time.Now()
	woken := make(chan struct{}, 1)
	wake := func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	var wg sync.WaitGroup
	limits, looks := 0, 0
	for time.Since(begun) < d {
		t := p.Take(pool.Ask{Tokens: 100, Prompt: 50})
		if t == nil {
			select {
			case <-woken:
			case <-time.After(5 * time.Millisecond):
			}
			if time.Since(begun) > warmUp {
				limits, looks = limits+p.Look()[0].Limit, looks+1
			}
			continue
		}
		wg.Go(func() {
			at := time.Now()
			o := b.serve(t)
			t.End(o)
			wake()
			mu.Lock()
			defer mu.Unlock()
			if at.Sub(begun) < warmUp {
				return
			}
			if o == pool.Good {
				out.good++
				out.times = append(out.times, time.Since(at))
			} else {
				out.refused++
			}
		})
	}
	wg.Wait()
	out.limit = p.Look()[0].Limit
	out.mean = float64(limits) / float64(max(looks, 1))
	slices.Sort(out.times)
	return out
}

func one() *pool.Pool {
	p := pool.New(pool.Config{Lag: func() int64 { return 0 }})
	p.Set([]pool.Member{{ID: "a"}})
	return p
}

// TestLimitIsFound: what is offered without end is held to what the server does at once, with
// nearly all of its throughput and nearly none of its queue.
func TestLimitIsFound(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, x := range map[string]struct {
		capacity    int
		refuses     bool
		time        func() time.Duration
		mean        time.Duration
		share, late float64
		near        bool
	}{
		"eight":         {8, false, fixed(100 * ms), 100 * ms, 0.97, 1.8, true},
		"one":           {1, false, fixed(100 * ms), 100 * ms, 0.97, 2.1, true},
		"three, slow":   {3, false, fixed(300 * ms), 300 * ms, 0.85, 2.1, true},
		"many":          {64, false, fixed(100 * ms), 100 * ms, 0.97, 1.6, true},
		"eight, 429":    {8, true, fixed(100 * ms), 100 * ms, 0.97, 1.1, true},
		"one, 429":      {1, true, fixed(100 * ms), 100 * ms, 0.97, 1.1, true},
		"eight, uneven": {8, false, spread(100 * ms), 100 * ms, 0.7, 8, false},
		"many, uneven":  {32, false, spread(100 * ms), 100 * ms, 0.7, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				learned := max(10*time.Second, 250*x.mean/time.Duration(x.capacity)) // from some hundred answers
				got := offer(one(), newBackend(x.capacity, x.refuses, x.time), 50*time.Second+learned, learned)
				could := float64(x.capacity) * 50 / x.mean.Seconds()
				p99 := got.times[len(got.times)*99/100]
				share, late := float64(got.good)/could, p99.Seconds()/x.mean.Seconds()
				t.Logf("mean limit %.1f, %.1f%% of the throughput, 99th percentile %.2f times the time of one, %d refused of %d", got.mean, 100*share, late, got.refused, got.good)
				if share < x.share || late > x.late || got.refused*100 > got.good {
					t.Error("too little, too late, or too many refused")
				}
				if x.near && (got.mean > 1.2*float64(x.capacity) || got.mean < 0.8*float64(x.capacity)) {
					t.Errorf("the limit is %.1f on average", got.mean)
				}
			})
		})
	}
}

// TestLimitIsGiven: a limit that is given holds, whatever the times and refusals say.
func TestLimitIsGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, refuses := range []bool{false, true} {
			p := pool.New(pool.Config{Limit: 24, Scatter: true, Single: true})
			p.Set([]pool.Member{{ID: "a"}})
			if got := offer(p, newBackend(2, refuses, fixed(10*time.Millisecond)), 3*time.Second, time.Second); got.limit != 24 || got.mean != 24 {
				t.Errorf("the limit is %d, %.1f on average", got.limit, got.mean)
			}
			if p.Follows() || p.Hedge(pool.Ask{Short: true}) != 0 {
				t.Error("what is switched off is done")
			}
		}
	})
}
