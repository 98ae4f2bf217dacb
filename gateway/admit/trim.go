package admit

import (
	"time"

	"wenyuan/gateway/manner"
)

// How long more may wait than should, until it is seen how fast they are served: as long as a service
// takes, as far as that is known.
const (
	graceLeast = 50 * time.Millisecond
	graceMost  = time.Second
	graceFirst = 5 * time.Second // where nobody has been served yet: places may still become more
	trimAtOnce = 64              // of those who wait too many; the others at the next occasion
)

// trim refuses those who are the last in turn, where for a while more have waited than are served in
// the time that is allowed. Where places become more, it is looked at later: how many there will be is
// not known.
func (q *Queue) trim(now int64) {
	if q.over == 0 {
		return
	}
	depth, grace := q.depth(now), graceFirst
	if q.rate.service > 0 {
		grace = min(max(time.Duration(q.rate.service), graceLeast), graceMost)
	}
	switch {
	case q.waiting() <= depth:
		q.over = 0
		return
	case now-q.over < int64(grace):
		return
	}
	if n := q.rate.flight(); n > q.overAt+q.overAt/4 {
		q.over, q.overAt = now, n
		return
	}
	wait := q.rate.wait(now, depth)
	for range trimAtOnce {
		if q.waiting() <= depth {
			q.over = 0
			return
		}
		q.shed(now, wait)
	}
}

// shed refuses the one who is the last in turn: a service as long as more of them wait than their
// share of the turns, else a person.
func (q *Queue) shed(now int64, wait time.Duration) {
	o := &q.classes[manner.Person]
	if services := &q.classes[manner.Service]; o.n == 0 || services.n > q.waiting()/(inRow+1) {
		o = services
	}
	one := o.last(most)
	o.remove(one)
	one.done <- q.press(now, full, wait)
}
