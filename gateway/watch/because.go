package watch

import (
	"fmt"
	"slices"
	"strconv"
)

// Because says a step in words. It names no person and no word of a question.
func (s Step) Because() (reason string) {
	switch s.Kind {
	case Cache:
		return s.cached()
	case Queue:
		if s.Why == Cold {
			return fmt.Sprintf("cold start %s: it waited while the engine of the model started", span(s.Took))
		}
		return fmt.Sprintf("it waited %s in the queue", span(s.Took))
	case Replica:
		return s.placed()
	case Ladder:
		return "the models before it could not answer, and this one takes their place"
	case Refusal:
		return s.refused()
	}
	return "a step that this release does not know"
}

// cached says what a level of the cache did.
func (s Step) cached() (reason string) {
	switch s.Result + " " + s.Where {
	case "joined flight":
		return fmt.Sprintf("the same request as %d others was under way; it joined their stream at its beginning", max(s.Others, 1))
	case "hit memory":
		return "the same request was answered before, and the answer was kept in memory"
	case "hit shared":
		return "the same request was answered before, and the answer was kept where all servers look"
	case "hit stale":
		return "the same request was answered before; the answer is past its time, and a new one is made meanwhile"
	case "hit alike":
		return fmt.Sprintf("a question that means the same was answered before (%.2f alike), from the same evidence; numbers and names agree", s.Similar)
	case "miss memory":
		return "no answer to the same request was kept in memory"
	case "miss shared":
		return "no answer to the same request was kept where all servers look"
	case "miss alike":
		if s.Similar > 0 {
			return fmt.Sprintf("the nearest question was %.2f alike, which is not enough here", s.Similar)
		}
		return "no question that means the same was answered before"
	}
	return "the cache was not asked: the request gives another answer each time, or its asker wants a new one"
}

// placed says why a replica was asked.
func (s Step) placed() (reason string) {
	switch s.Why {
	case "prefix":
		if s.Limit > 0 {
			return fmt.Sprintf("its prefix is warm there (%d tokens); load %d of %d is within bounds", s.Warm, s.Load, s.Limit)
		}
		return "its prefix is warm there"
	case "second":
		return "its prefix is warm at another replica, which was loaded beyond its bound; this one is the second choice"
	case "only":
		return "no other replica could take it"
	case "probe":
		return "the replica had rested, and was tried again with one request"
	case "doubt":
		return "the replica says nothing to another request; this one shows whether it hangs"
	case "hedge":
		return "the replica that was asked first was slower than most answers are; this one was asked beside it"
	case "late":
		return "those that were asked before have said nothing for very long; this one was asked beside them"
	case "last":
		return "every replica is out; this one is the likeliest to answer"
	case "retry":
		return "the replica before it failed before anything was sent; this one was asked in its place"
	}
	if s.Limit > 0 {
		return fmt.Sprintf("it had the fewest tokens ahead; load %d of %d", s.Load, s.Limit)
	}
	return "it had the fewest tokens ahead"
}

// refused says why nothing was asked.
func (s Step) refused() (reason string) {
	switch {
	case s.Wait > 0:
		return s.refusedFor(span(s.Wait))
	case s.Why == "limit":
		return "a limit of who asks is reached"
	case s.Why == "full":
		return "the queue was full"
	}
	return "there was no room in time"
}

// refusedFor says it with how long to wait.
func (s Step) refusedFor(wait string) (reason string) {
	switch s.Why {
	case "limit":
		return fmt.Sprintf("a limit of who asks is reached; the next try makes sense after %s", wait)
	case "full":
		return fmt.Sprintf("the queue was full; the next try makes sense after %s", wait)
	case "late":
		return fmt.Sprintf("it would have waited too long; the next try makes sense after %s", wait)
	case "displaced":
		return fmt.Sprintf("who has used less took its place in the queue; the next try makes sense after %s", wait)
	case "expired":
		return fmt.Sprintf("it waited too long, because the model got slower; the next try makes sense after %s", wait)
	case "deadline":
		return fmt.Sprintf("it would have come after its deadline; the next try makes sense after %s", wait)
	}
	return fmt.Sprintf("there was no room in time; the next try makes sense after %s", wait)
}

// Came says how a step that asked a replica ended; "" for one that did not.
func (s Step) Came() (reason string) {
	if s.Kind != Replica {
		return ""
	}
	switch s.Result {
	case Good:
		if s.First > 0 {
			return fmt.Sprintf("it answered; the first token came after %s", span(s.First))
		}
		return "it answered"
	case Failed:
		return s.failed()
	case Crowded:
		if s.Status > 0 {
			return fmt.Sprintf("it refused for its load, with status %d", s.Status)
		}
		return "it refused for its load"
	case Hung:
		if s.Said != "" {
			return s.failed()
		}
		return "it stayed silent while others answered"
	case Left:
		return "nobody waited for it any more"
	case Faulted:
		if s.Status > 0 {
			return fmt.Sprintf("it found the request wrong, with status %d", s.Status)
		}
		return "it found the request wrong"
	}
	return "it is at work"
}

// failed says how a replica failed.
func (s Step) failed() (reason string) {
	switch {
	case s.Status > 0:
		return fmt.Sprintf("it failed with status %d", s.Status)
	case s.Said != "":
		return fmt.Sprintf("it failed: %s", s.Said)
	}
	return "it failed"
}

// Road are the steps, with a first one that says so where a model was asked and no level of the cache
// was looked at.
func (r Record) Road() []Step {
	looked := func(s Step) bool { return s.Kind == Cache }
	if !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Kind == Replica }) || slices.ContainsFunc(r.Steps, looked) {
		return r.Steps
	}
	return append([]Step{{Kind: Cache, Result: Passed}}, r.Steps...)
}

// Deciding is the step that says best where a call went: the last one that served it or refused it.
func (r Record) Deciding() (s Step, ok bool) {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		s := r.Steps[i]
		if s.Kind == Refusal || s.Kind == Replica || s.Kind == Cache && (s.Result == Hit || s.Result == Joined) {
			return s, true
		}
	}
	if n := len(r.Steps); n > 0 {
		return r.Steps[n-1], true
	}
	return Step{}, false
}

// span is a time that a person reads, from microseconds.
func span(us int64) string {
	switch {
	case us < 1000:
		return strconv.FormatInt(us, 10) + " µs"
	case us < 1e6:
		return strconv.FormatFloat(float64(us)/1e3, 'f', 0, 64) + " ms"
	case us < 10e6:
		return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', 0, 64) + " s"
}
