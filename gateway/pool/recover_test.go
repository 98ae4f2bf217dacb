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
