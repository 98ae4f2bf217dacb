package pool

import (
	"math"
	"time"
)

// A histogram counts times in the last minute or so. A bucket is a quarter of an octave: what a
// quantile says is right to within 19 %.
type histogram struct {
	slots [slots][buckets]uint32
	at    [slots]int64 // which stretch of time a slot holds, from 1
	total [slots]uint32
}

const (
	slots   = 6
	stretch = int64(10 * time.Second)
	buckets = 96
	finest  = 50e3 // nanoseconds of the first bucket
)

func (h *histogram) slot(now int64) int {
	n := now/stretch + 1
	i := int(n % slots)
	if h.at[i] != n {
		h.at[i], h.total[i] = n, 0
		h.slots[i] = [buckets]uint32{}
	}
	return i
}

func (h *histogram) add(now, took int64) {
	i := h.slot(now)
	b := 0
	if took > finest {
		b = min(int(4*math.Log2(float64(took)/finest))+1, buckets-1)
	}
	h.slots[i][b]++
	h.total[i]++
}

// quantiles are those of the last minute, in ascending order of what is asked for, and of how many.
func (h *histogram) quantiles(now int64, of ...float64) (out [3]int64, n int) {
	var sum [buckets]int
	for i := range slots {
		if h.at[i] > 0 && now/stretch+1-h.at[i] < slots {
			for b, c := range h.slots[i] {
				sum[b] += int(c)
			}
			n += int(h.total[i])
		}
	}
	seen, k := 0, 0
	for b, c := range sum {
		seen += c
		for k < len(of) && n > 0 && float64(seen) >= of[k]*float64(n) {
			out[k] = int64(finest * math.Exp2(float64(b)/4))
			k++
		}
	}
	return out, n
}

// usual is what first pieces of a pool take, looked up anew now and then.
type usual struct {
	median, p95, p99 int64
	samples          int     // of these
	longest          int64   // while there are few
	tokens           float64 // of a prompt, on average of the latest
	fresh            int     // samples since
	at               int64
}

const (
	known     = 20   // samples from which quantiles mean something
	freshEach = 64   // samples after which they are looked up anew
	freshTime = 50e6 // nanoseconds after which they may be, with fewer
)

func (u *usual) count(took int64, prompt int) {
	u.fresh++
	u.longest = max(u.longest, took)
	if u.tokens == 0 {
		u.tokens = float64(prompt)
	}
	u.tokens += (float64(prompt) - u.tokens) / 64
}

// refresh looks the quantiles up where they are old.
func (u *usual) refresh(h *histogram, now int64) {
	if u.fresh == 0 || u.fresh < freshEach && now-u.at < freshTime {
		return
	}
	q, n := h.quantiles(now, 0.5, 0.95, 0.99)
	u.median, u.p95, u.p99, u.samples, u.fresh, u.at = q[0], q[1], q[2], n, 0, now
}

// stats are what is shown of a replica.
type stats struct {
	begun        int64
	prompt, warm int64 // tokens
	firsts       histogram
	ended        counts
	failed       counts
	last         string
	lastAt       int64
}

// counts are how many there were in the last minute.
type counts struct {
	n  [slots]int
	at [slots]int64
}

func (c *counts) add(now int64) {
	s := now/stretch + 1
	i := int(s % slots)
	if c.at[i] != s {
		c.at[i], c.n[i] = s, 0
	}
	c.n[i]++
}

// within are those of the latest stretches, at most slots of them.
func (c *counts) within(now int64, stretches int64) (n int) {
	for i := range slots {
		if c.at[i] > 0 && now/stretch+1-c.at[i] < stretches {
			n += c.n[i]
		}
	}
	return n
}
