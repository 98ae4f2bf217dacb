package server

import (
	"context"
	"net/http"

	"wenyuan/auth"
	"wenyuan/internal/scope"
)

// A scimKind is one kind of resource: where it is kept, what a filter sees of it, and its form.
type scimKind[T any] struct {
	path  string // in addresses
	list  func(d *auth.Directory, ctx context.Context, sc scope.Scope, keep func(T) bool, skip, count int) ([]T, int, error)
	id    func(T) string
	facts func(T) facts
	form  func(*Server, *request, T) map[string]any
}

var (
	scimPeople = scimKind[auth.ScimUser]{"Users", (*auth.Directory).ScimUsers, func(u auth.ScimUser) string { return u.ID }, userFacts, (*Server).userOf}
	scimTeams  = scimKind[auth.ScimGroup]{"Groups", (*auth.Directory).ScimGroups, func(g auth.ScimGroup) string { return g.ID }, groupFacts, (*Server).groupOf}
)

// page lists those that the request's filter keeps.
func (k scimKind[T]) page(s *Server, r *request) (scimReply, error) {
	keep, err := scimFilter(r.URL.Query().Get("filter"))
	if err != nil {
		return scimReply{}, err
	}
	skip, count, err := scimBounds(r)
	if err != nil {
		return scimReply{}, err
	}
	list, total, err := k.list(s.Auth, r.Context(), r.scope, func(x T) bool { return keep(k.facts(x)) }, skip, count)
	var page []any
	for _, x := range list {
		page = append(page, k.form(s, r, x))
	}
	return scimList(skip, total, page), err
}

// find is the one that the path names.
func (k scimKind[T]) find(s *Server, r *request) (T, error) { return k.withID(s, r, r.PathValue("id")) }

func (k scimKind[T]) withID(s *Server, r *request, id string) (x T, err error) {
	list, _, err := k.list(s.Auth, r.Context(), r.scope, func(x T) bool { return k.id(x) == id }, 0, 1)
	switch {
	case err != nil:
		return x, err
	case len(list) == 0:
		return x, scimNone(id)
	}
	return list[0], nil
}

// one shows the one that the path names.
func (k scimKind[T]) one(s *Server, r *request) (scimReply, error) {
	return k.show(s, r, r.PathValue("id"), http.StatusOK)
}

// show gives back a resource as it is now.
func (k scimKind[T]) show(s *Server, r *request, id string, status int) (scimReply, error) {
	x, err := k.withID(s, r, id)
	if err != nil {
		return scimReply{}, err
	}
	out := scimReply{status: status, body: k.form(s, r, x)}
	if status == http.StatusCreated {
		out.at = s.scimAt(r, k.path, id)
	}
	return out, nil
}
