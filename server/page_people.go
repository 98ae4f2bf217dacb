package server

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// peopleShown is how many people a page lists.
const peopleShown = 50

func peoplePage(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	return s.showPeople(w, r, http.StatusOK, web.PeoplePage{Done: did(r, "added", "removed", "erased"), Whom: q.Get("whom")})
}

func (s *Server) showPeople(w http.ResponseWriter, r *request, status int, p web.PeoplePage) (err error) {
	if p.Frame, err = s.framed(r, "/access/people"); err != nil {
		return err
	}
	q := r.URL.Query()
	p.Query, p.After, p.Operates = q.Get("q"), q.Get("after"), r.scope.May(scope.Operate)
	list, total, err := s.Auth.People(r.Context(), r.scope, auth.PeopleFilter{Query: p.Query, After: p.After, Limit: peopleShown + 1})
	if err != nil {
		return err
	}
	if len(list) > peopleShown {
		list = list[:peopleShown]
		p.Next = list[peopleShown-1].ID
	}
	p.Total = total
	seen, err := s.seen(r, list...)
	if err != nil {
		return err
	}
	for _, a := range list {
		row := personRow(r, a, p.Space)
		row.Seen = seen[a.ID]
		p.People = append(p.People, row)
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.People(b, p) })
}

// seen says when people came last.
func (s *Server) seen(r *request, list ...auth.Account) (map[string]int64, error) {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	return s.SignIn.Seen(r.Context(), ids...)
}

// personRow is an account with its roles in one space.
func personRow(r *request, a auth.Account, space string) web.Person {
	p := web.Person{ID: a.ID, Name: a.Name, Email: a.Email, Service: a.Kind == auth.Service, Operator: a.Operator, Disabled: a.Disabled,
		You: a.ID == r.who.ID, Groups: a.Groups, Created: a.Created}
	has := map[string]bool{}
	for _, m := range a.Roles {
		if m.Space == space && !has[m.Role] {
			has[m.Role] = true
			p.Roles = append(p.Roles, m.Role)
		}
	}
	return p
}

// addPersonForm adds somebody, or gives the form back with why not.
func addPersonForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := r.PostForm
	in := auth.NewPerson{Kind: oneOf(f.Get("kind"), auth.Person, auth.Service), Name: strings.TrimSpace(f.Get("name")), Email: strings.TrimSpace(f.Get("email")), Operator: f.Get("operator") != "", Role: f.Get("role")}
	if in.Role != "" {
		x, err := s.Auth.FindSpace(r.Context(), r.scope)
		if err != nil {
			return err
		}
		in.Space = x.Name
	}
	a, err := s.Auth.AddPerson(r.Context(), r.scope, in)
	if err == nil {
		return seeOther(w, r, done("/access/people", "added", a.Name))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showPeople(w, r, status, web.PeoplePage{Problem: view, Role: in.Role, Draft: web.Person{Name: in.Name, Email: in.Email, Operator: in.Operator, Service: in.Kind == auth.Service}})
}

func personPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showPerson(w, r, http.StatusOK, web.PersonPage{Done: did(r, "saved", "disabled", "enabled", "given")})
}

func (s *Server) showPerson(w http.ResponseWriter, r *request, status int, p web.PersonPage) error {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, r.PathValue("name"))
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, personAddress(a.ID)); err != nil {
		return err
	}
	p.Person, p.Operates = personRow(r, a, p.Space), r.scope.May(scope.Operate)
	for _, fill := range []func(*request, *web.PersonPage, auth.Account) error{s.personPlaces, s.personKeys, s.personSessions, s.personBounds} {
		if err := fill(r, &p, a); err != nil {
			return err
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Person(b, p) })
}

func personAddress(id string) string { return "/access/people/" + url.PathEscape(id) }

// personPlaces fills in roles and groups. Spaces that who asks does not see are not named.
func (s *Server) personPlaces(r *request, p *web.PersonPage, a auth.Account) error {
	list, err := s.Auth.Spaces(r.Context(), r.identity)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, x := range list {
		seen[x.Name] = true
		if rightNamed(x.Rights, "own") {
			p.Own = append(p.Own, x.Name)
		}
	}
	for _, m := range a.Roles {
		if seen[m.Space] {
			p.Roles = append(p.Roles, web.SpaceRole{Space: m.Space, Role: m.Role, Through: m.Group})
		}
	}
	groups, err := s.Auth.Groups(r.Context(), r.scope)
	p.Groups = memberships(groups, a.Groups)
	return err
}

func rightNamed(rights []string, name string) bool {
	for _, r := range rights {
		if r == name {
			return true
		}
	}
	return false
}

// personKeys fills in the keys, as far as who asks may list them.
func (s *Server) personKeys(r *request, p *web.PersonPage, a auth.Account) error {
	keys, err := s.Auth.Keys(r.Context(), r.scope, r.identity, a.ID)
	if code := wenyuan.CodeOf(err); code == wenyuan.Denied || code == wenyuan.NotFound {
		return nil
	}
	for _, k := range keys {
		p.Keys = append(p.Keys, keyRow(k, false))
	}
	return err
}

