// Package engine starts, watches, scales and stops a program of this machine that runs a model:
// llama.cpp's server, Ollama, vLLM, or any other that listens on a port it is told.
//
// What is run is declared by the operator, in the settings file alone. An engine has from none to
// several instances, each a process group of its own on a free port of the loopback address. It
// never sends a request to one: the gateway makes a replica of each that is ready, and says here
// who waits and what is under way. What a stranger would break: [Config.Changed] is called without
// a lock of ours, because who is called asks what is ready.
package engine

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wenyuan"
)

// Config is what an Engine is made of.
type Config struct {
	Name    string                                 // of the model, for messages
	Env     func(name string) string               // reads a variable of this program; nil: there are none
	HTTP    http.RoundTripper                      // the way to the instances
	Allow   func(address string) (withdraw func()) // lets that way lead to host:port; nil: it does already
	Changed func()                                 // which instances are ready has changed; nil: nobody asks
	Log     *slog.Logger                           // nil: nothing is logged
	Times   Times                                  // zero values are the defaults
}

// Times are how long an Engine waits for what. Zero values are the defaults.
type Times struct {
	Patience time.Duration // that somebody waits for a place, or some are refused one after another, before one more instance is started; 2 s
	Backoff  time.Duration // before the second start after a failure, doubled with each further one, up to 1 min; 1 s. The first start comes at once
	Stable   time.Duration // ready for as long, an instance's end begins a new count of failures; 30 s
	Rest     time.Duration // after the last start, when all have failed, before one more is tried; 5 min
	Live     time.Duration // between two looks whether an instance that is ready still answers; 10 s
}

func (t Times) withDefaults() Times {
	for _, d := range []struct {
		at *time.Duration
		is time.Duration
	}{{&t.Patience, 2 * time.Second}, {&t.Backoff, time.Second}, {&t.Stable, 30 * time.Second}, {&t.Rest, 5 * time.Minute}, {&t.Live, 10 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.is
		}
	}
	return t
}

// Bounds of the supervision.
const (
	maxFailures = 5                      // starts in a row that may fail
	maxBackoff  = time.Minute            //
	liveTime    = 5 * time.Second        // for one look
	endSeen     = 250 * time.Millisecond // within which the end of a process is noticed after its connections broke
	drainTime   = 10 * time.Minute       // for what is under way at an instance that is to be stopped
	linger      = 200 * time.Millisecond // that an instance stays after it left the pool, for who was given a place just before
)

// An Engine is the instances of one model. It is safe for concurrent use.
type Engine struct {
	c Config

	mu         sync.Mutex
	spec       Spec
	generation int         // of the command: instances of an earlier one are replaced
	beside     bool        // the model has other replicas: nobody waits for an instance alone
	all        []*Instance // that have not ended
	target     int         // how many there should be
	kept       bool        // min holds: somebody serves
	held       bool        // an operator stopped it
	closed     bool
	retired    bool // it ends once nothing is under way
	made       int  // instances so far

	failures  int
	notBefore time.Time // the next start
	failed    error     // it was given up for now
	why       error     // of the last failure
	restarts  int

	entered   map[int]*Waiter
	entries   int
	waiting   int       // of those who entered: there is no place for them
	waitSince time.Time // somebody has waited without a break
	lastWait  time.Time
	shed      [2]time.Time // the first and the last of those who were refused for want of a place, without a break
	flight    int          // requests under way
	over      []time.Time  // over[n]: when more than n requests were under way last
	changed   time.Time    // an instance became ready or was stopped
	coldStart time.Duration
	dirty     bool // which instances are ready has changed, and nobody was told

	kick chan struct{}
	done chan struct{} // the loop has ended
	wg   sync.WaitGroup
}

