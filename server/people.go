package server

import (
	"cmp"
	"slices"

	"wenyuan"
	"wenyuan/auth"
)

type (
	initRequest struct {
		Name string `json:"name,omitempty" doc:"of the first operator" default:"operator"`
	}
	peopleQuery struct {
		Query string `query:"query" doc:"only those with this in their name or e-mail"`
		Kind  string `query:"kind" doc:"only people, or only services" enum:"person,service"`
		After string `query:"after" doc:"only those after this one: the last id of the page before"`
		Limit int    `query:"limit" doc:"most to list, up to 1000" default:"100"`
	}
	peopleList struct {
		People []auth.Account `json:"people" doc:"who was added first, first"`
		Total  int            `json:"total" doc:"people that match, also beyond this page"`
	}
	newPerson struct {
		Name     string  `json:"name" doc:"1 to 200 characters, without colon, comma and #"`
		Email    string  `json:"email,omitempty"`
		External string  `json:"external,omitempty" doc:"who a sign-in provider says it is"`
		Kind     string  `json:"kind,omitempty" enum:"person,service" default:"person"`
		Operator bool    `json:"operator,omitempty" doc:"looks after the whole house"`
		Space    *string `json:"space,omitempty" doc:"in which they get a role; main where it is left out, none where it is empty"`
		Role     string  `json:"role,omitempty" doc:"in that space" enum:"viewer,asker,editor,reviewer,owner" default:"asker"`
	}
	personRequest struct {
		Name string `path:"name" doc:"id, name or e-mail"`
	}
	personChange struct {
		Person string `json:"-" path:"name" doc:"id, name or e-mail"`
		auth.PersonChange
	}
)

// firstOperator makes the first operator and gives their key, this once.
func firstOperator(s *Server, r *request, in initRequest) (madeKey, error) {
	_, k, secret, err := s.Auth.Init(r.Context(), cmp.Or(in.Name, "operator"))
	return madeKey{k, secret}, err
}

func people(s *Server, r *request, in peopleQuery) (peopleList, error) {
	list, total, err := s.Auth.People(r.Context(), r.scope, auth.PeopleFilter{Query: in.Query, Kind: in.Kind, After: in.After, Limit: in.Limit})
	if list == nil {
		list = []auth.Account{}
	}
	if err == nil {
		err = s.hideRoles(r, list)
	}
	return peopleList{list, total}, err
}

// hideRoles leaves out the roles in spaces that who asks does not see.
func (s *Server) hideRoles(r *request, list []auth.Account) error {
	spaces, err := s.Auth.Spaces(r.Context(), r.identity)
	for i := range list {
		list[i].Roles = slices.DeleteFunc(list[i].Roles, func(m auth.Membership) bool {
			return !slices.ContainsFunc(spaces, func(x auth.Space) bool { return x.Name == m.Space })
		})
	}
	return err
}

func addPerson(s *Server, r *request, in newPerson) (auth.Account, error) {
	space := wenyuan.DefaultSpace
	if in.Space != nil {
		space = *in.Space
	}
	return s.Auth.AddPerson(r.Context(), r.scope, auth.NewPerson{Kind: in.Kind, Name: in.Name, Email: in.Email, External: in.External, Operator: in.Operator, Space: space, Role: in.Role})
}

func onePerson(s *Server, r *request, in personRequest) (auth.Account, error) {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, in.Name)
	if err != nil {
		return a, err
	}
	one := []auth.Account{a}
	err = s.hideRoles(r, one)
	return one[0], err
}

func changePerson(s *Server, r *request, in personChange) (auth.Account, error) {
	return s.Auth.ChangePerson(r.Context(), r.scope, in.Person, in.PersonChange)
}

// removePerson gives the account back as it was.
func removePerson(s *Server, r *request, in personRequest) (auth.Account, error) {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, in.Name)
	if err != nil {
		return a, err
	}
	defer s.front.clear()
	return a, s.Auth.RemovePerson(r.Context(), r.scope, a.ID)
}
