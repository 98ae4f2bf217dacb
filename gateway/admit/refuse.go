package admit

import (
	"errors"
	"math"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// A reason is why somebody was refused.
type reason int

const (
	full      reason = iota // as many wait as may
	late                    // it would wait too long
	displaced               // it waited, and who has used less took its place
	expired                 // it waited too long: the model got slower
	deadline                // it would come after its deadline
	reasons
)

func (r reason) String() string {
	return [reasons]string{"full", "late", "displaced", "expired", "deadline"}[r]
}

// causes are for the log.
var causes = [reasons]error{errors.New("too many wait"), errors.New("the wait would be too long"), errors.New("who has used less took the place in the queue"),
	errors.New("waited too long"), errors.New("the deadline would pass")}

// longestAfter is the longest time, in seconds, after which a refused one is told to come again.
const longestAfter = 120

// refuse is the error of who is refused, with the time after which to come again: wait, in whole
// seconds from 1. Those of one time and reason are one error, so that refusing a flood costs nothing.
func (q *Queue) refuse(r reason, wait time.Duration) error {
	q.refused[r]++
	after := int(min(max(math.Ceil(wait.Seconds()), 1), longestAfter))
	slot := &q.errors[r][after]
	if *slot != nil {
		return *slot
	}
	d := time.Duration(after) * time.Second
	cause := &wire.Wait{After: d, Err: causes[r]}
	message, hint := "too many wait for the model "+q.c.Name, "try again in "+d.String()
	switch {
	case q.c.Name == "" && r == deadline:
		message, hint = "the question cannot be answered within the time that was given", "give it more time, or try again later"
	case q.c.Name == "":
		message = "too many questions come at once"
	case r == deadline:
		message, hint = "the model "+q.c.Name+" cannot answer within the time that was given", "give it more time, or try again later"
	}
	*slot = &wenyuan.Error{Code: wenyuan.Limited, Message: message, Hint: hint, Err: cause}
	return *slot
}

// press is refuse where it says that more come than leave.
func (q *Queue) press(now int64, r reason, wait time.Duration) error {
	q.last = now
	return q.refuse(r, wait)
}

// pressed says whether more come than leave: somebody was refused for that within the last services.
func (q *Queue) pressed(now int64) bool {
	within := max(min(4*time.Duration(q.rate.service), q.c.Wait), time.Second)
	return q.last > 0 && now-q.last < int64(within)
}

// ReasonOf is why an error of a Queue refuses: full, late, displaced, expired or deadline; "" for any
// other error.
func ReasonOf(err error) string {
	w, ok := errors.AsType[*wire.Wait](err)
	for r, cause := range causes {
		if ok && w.Err == cause {
			return reason(r).String()
		}
	}
	return ""
}