// New makes an engine without instances. The declaration has its defaults and no faults.
func New(c Config, s Spec, beside bool) *Engine {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Env == nil {
		c.Env = func(string) string { return "" }
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Allow == nil {
		c.Allow = func(string) func() { return func() {} }
	}
	c.Times = c.Times.withDefaults()
	e := &Engine{c: c, spec: s, beside: beside, entered: map[int]*Waiter{}, kick: make(chan struct{}, 1), done: make(chan struct{})}
	go e.loop()
	return e
}

// Set puts another declaration in the place of the present one. Where what is run differs, an
// instance of the new one is started first, and one of the old is drained once that is ready.
func (e *Engine) Set(s Spec, beside bool) {
	e.mu.Lock()
	if !e.spec.same(s) {
		e.anew()
	}
	e.spec, e.beside = s, beside
	e.mu.Unlock()
	e.wake()
}

// anew lets all present instances be replaced, and forgets what failed. The caller holds mu.
func (e *Engine) anew() {
	e.generation++
	e.failures, e.failed, e.why, e.notBefore = 0, nil, nil, time.Time{}
}

// Keep lets the least number of instances hold: without it, as in a program that runs one verb and
// ends, instances are started for who waits for them alone.
func (e *Engine) Keep() {
	e.mu.Lock()
	e.kept = true
	e.mu.Unlock()
	e.wake()
}

// Start lets an engine run that an operator stopped, or that was given up, and has one instance
// started at least.
func (e *Engine) Start() {
	e.mu.Lock()
	e.held, e.failures, e.failed, e.notBefore = false, 0, nil, time.Time{}
	e.target = max(e.target, 1)
	e.changed = time.Now()
	e.mu.Unlock()
	e.wake()
}

// Stop drains and stops all instances, and starts none until [Engine.Start]. Who waits is refused.
func (e *Engine) Stop() {
	e.mu.Lock()
	e.held = true
	e.refuse(e.halted())
	e.mu.Unlock()
	e.wake()
}

// Restart replaces all instances, one by one, by fresh ones. No request is lost by it.
func (e *Engine) Restart() {
	e.mu.Lock()
	e.held = false
	e.anew()
	e.target = max(e.target, 1)
	e.changed = time.Now()
	e.mu.Unlock()
	e.wake()
}

// Close stops all instances and waits until they are gone. Those that are not retired get the
// signal at once, whatever is under way. It may be called twice.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.refuse(e.halted())
	for _, i := range e.all {
		i.stop(nil)
	}
	e.mu.Unlock()
	e.wake()
	<-e.done
	e.wg.Wait()
}

// Retire drains and stops all instances for good, without waiting for it. [Engine.Close] has still
// to be called.
func (e *Engine) Retire() {
	e.mu.Lock()
	e.retired, e.held = true, true
	e.refuse(e.halted())
	e.mu.Unlock()
	e.wake()
}

// refuse ends the wait of all who wait. The caller holds mu.
func (e *Engine) refuse(err error) {
	for _, w := range e.entered {
		w.refuse(err)
	}
}

// A Waiter is somebody who wants a place at an instance.
type Waiter struct {
	e      *Engine
	id     int
	refuse context.CancelCauseFunc
	waits  bool // nobody has a place for them
}

// Enter says that somebody wants a place. refuse is called with the reason where none can be had,
// at once or later.
func (e *Engine) Enter(refuse context.CancelCauseFunc) *Waiter {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := &Waiter{e: e, id: e.entries, refuse: refuse}
	e.entries++
	e.entered[w.id] = w
	if err := e.none(); err != nil && !e.beside && !slices.ContainsFunc(e.all, (*Instance).asked) {
		refuse(err)
	}
	return w
}

// Wait says that there is no place now: an instance is started where there is none, and one more
// where somebody waits for long. cold says that no instance is ready, and left how long that may
// take yet, as far as is known from the last start. Calls after the first do nothing.
func (w *Waiter) Wait() (cold bool, left time.Duration) {
	e := w.e
	e.mu.Lock()
	defer e.mu.Unlock()
	if w.waits || e.closed {
		return false, 0
	}
	if e.waiting == 0 {
		e.waitSince = time.Now()
	}
	e.waiting++
	w.waits = true
	e.wake()
	if slices.ContainsFunc(e.all, (*Instance).asked) {
		return false, 0
	}
	left = e.coldStart
	for _, i := range e.all {
		if i.state == Starting && !i.stopping {
			left = min(left, max(0, e.coldStart-time.Since(i.began)))
		}
	}
	return true, left
}

