package pool_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// TestTriedWhenNeeded: a replica that was taken out again and again, for longer each time, is tried as soon
// as the others have no place, once at a time; while they have places it is left in peace.
func TestTriedWhenNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		for range 6 {
			fail(p, "a", 2, 3)
			time.Sleep(time.Minute)
		}
		fail(p, "a", 2, 3)
		time.Sleep(2 * time.Second)
		for {
			o := p.Take(ask)
			if o == nil {
				t.Fatalf("nobody is asked: %+v", p.Look())
			}
			if o.ID == "a" {
				if o.Reason != pool.Probe || state(p, "b").InFlight < state(p, "b").Limit {
					t.Errorf("a is asked for %s while b has %d of %d", o.Reason, state(p, "b").InFlight, state(p, "b").Limit)
				}
				if p.Take(ask) != nil {
					t.Error("and a second time")
				}
				o.End(pool.Good)
				break
			}
		}
		if o := p.Take(ask); o == nil || o.ID != "a" {
			t.Errorf("it answers again and is not asked: %+v", o)
		}
	})
}

// TestLimitComesBack: a replica that refused whatever came, or that was out, is given as much as before
// within a second of its being well.
func TestLimitComesBack(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]pool.Outcome{"refuses": pool.Crowded, "fails": pool.Failed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, _ := made(2)
				load := func(how pool.Outcome, during time.Duration) (good int) {
					for begun := time.Now(); time.Since(begun) < during; time.Sleep(20 * time.Millisecond) {
						var all []*pool.Turn
						for len(all) < 64 {
							o := only(p, "a", 2)
							if o == nil {
								break
							}
							all = append(all, o)
						}
						time.Sleep(20 * time.Millisecond)
						for _, o := range all {
							if how == pool.Good {
								good++
							}
							o.Done(how, 0, errors.New("no"))
						}
					}
					return good
				}
				load(pool.Good, 5*time.Second)
				before := state(p, "a").Limit
				load(refuse, 5*time.Second)
				load(pool.Good, 10*time.Second) // until its rest ends
				load(refuse, 5*time.Second)
				time.Sleep(time.Minute)
				if good := load(pool.Good, time.Second); good < before {
					t.Errorf("%d answers in a second, the limit was %d and is %d", good, before, state(p, "a").Limit)
				}
				if l := state(p, "a").Limit; l < min(before, 32)/2 {
					t.Errorf("the limit was %d and is %d", before, l)
				}
			})
		})
	}
}

// TestLate: who waits for a replica that answers others all the while is told so, and again after as long once
// more; nothing is cut; and another one is asked beside.
func TestLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(3)
		begun := time.Now()
		var late []time.Duration
		silent := only(p, "a", 3)
		silent.Cut(func() { t.Error("cut though the replica answers others") })
		silent.Late(func() { late = append(late, time.Since(begun).Round(time.Second)) })
		for time.Since(begun) < 11*time.Second {
			o := p.Take(ask)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		synctest.Wait()
		if len(late) != 2 || late[0] != pool.DefaultQuiet || late[1] != 2*pool.DefaultQuiet || len(*told) != 0 {
			t.Errorf("after %v, %+v", late, *told)
		}
		beside := p.Second(pool.Ask{Tokens: 100, Late: true, Not: []string{"a"}})
		if beside == nil || beside.ID == "a" || beside.Reason != pool.Overdue {
			t.Fatalf("%+v", beside)
		}
		beside.End(pool.Good)
		silent.End(pool.Abandoned)
	})
}

// TestLastOneHangs: where the only replica that serves says nothing any more, one that is out is tried though
// nobody was answered meanwhile; once that answers, the silent one is taken out and its requests are let go.
func TestLastOneHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(2)
		for range 30 {
			o := only(p, "a", 2)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		fail(p, "b", 2, 3)
		cut := 0
		for range 4 {
			o := p.Take(ask)
			if o.ID != "a" {
				t.Fatal(o.ID)
			}
			o.Cut(func() { cut++ })
		}
		time.Sleep(3 * time.Second)
		probe := p.Take(ask)
		if probe.ID != "b" || probe.Reason != pool.Probe {
			t.Fatalf("%s is asked for %s", probe.ID, probe.Reason)
		}
		if next := p.Take(ask); next.ID != "a" { // one at a time
			t.Errorf("%s is asked for %s", next.ID, next.Reason)
		}
		time.Sleep(20 * time.Millisecond)
		probe.End(pool.Good)
		for range 5 {
			o := only(p, "b", 2)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if cut != 4 || state(p, "a").State != pool.Ejected {
			t.Errorf("%d were let go, %+v", cut, *told)
		}
	})
}

// TestOldSilence: a request that got no answer before its replica was taken out, or long ago, keeps nobody
// from trying that again.
func TestOldSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		only(p, "a", 2) // for ever
		fail(p, "a", 2, 3)
		for range 3 {
			time.Sleep(5 * time.Second)
			if probe := p.Take(ask); probe.ID != "a" || probe.Reason != pool.Probe { // nor is it answered
				t.Fatalf("%s is asked for %s", probe.ID, probe.Reason)
			}
		}
	})
}

// TestRetryOfTheSound: a request that failed is sent to a replica that answers well, however many fail; where
// none does, the budget holds.
func TestRetryOfTheSound(t *testing.T) {
	t.Parallel()
	for sound, want := range map[bool]int{true: 150, false: 140} {
		p, _ := made(3)
		tried, toA := 0, pool.Ask{Tokens: 100, Never: []string{"b", "c"}}
		for range 30 { // five in a row, and then one that is answered, so that it is not taken out
			fail(p, "b", 3, 3)
			if !sound {
				fail(p, "c", 3, 1)
			}
			for range 5 {
				if p.Take(toA).Done(pool.Failed, 0, errors.New("it broke")).Other {
					tried++
				}
			}
			p.Take(toA).End(pool.Good)
		}
		if sound != (tried == 150) || tried > want {
			t.Errorf("%v: %d of 150 are asked elsewhere", sound, tried)
		}
	}
}
