package auth

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
