package watch

import (
	"cmp"
	"slices"
	"time"
)

// The kinds of steps.
const (
	Cache   = "cache"   // a level of the cache was looked at
	Queue   = "queue"   // the call waited for a place
	Replica = "replica" // a replica was asked
	Ladder  = "model"   // another model of the ladder was asked
	Refusal = "refusal" // nothing was asked
)

// Cold is why a call waited for a place: the engine of its model started.
const Cold = "cold"

// What a step came to.
const (
	Hit     = "hit"     // the level had the answer
	Miss    = "miss"    // it had not
	Joined  = "joined"  // an identical call was under way, and this one took part in it
	Passed  = "passed"  // no level was looked at
	Good    = "good"    // the replica answered
	Failed  = "failed"  // the replica is not well
	Crowded = "crowded" // the replica refused for its load
	Hung    = "hung"    // the replica was silent while others answered
	Left    = "left"    // nobody waited any more, or another replica was quicker
	Faulted = "faulted" // the request was wrong
)

// A Step is one on the road of a call. Which fields it has depends on its kind.
type Step struct {
	Kind    string  `json:"kind" doc:"cache, queue, replica, model or refusal"`
	At      int64   `json:"at_us" doc:"microseconds from the beginning of the call"`
	Took    int64   `json:"took_us,omitempty" doc:"microseconds"`
	First   int64   `json:"first_us,omitempty" doc:"microseconds to the first piece of the replica's answer"`
	Dialect string  `json:"dialect,omitempty" doc:"that the replica speaks"`
	Where   string  `json:"where,omitempty" doc:"the level of the cache, the replica, the model"`
	Why     string  `json:"why,omitempty" doc:"of a cache: why it could not serve; of a queue: cold, where an engine started; of a replica: why this one"`
	Result  string  `json:"result,omitempty" doc:"hit, miss, joined, passed; good, failed, crowded, hung, left, faulted"`
	Status  int32   `json:"status,omitempty" doc:"of HTTP, with which the replica refused or failed"`
	Said    string  `json:"said,omitempty" doc:"what failed at the replica, in a sentence"`
	Others  int32   `json:"others,omitempty" doc:"of a joined call: how many take part beside it"`
	Warm    int32   `json:"warm,omitempty" doc:"tokens of the prompt that the replica has seen already, about"`
	Load    int32   `json:"load,omitempty" doc:"requests that the replica worked on, this one among them"`
	Limit   int32   `json:"limit,omitempty" doc:"as many as it may work on"`
	Similar float32 `json:"similar,omitempty" doc:"how alike the question was that was answered before, 0 to 1"`
	Wait    int64   `json:"wait_us,omitempty" doc:"how long to wait before another try, microseconds"`
}

// A Record is what happened to one call of a model.
type Record struct {
	Number   uint64 `json:"number" doc:"later ones have greater numbers; they begin anew with the program"`
	Request  string `json:"request" doc:"that it was made for; one request may make several calls"`
	Trace    string `json:"trace,omitempty" doc:"of the answer that it was made for"`
	Begun    int64  `json:"begun" doc:"UTC microseconds"`
	Took     int64  `json:"took_us,omitempty" doc:"microseconds until it ended"`
	Live     bool   `json:"live,omitempty" doc:"it is under way"`
	Space    string `json:"space,omitempty" doc:"of who asked"`
	Person   string `json:"person,omitempty" doc:"who asked"`
	Key      string `json:"key,omitempty" doc:"by which key"`
	Class    string `json:"class" doc:"who waits: people, services, batch"`
	Model    string `json:"model" doc:"that was asked for"`
	Of       string `json:"-"` // the space that the model belongs to; "" for the house
	Tokens   int    `json:"tokens,omitempty" doc:"about how many it takes, prompt and answer"`
	Level    string `json:"level,omitempty" doc:"where the answer came from: flight, memory, shared, alike, stale, model"`
	Answered string `json:"answered,omitempty" doc:"the model that answered, where it is another one than was asked"`
	Replica  string `json:"replica,omitempty" doc:"that answered"`
	First    int64  `json:"first_us,omitempty" doc:"microseconds to the first piece of the answer"`
	Waited   int64  `json:"waited_us,omitempty" doc:"microseconds in the queue"`
	In       int    `json:"tokens_in,omitempty" doc:"as the model counts"`
	Out      int    `json:"tokens_out,omitempty" doc:"as the model counts"`
	Finish   string `json:"finish,omitempty" doc:"why the answer ended, as the model says it"`
	Code     string `json:"code,omitempty" doc:"of the error"`
	Wait     int64  `json:"wait_us,omitempty" doc:"how long the error asks to wait, microseconds"`
	Refused  bool   `json:"refused,omitempty" doc:"for want of room, before a replica was asked"`
	Gone     bool   `json:"gone,omitempty" doc:"the asker left"`
	Steps    []Step `json:"steps"`
	More     int    `json:"more,omitempty" doc:"steps that were not kept"`

	link    Link
	version string // of the model's declaration that answered
}

