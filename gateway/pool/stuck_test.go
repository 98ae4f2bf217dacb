package pool_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// TestWrittenOff: where the only replica that serves said nothing for a while, so that all its places are held by requests
// that are lost, one more is sent there now and then; once that is answered the places are free, and who waits for
// what is lost is told.
func TestWrittenOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		for range 30 {
			o := only(p, "a", 2)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		p.Drain("b", true)
		var lost []*pool.Turn
		told := 0
		for o := p.Take(ask); o != nil; o = p.Take(ask) {
			o.Late(func() { told++ })
			lost = append(lost, o)
		}
		if p.Take(ask) != nil {
			t.Fatal("it has a place")
		}
		time.Sleep(500 * time.Millisecond)
		extra := p.Take(ask)
		if extra == nil || extra.ID != "a" || extra.Reason != pool.Doubt || extra.Load != len(lost)+1 {
			t.Fatalf("%+v", extra)
		}
		if p.Take(ask) != nil {
			t.Error("and another one")
		}
		time.Sleep(20 * time.Millisecond)
		if _, wake := extra.Begin(0); !wake {
			t.Error("nobody is woken")
		}
		if told != len(lost) || state(p, "a").InFlight != 1 {
			t.Errorf("%d of %d are told, %d hold a place", told, len(lost), state(p, "a").InFlight)
		}
		extra.End(pool.Good)
		lost[0].First() // one was not lost after all
		if n := state(p, "a").InFlight; n != 1 {
			t.Errorf("%d hold a place", n)
		}
		for _, o := range lost {
			o.End(pool.Abandoned)
		}
		if n := state(p, "a").InFlight; n != 0 {
			t.Errorf("%d hold a place in the end", n)
		}
	})
}

// TestFailingDrawsLess: a replica that fails at once has little to do, and does not get for it what comes.
func TestFailingDrawsLess(t *testing.T) {
	t.Parallel()
	p, _ := made(2)
	fail(p, "b", 2, 2)
	busy := only(p, "a", 2)
	if o := p.Take(ask); o.ID != "a" {
		t.Error("the one that fails is asked, as it has less to do")
	}
	busy.End(pool.Good)
	only(p, "b", 2).End(pool.Good)
	if o := p.Take(ask); o.ID != "b" {
		t.Error("it answers again and is not asked")
	}
}

// TestLateAnew: who was failed before and waits alone, while nobody else asks, is told that it is late.
func TestLateAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		for range 30 {
			o := only(p, "a", 2)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		time.Sleep(time.Minute) // whatever was looked for is over
		var told atomic.Bool
		only(p, "a", 2).Late(func() { told.Store(true) })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if !told.Load() {
			t.Error("nobody looks")
		}
	})
}