// personSessions says in how many browsers somebody is signed in, and when they came last.
func (s *Server) personSessions(r *request, p *web.PersonPage, a auth.Account) error {
	list, err := s.SignIn.List(r.Context(), auth.Identity{Principal: wenyuan.Principal{ID: a.ID}})
	if err != nil {
		return err
	}
	p.Sessions = len(list)
	seen, err := s.seen(r, a)
	p.Person.Seen = seen[a.ID]
	return err
}

// personBounds says what cannot be done with somebody, and why.
func (s *Server) personBounds(r *request, p *web.PersonPage, a auth.Account) error {
	switch {
	case p.Person.You:
		p.LookWhy = "you"
	case a.Disabled:
		p.LookWhy = "off"
	case r.identity.Session == "" && r.identity.Kind != auth.Local && r.identity.Kind != auth.Declared:
		p.LookWhy = "key"
	}
	if !a.Operator || a.Disabled || a.Kind != auth.Person {
		return nil
	}
	operators := 0
	for after := ""; ; {
		list, _, err := s.Auth.People(r.Context(), r.scope, auth.PeopleFilter{Kind: auth.Person, After: after, Limit: 1000})
		if err != nil || len(list) == 0 {
			p.Last = err == nil && operators == 1
			return err
		}
		for _, x := range list {
			if x.Operator && !x.Disabled {
				operators++
			}
		}
		if after = list[len(list)-1].ID; operators > 1 {
			return nil
		}
	}
}

// personProblem is the page of a person with why something could not be done.
func (s *Server) personProblem(w http.ResponseWriter, r *request, why error) error {
	view, status, err := s.told(w, r, why)
	if err != nil {
		return err
	}
	return s.showPerson(w, r, status, web.PersonPage{Problem: view})
}

// changePersonForm changes name, e-mail and whether somebody is an operator.
func changePersonForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	name, email, operator := strings.TrimSpace(r.PostForm.Get("name")), strings.TrimSpace(r.PostForm.Get("email")), r.PostForm.Get("operator") != ""
	a, err := s.Auth.ChangePerson(r.Context(), r.scope, r.PathValue("name"), auth.PersonChange{Name: &name, Email: &email, Operator: &operator})
	if err != nil {
		return s.personProblem(w, r, err)
	}
	return seeOther(w, r, done(personAddress(a.ID), "saved", ""))
}

func disableForm(s *Server, w http.ResponseWriter, r *request) error {
	off := r.PostFormValue("disabled") == "yes"
	a, err := s.Auth.ChangePerson(r.Context(), r.scope, r.PathValue("name"), auth.PersonChange{Disabled: &off})
	if err != nil {
		return s.personProblem(w, r, err)
	}
	return seeOther(w, r, done(personAddress(a.ID), map[bool]string{true: "disabled", false: "enabled"}[off], ""))
}

// roleForm gives somebody a role in a space, in place of the one that they have there.
func roleForm(s *Server, w http.ResponseWriter, r *request) error {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, r.PathValue("name"))
	if err != nil {
		return err
	}
	sc, err := s.in(r.Context(), r, cmp.Or(r.PostFormValue("space"), wenyuan.DefaultSpace))
	if err == nil {
		err = s.Auth.SetRole(r.Context(), sc, a.Kind+":"+a.Name, r.PostFormValue("role"))
	}
	if err != nil {
		return s.personProblem(w, r, err)
	}
	return seeOther(w, r, done(personAddress(a.ID), "given", ""))
}

// errOtherName is said where a name that was asked for is another one than was typed.
var errOtherName = &wenyuan.Error{Code: wenyuan.Invalid, Message: "the name that was typed is another one", Hint: "type the name as it stands above; nothing was changed"}

// removePersonForm removes somebody whose name was typed.
func removePersonForm(s *Server, w http.ResponseWriter, r *request) error {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, r.PathValue("name"))
	if err != nil {
		return err
	}
	if auth.Fold(strings.TrimSpace(r.PostFormValue("name"))) != auth.Fold(a.Name) {
		return s.personProblem(w, r, errOtherName)
	}
	defer s.front.clear()
	if err := s.Auth.RemovePerson(r.Context(), r.scope, a.ID); err != nil {
		return s.personProblem(w, r, err)
	}
	return seeOther(w, r, done("/access/people", "removed", a.Name))
}

// erased are the kinds of what is counted, in the order that they are said in.
var erased = []string{"conversation", "turn", "memory", "feedback", "trace", "key", "session", "role", "group", "share", "use", "limit", "audit"}

// erasePersonForm erases somebody whose name was typed, and says what remains.
func erasePersonForm(s *Server, w http.ResponseWriter, r *request) error {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, r.PathValue("name"))
	if err != nil {
		return err
	}
	out, err := s.Privacy.Erase(r.Context(), r.scope, themselves(r), a.ID, strings.TrimSpace(r.PostFormValue("name")))
	if err != nil {
		return s.personProblem(w, r, err)
	}
	p := web.PeoplePage{Done: "erased", Whom: a.Name}
	for _, kind := range erased {
		if n := out.Erased[kind]; n > 0 {
			p.Erased = append(p.Erased, web.Amount{Of: kind, N: int(n)})
		}
	}
	for _, x := range out.Remains {
		p.Remains = append(p.Remains, web.Remains{Kind: x.Kind, Count: x.Count, Why: x.Why})
	}
	return s.showPeople(w, r, http.StatusOK, p)
}
