package pool

import (
	"slices"
	"time"
)

// A budget bounds the work that is done twice: retries and second requests beside slow ones, each
// a share of what is asked, so that neither becomes a rush of its own when everything is slow or
// fails. The failures that lead to a replica being taken out are not counted against it, nor what goes to
// one that answers well.
type budget struct {
	retries float64
	seconds float64
	at      int64
}

const (
	retryShare  = 0.2  // of the requests, as in Finagle and gRPC's retry throttling
	retryFloor  = 2.0  // a second, however few are asked
	retryMost   = 100  // that can be saved up, as in gRPC: all that is under way at a replica may fail at one moment
	retryBegin  = 10   // that there are at first
	secondShare = 0.05 // of the requests
	secondMost  = 10.0
)

func (b *budget) init() { b.retries, b.seconds = retryBegin, 1 }

// asked notes a request.
func (b *budget) asked() {
	b.retries = min(b.retries+retryShare, retryMost)
	b.seconds = min(b.seconds+secondShare, secondMost)
}

// retry takes one from the budget, if it is there.
func (b *budget) retry(now int64) bool {
	b.retries = min(b.retries+retryFloor*float64(now-b.at)/float64(time.Second), retryMost)
	b.at = now
	if b.retries < 1 {
		return false
	}
	b.retries--
	return true
}

// Hedge says after how long without a first piece a short request may be asked a second time, at
// another replica: the 95th percentile (Dean and Barroso, The Tail at Scale, 2013); 0: not at all.
func (p *Pool) Hedge(a Ask) time.Duration {
	if !a.Short || p.c.Single {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	u := &p.usual
	if len(p.all) < 2 || p.budget.seconds < 1 {
		return 0
	}
	if u.refresh(&p.firsts, p.now()); u.samples < known {
		return 0
	}
	return max(time.Duration(u.p95), time.Duration(u.median)*3/2, hedgeLeast) // where all take the same time, none is slow
}

const hedgeLeast = 5 * time.Millisecond // less is the scheduler's, not the replica's

// Anew says whether a request that every replica has failed that could be asked may go round once more, and
// takes that from the budget. One that alone serves may only fail now and then.
func (p *Pool) Anew() bool {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all) > 1 && p.budget.retry(now)
}

// sound says whether a request that failed may be sent to another replica that answers well and has a place:
// that is no rush, however many there are.
func (p *Pool) sound(t *Turn, now int64) bool {
	for _, r := range p.all {
		if r != t.r && !slices.Contains(t.Not, r.ID) && p.well(r, now) && r.flight < r.limit.now() {
			return true
		}
	}
	return false
}

// well says whether a replica serves and answered what it was asked last.
func (p *Pool) well(r *replica, now int64) bool {
	h := &r.health
	return h.run == 0 && h.refused == 0 && h.out == 0 && h.rests <= now && !h.drained && !h.drifts && !p.mute(r, now)
}

// Second gives a place beside one that is slow, within the budget; nil where there is none. It
// waits for nobody.
func (p *Pool) Second(a Ask) *Turn {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.Late {
		return p.beside(&a, now)
	}
	if p.budget.seconds < 1 {
		return nil
	}
	best, reason := p.best(&a, now, 0)
	if best == nil || reason == Probe {
		return nil
	}
	p.budget.seconds--
	return p.give(best, &a, Beside, 0, now)
}

// beside gives a place beside one that has said nothing for very long. One that is out may be the one that
// answers. Who may be asking one once more pays for it: it may be one that takes long.
func (p *Pool) beside(a *Ask, now int64) *Turn {
	best, _ := p.best(a, now, 0)
	for i := 0; best == nil && i < len(p.all); i++ {
		if r := p.all[i]; a.wants(r) && r.triable(now) {
			best = r
		}
	}
	if best == nil || (a.Again || !p.well(best, now)) && !p.budget.retry(now) {
		return nil
	}
	return p.give(best, a, Overdue, 0, now)
}
