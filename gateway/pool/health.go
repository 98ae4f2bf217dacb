package pool

import (
	"fmt"
	"time"
)

// A health is how well a replica is, as requests and checks have shown. Times are the pool's.
type health struct {
	run     int // failures in a row
	refused int // refusals for its load in a row
	times   int // it was taken out lately

	out     int64 // when it is tried again; 0: it serves
	outAt   int64 // since when it is out
	outWhy  string
	unheard bool  // the last check of it got no answer
	rests   int64 // until when it asked to be left alone
	rested  int   // times in a row
	restWhy string
	grows   int64 // since when its share grows; 0: it has all of it

	drained  bool
	drifts   bool
	driftWhy string
}

const (
	enough    = 3                // failures in a row after which a replica is taken out
	nothing   = 2 * enough       // after which it counts as one that answers nothing
	rateOf    = 10               // requests from which a share of failures means something
	outFirst  = time.Second      // how long it is out the first time; doubled each time
	outMost   = time.Minute      // the longest; Envoy's outlier detection takes 30 s times the number
	forgiven  = time.Minute      // after so long in service it is the first time again
	restFirst = time.Second      // how long one rests that does not say how long; doubled each time
	restMost  = 10 * time.Minute // the longest that it is left alone, whatever it says
	slowStart = 10 * time.Second // until the share of one that is new or came back is whole
	startPart = 0.1              // of its share at first
	patience  = 10 * time.Second // without a first piece, after which an error says that it has too much to do
)

// probing says whether it was out for long enough to be tried with one request.
func (h *health) probing(now int64) bool { return h.out > 0 && h.out <= now }

// share is the part of its weight that it has now.
func (h *health) share(now int64) float64 {
	if h.grows == 0 {
		return 1
	}
	part := float64(now-h.grows) / float64(slowStart)
	if part >= 1 {
		h.grows = 0
		return 1
	}
	return max(part, startPart)
}

// A Verdict is what may be done about a request that was not answered.
type Verdict struct {
	Outcome Outcome // as it was counted
	Same    bool    // the replica may be asked again: it was only given more than it takes at once
	Other   bool    // another replica may be asked, within the budget of retries
	Later   bool    // one may be waited for that answers well; see [Pool.Hope]
	Vain    bool    // the replica fails whatever comes: to ask it again at once is in vain
}

// settle takes over what an ended turn says about its replica. The caller holds mu.
func (p *Pool) settle(t *Turn, o Outcome, rest time.Duration, err error, now int64) (v Verdict) {
	r, h := t.r, &t.r.health
	if o == Abandoned || o == Faulted {
		if o == Abandoned {
			return Verdict{}
		}
		if t.probe {
			p.returns(r, now) // it answers, though not this
		}
		return Verdict{Other: len(p.all) > 1 && p.budget.retry(now)}
	}
	r.stats.ended.add(now)
	if o == Good {
		p.good = now
		h.run, h.refused, h.rested = 0, 0, 0
		if h.out > 0 && t.start >= h.outAt && !r.gone {
			p.returns(r, now)
		}
		return Verdict{}
	}
	r.stats.failed.add(now)
	if r.stats.lastAt = now; err != nil {
		r.stats.last = short(err.Error())
	}
	free := true
	switch o {
	case Crowded:
		h.refused++
		free = h.refused <= enough
		v.Same = p.crowded(t, rest, now)
	case Hung:
		if h.run++; t.spoke {
			p.weigh(t, now)
		}
	default:
		h.run++
		free = h.run <= enough || h.out > 0
		if !t.spoke && now-t.start > int64(patience) {
			r.limit.late(now)
		}
		p.weigh(t, now)
	}
	v.Other = len(p.all) > 1 && (free || p.sound(t, now) || p.budget.retry(now))
	v.Later, v.Vain = p.hope(now) > 0, o != Failed || h.run > enough || h.out > 0
	return v
}

// hopeFor is how long it is hoped for another answer after the last one: replicas are tried again that long after
// they failed at the latest, at first.
const hopeFor = 3 * time.Second

// Hope is how long it makes sense to wait for a replica that answers well, where those that serve fail: as long as
// one was answered a moment ago, as then it is not all of them that are gone, and there is one that comes back or is
// well; else 0. Waiting costs the replicas nothing, as being asked again does.
func (p *Pool) Hope() time.Duration {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.hope(now))
}

func (p *Pool) hope(now int64) int64 {
	left := p.good + int64(hopeFor) - now
	if p.good == 0 || left <= 0 {
		return 0
	}
	for _, r := range p.all {
		h := &r.health
		if !h.drained && !h.drifts && (h.out > 0 || h.rests > now && h.rests-now < int64(hopeFor) || p.well(r, now)) {
			return left
		}
	}
	return 0
}

