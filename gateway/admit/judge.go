package admit

import (
	"time"

	"wenyuan/gateway/manner"
)

// How long the wait may be while the queue is pressed, over the time of a service. Who is let in with
// a wait under the first and gives up at the second has an answer before twice the time of a service.
const (
	allowed = 0.5
	patient = 0.7
)

const (
	burst     = 8                     // that may wait before few places while the queue is not pressed
	leastWait = 10 * time.Millisecond // under which a wait is noise of this machine
	batchWait = 10 * time.Minute      // that batch waits at most where it names no deadline
)

// depth is how many people and services may wait: while the queue is pressed as many as are served in
// the time that is allowed, else as many as there are places, and some. Where nobody is served yet, as
// the model only starts, it is all that may wait at all.
func (q *Queue) depth(now int64) int {
	places, s := float64(q.rate.places(now)), q.rate.service
	if q.rate.flight() == 0 {
		return q.c.Places
	}
	n := max(places, burst)
	if s > 0 {
		n = min(n, float64(q.c.Wait)/s*places+0.5)
	}
	if s > 0 && q.pressed(now) {
		n = min(n, allowed*places+0.5)
	}
	return int(min(max(n, 1), float64(q.c.Places)))
}

// judge says until when somebody may wait who comes now. An error says that it may not.
func (q *Queue) judge(now int64, w *Want) (until int64, err error) {
	limit, err := q.inTime(now, w)
	if err != nil {
		return 0, err
	}
	own := &q.classes[w.Class]
	switch {
	case w.Class == manner.Batch:
		if !w.Again && own.n >= (q.c.Places+1)/2 && !q.push(now, own, own.due(w)) {
			return 0, q.refuse(full, q.rate.wait(now, q.waiting()+own.n))
		}
		return now + min(limit, int64(batchWait)), nil
	case w.Again:
		return now + min(limit, q.patience(q.pressed(now), true)), nil
	}
	wait, polite, pressed := q.rate.wait(now, q.waiting()), own.polite(w), q.pressed(now)
	if over := q.waiting() - q.most(now, pressed); over >= 0 {
		if !q.room(now, w) && !(polite && over == 0) { // one more, as before a single place two could not wait
			return 0, q.press(now, full, wait)
		}
	} else if pressed && !polite && float64(wait) > allowed*q.rate.service {
		return 0, q.press(now, late, wait)
	}
	return now + min(limit, q.patience(pressed, polite)), nil
}

// inTime is how long somebody may wait, in nanoseconds, to be answered before its deadline. Where
// that is shorter than the wait that is foreseen it is an error.
func (q *Queue) inTime(now int64, w *Want) (int64, error) {
	if w.Deadline.IsZero() {
		return int64(MaxWait), nil
	}
	most := int64(time.Until(w.Deadline)) - int64(q.rate.service)
	if wait := q.rate.wait(now, q.ahead(w)); most <= int64(wait) {
		return 0, q.refuse(deadline, wait)
	}
	return most, nil
}

// patience is how long somebody waits before it gives up, in nanoseconds. Who has used less than its
// share is not to suffer from those who press.
func (q *Queue) patience(pressed, polite bool) int64 {
	s := q.rate.service
	switch {
	case !pressed || s <= 0:
		return int64(q.c.Wait)
	case polite:
		return max(int64(2*s), int64(leastWait))
	}
	return max(int64(patient*s), int64(leastWait))
}

// ahead is about how many are served before somebody who comes now: those of the classes before its
// own, and of its own as many of each flow as it has itself.
func (q *Queue) ahead(w *Want) (n int) {
	for c := range w.Class {
		n += q.classes[c].n
	}
	o := &q.classes[w.Class]
	g, f := o.known(w.Space, w.Key)
	groups, flows, inGroup, inFlow := len(o.active), 1, 0, 0
	if g != nil {
		flows, inGroup = max(len(g.active), 1), g.n
	}
	if f != nil {
		inFlow = f.n
	}
	mine := inFlow + min(inGroup-inFlow, (inFlow+1)*(flows-1))
	return n + mine + min(o.n-inGroup, (mine+1)*groups)
}

// room makes room for one more person or service where as many wait as may: for a person a service
// goes first, but for an eighth of them; for a service whom no other one stands for, a person. Else it
// is the waiter of its class that is the last in turn, where the newcomer is before it.
func (q *Queue) room(now int64, w *Want) bool {
	people, services := &q.classes[manner.Person], &q.classes[manner.Service]
	switch {
	case w.Class == manner.Person && services.n > (people.n+services.n)/(inRow+1) && services.n > 0:
		return q.push(now, services, most)
	case w.Class == manner.Service && services.n == 0 && people.n > 1:
		return q.push(now, people, most)
	}
	own := &q.classes[w.Class]
	return q.push(now, own, own.due(w))
}

// push refuses the one of a class who is the last in turn, where that is behind the place of who
// comes.
func (q *Queue) push(now int64, o *order, comes due) bool {
	one := o.last(comes)
	if one == nil {
		return false
	}
	o.remove(one)
	one.done <- q.refuse(displaced, q.rate.wait(now, q.waiting()))
	return true
}

// most is how many people and services may wait at the moment. A rush is let in until it is seen how
// fast it is served.
func (q *Queue) most(now int64, pressed bool) int {
	depth := q.depth(now)
	if pressed {
		return depth
	}
	if q.waiting() >= depth && q.over == 0 {
		q.over, q.overAt = now, q.rate.flight()
	}
	return q.c.Places
}
