package pool

import (
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// An Ask is a request that wants a replica.
type Ask struct {
	Tokens int      // about how many it takes, prompt and answer
	Prompt int      // of these, about how many the prompt has
	Prefix []Prefix // beginnings of the prompt, the shortest first
	Short  bool     // an answer of few tokens is expected: it may be hedged
	Not    []string // replicas that were asked already
	Never  []string // replicas that are not wanted at all

	Again   bool // it was sent to a replica before, which did not answer it
	Sound   bool // it wants one that answers well, or that is tried once more: those that serve have failed it
	Patient bool // all were silent before: it waits, whatever the others do
	Late    bool // it is asked beside one that has said nothing for much longer than usual
}

// A Turn is a place at a replica.
type Turn struct {
	ID     string   // of the replica
	Data   any      // the member's
	Reason string   // why this one: one of the reasons
	Warm   int      // tokens of the prompt that it has seen lately, about
	Load   int      // requests under way there, this one counted
	Limit  int      // of these
	Others int      // replicas that were not asked yet
	Not    []string // replicas that were asked before

	pool    *Pool
	r       *replica
	tokens  int
	prompt  int
	seq     uint64
	nth     int64 // of its replica
	start   int64
	spoke   bool
	ended   bool
	v       Verdict // how it ended
	instead *Turn   // answered in its place
	beyond  bool    // of the limit: it shows whether the replica answers at all
	off     bool    // it counts no more for what its replica has to do
	probe   bool
	cut     func()       // ends the waiting, where the replica is found silent
	stays   bool         // it is not ended for its silence
	hung    bool         // its silence was noticed
	lost    bool         // and its waiting ended
	late    func()       // is called when nothing has come for much longer than usual
	lates   int          // so often it was
	gap     atomic.Int64 // longest silence between two pieces
	prev    *Turn
	next    *Turn
}

// The reasons of a Turn.
const (
	Least    = "least"  // has least to do, by its weight
	Affinity = "prefix" // has seen the beginning of the prompt
	Beyond   = "second" // has least to do: who has seen the beginning of the prompt has more than the bound
	Only     = "only"   // there is no other
	Beside   = "hedge"  // asked beside another one that is slow
	Overdue  = "late"   // asked beside another one that has said nothing for much longer than usual
	Probe    = "probe"  // was out: whether it answers again
	Doubt    = "doubt"  // says nothing to another request: whether it answers this one
	Last     = "last"   // is out, but so are all others
)

// bound is how much more than the mean a warm replica may have to do: c of consistent hashing
// with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2018).
const bound = 1.25

// Take gives a place at the replica that suits best, or nil where none is free now. The one with
// the longest warm beginning of the prompt is taken unless it has more to do than the bound; else
// the one with the fewest outstanding tokens by weight. Those of a lower priority number come
// first, then those of the own region.
func (p *Pool) Take(a Ask) *Turn {
	now := p.now()
	p.mu.Lock()
	t := p.take(&a, now)
	if t != nil && len(a.Not) == 0 && !a.Again {
		p.budget.asked()
	}
	if t != nil { // also one that is asked anew may be the last that waits
		p.watch(now)
	}
	p.unlock()
	return t
}

func (p *Pool) take(a *Ask, now int64) *Turn {
	bits, warm := uint64(0), 0
	if len(a.Prefix) > 0 && len(p.all) > 1 {
		bits, warm = p.warm.longest(a.Prefix)
	}
	best, reason := p.best(a, now, bits)
	if best == nil {
		if best, reason = p.lastResort(a, now); best == nil {
			best = p.stuck(a, now)
			reason = Doubt
		}
		if best == nil {
			return nil
		}
	}
	if len(a.Prefix) > 0 && len(p.all) > 1 {
		p.warm.learn(a.Prefix, best.slot, now)
	}
	if bits&(1<<best.slot) == 0 {
		warm = 0
	}
	if reason == Doubt {
		p.look(now + int64(probeLeast))
	}
	t := p.give(best, a, reason, min(warm, a.Prompt), now)
	t.beyond = t.Load > t.Limit && reason == Doubt
	return t
}

// best is the replica that suits best of those that have a place. Where all of these say nothing to anybody,
// it is one that is out and may be tried.
func (p *Pool) best(a *Ask, now int64, bits uint64) (best *replica, reason string) {
	best, reason, mute := p.among(a, now, bits, false)
	if best != nil || !mute {
		return best, reason
	}
	for _, r := range p.all {
		if a.wants(r) && r.triable(now) {
			return r, Probe
		}
	}
	best, reason, _ = p.among(a, now, bits, true)
	return best, reason
}

// among is the best of those that have a place, and where mutes is false, that answer. mute says that one
// was left out for that.
func (p *Pool) among(a *Ask, now int64, bits uint64, mutes bool) (best *replica, reason string, mute bool) {
	var warm *replica
	flight, weight, n := 0, 0.0, len(p.all)
	least, warmest := math.Inf(1), math.Inf(1)
	for i := range n {
		r := p.all[(p.next+i)%n]
		if !a.wants(r) || !r.has(now, n > 1) || a.Sound && !r.health.probing(now) && !p.well(r, now) {
			continue
		}
		if n > 1 && !mutes && p.mute(r, now) {
			mute = true
			continue
		}
		if r.doubted && len(a.Not) == 0 && !a.Sound && p.usual.longer(a.Prompt) == 1 {
			r.doubted = false
			return r, Doubt, mute
		}
		if r.health.probing(now) {
			if len(a.Not) > 0 {
				continue // it failed once and has waited enough
			}
			return r, Probe, mute // nothing is known of it until somebody asks
		}
		share := r.Weight
		if n > 1 {
			share *= r.health.share(now) / float64(1+min(r.health.run, nothing)) // who fails at once has little to do, and is not to draw all that comes
		}
		load := float64(r.tokens+a.Tokens) / share
		flight, weight = flight+r.flight, weight+share
		switch o := p.order(r, best); {
		case best == nil || o < 0:
			if best != nil {
				warm, warmest = nil, math.Inf(1)
			}
			best, least = r, load
		case o > 0:
			continue
		case load < least || load == least && r.Cost < best.Cost:
			best, least = r, load
		}
		if bits&(1<<r.slot) != 0 && r.health.run == 0 && load < warmest {
			warm, warmest = r, load
		}
	}
	switch {
	case best == nil:
		return nil, "", mute
	case warm != nil && float64(warm.flight) <= math.Ceil(bound*float64(flight+1)*warm.Weight/weight):
		best, reason = warm, Affinity
	case n == 1:
		reason = Only
	case warm != nil && warm != best:
		reason = Beyond
	default:
		reason = Least
	}
	p.next = (slices.Index(p.all, best) + 1) % n
	return best, reason, mute
}

// order says which of two comes first by what is declared: -1 the first one.
func (p *Pool) order(a, b *replica) int {
	if b == nil || a.Priority < b.Priority {
		return -1
	}
	if a.Priority > b.Priority {
		return 1
	}
	if p.c.Region != "" && a.Region != b.Region {
		if a.Region == p.c.Region {
			return -1
		}
		if b.Region == p.c.Region {
			return 1
		}
	}
	return 0
}

// has says whether a replica has a place for a request now. others says that there are more.
func (r *replica) has(now int64, others bool) bool {
	h := &r.health
	switch {
	case h.drained || h.drifts || h.rests > now:
		return false
	case h.out > now:
		return false
	case h.out > 0:
		return !r.tried(now) || !others && r.flight < r.limit.now()
	}
	return r.flight < r.limit.now() || r.spoken > 0 && r.flight-r.spoken <= r.flight/8 && r.limit.more(now, r.flight, r.spoken)
}

// wants says whether a replica may be asked: it was not yet, and nothing is held against it.
func (a *Ask) wants(r *replica) bool {
	return (len(a.Not) == 0 || !slices.Contains(a.Not, r.ID)) && (len(a.Never) == 0 || !slices.Contains(a.Never, r.ID))
}

// lastResort is one that is out, asked because all are that may be asked: an answer that may fail
// is better than none. Where others serve and are only full, it is one that was not tried for a while: the
// more its place is needed, the sooner it is. One that asked to be left alone is left alone.
func (p *Pool) lastResort(a *Ask, now int64) (best *replica, reason string) {
	full := false
	for _, r := range p.all {
		h := &r.health
		if h.drained || h.rests > now || !a.wants(r) {
			continue
		}
		if h.out == 0 && !h.drifts {
			full = true
			continue
		}
		if r.flight >= r.limit.now() || h.out > 0 && !h.drifts && r.tried(now) && len(p.all) > 1 {
			continue
		}
		if best == nil || p.order(r, best) < 0 || p.order(r, best) == 0 && (h.out < best.health.out || r.tokens < best.tokens && h.out == best.health.out) {
			best = r
		}
	}
	switch {
	case !full || best == nil:
		return best, Last
	case len(a.Not) == 0:
		for _, r := range p.all {
			if a.wants(r) && r.triable(now) {
				return r, Probe
			}
		}
	}
	return nil, ""
}

// triable says whether a replica is out that may be tried before its time.
func (r *replica) triable(now int64) bool {
	h := &r.health
	return h.out > 0 && !h.drained && !h.drifts && !h.unheard && h.rests <= now && now-h.outAt >= int64(outFirst) && !r.tried(now)
}

// tried says whether one that is out is being asked, to see whether it answers again. What it was asked before
// it went out says nothing about that, nor does one more that gets no answer either after a while.
func (r *replica) tried(now int64) bool {
	t := r.silent.tail
	for t != nil && t.hung {
		t = t.prev
	}
	return t != nil && t.start >= r.health.outAt && now-t.start < int64(tryAgain)
}

// give makes the turn.
func (p *Pool) give(r *replica, a *Ask, reason string, warm int, now int64) *Turn {
	p.seq++
	r.tokens += a.Tokens
	r.flight++
	r.stats.begun++
	r.stats.prompt, r.stats.warm = r.stats.prompt+int64(a.Prompt), r.stats.warm+int64(warm)
	t := &Turn{ID: r.ID, Data: r.Data, Reason: reason, Warm: warm, Load: r.flight, Limit: r.limit.now(), Others: max(len(p.all)-1-len(a.Not)-len(a.Never), 0), Not: a.Not, pool: p, r: r, tokens: a.Tokens, prompt: a.Prompt, seq: p.seq, nth: r.stats.begun, start: now, probe: r.health.out > 0, stays: a.Patient}
	r.silent.push(t)
	return t
}

// Left says how many replicas could be asked beside those of a list, now or once they have a place.
// Those that are out count where they would be tried again.
func (p *Pool) Left(not []string) (n int) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.all {
		h := &r.health
		if slices.Contains(not, r.ID) || h.drained || h.rests > now || h.out > 0 && r.tried(now) {
			continue
		}
		n++
	}
	return n
}

// Rest says how long it takes until any replica may be asked, where all of them asked to be left
// alone; 0 where one may be asked or is only full.
func (p *Pool) Rest() time.Duration {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	least := int64(math.MaxInt64)
	for _, r := range p.all {
		if r.health.drained {
			continue
		}
		if r.health.rests <= now {
			return 0
		}
		least = min(least, r.health.rests-now)
	}
	if least == math.MaxInt64 {
		return 0
	}
	return time.Duration(least)
}

// Follows says whether the beginnings of prompts are of use: there is more than one replica.
func (p *Pool) Follows() bool {
	if p.c.Scatter {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all) > 1
}
