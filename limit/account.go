package limit

import (
	"math"
	"time"
)

// A counter is what one number counts: the use of a resource by one subject, by the spans.
type counter struct {
	space    string
	kind     Kind
	subject  string
	resource Resource
	span     Span
	currency string
}

// counterOf is the counter that a rule bounds for a subject.
func (r Rule) counterOf(subject string) counter {
	return counter{r.Space, r.Kind, subject, r.Resource, r.Span, r.Currency}
}

// An account is what this server knows of a counter in the span that runs. The limiter's lock
// guards it.
type account struct {
	counter
	rule  Rule
	since int64 // when the span began; 0 for concurrency
	ends  int64 // when it ends; never for concurrency

	leased int64 // taken out of the database's count, for this server
	taken  int64 // of it reserved or used; of concurrency what is under way
	owed   int64 // of leased blocks, to be given back when the database is next asked

	noted   int64 // what the database says that this server holds
	used    int64 // the database's count when it was last asked, with all blocks
	looked  int64 // when that was; 0 for never
	until   int64 // of concurrency: when the lease runs out
	block   int64 // how large the last block was
	touched int64 // when something was last reserved
	holds   int   // reservations that are not settled
	gone    bool  // no rule is left, or it lay idle and was given back
}

// spanOf is the span that a moment lies in, in UTC microseconds.
func spanOf(s Span, now int64) (since, ends int64) {
	t := time.UnixMicro(now).UTC()
	switch s {
	case Minute:
		t = t.Truncate(time.Minute)
		return t.UnixMicro(), t.Add(time.Minute).UnixMicro()
	case Day:
		t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return t.UnixMicro(), t.AddDate(0, 0, 1).UnixMicro()
	case Month:
		t = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
		return t.UnixMicro(), t.AddDate(0, 1, 0).UnixMicro()
	}
	return 0, math.MaxInt64
}

// setBack is by how much a clock may go back before it counts as set back.
const setBack = time.Minute

// turn begins the span anew where it has ended, and drops a lease that ran out. A clock that was set back by
// little goes on in the later span; one that was far ahead and was put right begins the span of now again, of
// which the database knows what was used: else a limit of a minute would bind for hours.
func (a *account) turn(now int64) {
	back := now + setBack.Microseconds()
	if a.looked > back {
		a.looked = 0
	}
	if a.touched > back {
		a.touched = now
	}
	if a.span == Ongoing && a.until > back+leaseFor.Microseconds() {
		a.until = 0
	}
	if a.ends == 0 || now >= a.ends || a.since > back {
		a.since, a.ends = spanOf(a.span, now)
		a.leased, a.taken, a.owed, a.used, a.looked, a.block, a.noted = 0, 0, 0, 0, 0, 0, 0
		return
	}
	if a.span == Ongoing && now >= a.until {
		a.leased = 0
	}
	if a.rule.Hard > 0 && a.claimed() > a.rule.Hard {
		a.yield() // the limit was lowered, and what is given back since is not there to be used again
	}
}

// claimed is what is used and leased of the counter by all servers, as far as is known here.
func (a *account) claimed() int64 {
	if a.span == Ongoing {
		return a.used - a.noted + a.leased
	}
	return a.used - a.owed
}

// free is what is left of the leased blocks; negative where more was used than was reserved.
func (a *account) free() int64 { return a.leased - a.taken }

// spent is about how much is used of all, blocks of other servers included.
func (a *account) spent() int64 {
	if a.span == Ongoing {
		return a.used - a.noted + a.taken
	}
	return a.used - a.free() - a.owed
}

// soft says whether the soft limit is passed.
func (a *account) soft() bool { return a.rule.Soft > 0 && a.spent() > a.rule.Soft }

// change gives the account another rule. What was leased under another hard limit goes back.
func (a *account) change(r Rule, now int64) {
	a.turn(now)
	if a.rule.Hard != r.Hard {
		a.yield()
	}
	a.rule, a.looked = r, 0
}
