package server

import (
	"runtime/debug"
	"sync"
	"testing"
)

// TestPercent: little that lives leaves room for more, and much is not doubled twice.
func TestPercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 600, 20 << 20: 600, 64 << 20: 200, 128 << 20: 100, 8 << 30: 100} {
		if p := percentOf(live); p != want {
			t.Errorf("%d MiB: %d %%, want %d", live>>20, p, want)
		}
	}
}

// TestCollectSooner: the collector works sooner while many streams are open, and afterwards as before.
func TestCollectSooner(t *testing.T) {
	percent := func() int {
		p := debug.SetGCPercent(77)
		debug.SetGCPercent(p)
		return p
	}
	for before, during := range map[int]int{100: streamPercent, 5: 5, -1: -1} {
		old := debug.SetGCPercent(before)
		var c streamCount
		var all sync.WaitGroup
		for range manyStreams {
			all.Go(func() { c.begin() })
		}
		all.Wait()
		if p := percent(); p != during {
			t.Errorf("%d became %d, want %d", before, p, during)
		}
		if before == 100 { // also where the usual measure changes meanwhile
			c.usual(150)
			c.usual(before)
			if p := percent(); p != during {
				t.Errorf("%d became %d, want %d", before, p, during)
			}
		}
		for range manyStreams {
			all.Go(c.end)
		}
		all.Wait()
		if p := percent(); p != before {
			t.Errorf("%d is %d afterwards", before, p)
		}
		debug.SetGCPercent(old)
	}
}
