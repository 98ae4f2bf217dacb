package pool_test

import (
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

// paused has an answer whose longest silence in the middle was so long.
func paused(p *pool.Pool, id string, longest time.Duration, how pool.Outcome) {
	t := only(p, id, 2)
	time.Sleep(20 * time.Millisecond)
	t.First()
	t.Paused(longest)
	t.End(how)
}

// TestPause: how long an answer may stand still is found from how long answers stand still by themselves.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		one := only(p, "a", 2)
		one.First()
		if got := one.Pause(0, false); got != 0 {
			t.Errorf("%s, though nothing is known", got)
		}
		if got := one.Pause(0, true); got != pool.DefaultPause {
			t.Errorf("%s where nothing was told and nothing is known", got)
		}
		for range 100 {
			paused(p, "a", 100*time.Millisecond, pool.Good)
		}
		one.Alive()
		if got := one.Pause(0, false); got != pool.DefaultPause {
			t.Errorf("%s, want the least", got)
		}
		time.Sleep(5 * time.Second)
		if got := one.Pause(5*time.Second, false); got != 3*pool.DefaultPause {
			t.Errorf("%s, though the replica says nothing to anybody", got)
		}
		if got := one.Pause(5*time.Second, true); got != pool.DefaultPause {
			t.Errorf("%s, though nothing was told and another one can be asked", got)
		}
		paused(p, "a", 100*time.Millisecond, pool.Good)
		if got := one.Pause(5*time.Second, false); got != pool.DefaultPause {
			t.Errorf("%s, though the replica answers others", got)
		}
		for range 20 { // of an engine that pauses, also what was ended for it counts
			paused(p, "a", 6*time.Second, pool.Hung)
			paused(p, "b", 100*time.Millisecond, pool.Good)
		}
		if got := one.Pause(0, false); got < 25*time.Second || got > 40*time.Second {
			t.Errorf("%s, where such pauses are usual", got)
		}
		time.Sleep(11 * time.Minute)
		for range 100 {
			paused(p, "a", 100*time.Millisecond, pool.Good)
		}
		if got := one.Pause(0, false); got != pool.DefaultPause {
			t.Errorf("%s after it was long so", got)
		}
	})
}

// TestPauseIsAFailure: answers that stop in the middle take their replica out.
func TestPauseIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		for range 3 {
			paused(p, "a", 5*time.Second, pool.Hung)
		}
		if s := state(p, "a"); s.State != pool.Ejected || s.Errors != 3 {
			t.Errorf("%+v", s)
		}
	})
}
