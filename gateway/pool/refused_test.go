package pool_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// TestRefusedAtOnce: a replica that refused all that it had at one moment, and takes what comes after its rest, is
// given as much as before within a moment.
func TestRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for _, rest := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p, _ := made(2)
			load := func(how func() pool.Outcome, during time.Duration) (good int) {
				for begun := time.Now(); time.Since(begun) < during; {
					var all []*pool.Turn
					for len(all) < 48 {
						o := only(p, "a", 2)
						if o == nil {
							break
						}
						all = append(all, o)
					}
					time.Sleep(20 * time.Millisecond)
					for _, o := range all {
						h := how()
						if h == pool.Good {
							good++
						}
						o.Done(h, rest, errors.New("no"))
					}
				}
				return good
			}
			load(func() pool.Outcome { return pool.Good }, 5*time.Second)
			before := state(p, "a").Limit
			load(func() pool.Outcome { return pool.Crowded }, 30*time.Millisecond)
			after := state(p, "a").Limit
			for state(p, "a").State == pool.Resting {
				time.Sleep(100 * time.Millisecond)
			}
			load(func() pool.Outcome { return pool.Good }, time.Second)
			if l := state(p, "a").Limit; l < before/2 {
				t.Errorf("rest %s: the limit was %d, %d after the refusals, and is %d", rest, before, after, l)
			}
		})
	}
}
