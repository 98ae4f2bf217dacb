package wenyuan

import "errors"

// A Code is the kind of an error; the server turns it into an HTTP status.
type Code string

const (
	Invalid     Code = "invalid"     // the input is wrong: 400
	NotFound    Code = "not_found"   // there is no such thing, or it may not be seen: 404
	Denied      Code = "denied"      // a forbidden act on a visible thing: 403
	Conflict    Code = "conflict"    // the state does not allow it now: 409
	TooLarge    Code = "too_large"   // over a limit: 413
	Limited     Code = "limited"     // too much at once: 429
	Unavailable Code = "unavailable" // something outside is down: 503
	Internal    Code = "internal"    // our fault: 500
)

// An Error has a sentence for the person and a cause for the operator. It is written as a
// literal, so that its message and hint are read where it is made.
type Error struct {
	Code    Code
	Message string // safe to show: names the thing
	Hint    string // what to do about it
	Err     error  // the cause; for the log, never for the person
}

// Error is the sentence with its cause, for the operator.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code of an error; an error that has none is Internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
