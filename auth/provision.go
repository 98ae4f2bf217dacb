package auth

import "context"

// Provisioned is what a sign-in provider, or SCIM, says of somebody.
type Provisioned struct {
	Source        string // name of the provider; what it says of groups is kept under it
	External      string // who it is there; never empty
	Name          string // wished for; where it is taken, a number is put behind it
	Email         string
	EmailVerified bool     // an account with that e-mail is taken for the same person
	Groups        []string // by their external name, or by name
	KeepGroups    bool     // the provider says nothing of groups: they stay
	MakeGroups    bool     // groups that are not there are made
	Space, Role   string   // what somebody new gets; "" for no space
}

// Provision finds who a provider speaks of, by its id there and then by a verified e-mail, or
// adds them, and puts them into the groups that it names in place of those it named
// before. Whoever is disabled is Denied.
func (d *Directory) Provision(ctx context.Context, p Provisioned) (Account, error) {
	return Account{}, errStranger
}
