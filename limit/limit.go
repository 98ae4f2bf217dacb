// Package limit bounds what is used up: requests, tokens, money, and how much runs at once, for
// the whole house, a space, a person, a key or a model, by minute, day and month.
//
// There is one limiter. What is about to be used is reserved before, from every limit that
// applies or from none, and settled afterwards by what was really used. Each server keeps its
// counts in memory and leases budget from the database in blocks, so that a hard limit is never
// exceeded however many servers there are, and a reservation seldom asks the database. The price:
// a refusal may come early, by the blocks that other servers have leased and not used yet. A block
// that lies idle is given back within seconds, and all of them when a server ends. What a server
// held that was killed stays spent until its span ends; running at once is free again once its
// lease has run out.
//
// It knows nobody: people, keys and spaces are ids here. What a stranger would break: whatever
// calls a model reserves before, or it is spent by nobody.
package limit

import (
	"context"
	"errors"
	"time"
)

// A Kind is what a limit is for.
type Kind string

// The kinds. A request counts for the house, its space, its person and its key; a call of a
// model counts for the model, and its tokens and money for all five.
const (
	House  Kind = "house"
	Space  Kind = "space"
	Person Kind = "person"
	Key    Kind = "key"
	Model  Kind = "model"
)

// A Resource is what is used up.
type Resource string

// The resources. Requests of a model are its calls. Concurrency is how many requests, or calls
// of a model, are under way at once.
const (
	Requests    Resource = "requests"
	TokensIn    Resource = "tokens_in"
	TokensOut   Resource = "tokens_out"
	Money       Resource = "money" // in millionths of its currency
	Concurrency Resource = "concurrency"
)

// A Span is the time after which a count begins anew, by the calendar in UTC: a minute begins at
// its second 0, a day at midnight, a month at midnight before its first day.
type Span string

// The spans; concurrency has none.
const (
	Minute  Span = "minute"
	Day     Span = "day"
	Month   Span = "month"
	Ongoing Span = ""
)

// Micro is one unit of a currency, in the millionths that Money counts.
const Micro = 1_000_000

// A Claim is who is about to use what. Ids that are empty stand for nobody, whom no limit of that
// kind applies to.
type Claim struct {
	Space, Person, Key string // ids
	Model              string // name; "" for a request, else this is a call of the model
	Use
}

// Use is what a call of a model takes: before it at most, after it really.
type Use struct {
	In, Out  int64 // tokens
	Money    int64 // in millionths of Currency
	Currency string
}

// amount is how much of a resource a claim takes.
func (c *Claim) amount(r Resource, currency string) int64 {
	switch r {
	case Requests, Concurrency:
		return 1
	}
	return c.Use.amount(r, currency)
}

func (u *Use) amount(r Resource, currency string) int64 {
	switch {
	case r == TokensIn:
		return max(u.In, 0)
	case r == TokensOut:
		return max(u.Out, 0)
	case r == Money && u.Currency == currency:
		return max(u.Money, 0)
	}
	return 0
}

// id is whom of a kind the claim is by.
func (c *Claim) id(k Kind) string {
	switch k {
	case Space:
		return c.Space
	case Person:
		return c.Person
	case Key:
		return c.Key
	case Model:
		return c.Model
	}
	return ""
}

// takes says whether a claim uses a resource up for a kind: a request counts for who asks, and a
// call of a model for the model.
func (c *Claim) takes(k Kind, r Resource) bool {
	switch r {
	case Requests, Concurrency:
		return (c.Model != "") == (k == Model)
	}
	return c.Model != ""
}

type claimKey struct{}

// For puts into ctx for whom models are called from here on: of c its space, person and key.
func For(ctx context.Context, c Claim) context.Context {
	return context.WithValue(ctx, claimKey{}, Claim{Space: c.Space, Person: c.Person, Key: c.Key})
}

// Of is for whom models are called; the zero Claim is the house itself.
func Of(ctx context.Context) Claim {
	c, _ := ctx.Value(claimKey{}).(Claim)
	return c
}

// Exceeded is the cause of an error that says that a hard limit is reached.
type Exceeded struct {
	Rule  Rule
	After time.Duration // until there may be something again; 0 where waiting does not help
}

// Error names the limit, for the operator.
func (e *Exceeded) Error() string {
	return "limit " + e.Rule.ID + ": " + string(e.Rule.Kind) + " " + string(e.Rule.Resource) + " " + string(e.Rule.Span)
}

// WaitOf is how long an error of a limit asks to wait; 0 for every other error.
func WaitOf(err error) time.Duration {
	if e, ok := errors.AsType[*Exceeded](err); ok {
		return e.After
	}
	return 0
}
