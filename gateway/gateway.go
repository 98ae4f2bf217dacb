// Package gateway is the way to models that live outside the program: it knows which there
// are, where they run and what they cost, and it is the only way out of the program to
// them. The packages below it speak the dialects.
//
// It never connects to an address that is not configured, never looks for models unless
// it is asked to ([Models.Discover]), and never retries after the first piece of text was
// handed on: the reader would see two answers mixed. What a stranger would break: a client
// of a dialect gets its HTTP client from [Outbound], or it is a second way out.
package gateway

import (
	"errors"
	"net/http"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// A Secret shows itself to nobody who prints, logs or encodes what holds it.
type Secret = wire.Secret

// A Wait is the cause of an error that passes by itself.
type Wait = wire.Wait

// WaitOf finds how long an error asks to wait; 0 where it does not say.
func WaitOf(err error) time.Duration { return wire.WaitOf(err) }

// Lasting says whether an error of a model lasts until an operator puts it right, so that coming again
// does not help: its server refuses our key, does not know the model, sends us elsewhere, or has not
// been paid.
func Lasting(err error) bool {
	said := wire.RefusalOf(err)
	return said != nil && wenyuan.CodeOf(err) == wenyuan.Unavailable && said.Status >= 300 && said.Status < 500 && said.Status != http.StatusRequestTimeout
}

// CheckURL says whether a model can be reached by such an address, in words for the one
// who wrote it.
func CheckURL(raw string) error { return wire.CheckURL(raw) }

// message is what an error says to a person.
func message(err error) string {
	if e, ok := errors.AsType[*wenyuan.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