// weigh takes a replica out where its failures are enough for it.
func (p *Pool) weigh(t *Turn, now int64) {
	r, h := t.r, &t.r.health
	if r.gone || h.out > now {
		return
	}
	ended, failed := r.stats.ended.within(now, 2), r.stats.failed.within(now, 2)
	switch {
	case t.probe:
		p.eject(r, WasEjected, r.stats.last, now)
	case h.run >= enough:
		p.eject(r, WasEjected, fmt.Sprintf("%d failures in a row: %s", h.run, r.stats.last), now)
	case ended >= rateOf && failed*2 > ended && p.restFails(r, now) < 0.5*float64(failed)/float64(ended):
		p.eject(r, WasEjected, fmt.Sprintf("%d of %d failed: %s", failed, ended, r.stats.last), now)
	}
}

// restFails is the share of failures among the others.
func (p *Pool) restFails(but *replica, now int64) float64 {
	ended, failed := 0, 0
	for _, r := range p.all {
		if r != but {
			ended, failed = ended+r.stats.ended.within(now, 2), failed+r.stats.failed.within(now, 2)
		}
	}
	if ended == 0 {
		return 1
	}
	return float64(failed) / float64(ended)
}

// eject takes a replica out for a while, unless too few would be left: one always stays, and one
// half of them unless the others answer nothing. One that is out already stays for longer.
func (p *Pool) eject(r *replica, kind Kind, why string, now int64) bool {
	h := &r.health
	left := 0
	for _, o := range p.all {
		if o != r && o.health.out == 0 && !o.health.drained && !o.health.drifts {
			left++
		}
	}
	if h.out == 0 && (left == 0 || kind != WasHung && h.run < nothing && left < (len(p.all)+1)/2) {
		return false
	}
	if h.out == 0 && now-h.outAt > int64(forgiven) {
		h.times = 0
	}
	length := min(outFirst<<min(h.times, 10), outMost)
	h.times++
	h.outAt, h.out, h.outWhy = now, now+int64(length), why
	p.tell(Event{ID: r.ID, Kind: kind, Why: why, For: length, Limit: r.limit.now()})
	p.wakeAt(h.out, now)
	for _, o := range p.all {
		if o != r && o.health.out == 0 {
			o.limit.need()
		}
	}
	return true
}

// returns puts a replica back that was out. Its share grows from a small one.
func (p *Pool) returns(r *replica, now int64) {
	h := &r.health
	if h.out == 0 {
		return
	}
	h.out, h.outAt, h.outWhy, h.run, h.refused, h.grows = 0, now, "", 0, 0, now
	r.limit.renew()
	p.tell(Event{ID: r.ID, Kind: WasReturned, Limit: r.limit.now()})
}

// crowded lowers the limit of a replica that refuses for its load. One that refuses though it has
// nothing else to do is left alone for as long as it asks.
func (p *Pool) crowded(t *Turn, rest time.Duration, now int64) (same bool) {
	r, h := t.r, &t.r.health
	at := max(t.Load, r.flight+1) // of two that were taken at once, the first may come second
	if r.stats.begun > t.nth {
		at = max(at, 2) // others came meanwhile, and may have gone
	}
	chance := rest <= 0 && r.limit.goods > farApart*at
	r.limit.crowded(at, int64(rest), now)
	if (at > 1 || chance) && h.refused <= startLimit {
		return true
	}
	if rest <= 0 {
		rest = restFirst << min(h.rested, 6)
	}
	rest = min(rest, restMost)
	if until := now + int64(rest); until > h.rests {
		h.rested++
		h.rests, h.restWhy = until, r.stats.last
		p.tell(Event{ID: r.ID, Kind: WasRested, Why: h.restWhy, For: rest, Limit: r.limit.now()})
		p.wakeAt(until, now)
	}
	return false
}

// Unheard are the members that should be asked whether they are there: those that are out, and
// those that had nothing to do for a while; 0: none of these.
func (p *Pool) Unheard(idle time.Duration) (all []Member) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.all {
		h := &r.health
		if h.out > 0 || h.unheard || idle > 0 && r.flight == 0 && now-r.heard.Load() > int64(idle) && h.rests < now {
			all = append(all, r.Member)
		}
	}
	return all
}

// Heard takes the result of a check. One that is out and is not there stays out; one that is there
// again is tried at once with a request. One that served and is not there at two checks is taken
// out.
func (p *Pool) Heard(id string, err error) {
	now := p.now()
	p.mu.Lock()
	defer p.unlock()
	for _, r := range p.all {
		h := &r.health
		if r.ID != id {
			continue
		}
		if err == nil {
			if h.unheard && h.out > now {
				h.out = now
				p.wakeAt(now, now)
			}
			h.unheard = false
			r.heard.Store(now)
			return
		}
		r.stats.last, r.stats.lastAt = short(err.Error()), now
		switch {
		case h.out > 0:
			h.out = max(h.out, now+int64(outFirst)*2)
			p.wakeAt(h.out, now)
		case h.unheard:
			p.eject(r, WasEjected, r.stats.last, now)
		}
		h.unheard = true
	}
}

// maxText is how many bytes of an error are kept.
const maxText = 300

func short(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}