// Link is the trace of OpenTelemetry that the call was made in; zero for none.
func (r *Record) Link() Link { return r.link }

// Version is that of the declaration of the model that answered; "" before one did.
func (r *Record) Version() string { return r.version }

// A ring holds the last calls. Its places are taken as they are needed.
type ring struct {
	most int
	next int
	n    int // of places that are taken
	all  [][]held
}

// ringBlock is how many places of a ring are made at once, so that it is not copied as it grows.
const ringBlock = 64

type held struct {
	h     Record // without its steps
	steps []Step
}

func (g *ring) put(c *call) {
	p := g.at(g.next)
	p.h, p.h.More = c.h, c.more
	clear(p.steps[min(len(c.steps), len(p.steps)):]) // names no longer than they are needed
	p.steps = append(p.steps[:0], c.steps...)
	g.next = (g.next + 1) % g.most
	g.n = min(g.n+1, g.most)
}

// at is a place, made when it is needed first.
func (g *ring) at(i int) *held {
	if i/ringBlock == len(g.all) {
		g.all = append(g.all, make([]held, min(ringBlock, g.most-i)))
	}
	return &g.all[i/ringBlock][i%ringBlock]
}

// newest goes through the calls from one to another, the last that ended first, until f has enough.
func (g *ring) newest(from, to int, f func(*held) (more bool)) (enough bool) {
	for i := from; i < min(to, g.n); i++ {
		if !f(g.at((g.next - 1 - i + g.most) % g.most)) {
			return true
		}
	}
	return false
}

// atOnce is how many calls are looked through before others may go on.
const atOnce = 64

// Find gives the calls that pass, the newest first, at most so many; also those under way. pass is asked
// while other calls wait, some dozens of times in a row, so that it must be quick.
func (w *Watch) Find(most int, pass func(*Record) bool) []Record {
	out := w.underWay(most, pass)
	for _, g := range []*ring{&w.recent, &w.kept} {
		n := 0
		for from, enough := 0, false; from < g.most && !enough; from += atOnce { // what moves meanwhile is met twice
			w.mu.Lock()
			enough = from >= g.n || g.newest(from, from+atOnce, func(p *held) bool {
				if pass(&p.h) {
					r := p.h
					r.Steps = append([]Step{}, p.steps...)
					out = append(out, r)
					n++
				}
				return n < most
			})
			w.mu.Unlock()
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		return cmp.Or(cmp.Compare(b.Number, a.Number), cmp.Compare(live(a), live(b)))
	})
	out = slices.CompactFunc(out, func(a, b Record) bool { return a.Number == b.Number })
	return out[:min(len(out), most)]
}

// Forget takes a person and their keys out of what is kept of their calls, those under way among them.
func (w *Watch) Forget(person string) {
	if person == "" {
		return
	}
	forget := func(h *Record) {
		if h.Person == person {
			h.Person, h.Key = "", ""
		}
	}
	w.mu.Lock()
	var live []*call
	for c := w.live; c != nil; c = c.older {
		live = append(live, c)
	}
	w.mu.Unlock()
	for _, c := range live { // their locks come before that of the Watch
		c.mu.Lock()
		forget(&c.h)
		c.mu.Unlock()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range []*ring{&w.recent, &w.kept} {
		g.newest(0, g.n, func(p *held) bool { forget(&p.h); return true })
	}
}

// looked bounds how many calls under way are looked through.
const looked = 16 << 10

// underWay are the newest calls that pass and have not ended.
func (w *Watch) underWay(most int, pass func(*Record) bool) (out []Record) {
	var all []*call
	w.mu.Lock()
	for c := w.live; c != nil && len(all) < looked; c = c.older {
		all = append(all, c)
	}
	w.mu.Unlock()
	now := time.Now().UnixMicro()
	for _, c := range all { // their locks come before that of the Watch
		c.mu.Lock()
		if c.h.Live && pass(&c.h) && len(out) < most {
			r := c.record()
			r.Took = now - r.Begun
			out = append(out, r)
		}
		c.mu.Unlock()
	}
	return out
}

func live(r Record) int {
	if r.Live {
		return 1
	}
	return 0
}

// names is how many answers are known by their traces.
const names = 1024

// Name says that an answer was made for a request.
func (w *Watch) Name(trace, request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.named) < names {
		w.named = append(w.named, [2]string{})
	}
	w.named[w.nextName] = [2]string{trace, request}
	w.nextName = (w.nextName + 1) % names
}

// Named is the request that an answer was made for, by its trace; "" where that is not known any more.
func (w *Watch) Named(trace string) (request string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.named {
		if n[0] == trace && trace != "" {
			return n[1]
		}
	}
	return ""
}
