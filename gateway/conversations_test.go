package gateway_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// A place is where a day is replayed: three servers, each of which does eight at once.
type place struct {
	name      string
	perPrompt time.Duration
	streams   float64 // share
	tells     bool    // how long its answers are
	batches   bool
}

const (
	atOnce = 8
	length = 30 * time.Second // of a day
)

func (p place) server(seed, i uint64) *slots {
	return &slots{free: make(chan struct{}, atOnce), each: 60 * time.Millisecond, perPrompt: p.perPrompt, perOut: 400 * time.Microsecond,
		jitter: 0.2, tells: p.tells, r: rand.New(rand.NewPCG(i, seed))}
}

// rate is how many come in a second at a load, 1 is as many as the servers can do.
func (p place) rate(load float64) float64 {
	sum, all, s := 0.0, conversations(1, 100, 30, length, p.streams), p.server(0, 0)
	for _, c := range all {
		sum += s.alone(c).Seconds()
	}
	return load * 3 * atOnce * float64(len(all)) / sum
}

func (p place) replay(all []come, fixed int, seed uint64, after time.Duration) day {
	return replay(all, fixed, after, func(i int) worker {
		if p.batches {
			return &batches{slots: *p.server(seed, uint64(i)), doubling: atOnce}
		}
		return p.server(seed, uint64(i))
	}, p.server(0, 0).alone)
}

// TestConversations: prompts and answers that differ much in length come to servers that can just do them. Nearly as many are
// answered as where the right limit is given; at ten times as many what the servers can do is given out, and who is let in
// is answered within twice the time that it takes alone.
func TestConversations(t *testing.T) {
	t.Parallel()
	for _, p := range []place{
		{name: "whole", tells: true},
		{name: "whole, prompts cost", tells: true, perPrompt: 20 * time.Microsecond},
		{name: "whole, of an unknown length"},
		{name: "streams", streams: 1},
		{name: "half of them streams", streams: 0.5, tells: true, perPrompt: 20 * time.Microsecond},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				all := conversations(2, p.rate(1), 30, length, p.streams)
				given, found := p.replay(all, atOnce, 3, 0), p.replay(all, 0, 3, 0)
				t.Logf("full: %s; with a limit of %d: %s", &found, atOnce, &given)
				if float64(found.good) < 0.95*float64(given.good) {
					t.Error("too few are answered")
				}
				all = conversations(4, p.rate(10), 30, length, p.streams)
				found = p.replay(all, 0, 5, 5*time.Second)
				t.Logf("ten times as many: %s", &found)
				if used := found.done / (length - 5*time.Second).Seconds() / 3 / atOnce; used < 0.95 {
					t.Errorf("%.1f%% of what the servers can do is given out", 100*used)
				}
				if found.late(0.99) > 2*found.alone(0.99) {
					t.Errorf("the 99th percentile is %.3f s, and %.3f s alone", found.late(0.99), found.alone(0.99))
				}
			})
		})
	}
}

// TestBatches: a server that is the slower the more it does at once is given about as many as double its time.
func TestBatches(t *testing.T) {
	t.Parallel()
	for _, p := range []place{{name: "whole", tells: true, batches: true}, {name: "streams", streams: 0.8, tells: true, batches: true, perPrompt: 20 * time.Microsecond}} {
		for _, load := range []float64{1, 5} {
			synctest.Test(t, func(t *testing.T) {
				found := p.replay(conversations(6, p.rate(load), 30, length, p.streams), 0, 7, 5*time.Second)
				t.Logf("%s, load %.0f: %s", p.name, load, &found)
				for _, l := range found.limits {
					if l < atOnce/2 || l > 2.5*atOnce {
						t.Errorf("the limit is %.1f", l)
					}
				}
			})
		}
	}
}

// TestRecordedDay is the same with recorded arrivals, thirty times as fast, where they are at hand.
func TestRecordedDay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"azure_conv_2023_first_half.csv", "azure_code_2023_first_half.csv"} {
		for _, p := range []place{{name: "whole", tells: true}, {name: "streams", streams: 1, perPrompt: 20 * time.Microsecond}} {
			all := recorded(t, name, 30, 20*time.Second, p.streams)
			synctest.Test(t, func(t *testing.T) {
				given, found := p.replay(all, atOnce, 3, 0), p.replay(all, 0, 3, 0)
				t.Logf("%s, %s: %s; with a limit of %d: %s", name, p.name, &found, atOnce, &given)
				if float64(found.good) < 0.95*float64(given.good) {
					t.Error("too few are answered")
				}
			})
		}
	}
}
