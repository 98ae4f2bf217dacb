package admit

import (
	"cmp"
	"slices"
	"time"

	"wenyuan/gateway/manner"
)

// A Look is a queue as it is at one moment, for who watches it. Lists by class go by
// [manner.Class]: people, services, batch.
type Look struct {
	Places  int              `json:"places"`           // that may wait at all
	Depth   int              `json:"depth"`            // people and services that may wait now
	Pressed bool             `json:"pressed"`          // more come than leave: waits are kept under the time of a service
	Waiting [3]int           `json:"waiting"`          // by class
	Longest [3]time.Duration `json:"longest"`          // that one waits who waits now, nanoseconds, by class
	Flight  [3]int           `json:"flight"`           // that were let in and have not left, by class
	Service time.Duration    `json:"service"`          // how long a place is held, moving mean, nanoseconds; 0: not known yet
	Drain   float64          `json:"drain"`            // that leave per second at the present rate
	Wait    time.Duration    `json:"wait"`             // that the next one would wait, nanoseconds
	Waited  int64            `json:"waited"`           // that were let in after a wait, since the start
	Refused map[string]int64 `json:"refused"`          // since the start by reason: full, late, displaced, expired, deadline
	Next    []Waiting        `json:"next"`             // who is next in turn, the first first; at most ten
	Greedy  []Flow           `json:"greedy,omitempty"` // who has the most of those who wait, the greediest first; at most ten
}

// A Waiting is one who waits.
type Waiting struct {
	Class  string        `json:"class"`
	Space  string        `json:"space"` // id
	Key    string        `json:"key"`   // id of the key, else of the person
	Tokens int           `json:"tokens"`
	Waited time.Duration `json:"waited"` // nanoseconds
}

// A Flow is what one key has in the queue.
type Flow struct {
	Class   string  `json:"class"`
	Space   string  `json:"space"`
	Key     string  `json:"key"`
	Waiting int     `json:"waiting"`
	Share   float64 `json:"share"` // of all who wait in its class, 0 to 1
}

// shown is how many entries a list of a Look has at most.
const shown = 10

// Look shows the queue as it is now. It takes time by how many wait, and is not for each request.
func (q *Queue) Look() Look {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	l := Look{Places: q.c.Places, Depth: q.depth(now), Pressed: q.pressed(now), Flight: q.rate.by, Service: time.Duration(q.rate.service),
		Drain: q.rate.drain(), Wait: q.rate.wait(now, q.waiting()), Waited: q.waited, Refused: map[string]int64{}, Next: []Waiting{}}
	for r, n := range q.refused {
		l.Refused[reason(r).String()] = n
	}
	for c := range q.classes {
		q.look(&l, now, manner.Class(c))
	}
	slices.SortStableFunc(l.Greedy, func(a, b Flow) int { return cmp.Or(b.Waiting-a.Waiting, cmp.Compare(b.Share, a.Share)) })
	l.Greedy = l.Greedy[:min(len(l.Greedy), shown)]
	return l
}

// look adds one class.
func (q *Queue) look(l *Look, now int64, c manner.Class) {
	o := &q.classes[c]
	l.Waiting[c] = o.n
	for _, g := range o.active {
		for _, f := range g.active {
			l.Longest[c] = max(l.Longest[c], time.Duration(now-f.head.since))
			l.Greedy = append(l.Greedy, Flow{Class: c.String(), Space: g.name, Key: f.name, Waiting: f.n, Share: float64(f.n) / float64(o.n)})
		}
	}
	for _, one := range o.first(make([]*waiter, 0, max(shown-len(l.Next), 0))) {
		l.Next = append(l.Next, Waiting{c.String(), one.Space, one.Key, one.Tokens, time.Duration(now - one.since)})
	}
}