// Refused says that it was refused as more come than leave. Who is refused at once waits for nothing,
// and is load all the same: where it goes on for as long as somebody may wait, one more instance is
// started.
func (w *Waiter) Refused() {
	e, now := w.e, time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.shed[1]) >= e.c.Times.Patience {
		e.shed[0] = now
	}
	e.shed[1], e.lastWait = now, now
}

// Leave ends it, whether a place was found or not.
func (w *Waiter) Leave() {
	w.e.mu.Lock()
	defer w.e.mu.Unlock()
	delete(w.e.entered, w.id)
	if w.waits {
		w.e.waiting--
		w.e.lastWait = time.Now()
	}
	w.refuse(nil)
}

// Coming says whether an instance more than those that are ready may yet be had.
func (e *Engine) Coming() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, i := range e.all {
		if i.asked() {
			n++
		}
	}
	return e.none() == nil && n < e.spec.Max
}

// Ended says whether an instance has ended. That its connections broke is seen before that its
// process is gone: so it waits for that, a moment at most.
func (e *Engine) Ended(ctx context.Context, id string) bool {
	e.mu.Lock()
	at := slices.IndexFunc(e.all, func(i *Instance) bool { return i.ID == id })
	var gone chan struct{}
	if at >= 0 {
		gone = e.all[at].gone
	}
	e.mu.Unlock()
	if gone == nil {
		return true
	}
	timer := time.NewTimer(endSeen)
	defer timer.Stop()
	select {
	case <-gone:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Made says whether an id is that of an instance of this engine, whether it is still there or not.
func (e *Engine) Made(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := strconv.Atoi(strings.TrimPrefix(id, e.c.Name+"/"))
	return err == nil && n >= 1 && n <= e.made && strings.HasPrefix(id, e.c.Name+"/")
}

// Vacant says whether no instance is ready, and one may yet be.
func (e *Engine) Vacant() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.none() == nil && !slices.ContainsFunc(e.all, (*Instance).asked)
}

// none is why no instance will be there; nil where one may. The caller holds mu.
func (e *Engine) none() error {
	if e.held || e.closed {
		return e.halted()
	}
	if e.failed != nil && time.Now().Before(e.notBefore) {
		return Broken(e.c.Name)
	}
	return nil
}

// Ready are the instances that may be asked, the oldest first.
func (e *Engine) Ready() (all []*Instance) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, i := range e.all {
		if i.asked() {
			all = append(all, i)
		}
	}
	return all
}

// ColdStart is how long the last start took until the instance was ready; 0 where none is known.
func (e *Engine) ColdStart() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.coldStart
}

// wake has the loop look at once.
func (e *Engine) wake() {
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// loop looks whenever something has changed, and in between while something runs.
func (e *Engine) loop() {
	defer close(e.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		e.mu.Lock()
		changed, again := e.step(time.Now())
		closed := e.closed || e.retired && len(e.all) == 0
		e.mu.Unlock()
		if changed {
			e.c.Changed()
		}
		if closed {
			return
		}
		timer.Reset(again)
		select {
		case <-e.kick:
		case <-timer.C:
		}
	}
}

// Broken is what is told to who asks a model whose engine was given up for now. What the engine wrote
// may hold what only an operator may read, such as paths and keys: the log and [Engine.Status] have it.
func Broken(model string) *wenyuan.Error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + model + " does not start", Hint: "the log of the server says why, and wenyuan gateway engines tells an operator"}
}

func (e *Engine) halted() error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + e.c.Name + " was stopped by an operator", Hint: "an operator starts it again: wenyuan gateway engine start NAME"}
}
