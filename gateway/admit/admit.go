// Package admit is the queue before a model: who waits for a place, in which order, for how long,
// and who is refused at once.
//
// It does not know what a place is: it is told how to take one. It never lets anybody wait longer
// than makes sense: what cannot be served in time is refused when it comes, with the time after which
// it may come again.
//
// People come before services, and one service after at most seven people, so that a person who
// floods does not stop the programs; batch takes what both leave. Among equals the order is
// start-time fair queueing, first between spaces, then between the keys of one (Goyal, Vin and Cheng,
// "Start-time Fair Queueing", SIGCOMM 1996), by tokens. Where the queue is as long as it may be, the
// newcomer takes the place of the waiter who is the last in turn, unless it would stand behind that one
// itself (the idea of longest queue drop: Suter, Lakshman, Stiliadis and Choudhury, "Buffer Management Schemes for
// Supporting TCP in Gigabit Routers with Per-Flow Queueing", 1999).
//
// How long the queue may be is found from how long a place is held. A burst may wait until it is seen
// how fast it is served, and then as much of it as there are places; once somebody had to be refused, the wait is kept under the time of the service itself until nobody has been
// refused for a while (Nichols and Jacobson, "Controlling Queue Delay", ACM Queue 2012; with two
// bounds, as in Maurer, "Fail at Scale", ACM Queue 2015). A queue that is never empty loses no
// throughput by being short.
//
// What a stranger would break: each Enter without an error is followed by one Leave with the same
// class, or the time of service is wrong and batch may stay out for ever.
package admit

import (
	"cmp"
	"context"
	"sync"
	"time"

	"wenyuan/gateway/manner"
)

// The defaults, and the bounds of what may be set.
const (
	DefaultPlaces = 8192
	MaxPlaces     = 100_000
	DefaultWait   = time.Minute
	MaxWait       = time.Hour
)

// Config is what a Queue is made of.
type Config struct {
	Places int           // people and services that may wait, and half as many of batch beside them; 0: DefaultPlaces, at most MaxPlaces; below 0: nobody waits
	Wait   time.Duration // longest that people and services wait who name no deadline; it is much shorter while more come than leave; 0: DefaultWait, at most MaxWait
	Name   string        // of the model, for who is refused; "" where questions wait to be looked at before a model is asked
}

// A Want is somebody who wants a place.
type Want struct {
	Class    manner.Class
	Space    string    // id
	Key      string    // id of the key, else of the person; fairness is between spaces, then between these
	Tokens   int       // about how much the request takes
	Deadline time.Time // after which the answer is of no use; zero: none
	Again    bool      // it had a place, and its replica failed: it goes before those of its key, and is not refused for their number
}

// A Queue is who waits for places. It is safe for concurrent use.
type Queue struct {
	c     Config
	began time.Time // times are nanoseconds since then, by the monotonic clock

	mu      sync.Mutex
	rate    rate
	classes [3]order // by manner.Class
	row     int      // people that were served one after another while a service waited
	last    int64    // when somebody was refused last because more come than leave; 0: never
	over    int64    // since when more wait than should; 0: they do not
	overAt  int      // how many held a place then
	poll    *time.Timer
	refused [reasons]int64
	waited  int64                            // who was admitted after having waited
	errors  [reasons][longestAfter + 1]error // that were given, to be given again
}

// New makes an empty queue.
func New(c Config) *Queue {
	c.Places, c.Wait = max(min(cmp.Or(c.Places, DefaultPlaces), MaxPlaces), 0), min(cmp.Or(c.Wait, DefaultWait), MaxWait)
	return &Queue{c: c, began: time.Now()}
}

func (q *Queue) now() int64 { return int64(time.Since(q.began)) }

// Enter waits until take gives true, which it is asked in the order that is fair, under the lock of
// the queue. An error with the code Limited says when to come again; else it is the context's. Who
// was let in is followed by one [Queue.Leave].
func (q *Queue) Enter(ctx context.Context, w Want, take func() bool) error {
	past := !w.Deadline.IsZero() && time.Until(w.Deadline) <= 0
	q.mu.Lock()
	now := q.now()
	if !past && (w.Again || q.open(now, w.Class)) {
		if take() {
			q.passed(now, &w)
			q.mu.Unlock()
			return nil
		}
		q.rate.filled(now)
	}
	one, err := q.line(now, w, take)
	q.mu.Unlock()
	if err != nil {
		return err
	}
	return q.stand(ctx, one)
}

// open says whether somebody may take a free place without waiting.
func (q *Queue) open(now int64, c manner.Class) bool {
	if q.waiting() > 0 {
		return false
	}
	return c != manner.Batch || q.classes[manner.Batch].n == 0 && q.rate.spare(now)
}

