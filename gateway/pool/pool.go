// Package pool holds the replicas of one model: which of them are well, how much each may be given
// at once, and which one a request is best sent to.
//
// It speaks to nobody: it is told what became of each request and decides from that. It never
// configures a limit: limits are found from latency and errors. What a stranger would break: every
// Turn is ended once, or its place is taken for ever; and no callback is made under the pool's lock.
package pool

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// MaxMembers is how many replicas a pool tells apart; Set takes the first ones of a longer list.
const MaxMembers = 64

// DefaultQuiet is the shortest silence after which another replica is asked beside one. Under it a request is taken
// for one that takes long.
const DefaultQuiet = 5 * time.Second

// A Member is a replica as it is declared.
type Member struct {
	ID       string  // names it in a pool
	Weight   float64 // its share beside others; 1 where it is 0
	Priority int     // lower ones are asked first; others when none of these has a place
	Region   string  // where it stands
	Cost     float64 // of a million tokens; of two that are equal else the cheaper one is asked first
	Data     any     // handed back with each Turn
}

// Config is what a Pool is made of.
type Config struct {
	Region  string        // of this server: replicas of the same are asked first
	Limit   int           // requests at once that each replica is given; 0: it is found
	Scatter bool          // requests go where least is to do, whatever the replicas have seen
	Single  bool          // no request is asked beside another one that is only slow
	Quiet   time.Duration // shortest silence after which another replica is asked beside one, however quick answers are; 0: DefaultQuiet
	Pause   time.Duration // shortest silence in the middle of an answer for which it is taken to have stopped; 0: DefaultPause
	Lag     func() int64  // nanoseconds that work of this process waits for a processor, on average; nil: it is measured
	Event   func(Event)   // is told what happens to replicas; nil: nobody is. Called without the pool's lock
	Wake    func()        // is called, from no caller's goroutine, when places may have come free by time; nil: nobody is
}

// A Pool is the replicas of one model. It is safe for concurrent use.
type Pool struct {
	c     Config
	begun time.Time // what times are counted from, by the clock that does not jump

	mu     sync.Mutex
	all    []*replica
	next   int    // from which on equals are looked at, so that they take turns
	seq    uint64 // turns taken
	warm   warmth
	firsts histogram // latency of first pieces, of all replicas
	usual  usual     // its quantiles, as they were found a moment ago
	gaps   histogram // longest silences in the middle of answers, of all replicas; by slower time, see pauseSpan
	pauses usual     // its quantiles
	budget budget
	good   int64 // when a request was answered last; 0: none was
	late   later // the timer that looks for silent replicas
	soon   later // the timer that wakes when a rest or an ejection ends
	told   []func()
}

// A replica is what is known of a member. All is guarded by the pool's lock but heard.
type replica struct {
	Member
	slot    uint // its bit in the memory of prefixes
	gone    bool // no member any more
	tokens  int  // outstanding
	flight  int
	spoken  int // of these, that have begun to answer
	limit   limiter
	health  health
	heard   atomic.Int64 // when it last gave a sign of life
	silent  turns        // that have not begun to answer, the oldest first
	later   int          // turns taken after the oldest silent one that were answered elsewhere
	doubted bool         // it is to be asked once more, to see whether it says nothing to anybody
	since   int64        // when it was found silent, which is looked at again; 0: it was not
	stats   stats
}

// New makes a pool without members.
func New(c Config) *Pool {
	c.Quiet, c.Pause = cmp.Or(c.Quiet, DefaultQuiet), cmp.Or(c.Pause, DefaultPause)
	p := &Pool{c: c, begun: time.Now()}
	p.budget.init()
	return p
}

// now is the time since the pool was made, in nanoseconds, from 1: 0 is no time.
func (p *Pool) now() int64 { return int64(time.Since(p.begun)) + 1 }

// at is a time of the pool on the wall.
func (p *Pool) at(t int64) time.Time { return time.Now().Add(time.Duration(t - p.now())) }

// Set says which replicas there are. What is known of one that stays, by its ID, is kept; one that
// goes gets no more requests, and those under way go on. One that joins others begins with a
// small share.
func (p *Pool) Set(members []Member) {
	now := p.now()
	p.mu.Lock()
	old, first := p.all, len(p.all) == 0
	p.all = nil
	for _, r := range old {
		r.gone = !slices.ContainsFunc(members, func(m Member) bool { return m.ID == r.ID })
	}
	for _, m := range members[:min(len(members), MaxMembers)] {
		if m.Weight <= 0 {
			m.Weight = 1
		}
		if slices.ContainsFunc(p.all, func(r *replica) bool { return r.ID == m.ID }) {
			continue
		}
		if i := slices.IndexFunc(old, func(r *replica) bool { return r.ID == m.ID }); i >= 0 {
			old[i].Member = m
			p.all = append(p.all, old[i])
			continue
		}
		r := &replica{Member: m}
		r.limit.init(p.c.Limit)
		r.limit.lag = p.c.Lag
		if !first {
			r.health.grows = now
		}
		r.heard.Store(now)
		p.all = append(p.all, r)
	}
	p.seat()
	p.unlock()
	p.wake()
}

// seat gives each member a bit of its own in the memory of prefixes.
func (p *Pool) seat() {
	used := uint64(0)
	for i, r := range p.all {
		if int(r.slot) != i {
			p.warm.forget() // who had this bit is another one
		}
		r.slot = uint(i)
		used |= 1 << i
	}
	p.warm.members = used
}

// Drain lets a replica finish what it has and gives it nothing more, or lets it come back; false
// where there is none of that id.
func (p *Pool) Drain(id string, on bool) bool {
	return p.change(id, func(r *replica, now int64) {
		if r.health.drained && !on {
			r.health.grows = now
		}
		r.health.drained = on
	})
}

// Out takes a replica out until it is put back, and puts it back; false where there is none of
// that id. Where no other could answer, it is asked all the same: a pool is never empty.
func (p *Pool) Out(id, why string, on bool) bool {
	return p.change(id, func(r *replica, now int64) {
		was := r.health.drifts
		if r.health.drifts, r.health.driftWhy = on, why; on && !was {
			p.tell(Event{ID: r.ID, Kind: WasTaken, Why: why, Limit: r.limit.now()})
		}
		if was && !on {
			r.health.grows = now
			p.tell(Event{ID: r.ID, Kind: WasReturned, Limit: r.limit.now()})
		}
	})
}

func (p *Pool) change(id string, f func(r *replica, now int64)) bool {
	now := p.now()
	p.mu.Lock()
	i := slices.IndexFunc(p.all, func(r *replica) bool { return r.ID == id })
	if i >= 0 {
		f(p.all[i], now)
	}
	p.unlock()
	p.wake()
	return i >= 0
}

// tell notes an event, which is told once the lock is free. The caller holds mu.
func (p *Pool) tell(e Event) {
	if f := p.c.Event; f != nil {
		p.told = append(p.told, func() { f(e) })
	}
}

// unlock lets go of the lock and does what was put off until then.
func (p *Pool) unlock() {
	todo := p.told
	p.told = nil
	p.mu.Unlock()
	for _, f := range todo {
		f()
	}
}

func (p *Pool) wake() {
	if p.c.Wake != nil {
		p.c.Wake()
	}
}
