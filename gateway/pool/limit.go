package pool

import (
	"math"
	"math/bits"
)

// A limiter finds how many requests a replica may be given at once, from the time until it begins
// to answer.
//
// Where more is asked of a server than it does at once, requests queue there and wait in
// proportion to how many there are; where it is not, more of them cost no time. So the time of the
// latest requests over the time of an unloaded one, r, says how many of n are waiting: n*(1-1/r),
// as in TCP Vegas (Brakmo and Peterson 1995) and in the gradient of Netflix's concurrency-limits.
// Times are compared with those of prompts of about the same size, and of whole answers of about the
// same length: a long answer that comes in one piece takes long without a queue.
//
// The least time seen would take every spread of times for a queue. So a step down is a trial: if
// the times do not fall by half of what a queue would explain, they were no queue's, the step is
// taken back and these times are the usual ones from now on. The half is where throughput over
// time is greatest (Kleinrock's power, 1979): below it a request more brings more than it costs.
//
// It begins small and doubles with each round that shows no queue, as TCP's slow start; it grows
// only where it is used. Once a limit was found, one more is tried now and then, and taken back where
// times do not stay clearly as they were; such a round counts who came after the step alone. A replica that refuses says itself where its limit is.
type limiter struct {
	limit   float64
	fixed   bool                      // it is not found but given
	slow    bool                      // slow start
	base    [classes][lengths]float64 // time of an unloaded request by the size of its prompt and what came with the first piece, in nanoseconds; 0 unknown
	seen    [classes][lengths]int
	typical float64 // what times are to the base where nothing waits, 1 or more

	window [most]float64 // of times over the usual
	ats    [most]float64 // how many were under way
	n      int
	after  int64 // requests taken before do not count: they saw another limit

	was     float64      // limit before the step down on trial; 0 none
	wasR    float64      // mean of the window before it
	wasAt   float64      // mean of how many were under way
	found   float64      // limit where it was a queue
	last    float64      // the one before
	hold    int64        // no growth before this
	refuse  uint         // how often in a row growth led to a queue or a refusal
	ceil    int          // that was too much; 0 unknown
	noise   float64      // standard deviation of the logarithm of times, in the last window
	natural float64      // that times have by themselves: the least of it lately
	fresh   bool         // the limit grew a moment ago
	known   bool         // there was a window
	until   float64      // limit that slow start is tried at; 0: it is the first one
	usual   float64      // time of the last sample's like
	grown   int64        // when it grew because all spoke
	goods   int          // answers since the last refusal
	before  float64      // limit before it began to refuse without an answer between
	refuses bool         // since then it refused also what came alone: not for its load
	windows int          // since the last trial
	doubts  int          // windows in a row that showed a queue
	mildest seen         // of these
	above   float64      // limit without a queue above which more is tried; 0: it is not
	calm    int          // windows in a row without a queue
	told    int          // limit that was told last
	lag     func() int64 // see Config
}

// MaxLimit is how many requests at once a replica is ever given.
const MaxLimit = 1 << 16

// Times are in nanoseconds. Where no source stands, a figure was found by trying it on servers of 1 to
// 64 at once, with even and with uneven times: see the tests.
const (
	startLimit = 8
	classes    = 10 // of prompts: each four times as long as the one before, from 16 tokens
	lengths    = 20 // of first pieces: two for each doubling, from 32 tokens

	least                = 6    // samples of a window
	most                 = 64   // the same
	noisy                = 100  // samples of a window by the square of the noise: the mean is then known to a tenth of itself
	sure                 = 2.5  // standard errors beyond the usual that are no chance
	plain                = 1.5  // times the usual that are a queue without more doubt
	steady               = 0.9  // of the most under way are on average, or the window saw them come
	doubted, doubtedLong = 2, 4 // windows in a row that are no chance; and those of a limit that has stood
	chance               = 0.5  // of what is beyond the usual, by which times have to fall in a trial
	farOut               = 8    // times the median that a time counts for at most
	uneven               = 0.2  // noise from which times are uneven by themselves
	rarely               = 0.05
	follow               = 0.2 // by which power of the mean uneven times follow what is seen
	shifted              = 1.2 // times the base, from which the usual is put on trial now and then

	tolerance = 1.1      // times the usual that is no queue
	slack     = 10e6     // beyond the usual that is no queue of the replica's but scheduling
	quick     = 40e6     // what takes less is as quick as this: its times are more the scheduler's than the replica's
	learnFrom = 8        // samples of which the least is the base; then it moves slowly
	rise      = 1. / 128 // of the base, by one sample

	step        = 0.75 // of the limit, down on trial
	trialEach   = 25   // windows between two trials of a usual that has shifted
	growth      = 0.05 // of the limit, by one window
	growthLeast = 0.34 // the same
	growEach    = 20e6 // between two steps where nearly all speak
	settled     = 12   // windows without a queue after which growth doubles again
	holdFirst   = 1e9  // without growth after a limit was found; doubled each time
	holdMost    = 32e9 // the longest
	farApart    = 8    // answers between two refusals, for each request at once, that are no limit
)

// init begins at what is given, which is kept to, or where that is 0 at a small limit.
func (l *limiter) init(fixed int) {
	l.limit, l.slow, l.typical = startLimit, true, 1
	if fixed > 0 {
		l.limit, l.fixed = float64(min(fixed, MaxLimit)), true
	}
}

// lagged is how long work of this process waits for a processor.
func (l *limiter) lagged() int64 {
	if l.lag != nil {
		return l.lag()
	}
	return lag()
}

func (l *limiter) now() int { return max(1, int(l.limit+1e-9)) }

// class is the size of a prompt.
func class(tokens int) int { return min((bits.Len(uint(tokens)/16)+1)/2, classes-1) }

