package server

import (
	"encoding/json"
	"net/http"
	"strings"

	"wenyuan/auth"
)

// A scimPerson is a person as a provider sends one.
type scimPerson struct {
	ExternalID *string         `json:"externalId"`
	UserName   string          `json:"userName"`
	Active     json.RawMessage `json:"active"`
	Emails     json.RawMessage `json:"emails"`
}

// userOf is a person as SCIM shows one.
func (s *Server) userOf(r *request, u auth.ScimUser) map[string]any {
	out := map[string]any{"schemas": []string{scimUserSchema}, "id": u.ID, "userName": u.Name, "displayName": u.Name, "active": u.Active,
		"meta": map[string]any{"resourceType": "User", "created": scimTime(u.Created), "lastModified": scimTime(u.Updated), "location": s.scimAt(r, "Users", u.ID)}}
	if u.External != "" {
		out["externalId"] = u.External
	}
	if u.Email != "" {
		out["emails"] = []any{map[string]any{"value": u.Email, "type": "work", "primary": true}}
	}
	return out
}

func userFacts(u auth.ScimUser) facts {
	x := facts{"id": {u.ID}, "username": {u.Name}, "displayname": {u.Name}, "active": {u.Active}}
	if u.External != "" {
		x["externalid"] = []any{u.External}
	}
	if u.Email != "" {
		x["emails"], x["emails.value"], x["emails.type"], x["emails.primary"] = []any{u.Email}, []any{u.Email}, []any{"work"}, []any{true}
	}
	return x
}

// into takes over what a provider sent as a whole. What it leaves out stays, but for the e-mail
// address.
func (p scimPerson) into(u *auth.ScimUser) (err error) {
	if p.UserName == "" {
		return badScim("invalidValue", "there is no userName", "send one")
	}
	u.Name = p.UserName
	if p.ExternalID != nil {
		u.External = *p.ExternalID
	}
	if len(p.Active) > 0 && string(p.Active) != "null" {
		if u.Active, err = (scimChangeOf{name: "active", value: p.Active}).truth(); err != nil {
			return err
		}
	}
	u.Email, err = emailOf(p.Emails)
	return err
}

// emailOf is the address of a list: the primary one, else that of work, else the first.
func emailOf(raw json.RawMessage) (string, error) {
	type email struct {
		Value   string          `json:"value"`
		Type    string          `json:"type"`
		Primary json.RawMessage `json:"primary"`
	}
	var list []email
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var one email
	var bare string
	switch {
	case json.Unmarshal(raw, &list) == nil:
	case json.Unmarshal(raw, &one) == nil:
		list = []email{one}
	case json.Unmarshal(raw, &bare) == nil:
		list = []email{{Value: bare}}
	default:
		return "", badScim("invalidValue", "emails is no list of addresses", `send it as [{"value": "li@example.com", "primary": true}]`)
	}
	best, rank := "", 0
	for _, e := range list {
		n := 1
		if strings.EqualFold(e.Type, "work") {
			n = 2
		}
		if strings.Trim(strings.ToLower(string(e.Primary)), `"`) == "true" {
			n = 3
		}
		if e.Value != "" && n > rank {
			best, rank = e.Value, n
		}
	}
	return best, nil
}

func scimAddUser(s *Server, r *request) (scimReply, error) {
	var p scimPerson
	u := auth.ScimUser{Active: true}
	if err := readScim(r, &p); err != nil {
		return scimReply{}, err
	}
	if err := p.into(&u); err != nil {
		return scimReply{}, err
	}
	a, err := s.Auth.AddPerson(r.Context(), r.scope, auth.NewPerson{Kind: auth.Person, Name: u.Name, Email: u.Email, External: auth.ScimExternal(u.External)})
	if err == nil && !u.Active {
		yes := true
		_, err = s.Auth.ChangePerson(r.Context(), r.scope, a.ID, auth.PersonChange{Disabled: &yes})
	}
	if err != nil {
		return scimReply{}, err
	}
	return scimPeople.show(s, r, a.ID, http.StatusCreated)
}

func scimPutUser(s *Server, r *request) (scimReply, error) {
	before, err := scimPeople.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	var p scimPerson
	if err := readScim(r, &p); err != nil {
		return scimReply{}, err
	}
	after := before
	if err := p.into(&after); err != nil {
		return scimReply{}, err
	}
	return s.changeUser(r, before, after)
}

// changeUser keeps what differs.
func (s *Server) changeUser(r *request, before, after auth.ScimUser) (scimReply, error) {
	var c auth.PersonChange
	if after.Name != before.Name {
		c.Name = &after.Name
	}
	if after.Email != before.Email {
		c.Email = &after.Email
	}
	if after.External != before.External {
		external := auth.ScimExternal(after.External)
		c.External = &external
	}
	if after.Active != before.Active {
		disabled := !after.Active
		c.Disabled = &disabled
	}
	if c != (auth.PersonChange{}) {
		if _, err := s.Auth.ChangePerson(r.Context(), r.scope, before.ID, c); err != nil {
			return scimReply{}, err
		}
	}
	return scimPeople.show(s, r, before.ID, http.StatusOK)
}

func scimPatchUser(s *Server, r *request) (scimReply, error) {
	before, err := scimPeople.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	all, err := readPatch(r)
	if err != nil {
		return scimReply{}, err
	}
	after := before
	for _, c := range all {
		if err := c.onUser(&after); err != nil {
			return scimReply{}, err
		}
	}
	return s.changeUser(r, before, after)
}

// onUser makes one change. Attributes that are kept nowhere here are passed over.
func (c scimChangeOf) onUser(u *auth.ScimUser) (err error) {
	switch c.name {
	case "username":
		if u.Name, err = c.text(); err == nil && u.Name == "" {
			err = badScim("mutability", "everybody has a userName", "replace it")
		}
	case "externalid":
		u.External, err = c.text()
	case "active":
		if c.op == "remove" {
			return badScim("mutability", "everybody is active or not", "replace it")
		}
		u.Active, err = c.truth()
	case "id":
		err = badScim("mutability", "the id is given by this server", "leave it as it is")
	case "emails":
		return c.onEmail(u)
	}
	return err
}

// onEmail changes the one address that is kept. What is said of others, that of the home say, is
// passed over.
func (c scimChangeOf) onEmail(u *auth.ScimUser) (err error) {
	if c.which != nil {
		fits, err := compile(c.which, "emails")
		if err != nil {
			return err
		}
		x := userFacts(auth.ScimUser{Email: u.Email})
		if u.Email == "" {
			x["emails.type"], x["emails.primary"] = []any{"work"}, []any{true}
		}
		if !fits(x) {
			return nil
		}
	}
	switch {
	case c.sub != "" && c.sub != "value":
		return nil
	case c.op == "remove":
		u.Email = ""
		return nil
	case c.op == "add" && c.which == nil && u.Email != "":
		return nil // a further one: the first stays
	}
	u.Email, err = emailOf(c.value)
	return err
}

func scimRemoveUser(s *Server, r *request) (scimReply, error) {
	u, err := scimPeople.find(s, r)
	if err != nil {
		return scimReply{}, err
	}
	return scimReply{status: http.StatusNoContent}, s.Auth.RemovePerson(r.Context(), r.scope, u.ID)
}
