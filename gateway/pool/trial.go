package pool

import (
	"math"
	"slices"
)

// close looks at a full window.
func (l *limiter) close(now int64, speaking int) {
	n := l.n
	r, noise := mean(l.window[:n])
	used := slices.Max(l.ats[:n])
	at, _ := mean(l.ats[:n])
	l.n, l.noise = 0, noise
	if ramp := at < steady*used; l.fresh && l.was == 0 {
		if l.fresh = false; ramp {
			return // it was still filling up
		}
	}
	if r > tolerance {
		r = max(1, r-hops*float64(l.lagged())/l.usual) // what this machine waited itself
	}
	if !l.known {
		l.natural, l.known = noise, true
	}
	l.natural = min(noise, l.natural+(noise-l.natural)*rarely)
	much := 1 + max(tolerance-1, sure*l.natural/math.Sqrt(float64(n))) // what spread there is beside comes of a queue
	if l.was > 0 && !l.judge(r, much, at, now) {
		return
	}
	l.windows++
	queue := r > much || l.above > 0 && r > 1+(much-1)/2 // more than was known to be good is to be clearly good
	if !queue {
		l.doubts = 0
	}
	switch {
	case r > much && used <= 1:
		l.typical *= math.Sqrt(r) // alone it cannot have waited for others of ours
	case queue:
		if w, sure := l.doubt(seen{r, used, at}); sure {
			l.queues(w, float64(speaking), now)
		}
	case l.typical > shifted && l.windows > trialEach && used >= 0.8*float64(l.now()):
		l.try(seen{r, used, at}, float64(speaking), now)
	case used >= 0.8*float64(l.now()):
		l.grow(r, used, now)
	}
}

// A seen is what a window shows.
type seen struct {
	r    float64 // mean of times over the usual
	used float64 // most under way
	at   float64 // mean of how many were
}

// doubt takes a window that shows a queue, and gives the one that showed least of it; it is not sure
// while it may be chance: what holds up this machine for a moment is gone in the next window, a queue
// is not. A limit that has stood for a while is doubted for longer, unless much more is seen.
func (l *limiter) doubt(w seen) (least seen, sure bool) {
	if l.doubts++; l.doubts == 1 || w.r < l.mildest.r {
		l.mildest = w
	}
	need := doubted
	if l.found > 0 && l.above == 0 && l.mildest.r < plain {
		need = doubtedLong
	}
	if l.doubts < need {
		return w, false
	}
	l.doubts = 0
	return l.mildest, true
}

// queues takes it that there is a queue. Where one more was tried beyond a limit at which there was
// none, it is that one more.
func (l *limiter) queues(w seen, speaking float64, now int64) {
	if l.above == 0 {
		l.try(w, speaking, now)
		return
	}
	l.limit, l.ceil, l.above, l.after, l.calm = l.above, int(l.above)+1, 0, now, 0
	l.rest(l.ceil, now)
}

// try steps down, on trial.
func (l *limiter) try(w seen, speaking float64, now int64) {
	l.rest(int(w.used), now)
	l.slow, l.calm, l.windows = false, 0, 0
	l.above = 0
	to := max(min(w.used/w.r, step*l.limit), l.limit/2, speaking, 1)
	if to > l.limit-0.25 {
		return
	}
	l.was, l.wasR, l.wasAt, l.found = l.limit, w.r, w.at, max(w.used/w.r, to)
	l.limit, l.after = to, now
}

// judge says how the trial went, and whether it is over. Where the times fell with the load, there
// was a queue, and the limit is what was served of it; where they did not, there was none.
func (l *limiter) judge(r, much, at float64, now int64) (on bool) {
	if at > 0.9*l.wasAt {
		return true // it is no smaller a load
	}
	was := l.was
	l.was = 0
	if r > l.wasR*math.Sqrt(at/l.wasAt) || r > much && l.wasR-r < chance*(much-1) {
		if r > much {
			l.typical *= r
		}
		l.limit, l.calm, l.ceil, l.refuse = was, 0, 0, 0
		l.slow, l.until, l.after = l.natural > uneven, 2*was, now
		return false
	}
	if l.found = min(l.found, was*r/l.wasR); r < 1 {
		l.typical = max(1, l.typical*r)
		r = 1
	}
	l.ceil = int(l.found+0.5) + 1
	if l.found > 1.25*l.last || l.found < 0.8*l.last {
		l.refuse = 1 // it is another limit than the last time
	}
	l.last = l.found
	if r <= much {
		l.limit = max(l.limit, min(l.found, was))
	}
	return true
}

// mean gives the mean, of which Little's law speaks, and the standard deviation as a share of it.
// What is far out is cut.
func mean(of []float64) (m, spread float64) {
	slices.Sort(of)
	far := farOut * of[len(of)/2]
	for _, x := range of {
		m += min(x, far)
	}
	m /= float64(len(of))
	for _, x := range of {
		d := min(x, far) - m
		spread += d * d
	}
	return m, math.Sqrt(spread/float64(len(of))) / m
}