// passed counts one who was let in without having waited. Who has had how much matters only while the
// queue is pressed.
func (q *Queue) passed(now int64, w *Want) {
	q.rate.enter(now, w.Class)
	if q.last == 0 {
		return
	}
	if q.pressed(now) {
		q.classes[w.Class].passed(w)
		return
	}
	q.last = 0
	for c := range q.classes {
		q.classes[c].forget()
	}
}

// line puts somebody into the queue, or says why not.
func (q *Queue) line(now int64, w Want, take func() bool) (*waiter, error) {
	until, err := q.judge(now, &w)
	if err != nil {
		return nil, err
	}
	one := &waiter{Want: w, take: take, since: now, until: until, done: make(chan error, 1)}
	q.classes[w.Class].add(one)
	q.drain(now) // a limit may have grown without anybody's having left
	q.watch()
	return one, nil
}

// stand waits for a place.
func (q *Queue) stand(ctx context.Context, one *waiter) error {
	timer := time.NewTimer(time.Duration(one.until - one.since))
	defer timer.Stop()
	select {
	case err := <-one.done:
		return err
	case <-ctx.Done():
	case <-timer.C:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case err := <-one.done: // the place came first
		return err
	default:
	}
	q.classes[one.Class].remove(one)
	now, why := q.now(), expired
	if err := context.Cause(ctx); err != nil && (one.Deadline.IsZero() || time.Now().Before(one.Deadline)) {
		return err
	}
	if !one.Deadline.IsZero() && time.Until(one.Deadline) <= time.Duration(q.rate.service) {
		why = deadline
	}
	return q.press(now, why, q.rate.wait(now, q.waiting()))
}

// waiting is how many people and services wait.
func (q *Queue) waiting() int { return q.classes[manner.Person].n + q.classes[manner.Service].n }

// Leave gives back the place of one who was let in, and lets the next ones in.
func (q *Queue) Leave(c manner.Class) {
	q.mu.Lock()
	now := q.now()
	q.rate.leave(now, c)
	q.drain(now)
	q.mu.Unlock()
}

// Wake says that places may have come free without anybody's having left: a replica came, a limit
// grew.
func (q *Queue) Wake() {
	q.mu.Lock()
	q.drain(q.now())
	q.mu.Unlock()
}

// tries is how many waiters are asked for each free place: the first may want another replica than
// the one that is free, and must not stop those behind it.
const tries = 4

// drain lets in who can be.
func (q *Queue) drain(now int64) {
	for {
		c, ok := q.turn(now)
		if !ok || !q.admit(now, c) {
			break
		}
	}
	q.trim(now)
}

// inRow is how many people go before one service.
const inRow = 7

// turn says which class is served next.
func (q *Queue) turn(now int64) (c manner.Class, ok bool) {
	people, services := q.classes[manner.Person].n, q.classes[manner.Service].n
	switch {
	case people > 0 && (services == 0 || q.row < inRow):
		return manner.Person, true
	case services > 0:
		return manner.Service, true
	}
	return manner.Batch, q.classes[manner.Batch].n > 0 && q.rate.spare(now)
}

// admit lets in one of a class, or where none of it can take a place one of the other that does not
// yield.
func (q *Queue) admit(now int64, c manner.Class) bool {
	for _, c := range [2]manner.Class{c, manner.Service - c} {
		if c < 0 || q.classes[c].n == 0 {
			continue
		}
		var next [tries]*waiter
		for _, one := range q.classes[c].first(next[:0]) {
			if one.take() {
				q.served(now, one)
				return true
			}
		}
	}
	q.rate.filled(now)
	return false
}

// served takes the one who has a place out of the queue.
func (q *Queue) served(now int64, one *waiter) {
	switch {
	case one.Class == manner.Service:
		q.row = 0
	case one.Class == manner.Person && q.classes[manner.Service].n > 0:
		q.row++
	}
	q.classes[one.Class].serve(one)
	q.rate.enter(now, one.Class)
	q.waited++
	one.done <- nil
}

// pollEvery is how often it is looked for places while somebody waits: of a place that came free
// without a word nobody else would tell.
const pollEvery = 100 * time.Millisecond

// watch looks for places from time to time as long as somebody waits.
func (q *Queue) watch() {
	if q.poll != nil || q.waiting()+q.classes[manner.Batch].n == 0 {
		return
	}
	q.poll = time.AfterFunc(pollEvery, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.poll = nil
		q.drain(q.now())
		q.watch()
	})
}
