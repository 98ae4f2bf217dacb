package pool

import "math"

// Where no source stands, a figure was found by trying, see limit.go.
const (
	least = 6   // samples of a round
	most  = 64  // the same
	inUse = 0.8 // of the limit, by the most under way, that it is used

	certain  = 12 // likelihood (see bend) from which a rise is believed
	doubtful = 4  // from which it is waited for more before the limit grows
	hinted   = 2  // from which it does not double

	growth      = 0.05 // of the limit, by one round
	growthLeast = 0.34 // the same
	growEach    = 20e6 // nanoseconds between two steps where nearly all speak
	probeEach   = 1e9  // the same, where it is known from what number on times rise and no more than ever speak

	down      = 0.9 // of the limit, that is tried where too little is known of less
	bracketed = 3   // samples that are enough
	less      = 0.7 // of the limit, that it is lowered to where nothing is known
	between   = 4   // times as many samples between two times that it is lowered

	trialFirst, trialMost = 3, 64 // rounds between two trials of more or less than what was found
)

// look sees what is known now.
func (l *limiter) look(now int64, speaking int) {
	l.next = max(least, min(l.now(), most)/2)
	if l.seen > early {
		l.pace.fit()
	}
	round := l.round >= min(max(l.now(), least), most)
	used := float64(l.used) >= inUse*float64(l.now())
	if round {
		l.round, l.used = 0, 0
	}
	b := l.knee.find()
	l.bent = b.sure >= certain && b.at < 4*l.limit
	switch {
	case l.bent:
		l.bends(b, float64(speaking), now, round && used)
	case l.back > 0:
		l.raise(now)
	case !round || !used:
	case !l.slow && l.seen >= l.dips && l.knee.power() < 2*certain:
		l.dip(now, float64(speaking))
	case b.sure < doubtful || b.at >= l.limit:
		l.grow(b.sure, now)
	}
}

// dip lowers the limit for some samples, to see what times are like there: as many as tell it, by how much times
// differ.
func (l *limiter) dip(now int64, speaking float64) {
	to := max(lower(less*l.limit), speaking, 1)
	if to >= l.limit {
		return
	}
	enough := certain * l.knee.spread() / (math.Log(less) * math.Log(less))
	l.long = int(min(max(enough, least), memory/6))
	l.back, l.limit, l.after, l.dips = l.limit, to, now, l.seen+l.now()+l.long
}

// raise takes that back.
func (l *limiter) raise(now int64) {
	if l.seen >= l.dips {
		l.limit, l.back, l.after = max(l.back, l.limit), 0, now
		l.dips = l.seen + between*l.long
	}
}

// bends takes it that times rise from a number on. Now and then for a few requests a little more is tried, and
// a little less: where times rise from there already, it is too much.
func (l *limiter) bends(b bend, speaking float64, now int64, round bool) {
	to := min(max(b.at, speaking, 1), max(2*l.limit, startLimit))
	if int(to) != int(l.found) {
		l.found, l.calm, l.apart = to, 0, trialFirst
	}
	l.slow, l.back = false, 0
	switch under := max(lower(down*b.at), speaking); {
	case l.knee.below(under) < bracketed:
		to = min(to, under)
	case int(to) != l.now() || !round:
	case l.calm < l.apart:
		l.calm++
	default:
		to = l.trial(speaking, now)
	}
	if int(to) != l.now() {
		l.after, l.round, l.used = now, 0, 0
	}
	l.limit = to
}

// trial is what is tried for one round beside what was found: more and less in turn.
func (l *limiter) trial(speaking float64, now int64) float64 {
	l.calm = 0
	if l.under = !l.under; l.under {
		by := down
		if l.apart == trialFirst {
			by = less
		}
		return min(l.found, max(lower(by*l.found), speaking))
	}
	l.apart = min(2*l.apart, trialMost)
	more := l.found + max(1, growth*l.found)
	if l.ceil > 0 && now < l.hold {
		return max(l.found, min(more, float64(l.ceil)-0.01))
	}
	return more
}

// grow goes up, where the limit is used and no queue was seen.
func (l *limiter) grow(hint float64, now int64) {
	next := l.limit + max(growth*l.limit, growthLeast)
	if l.slow && hint < hinted {
		next = 2 * l.limit
	}
	next = min(next, MaxLimit)
	if l.ceil > 0 && int(next) >= l.ceil {
		if now < l.hold {
			l.limit = max(l.limit, min(next, float64(l.ceil)-0.01))
			return
		}
		l.ceil = int(next) + 1
	}
	if int(next) > l.now() {
		l.after = now
	}
	l.limit = next
}

// more grows a limit that those under way have reached of whom nearly all are being answered: at the
// replica next to nobody waits, so that a few more cost little and may show that there is room. Where times rise
// from some number on, all have to be answered, and more of them than ever were at once: then times rose of
// something else, such as many beginning together. Now and then that is tried all the same.
func (l *limiter) more(now int64, flight, speaking int) bool {
	if l.fixed || now < l.hold || now-l.grown < growEach {
		return false
	}
	switch {
	case !l.bent:
	case speaking < flight:
		return false
	case flight <= l.spoke && now-l.grown < probeEach:
		return false
	}
	l.spoke = max(l.spoke, speaking)
	l.grown = now
	l.limit = min(float64(flight)+max(1, float64(flight)/8), MaxLimit)
	return flight < l.now()
}
