package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A result is what came of a load. Times are microseconds.
type result struct {
	Requests int            `json:"requests"`
	OK       int            `json:"ok"`    // whole answers to the question that was asked
	Wrong    int            `json:"wrong"` // answers to another question
	Lost     int            `json:"lost"`  // that never began
	Seconds  float64        `json:"seconds"`
	PerSec   float64        `json:"per_second"` // good answers
	Statuses map[int]int    `json:"statuses"`
	Failures map[string]int `json:"failures,omitempty"`
	Levels   map[string]int `json:"levels,omitempty"`
	Told     int            `json:"told"`     // refusals that say when to come again
	Distinct int            `json:"distinct"` // answers of the upstream among the good ones
	Open     int            `json:"open,omitempty"`
	Took     spread         `json:"took"` // of good answers, from when they were due
	Refused  spread         `json:"refused"`
	Added    spread         `json:"added"` // beyond the upstream's own time
	First    spread         `json:"first"` // of streams
	Late     spread         `json:"late"`  // of pieces
	cells    []outcome
}

// A spread is how a sample lies.
type spread struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func spreadOf(ns []int64) spread {
	if len(ns) == 0 {
		return spread{}
	}
	slices.Sort(ns)
	at := func(q float64) float64 {
		return float64(ns[min(len(ns)-1, int(math.Ceil(q*float64(len(ns))))-1)]) / 1000
	}
	return spread{len(ns), at(.5), at(.9), at(.99), at(1)}
}

func gather(all []*worker, took time.Duration) *result {
	r := &result{Seconds: took.Seconds(), Statuses: map[int]int{}, Failures: map[string]int{}, Levels: map[string]int{}}
	var good, refused, added, first, late []int64
	distinct := map[uint64]bool{}
	for _, w := range all {
		late = append(late, w.late...)
		r.cells = append(r.cells, w.done...)
		for _, o := range w.done {
			r.Requests++
			r.Statuses[o.status]++
			if o.failure != "" {
				r.Failures[o.failure]++
			}
			if o.wrong {
				r.Wrong++
			}
			if o.status == 429 || o.status == 503 {
				refused = append(refused, o.took)
				if o.told {
					r.Told++
				}
			}
			if !o.ok {
				continue
			}
			r.OK++
			r.Levels[o.level]++
			distinct[o.seq] = true
			good = append(good, o.took)
			if o.added >= 0 {
				added = append(added, o.added)
			}
			if o.first >= 0 {
				first = append(first, o.first)
			}
		}
	}
	r.Distinct, r.PerSec = len(distinct), float64(r.OK)/r.Seconds
	r.Took, r.Refused, r.Added, r.First, r.Late = spreadOf(good), spreadOf(refused), spreadOf(added), spreadOf(first), spreadOf(late)
	return r
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func figure(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
