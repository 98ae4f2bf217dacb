package pool

import "time"

// An Outcome is how a request to a replica ended.
type Outcome int

// The outcomes.
const (
	Good      Outcome = iota // answered
	Failed                   // an error that says that the replica is not well
	Crowded                  // refused for its load: 429 or 503
	Hung                     // silent, while others were answered
	Abandoned                // the asker left, or another replica was quicker
	Faulted                  // the request itself was wrong: says nothing about the replica
)

// turns is a list of turns in the order in which they were taken.
type turns struct{ head, tail *Turn }

func (l *turns) push(t *Turn) {
	if t.prev = l.tail; l.tail != nil {
		l.tail.next = t
	} else {
		l.head = t
	}
	l.tail = t
}

// after is the next turn after one whose silence was not noticed yet; nil where there is none.
func (t *Turn) after() *Turn {
	for t = t.next; t != nil && t.hung; {
		t = t.next
	}
	return t
}

// waiting is the oldest turn whose silence was not noticed yet; nil where there is none.
func (l *turns) waiting() *Turn {
	t := l.head
	for t != nil && t.hung {
		t = t.next
	}
	return t
}

func (l *turns) drop(t *Turn) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		l.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		l.tail = t.prev
	}
	t.prev, t.next = nil, nil
}

// Cut says what ends the waiting for the first piece where the replica is found to be silent
// while others answer. It is called once at most, and not after [Turn.First]. The Turn is ended as
// Hung then.
func (t *Turn) Cut(f func()) {
	t.pool.mu.Lock()
	hung := t.hung && !t.stays && !t.lost && !t.spoke && !t.ended
	if t.lost = t.lost || hung; !hung && !t.spoke && !t.ended {
		t.cut = f
	}
	t.pool.mu.Unlock()
	if hung {
		f()
	}
}

// Late says what is done where the first piece has not come for much longer than nearly all take, and again
// each time as long has passed: f is not to block. The Turn goes on. It is called once at most, by who can ask
// another replica beside this one; for others such a waiting is ended, see [Turn.Cut].
func (t *Turn) Late(f func()) {
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	if !t.spoke && !t.ended {
		t.late = f
	}
}

// First says that the replica began to answer; see [Turn.Begin].
func (t *Turn) First() { t.Begin(0) }

// Begin says that the replica began to answer, with a first piece of about so many tokens; of a whole
// answer it is all of it. It is not ok where the waiting was ended a moment
// before: what comes is no answer then. wake tells whether more places came free by it, so that who
// waits is to be woken.
func (t *Turn) Begin(piece int) (ok, wake bool) {
	p := t.pool
	now := p.now()
	p.mu.Lock()
	defer p.unlock()
	switch {
	case t.lost:
		return false, false
	case !t.spoke && !t.ended:
		wake = t.first(now, piece)
		t.r.spoken++
	}
	return true, wake
}

// Alive says that another piece of the answer came.
func (t *Turn) Alive() { t.r.heard.Store(t.pool.now()) }

// first notes the time to the first piece. The caller holds the pool's lock.
func (t *Turn) first(now int64, piece int) (wake bool) {
	p, r := t.pool, t.r
	if t.spoke = true; t.off {
		t.off = false
		r.tokens, r.flight = r.tokens+t.tokens, r.flight+1
	}
	t.cut, t.late = nil, nil
	r.silent.drop(t)
	r.heard.Store(now)
	r.later, r.doubted, r.since = 0, false, 0
	took := now - t.start
	p.firsts.add(now, took)
	p.usual.count(took, t.prompt)
	r.stats.firsts.add(now, took)
	if r.health.out > 0 && t.start >= r.health.outAt {
		p.returns(r, now)
	}
	before := r.limit.now()
	r.limit.sample(now, t.start, took, t.prompt, piece, t.Load, r.spoken)
	if after := r.limit.now(); after != before {
		wake = after > before
		p.limitMoved(r, before, after)
	}
	p.answeredAfter(t, now)
	return t.beyond && p.writeOff(t, now) || wake
}

// End gives the place back and says how it went; see [Turn.Done].
func (t *Turn) End(o Outcome) { t.Done(o, 0, nil) }

// Done gives the place back and says how it went, how long the replica asks to be left alone, and
// what it said. It tells what may be done about a request that was not answered. Calls after the
// first do nothing, and tell the same again; but see [Turn.Instead].
func (t *Turn) Done(o Outcome, rest time.Duration, err error) (v Verdict) {
	p := t.pool
	now := p.now()
	p.mu.Lock()
	if t.ended {
		v, other := t.v, t.instead
		p.mu.Unlock()
		if other != nil {
			return other.Done(o, rest, err)
		}
		return v
	}
	t.ended = true
	r := t.r
	switch {
	case t.spoke:
		r.spoken--
	case o == Good:
		t.first(now, 0)
	default:
		r.silent.drop(t)
	}
	if !t.off {
		r.tokens, r.flight = r.tokens-t.tokens, r.flight-1
	}
	p.paused(t, o, now)
	v = p.settle(t, o, rest, err, now)
	v.Outcome = o
	t.v = v
	p.unlock()
	return v
}

// Instead says that another turn, which was taken beside this one, answers in its place: where this one has ended,
// [Turn.Done] is for that one from now on.
func (t *Turn) Instead(other *Turn) {
	if other == t {
		return
	}
	t.pool.mu.Lock()
	t.instead = other
	t.pool.mu.Unlock()
}

// limitMoved tells when a limit has changed by half or more since it was told last.
func (p *Pool) limitMoved(r *replica, before, after int) {
	if r.limit.told == 0 {
		r.limit.told = before
	}
	if told := r.limit.told; after*2 <= told || after >= told*2 {
		r.limit.told = after
		p.tell(Event{ID: r.ID, Kind: LimitMoved, Limit: after})
	}
}
