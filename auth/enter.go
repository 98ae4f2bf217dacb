package auth

import (
	"context"

	"wenyuan/internal/scope"
)

// A Credential is what somebody comes with.
type Credential struct {
	Key      string // the secret of a key
	Session  string // id of a session whose token was found good; in place of a key
	OnBehalf string // the person that a service acts for, by id, name or e-mail; "" for none
	Space    string // the name of the space that is asked for; "" for the first
}

// Enter lets somebody in: it says who comes and what they may see and do in a space. What it
// decides by is as new as the database when it is called. A key or session that is not
// known, was ended or has run out is Denied, in the same words. Who is let in but sees nothing
// in any space gets the zero Scope where none was asked for, and NotFound otherwise.
func (d *Directory) Enter(ctx context.Context, c Credential) (Identity, scope.Scope, error) {
	return Identity{}, scope.Scope{}, errStranger
}

// Machine is whoever works on this machine with the data folder open.
func Machine() Identity {
	return Identity{Kind: Local, Principal: Single, Rights: scope.Every}
}

// Declares is who holds the key of that name in the settings file.
func Declares(name string) Identity {
	return Identity{Kind: Declared, Principal: Holder(name), Rights: scope.Every}
}

// ViewAs is the identity that sees what a person sees, and may do no more than read and ask. It
// needs Own in the space, or Operate, and shows no more than who asks sees.
func (d *Directory) ViewAs(ctx context.Context, id Identity, sc scope.Scope, person string) (Identity, error) {
	return Identity{}, errStranger
}
