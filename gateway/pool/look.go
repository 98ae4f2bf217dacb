package pool

import "time"

// A State is how a replica stands in its pool.
type State string

// The states.
const (
	Serving  State = "serving"  // is given requests
	Starting State = "starting" // new or come back: its share grows
	Resting  State = "resting"  // asked to be left alone: 429 with a time
	Draining State = "drained"  // gets no more requests, by hand
	Drifting State = "drifting" // taken out until it is put back: see [Pool.Out]
	Ejected  State = "out"      // failed or was silent; is tried again with one request after a while
)

// A Look is one replica as it stands now.
type Look struct {
	ID       string
	State    State
	Until    time.Time // when that ends by itself; zero: it does not, or it serves
	Why      string    // what brought it there; "" where it serves
	InFlight int       // requests under way
	Limit    int       // requests at once that it is given, as found
	Tokens   int       // outstanding, about
	Weight   float64   // as declared
	Priority int       // as declared
	Region   string    // as declared
	Cost     float64   // as declared

	Requests int64         // begun since the start
	Minute   int           // ended in the last minute
	Errors   int           // of these, with an error that is the replica's
	Median   time.Duration // to the first piece of an answer, in the last minute; 0: none came
	P99      time.Duration // the same, 99th percentile
	Warm     float64       // share of the prompts' tokens that went where they were warm, since the start
	Last     string        // what the last error said; "" none
	LastAt   time.Time     // when
}

// A Kind says what happened to a replica.
type Kind string

// The kinds of events.
const (
	WasEjected  Kind = "ejected"  // taken out: it failed
	WasHung     Kind = "hung"     // taken out: it was silent while others answered
	WasReturned Kind = "returned" // serves again
	WasRested   Kind = "resting"  // asked to be left alone
	WasTaken    Kind = "taken"    // taken out from outside, see [Pool.Out]
	LimitMoved  Kind = "limit"    // the number of requests at once changed by half or more
)

// An Event is something that happened to a replica, for logs.
type Event struct {
	ID    string
	Kind  Kind
	Why   string
	For   time.Duration // how long; 0: until something else happens
	Limit int           // requests at once
}

// Look shows all replicas as they stand now, in the order in which they are declared.
func (p *Pool) Look() []Look {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Look, len(p.all))
	for i, r := range p.all {
		all[i] = p.shown(r, now)
	}
	return all
}

// IDs are the names of all replicas, in the order in which they are declared.
func (p *Pool) IDs() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.all {
		all = append(all, r.ID)
	}
	return all
}

func (p *Pool) shown(r *replica, now int64) Look {
	s := &r.stats
	q, n := s.firsts.quantiles(now, 0.5, 0.99)
	l := Look{ID: r.ID, InFlight: r.flight, Limit: r.limit.now(), Tokens: r.tokens, Weight: r.Weight, Priority: r.Priority, Region: r.Region, Cost: r.Cost,
		Requests: s.begun, Minute: s.ended.within(now, slots), Errors: s.failed.within(now, slots), Last: s.last}
	if n > 0 {
		l.Median, l.P99 = time.Duration(q[0]), time.Duration(q[1])
	}
	if s.prompt > 0 {
		l.Warm = float64(s.warm) / float64(s.prompt)
	}
	if s.lastAt > 0 {
		l.LastAt = p.at(s.lastAt)
	}
	var until int64
	l.State, l.Why, until = r.health.state(now)
	if until > 0 {
		l.Until = p.at(until)
	}
	return l
}

// state says how it stands, why, and until when.
func (h *health) state(now int64) (s State, why string, until int64) {
	switch {
	case h.drained:
		return Draining, "", 0
	case h.drifts:
		return Drifting, h.driftWhy, 0
	case h.out > 0:
		return Ejected, h.outWhy, h.out
	case h.rests > now:
		return Resting, h.restWhy, h.rests
	case h.grows > 0 && now-h.grows < int64(slowStart):
		return Starting, "", h.grows + int64(slowStart)
	}
	return Serving, "", 0
}
