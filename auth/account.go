package auth

import (
	"context"

	"wenyuan/internal/scope"
)

// An Account is a person, or a service, with where they belong.
type Account struct {
	ID       string       `json:"id"`
	Kind     string       `json:"kind"` // Person or Service
	Name     string       `json:"name"`
	Email    string       `json:"email,omitempty"`    // in lower case
	External string       `json:"external,omitempty"` // who a sign-in provider says it is: the provider's name, "|" and its id there
	Operator bool         `json:"operator"`           // looks after the whole house
	Disabled bool         `json:"disabled"`           // may not come in
	Groups   []string     `json:"groups"`             // names of those that hold them directly, sorted
	Roles    []Membership `json:"roles"`              // their own and those of their groups, sorted
	Created  int64        `json:"created"`            // UTC microseconds
}

// A Membership is a role in a space.
type Membership struct {
	Space string `json:"space"` // its name
	Role  string `json:"role"`
	Group string `json:"group,omitempty"` // that has the role; "" for the account itself
}

// NewPerson is somebody to be added.
type NewPerson struct {
	Kind     string `json:"kind"` // Person ("" too) or Service
	Name     string `json:"name"`
	Email    string `json:"email"`
	External string `json:"external"` // as in Account
	Operator bool   `json:"operator"`
	Space    string `json:"space"` // name of the space they get a role in; "" for none
	Role     string `json:"role"`  // "" is Asker
}

// PeopleFilter says which people are listed.
type PeopleFilter struct {
	Query string // what the name or e-mail holds, whatever the case
	Kind  string // Person, Service, or "" for both
	After string // id of the last one of the page before
	Limit int    // 1 to 1000; 0 is 100
}

// PersonChange is what is changed of somebody; what is nil stays.
type PersonChange struct {
	Name     *string `json:"name"`
	Email    *string `json:"email"`
	External *string `json:"external"`
	Operator *bool   `json:"operator"`
	Disabled *bool   `json:"disabled"`
}

// Init makes the first operator, and a key for them, which is shown this once. A house that has
// people already is Conflict.
func (d *Directory) Init(ctx context.Context, name string) (a Account, k Key, secret string, err error) {
	return Account{}, Key{}, "", errStranger
}

// AddPerson adds somebody. Needs Operate. A name or e-mail that is in use is Conflict.
func (d *Directory) AddPerson(ctx context.Context, sc scope.Scope, p NewPerson) (Account, error) {
	return Account{}, errStranger
}

// People lists people and services by the age of their account, and says how many fit. Needs
// Operate, or Own in some space.
func (d *Directory) People(ctx context.Context, sc scope.Scope, f PeopleFilter) (people []Account, total int, err error) {
	return nil, 0, errStranger
}

// FindPerson finds somebody by id, name or e-mail. Needs Operate, or Own in some space.
func (d *Directory) FindPerson(ctx context.Context, sc scope.Scope, person string) (Account, error) {
	return Account{}, errStranger
}

// Me is the account of who asks; NotFound for who has none (Local, Declared, Stranger).
func (d *Directory) Me(ctx context.Context, id Identity) (Account, error) {
	return Account{}, errStranger
}

// ChangePerson changes somebody, found as by FindPerson. Needs Operate. The last operator stays
// one, and enabled.
func (d *Directory) ChangePerson(ctx context.Context, sc scope.Scope, person string, c PersonChange) (Account, error) {
	return Account{}, errStranger
}

// RemovePerson removes somebody, their keys, sessions, roles and places in groups. What they
// wrote stays. Needs Operate. The last operator stays.
func (d *Directory) RemovePerson(ctx context.Context, sc scope.Scope, person string) error {
	return errStranger
}
