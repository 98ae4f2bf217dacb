package engine

import (
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"time"
)

// step compares how many instances there should be with those that there are, and starts, drains
// and stops. It says whether the ready ones have changed, and after which time to look again
// where nothing happens before. The caller holds mu.
func (e *Engine) step(now time.Time) (changed bool, again time.Duration) {
	if e.closed {
		return false, time.Hour
	}
	e.scale(now)
	e.begin(now)
	e.drain(now)
	changed, e.dirty = e.dirty, false
	if len(e.all) == 0 && e.waiting == 0 && e.target == 0 {
		return changed, time.Hour
	}
	return changed, min(time.Second, max(10*time.Millisecond, min(time.Duration(e.spec.Idle), e.c.Times.Patience)/4))
}

// scale sets how many instances there should be.
func (e *Engine) scale(now time.Time) {
	least := 0
	if e.kept {
		least = e.spec.Min
	}
	if e.held {
		e.target = 0
		return
	}
	e.target = min(max(e.target, least), e.spec.Max)
	ready, starting := e.count(Ready), e.count(Starting)
	waiting := e.waiting > 0
	long := waiting && now.Sub(e.waitSince) >= e.c.Times.Patience || e.sheds(now)
	switch {
	case waiting && e.target == 0 && (!e.beside || long):
		e.target, e.changed = 1, now
	case long && starting == 0 && ready >= e.target && e.target < e.spec.Max:
		e.target, e.changed, e.waitSince = e.target+1, now, now
		e.c.Log.Info("one more instance of an engine is started, as requests wait or are refused", "model", e.c.Name, "instances", e.target, "waiting", e.waiting)
	case e.target > least && !waiting && starting == 0 && e.idle(now):
		e.target, e.changed = e.target-1, now
		e.c.Log.Info("an instance of an engine is stopped, as the others suffice", "model", e.c.Name, "instances", e.target)
	}
}

// sheds says whether some have been refused, one after another, for as long as somebody may wait, since
// the last change.
func (e *Engine) sheds(now time.Time) bool {
	since := e.shed[0]
	if e.changed.After(since) {
		since = e.changed
	}
	return now.Sub(e.shed[1]) < e.c.Times.Patience && e.shed[1].Sub(since) >= e.c.Times.Patience
}

// idle says whether one instance less would have sufficed for as long as an idle one is kept:
// nobody waited, and there never were as many requests under way as instances.
func (e *Engine) idle(now time.Time) bool {
	last := e.changed
	if e.lastWait.After(last) {
		last = e.lastWait
	}
	if n := e.target - 1; n < len(e.over) && e.over[n].After(last) {
		last = e.over[n]
	}
	return now.Sub(last) >= time.Duration(e.spec.Idle)
}

// count is how many instances of the present generation are in a state.
func (e *Engine) count(s State) (n int) {
	for _, i := range e.all {
		if i.state == s && !i.stopping && i.generation == e.generation {
			n++
		}
	}
	return n
}

// begin starts what is missing. Where instances of an earlier command still serve, one at a time.
func (e *Engine) begin(now time.Time) {
	if e.failed != nil && !now.Before(e.notBefore) && (e.waiting > 0 || e.kept && e.spec.Min > 0) {
		e.failed, e.failures = nil, maxFailures-1 // one more try
	}
	failing := func(i *Instance) bool { return i.fault != nil && i.state == Starting && i.generation == e.generation }
	if e.failed != nil || now.Before(e.notBefore) || slices.ContainsFunc(e.all, failing) { // which is not counted before it has ended
		return
	}
	starting := e.count(Starting)
	old := slices.ContainsFunc(e.all, func(i *Instance) bool { return i.generation != e.generation && i.asked() })
	for n := starting + e.count(Ready); n < e.target; n++ {
		if starting > 0 && (old || e.failures > 0) {
			return
		}
		e.start(now)
		starting++
	}
}

// drain takes out what is too many, those of an earlier command first, and stops those that have
// nothing under way any more.
func (e *Engine) drain(now time.Time) {
	for _, i := range e.all {
		switch {
		case i.stopping:
		case i.state == Draining && (i.flight == 0 && now.Sub(i.since) >= linger || now.Sub(i.since) >= drainTime):
			i.stop(nil)
		case i.state == Starting && (i.generation != e.generation || e.target == 0):
			i.stop(nil)
		}
	}
	ready := slices.DeleteFunc(slices.Clone(e.all), func(i *Instance) bool { return !i.asked() })
	slices.SortStableFunc(ready, func(a, b *Instance) int {
		if a.generation != b.generation {
			return a.generation - b.generation
		}
		return a.flight - b.flight
	})
	for n := 0; len(ready)-n > e.target; n++ {
		ready[n].state, ready[n].since, e.dirty = Draining, now, true
		e.c.Log.Info("an instance of an engine is drained", "model", e.c.Name, "instance", ready[n].ID, "under way", ready[n].flight)
	}
}

// ended notes that an instance is gone, and whether that was wanted.
func (e *Engine) ended(i *Instance, err error) {
	now := time.Now()
	e.mu.Lock()
	e.all = slices.DeleteFunc(e.all, func(o *Instance) bool { return o == i })
	e.dirty = e.dirty || i.state == Ready
	if i.stopping && i.fault == nil {
		e.c.Log.Info("an instance of an engine was stopped", "model", e.c.Name, "instance", i.ID)
	} else {
		e.crashed(i, i.failure(err), now, permanent(err))
	}
	e.mu.Unlock()
	e.wake()
}

// crashed counts a failure, and gives up after too many in a row, or one that will repeat. The
// caller holds mu.
func (e *Engine) crashed(i *Instance, err error, now time.Time, repeats bool) {
	e.why, e.restarts = err, e.restarts+1
	e.c.Log.Error("an instance of an engine ended", "model", e.c.Name, "instance", i.ID, "reason", err)
	if i.generation != e.generation {
		return
	}
	if !i.readyAt.IsZero() && now.Sub(i.readyAt) >= e.c.Times.Stable {
		e.failures = 0
	}
	e.failures++
	if repeats || e.failures >= maxFailures {
		e.failed, e.notBefore = err, now.Add(e.c.Times.Rest)
		e.c.Log.Error("an engine is given up for now", "model", e.c.Name, "failures", e.failures, "next try", e.c.Times.Rest)
		if !e.beside && !slices.ContainsFunc(e.all, (*Instance).asked) {
			e.refuse(Broken(e.c.Name))
		}
		return
	}
	if e.failures > 1 {
		e.notBefore = now.Add(min(e.c.Times.Backoff<<(e.failures-2), maxBackoff))
	}
}

// permanent says whether a start fails again however often it is tried: the program is not there,
// or may not be run.
func permanent(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}
