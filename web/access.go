package web

import (
	"io"
	"net/url"
	"slices"
	"strings"
)

// People writes the list of people.
func (r *Renderer) People(w io.Writer, p PeoplePage) error {
	return r.page(w, "access_people", layout{p.Frame, AccessPlace, must(lang(p.Frame), "people"), p})
}

// Person writes one person with their roles, groups and keys.
func (r *Renderer) Person(w io.Writer, p PersonPage) error {
	return r.page(w, "access_person", layout{p.Frame, AccessPlace, p.Person.Name, p})
}

// Groups writes the list of groups.
func (r *Renderer) Groups(w io.Writer, p GroupsPage) error {
	return r.page(w, "access_groups", layout{p.Frame, AccessPlace, must(lang(p.Frame), "groups"), p})
}

// Group writes one group with its members.
func (r *Renderer) Group(w io.Writer, p GroupPage) error {
	return r.page(w, "access_group", layout{p.Frame, AccessPlace, p.Group.Name, p})
}

// Spaces writes the list of spaces.
func (r *Renderer) Spaces(w io.Writer, p SpacesPage) error {
	return r.page(w, "access_spaces", layout{p.Frame, AccessPlace, must(lang(p.Frame), "spaces"), p})
}

// Space writes one space with who is in it, what is recorded, and what is shared.
func (r *Renderer) Space(w io.Writer, p SpacePage) error {
	return r.page(w, "access_space", layout{p.Frame, AccessPlace, p.Space.Name, p})
}

// Keys writes the list of keys.
func (r *Renderer) Keys(w io.Writer, p KeysPage) error {
	return r.page(w, "access_keys", layout{p.Frame, AccessPlace, must(lang(p.Frame), "access.keys"), p})
}

// Why writes why somebody may, or may not, read a document.
func (r *Renderer) Why(w io.Writer, p WhyPage) error {
	return r.page(w, "access_why", layout{p.Frame, AccessPlace, must(lang(p.Frame), "access.why"), p})
}

// An accessTabs is what the tabs of Access need to know.
type accessTabs struct {
	Here string
	All  bool // people, groups and spaces too
}

// AccessTabs are the tabs of Access that this person can use.
func (f Frame) AccessTabs(here string) accessTabs { return accessTabs{here, f.Shows(AccessPlace)} }

// Link is the address of the same list after a person.
func (p PeoplePage) Link(after string) string {
	q := url.Values{}
	if p.Query != "" {
		q.Set("q", p.Query)
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/access/people"
	}
	return "/access/people?" + q.Encode()
}

// Chosen is the role that is offered for a new person.
func (p PeoplePage) Chosen() string {
	if p.Problem == nil {
		return "asker"
	}
	return p.Role
}

// roles are those that one can have in a space, from little to much.
var roles = []string{"viewer", "asker", "editor", "reviewer", "owner"}

// EachRole are the roles to choose from.
func (f Frame) EachRole() []string { return roles }

// EachRecord are the policies to choose from.
func (p SpacePage) EachRecord() []string { return []string{"all", "metadata", "none"} }

// With is the address of the same question with a person or a document chosen.
func (p WhyPage) With(person, document string) string {
	q := url.Values{"person": {p.Person}, "document": {p.Document}}
	if p.Who != nil {
		q.Set("person", p.Who.ID)
	}
	if p.What != nil {
		q.Set("document", p.What.ID)
	}
	if person != "" {
		q.Set("person", person)
	}
	if document != "" {
		q.Set("document", document)
	}
	return "/access/why?" + q.Encode()
}

// Strongest is the role that lets a member do most; "" for none.
func (m SpaceMember) Strongest() string {
	for _, r := range slices.Backward(roles) {
		if slices.Contains(m.Roles, r) {
			return r
		}
	}
	return ""
}

// ReaderOf reads one reader as rules name it: person:NAME, group:NAME, service:NAME, space, public.
func ReaderOf(rule string) Reader {
	kind, name, _ := strings.Cut(rule, ":")
	return Reader{kind, name}
}
