// Package watch keeps what happened to each call of a model: which caches were looked at, how long
// it waited, which replica it went to and why, how it ended. From that people are told why a request
// went where it went, and what the gateway has done in the last minutes.
//
// It holds no word of what was asked or answered, and nothing is left of it when the program ends.
// It is bounded in memory, and never keeps a call waiting. What a stranger would break: a [One] that
// has ended takes no more steps, because what stood behind it belongs to another call by then.
package watch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// How much is kept.
const (
	Recent   = 4096 // calls, of any kind
	Kept     = 1024 // more of those that are looked for later: slow, failed, refused, or with a second try
	MaxSteps = 12   // of one call; of more only their number is kept
	Slow     = 10 * time.Second

	usualSteps = 2 // of a call: nothing was kept, and a replica was asked
)

// Config is what a Watch is made of.
type Config struct {
	Done func(*Record) // is handed each call that was sampled, once it is over; it must not wait. nil: nobody
}

// A Watch holds calls. It is safe for concurrent use.
type Watch struct {
	done atomic.Pointer[func(*Record)]
	pool sync.Pool

	mu     sync.Mutex
	number uint64
	recent ring
	kept   ring
	live   *call // the newest of those under way
	series map[Place]*Series
	blocks int // of all series

	named    [][2]string // traces of answers, and the requests that they were made for
	nextName int
}

// A call is one that is under way, or a place where one has been.
type call struct {
	mu         sync.Mutex
	generation uint64
	h          Record // without its steps
	steps      []Step // most calls have two
	more       int
	begun      time.Time
	sampled    bool
	older      *call // in the list of those under way
	newer      *call
}

// New makes a Watch that has seen nothing.
func New(c Config) *Watch {
	w := &Watch{recent: ring{most: Recent}, kept: ring{most: Kept}, series: map[Place]*Series{}}
	w.pool.New = func() any { return new(call) }
	w.Tell(c.Done)
	return w
}

// Tell says who is handed each call that was sampled, in the place of who was; nil for nobody.
func (w *Watch) Tell(done func(*Record)) {
	if done == nil {
		w.done.Store(nil)
		return
	}
	w.done.Store(&done)
}

// A One is a call that is being watched, and the context of what is done for it. The methods of a nil
// One do nothing.
type One struct {
	context.Context
	w          *Watch
	s          *Series
	c          *call
	generation uint64
	begun      time.Time
}

type oneKey struct{}

// Value finds the One itself, and what the context under it holds.
func (o *One) Value(key any) any {
	if key == (oneKey{}) {
		return o
	}
	return o.Context.Value(key)
}

// Of is the call that a context belongs to; nil for none.
func Of(ctx context.Context) *One {
	o, _ := ctx.Value(oneKey{}).(*One)
	return o
}

// Apart gives a context of work beside a call, which is not noted on the road of that.
func Apart(ctx context.Context) context.Context {
	if Of(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, oneKey{}, (*One)(nil))
}

// A Begun is what is known of a call when it comes.
type Begun struct {
	Request string // id of the request that it is made for; a request may make several
	Trace   string // id of the answer that it is made for; "" for none
	Space   string // of who asks
	Person  string // id
	Key     string // id
	Class   string // who waits: people, services, batch
	Tokens  int    // about how many it takes
	Link    Link   // to a trace of OpenTelemetry; of one that is traced Config.Done is told
}

// Begin watches a call of a model from here on. The One that it gives is the context of the call, and
// must be ended.
func (w *Watch) Begin(ctx context.Context, s *Series, b Begun) *One {
	c := w.pool.Get().(*call)
	now := time.Now()
	c.mu.Lock()
	c.generation++
	c.begun, c.steps, c.more, c.sampled = now, c.steps[:0], 0, b.Link.Traced
	c.h = Record{Request: b.Request, Trace: b.Trace, Begun: now.UnixMicro(), Space: b.Space, Person: b.Person, Key: b.Key, Class: b.Class, Model: s.Model, Of: s.Space, Tokens: b.Tokens, Live: true, link: b.Link}
	o := &One{ctx, w, s, c, c.generation, now}
	w.mu.Lock()
	w.number++
	c.h.Number = w.number
	c.older, c.newer = w.live, nil
	if w.live != nil {
		w.live.newer = c
	}
	w.live = c
	s.slot(w, now).Offered++
	w.mu.Unlock()
	c.mu.Unlock()
	return o
}

// Step notes one step on the road of the call, and gives its number for [One.Change]. Its time is now
// where it has none.
func (o *One) Step(s Step) (number int) {
	if o == nil {
		return -1
	}
	c := o.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != o.generation || !c.h.Live {
		return -1
	}
	if s.At == 0 {
		s.At = time.Since(c.begun).Microseconds()
	}
	if len(c.steps) == MaxSteps {
		c.more++
		return -1
	}
	if c.steps == nil {
		c.steps = make([]Step, 0, usualSteps)
	}
	c.steps = append(c.steps, s)
	return len(c.steps) - 1
}

// Asked notes that a replica is asked, counts it, and gives the number of the step.
func (o *One) Asked(s Step) (number int) {
	if o == nil {
		return -1
	}
	o.w.mu.Lock()
	o.s.tried(s.Where, s.Why, "")
	o.w.mu.Unlock()
	return o.Step(s)
}

