// Package pool holds the replicas of one model: which of them are well, how much each may be given
// at once, and which one a request is best sent to.
//
// It speaks to nobody: it is told what became of each request and decides from that. It never
// configures a limit: limits are found from latency and errors. What a stranger would break: every
// Turn is ended once, or its place is taken for ever.
package pool

import (
	"slices"
	"sync"
	"time"
)

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
	Region string           // of this server: replicas of the same are asked first
	Now    func() time.Time // nil: time.Now
}

// A Pool is the replicas of one model. It is safe for concurrent use.
type Pool struct {
	c   Config
	mu  sync.Mutex
	all []*replica
}

type replica struct {
	Member
	tokens int // outstanding
	flight int
}

// New makes a pool without members.
func New(c Config) *Pool {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Pool{c: c}
}

// Set says which replicas there are. What is known of one that stays, by its ID, is kept; one that
// goes gets no more requests, and those under way go on.
func (p *Pool) Set(members []Member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.all
	p.all = nil
	for _, m := range members {
		if i := slices.IndexFunc(old, func(r *replica) bool { return r.ID == m.ID }); i >= 0 {
			old[i].Member = m
			p.all = append(p.all, old[i])
			continue
		}
		p.all = append(p.all, &replica{Member: m})
	}
}

// An Ask is a request that wants a replica.
type Ask struct {
	Tokens int      // about how many it takes, prompt and answer
	Prefix []uint64 // hashes of the beginnings of the prompt, the shortest first
	Short  bool     // an answer of few tokens is expected: it may be hedged
	Not    []string // replicas that were asked already
}

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

// A Turn is a place at a replica.
type Turn struct {
	ID     string // of the replica
	Data   any    // the member's
	Reason string // why this one: "least", "prefix", "only", "second", "probe"
	pool   *Pool
	r      *replica
	tokens int
}

// Take gives a place at the replica that suits best, or nil where none is free now.
func (p *Pool) Take(a Ask) *Turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var best *replica
	for _, r := range p.all {
		if !slices.Contains(a.Not, r.ID) && (best == nil || r.Priority < best.Priority || r.Priority == best.Priority && r.tokens < best.tokens) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	best.tokens += a.Tokens
	best.flight++
	return &Turn{ID: best.ID, Data: best.Data, Reason: "least", pool: p, r: best, tokens: a.Tokens}
}

// Left says how many replicas could be asked beside those of a list, now or once they have a place.
func (p *Pool) Left(not []string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.all {
		if !slices.Contains(not, r.ID) {
			n++
		}
	}
	return n
}

// First says that the replica began to answer.
func (t *Turn) First() {}

// End gives the place back and says how it went. Calls after the first do nothing.
func (t *Turn) End(o Outcome) {
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	if t.r == nil {
		return
	}
	t.r.tokens -= t.tokens
	t.r.flight--
	t.r = nil
}
