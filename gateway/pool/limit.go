package pool

import "math"

// A limiter finds how many requests a replica may be given at once, from the time until it begins
// to answer.
//
// Where more is asked of a server than it does at once, requests queue there and wait in
// proportion to how many there are; where it is not, more of them cost no time. So the limit is the number
// from which on times rise, as in TCP Vegas (Brakmo and Peterson 1995). Where they rise by less than the root of the
// number, a request more brings more than it costs (Kleinrock's power, 1979: throughput over time). Times are those
// of requests of one size, see pace; from which number on they rise is found by comparing what was seen
// at different loads, see knee.
//
// It begins small and doubles with each round that shows no rise, as TCP's slow start; it grows
// only where it is used. Once it is known where times rise, a little more and a little less is tried now and then, as
// what is known fades. A replica that refuses says itself where its limit is.
type limiter struct {
	limit float64
	fixed bool // it is not found but given
	slow  bool // slow start

	pace  pace
	knee  knee
	first []sample // the first ones; nil later
	usual sample   // of the size of these, on average
	seen  int      // samples so far

	round int     // samples of this round
	used  int     // most under way at once in it
	after int64   // requests taken before do not count for it: they saw another limit
	next  int     // samples until what was seen is looked at again
	bent  bool    // it is known from which number on times rise
	found float64 // that number; 0: it never was
	calm  int     // rounds since something else was tried
	apart int     // rounds between two such trials
	under bool    // less was tried in the last one
	dips  int     // sample at which the limit is lowered, or taken back
	long  int     // samples for which it is lowered
	back  float64 // limit before it was lowered to see what less is like; 0: it is not

	hold    int64        // no growth before this
	refuse  uint         // how often in a row growth led to a refusal
	ceil    int          // that was too much; 0 unknown
	grown   int64        // when it grew because all spoke
	spoke   int          // most that spoke at once when it did
	goods   int          // answers since the last refusal
	before  float64      // limit before it began to refuse without an answer between
	refuses bool         // since then it refused also what came alone: not for its load
	told    int          // limit that was told last
	lag     func() int64 // see Config
}

// A sample is a time to the first piece.
type sample struct {
	t, prompt, piece float64
	at               int
}

// MaxLimit is how many requests at once a replica is ever given.
const MaxLimit = 1 << 16

// Times are in nanoseconds. Where no source stands, a figure was found by trying it on servers of 1 to
// 64 at once, with even and with uneven times, and on recorded arrivals: see the tests.
const (
	startLimit = 8
	quick      = 40e6 // what takes less is as quick as this: its times are more the scheduler's than the replica's
	farOut     = 8    // times the pace that a time counts for at most
	early      = 128  // samples that are looked at again as the pace becomes known

	holdFirst = 2e9  // without growth after a refusal; doubled each time
	holdMost  = 32e9 // the longest
	farApart  = 8    // answers between two refusals, for each request at once, that are no limit
)

// init begins at what is given, which is kept to, or where that is 0 at a small limit.
func (l *limiter) init(fixed int) {
	l.limit, l.slow = startLimit, true
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

// sample takes a time to the first piece, of so many tokens: of a request taken at start, as the at-th of
// those under way. speaking are those that answer now: so many it can serve, whatever times say.
func (l *limiter) sample(now, start, took int64, prompt, piece, at, speaking int) {
	if l.goods++; l.fixed {
		return
	}
	if l.refuses {
		l.limit = max(l.limit, l.before)
		l.renew()
	}
	s := sample{max(float64(took-hops*l.lagged()), quick/4), float64(prompt), float64(piece), at}
	l.learn(s)
	if start >= l.after {
		l.round, l.used = l.round+1, max(l.used, at)
	}
	if l.next--; l.next <= 0 {
		l.look(now, speaking)
	}
}

// learn takes a sample into what is known.
func (l *limiter) learn(s sample) {
	l.seen++
	if l.seen <= early {
		l.first = append(l.first, s)
	}
	by := 1 - 1/max(memory, rounds*l.limit)
	l.knee.fades(by)
	l.pace.scale(by)
	l.pace.learn(s.t, s.prompt, s.piece, 1)
	if l.seen <= early && l.seen&(l.seen-1) == 0 || l.seen == least {
		l.again()
		return
	}
	l.knee.learn(l.over(s), s.at)
}

// again looks at the first samples once more, with what is known now of the pace.
func (l *limiter) again() {
	for range 3 {
		l.pace.fit()
		known := l.pace
		l.pace = pace{by: known.by}
		for _, s := range l.first {
			l.pace.learn(s.t, s.prompt, s.piece, 1)
		}
	}
	l.pace.fit()
	l.usual = sample{}
	for _, s := range l.first {
		l.usual.prompt += s.prompt / float64(len(l.first))
		l.usual.piece += s.piece / float64(len(l.first))
	}
	l.knee = knee{}
	for _, s := range l.first {
		l.knee.fades(1)
		l.knee.learn(l.over(s), s.at)
	}
	if l.seen >= early {
		l.first = nil
	}
}

// over is the logarithm of how long a usual request would have taken.
func (l *limiter) over(s sample) float64 {
	x := max(s.t, quick) / max(l.pace.of(s.prompt, s.piece), quick)
	return math.Log(min(x, farOut) * max(l.pace.of(l.usual.prompt, l.usual.piece), quick))
}

// rest keeps growth below what was too much, longer each time.
func (l *limiter) rest(ceil int, now int64) {
	l.ceil = max(ceil, 2)
	if now < l.hold && l.refuse > 0 {
		return // one find, seen more than once
	}
	l.hold = now + min(holdFirst<<min(l.refuse, 10), int64(holdMost))
	l.refuse++
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
	l.slow, l.round, l.used, l.back = false, 0, 0, 0
	l.rest(at, now)
	l.hold = max(l.hold, now+min(rest, int64(holdMost)))
}

// need has what was too much tried again at once: another replica went out, and its share comes here.
func (l *limiter) need() {
	if !l.fixed {
		l.hold, l.refuse, l.calm = 0, 0, l.apart
	}
}

// renew forgets what was too much: it was seen while the replica was not well. What an unloaded request
// takes is kept, so that a queue shows at once.
func (l *limiter) renew() {
	if l.refuses = false; l.fixed {
		return
	}
	l.limit, l.slow = max(l.limit, startLimit), true
	l.round, l.used, l.ceil, l.hold, l.refuse, l.before, l.back, l.spoke, l.bent = 0, 0, 0, 0, 0, 0, 0, 0, false
}

// late takes a request that got no answer in time.
func (l *limiter) late(now int64) {
	if l.fixed {
		return
	}
	l.limit = max(1, l.limit*0.75)
	l.slow, l.round, l.used, l.back = false, 0, 0, 0
	l.rest(l.now()+1, now)
}