// Came notes what came of asking a replica, and counts it. Where it failed, status is that of HTTP, 0
// for none, and said a sentence about it.
func (o *One) Came(number int, replica, result string, status int, said string) {
	if o == nil {
		return
	}
	o.w.mu.Lock()
	o.s.tried(replica, "", result)
	o.w.mu.Unlock()
	o.Change(number, func(s *Step, now int64) { s.Took, s.Result, s.Status, s.Said = now-s.At, result, int32(status), said })
}

// Change tells a step how it went on; now is the time since the call began, in microseconds.
func (o *One) Change(number int, change func(s *Step, now int64)) {
	if o == nil || number < 0 {
		return
	}
	c := o.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == o.generation && c.h.Live && number < len(c.steps) {
		change(&c.steps[number], time.Since(c.begun).Microseconds())
	}
}

// An End is how a call ended.
type End struct {
	Level   string // where the answer came from; "" where none came
	Model   string // that answered, where it is another one than was asked
	Hash    string // version of its declaration
	Replica string
	First   int64  // microseconds to the first piece of the answer; 0: none came
	In, Out int    // tokens; 0 where nobody counted
	Finish  string // why the answer ended, as the model says it
	Code    string // of the error; "" for none
	Wait    int64  // microseconds that the error asks to wait
	Refused bool   // before a replica was asked, for want of room
	Gone    bool   // the asker left
}

// End says how the call ended. Calls after the first do nothing. A replica of which nothing was noted by then has
// answered, where the answer came from it; nobody waits any more for any other.
func (o *One) End(e End) {
	if o == nil {
		return
	}
	w, c := o.w, o.c
	c.mu.Lock()
	if c.generation != o.generation || !c.h.Live {
		c.mu.Unlock()
		return
	}
	took := time.Since(c.begun) // of the monotonic clock alone, which is read in half the time
	now := c.begun.Add(took)
	h := &c.h
	h.Live, h.Took = false, took.Microseconds()
	h.Level, h.Answered, h.Replica, h.First, h.In, h.Out, h.Finish, h.version = e.Level, e.Model, e.Replica, e.First, e.In, e.Out, e.Finish, e.Hash
	h.Code, h.Wait, h.Refused, h.Gone = e.Code, e.Wait, e.Refused, e.Gone
	for i := range c.steps {
		s := &c.steps[i]
		switch {
		case s.Kind == Queue:
			h.Waited += s.Took
		case s.Kind == Replica && s.Result == "":
			s.Took, s.Result = h.Took-s.At, Left
			if e.Finish != "" && s.First > 0 && s.Where == e.Replica {
				s.Result = Good
			}
		}
	}
	w.mu.Lock()
	w.unlink(c)
	w.recent.put(c)
	if c.remarkable() {
		w.kept.put(c)
	}
	o.s.ended(w, now, h)
	w.mu.Unlock()
	done := w.done.Load()
	var told *Record
	if done != nil && c.sampled {
		r := c.record()
		told = &r
	}
	c.h = Record{} // names no longer than they are needed
	clear(c.steps)
	c.mu.Unlock()
	w.pool.Put(c)
	if told != nil {
		(*done)(told)
	}
}

func (w *Watch) unlink(c *call) {
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		w.live = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	}
	c.older, c.newer = nil, nil
}

// remarkable says whether somebody will ask for a call later.
func (c *call) remarkable() bool {
	if c.h.Code != "" || c.h.Refused || c.h.Took > Slow.Microseconds() {
		return true
	}
	tries := 0
	for i := range c.steps {
		if c.steps[i].Kind == Replica {
			tries++
		}
	}
	return tries > 1
}

// record is a copy of a call with its steps.
func (c *call) record() Record {
	r := c.h
	r.Steps = append([]Step(nil), c.steps...)
	r.More = c.more
	return r
}

// Since is how long ago the call began, in microseconds; 0 of none.
func (o *One) Since() int64 {
	if o == nil {
		return 0
	}
	return time.Since(o.begun).Microseconds()
}

// A Link ties what is done to a trace of OpenTelemetry.
type Link struct {
	Trace  [16]byte
	Span   [8]byte
	Parent [8]byte // of the span; zero: none
	Traced bool    // the trace is sampled
}

// String writes the link as a traceparent of W3C Trace Context, whose parent is the span.
func (l Link) String() string {
	flags := 0
	if l.Traced {
		flags = 1
	}
	return fmt.Sprintf("00-%x-%x-%02x", l.Trace, l.Span, flags)
}

type linkKey struct{}

// With gives a context whose calls belong to a trace.
func (l Link) With(ctx context.Context) context.Context { return context.WithValue(ctx, linkKey{}, l) }

// LinkOf is the trace that a context belongs to; zero for none.
func LinkOf(ctx context.Context) Link {
	l, _ := ctx.Value(linkKey{}).(Link)
	return l
}

// First notes that the answer of a replica that is asked has begun.
func (o *One) First(replica string) {
	if o == nil {
		return
	}
	c := o.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != o.generation || !c.h.Live {
		return
	}
	for i := len(c.steps) - 1; i >= 0; i-- {
		if s := &c.steps[i]; s.Kind == Replica && s.Where == replica && s.Result == "" && s.First == 0 {
			s.First = time.Since(c.begun).Microseconds() - s.At
			return
		}
	}
}