// length is the size of a first piece: that of a stream is short, a whole answer may be long.
func length(tokens int) int {
	if tokens < 32 {
		return 0
	}
	return min(1+int(2*math.Log2(float64(tokens)/32)), lengths-1)
}

// sample takes a time to the first piece, of so many tokens: of a request taken at start, as the at-th of
// those under way. speaking are those that answer now: so many it can serve, whatever times say.
func (l *limiter) sample(now, start, took int64, prompt, piece, at, speaking int) {
	t := float64(took)
	if l.goods++; l.fixed {
		return
	}
	if l.refuses {
		l.limit = max(l.limit, l.before)
		l.renew()
	}
	usual := max(l.learn(class(prompt), length(piece), t, at)*l.typical, quick)
	if start < l.after {
		return
	}
	ratio := t / usual
	if ratio > 1 {
		ratio = max(1, (t-slack)/usual)
	}
	l.window[l.n], l.ats[l.n], l.usual = ratio, float64(at), usual
	l.n++
	if l.n >= l.enough() {
		l.close(now, speaking)
	}
}

// enough is how many samples a window has: as many as are under way at once, and more where times
// differ much; on trial more still.
func (l *limiter) enough() int {
	n := max(int(l.limit), least, int(l.noise*l.noise*noisy))
	if l.was > 0 || l.above > 0 {
		n += n / 2
	}
	return min(n, most)
}

// learn takes a time into what an unloaded request takes, and gives that. It is raised only by
// requests that came when little was under way.
func (l *limiter) learn(c, piece int, t float64, at int) float64 {
	b, seen := &l.base[c][piece], &l.seen[c][piece]
	*seen++
	switch {
	case *b == 0 || t < *b && *seen <= learnFrom:
		*b = t
	case t < *b:
		*b -= (*b - t) / 4
	case *seen > learnFrom && at <= int(l.limit/2):
		*b += min(t-*b, *b) * rise
	}
	return *b
}

// rest keeps growth below what was too much, longer each time.
func (l *limiter) rest(ceil int, now int64) {
	l.ceil = max(ceil, 2)
	if now < l.hold && l.refuse > 0 {
		return // one find, seen more than once
	}
	if l.natural > uneven {
		l.refuse = 0 // what was found is not sure enough to be held to
	}
	l.hold = now + min(holdFirst<<min(l.refuse, 10), int64(holdMost))
	l.refuse++
}

// grow goes up, where the limit is used and no queue was seen.
func (l *limiter) grow(r, used float64, now int64) {
	if r < 1 || l.natural > uneven {
		l.typical = max(1, l.typical*math.Pow(r, follow))
	}
	next := min(l.limit+max(growth*l.limit, growthLeast), MaxLimit)
	if l.slow {
		next = min(2*l.limit, MaxLimit)
		if l.until > 0 && next >= l.until {
			next, l.slow, l.until, l.windows = l.until, false, 0, trialEach // each doubling is tried
		}
	}
	if l.ceil > 0 && int(next) >= l.ceil {
		if now < l.hold {
			l.limit = max(l.limit, min(next, float64(l.ceil)-0.01))
			return
		}
		if !l.slow { // one above, and only who came after it counts
			l.above = max(l.limit, float64(l.ceil)-0.01)
			next = min(max(next, float64(l.ceil)), float64(l.ceil)+growth*l.limit)
		}
		l.ceil = int(next) + 1
	}
	if int(next) > l.now() {
		l.after, l.fresh = now, true // only who comes from now on shows what the new one is like
	}
	l.limit = next
	if l.calm++; l.calm >= settled && l.natural <= uneven {
		l.slow = true
	}
}

// more grows a limit that those under way have reached of whom nearly all are being answered: at the
// replica next to nobody waits, so that a few more cost little and may show that there is room.
func (l *limiter) more(now int64, flight int) bool {
	if l.fixed || now < l.hold || now-l.grown < growEach {
		return false
	}
	l.grown = now
	l.limit = min(float64(flight)+max(1, float64(flight)/8), MaxLimit)
	return flight < l.now()
}

// crowded takes a refusal for the load, of the at-th request of those under way.
func (l *limiter) crowded(at int, rest, now int64) {
	goods := l.goods
	l.goods = 0
	if l.fixed || now < l.after || goods > farApart*at {
		return // a server may count a request for a moment after it has answered it
	}
	if goods > 0 || l.before == 0 {
		l.before, l.refuses = l.limit, false
	}
	l.refuses = l.refuses || goods == 0 && at <= 1
	if to := float64(max(at-1, 1)); to < l.limit {
		l.limit = to
	}
	l.slow, l.was, l.calm, l.n, l.above = false, 0, 0, 0, 0
	l.rest(at, now)
	l.hold = max(l.hold, now+min(rest, int64(holdMost)))
}

// need has what was too much tried again at once: another replica went out, and its share comes here.
func (l *limiter) need() {
	if !l.fixed {
		l.hold, l.refuse, l.calm = 0, 0, max(l.calm, settled-2)
	}
}

// renew forgets what was too much: it was seen while the replica was not well. What an unloaded request
// takes is kept, so that a queue shows at once.
func (l *limiter) renew() {
	if l.refuses = false; l.fixed {
		return
	}
	l.limit, l.slow = max(l.limit, startLimit), true
	l.was, l.n, l.above, l.until, l.ceil, l.hold, l.refuse, l.doubts, l.before = 0, 0, 0, 0, 0, 0, 0, 0, 0
}

// late takes a request that got no answer in time.
func (l *limiter) late(now int64) {
	if l.fixed {
		return
	}
	l.limit = max(1, l.limit*0.75)
	l.slow, l.was, l.n, l.above = false, 0, 0, 0
	l.rest(l.now()+1, now)
}
