package limit

import (
	"fmt"
	"time"

	"wenyuan"
)

// refuse is the error that a limit does not allow what is asked; never says that waiting does not
// help. It tells which limit, and nothing of who else used it up.
func (a *account) refuse(now int64, never bool) error {
	cause := &Exceeded{Rule: a.rule, After: time.Duration(a.ends-now) * time.Microsecond}
	out := &wenyuan.Error{Code: wenyuan.Limited, Message: a.reached(), Err: cause}
	switch {
	case never:
		cause.After = 0
		out.Hint = "this alone may take more than that: send a shorter text, or a smaller max_tokens"
	case a.span == Ongoing:
		cause.After = time.Second
		out.Hint = "wait until something that is under way has ended"
	default:
		out.Hint = fmt.Sprintf("it begins anew at %s UTC", time.UnixMicro(a.ends).UTC().Format("2006-01-02 15:04"))
	}
	return out
}

func (a *account) reached() string {
	words := a.rule.Words(a.rule.Hard)
	switch a.kind {
	case Person:
		return fmt.Sprintf("your limit is reached: %s", words)
	case Key:
		return fmt.Sprintf("the limit of this key is reached: %s", words)
	case Space:
		return fmt.Sprintf("the limit of this space is reached: %s", words)
	case Model:
		return fmt.Sprintf("the limit of the model %s is reached: %s", a.subject, words)
	}
	return fmt.Sprintf("the limit of the house is reached: %s", words)
}

// Warning says that the soft limit of a rule is passed.
func (r Rule) Warning() string {
	words := r.Words(r.Soft)
	switch r.Kind {
	case Person:
		return fmt.Sprintf("your soft limit is passed: %s", words)
	case Key:
		return fmt.Sprintf("the soft limit of this key is passed: %s", words)
	case Space:
		return fmt.Sprintf("the soft limit of this space is passed: %s", words)
	}
	return fmt.Sprintf("the soft limit of the house is passed: %s", words)
}
