package server

import (
	"testing"

	"wenyuan/auth"
)

// FuzzScimFilter: whatever is sent for a filter or a path is a question, or is refused.
func FuzzScimFilter(f *testing.F) {
	for _, s := range []string{`userName eq "li"`, `emails[type eq "work" and value co "@a"].value`, `not (active eq true) or id pr`, `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "x"`, `members[value eq "x"]`, `a.b[c pr].d`, "((((", `"`} {
		f.Add(s)
	}
	user, group := userFacts(auth.ScimUser{ID: "per_1", Name: "Li", Email: "li@a.example", External: "E", Active: true}), groupFacts(auth.ScimGroup{ID: "grp_1", Name: "hr", Members: []auth.ScimMember{{ID: "per_1"}}})
	f.Fuzz(func(t *testing.T, text string) {
		if keep, err := scimFilter(text); err == nil {
			keep(user)
			keep(group)
		}
		if c, err := pathOf(text); err == nil {
			u := auth.ScimUser{Name: "Li"}
			_, _ = c.onUser(&u), c.onTeam(&teamChange{}, nil) // neither may panic
		}
	})
}
