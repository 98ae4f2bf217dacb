package auth

import (
	"context"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
)

// The kinds of identities.
const (
	Local    = "local"    // whoever works on this machine with the data folder open; the one person of a house without users
	Declared = "declared" // holds a key of the settings file
	Person   = "person"
	Service  = "service" // a program with keys of its own
	Stranger = "visitor" // came through a channel
)

// An Identity is who was let in, and by what.
type Identity struct {
	Kind      string
	Principal wenyuan.Principal // the person's id and name; of a service that acts for a person, the person's
	Key       string            // id of the key that was shown; "" for none
	Session   string            // id of the session; "" for none
	Rights    scope.Right       // what the key is held to; every right where it is held to nothing
	Space     string            // the only space that the key opens, by which nobody operates the house; "" for any
	Behind    *Identity         // the service that acts for this person; nil for who comes themselves
	ViewAs    string            // id of the person whose view is shown; "" for one's own
	Expires   int64             // UTC microseconds; 0 for never
}

// Held says that a key lets in for less than its holder may do.
func (id Identity) Held() bool {
	return id.Key != "" && (id.Space != "" || id.Rights&scope.Every != scope.Every)
}

// By puts into ctx who does what follows, and from where, for the record.
func (id Identity) By(ctx context.Context, address string) context.Context {
	a := audit.Actor{ID: id.Principal.ID, Name: id.Principal.Name, Key: id.Key, Address: address, ViewAs: id.ViewAs}
	if id.Kind == Local {
		a.Name = Local // the record is read by others, to whom that is not "you"
	}
	if id.Behind != nil {
		a.Behind = id.Behind.Principal.Name
	}
	return audit.By(ctx, a)
}
