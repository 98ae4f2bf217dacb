package server

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// A nest is all groups by their folded name, to find what is in what.
type nest map[string]auth.Group

func nested(all []auth.Group) nest {
	n := nest{}
	for _, g := range all {
		n[auth.Fold(g.Name)] = g
	}
	return n
}

// people counts everybody in a group, through the groups in it too.
func (n nest) people(g auth.Group) int {
	found := map[string]bool{}
	n.walk(g, map[string]bool{}, func(member string) { found[auth.Fold(member)] = true })
	return len(found)
}

func (n nest) walk(g auth.Group, been map[string]bool, each func(member string)) {
	if been[g.ID] {
		return
	}
	been[g.ID] = true
	for _, m := range g.Members {
		if name, ok := strings.CutPrefix(m, "group:"); ok {
			n.walk(n[auth.Fold(name)], been, each)
			continue
		}
		each(m)
	}
}

// holding are the groups that hold a member directly.
func holding(all []auth.Group, member string) (names []string) {
	for _, g := range all {
		if slices.ContainsFunc(g.Members, func(m string) bool { return auth.Fold(m) == auth.Fold(member) }) {
			names = append(names, g.Name)
		}
	}
	return names
}

// memberships are groups with those that they are in, the nearest first.
func memberships(all []auth.Group, direct []string) (out []web.Membership) {
	been := map[string]bool{}
	for _, name := range direct {
		been[name] = true
		out = append(out, web.Membership{Name: name})
	}
	for i := 0; i < len(out); i++ {
		for _, name := range holding(all, "group:"+out[i].Name) {
			if !been[name] {
				been[name] = true
				out = append(out, web.Membership{Name: name, Through: out[i].Name})
			}
		}
	}
	return out
}

func groupsPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showGroups(w, r, http.StatusOK, web.GroupsPage{Done: did(r, "added", "removed"), Whom: r.URL.Query().Get("whom")})
}

func (s *Server) showGroups(w http.ResponseWriter, r *request, status int, p web.GroupsPage) (err error) {
	if p.Frame, err = s.framed(r, "/access/groups"); err != nil {
		return err
	}
	all, err := s.Auth.Groups(r.Context(), r.scope)
	if err != nil {
		return err
	}
	p.Operates = r.scope.May(scope.Operate)
	n := nested(all)
	for _, g := range all {
		p.Groups = append(p.Groups, n.row(g))
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Groups(b, p) })
}

func (n nest) row(g auth.Group) web.PeopleGroup {
	return web.PeopleGroup{ID: g.ID, Name: g.Name, Members: len(g.Members), People: n.people(g), External: g.External != ""}
}

func addGroupForm(s *Server, w http.ResponseWriter, r *request) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	g, err := s.Auth.AddGroup(r.Context(), r.scope, name, nil)
	if err == nil {
		return seeOther(w, r, done("/access/groups", "added", g.Name))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showGroups(w, r, status, web.GroupsPage{Name: name, Problem: view})
}

func groupPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showGroup(w, r, http.StatusOK, web.GroupPage{Done: did(r, "joined", "left")})
}

func (s *Server) showGroup(w http.ResponseWriter, r *request, status int, p web.GroupPage) error {
	g, err := s.Auth.FindGroup(r.Context(), r.scope, r.PathValue("group"))
	if err != nil {
		return err
	}
	all, err := s.Auth.Groups(r.Context(), r.scope)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, groupAddress(g.ID)); err != nil {
		return err
	}
	n := nested(all)
	p.Group, p.Operates = n.row(g), r.scope.May(scope.Operate)
	p.Members = n.tree(g, 0, map[string]bool{})
	p.In = memberships(all, holding(all, "group:"+g.Name))
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Group(b, p) })
}

func groupAddress(id string) string { return "/access/groups/" + url.PathEscape(id) }

// tree are the members of a group, below each group in it its own. One that stands further up is
// not opened again.
func (n nest) tree(g auth.Group, depth int, been map[string]bool) (out []web.Member) {
	been[g.ID] = true
	for _, m := range g.Members {
		kind, name, _ := strings.Cut(m, ":")
		row := web.Member{Kind: kind, Name: name, Depth: depth, Source: "hand"}
		inner, isGroup := n[auth.Fold(name)]
		if kind != "group" || !isGroup {
			out = append(out, row)
			continue
		}
		row.People = n.people(inner)
		out = append(out, row)
		if !been[inner.ID] {
			out = append(out, n.tree(inner, depth+1, been)...)
		}
	}
	return out
}

// groupProblem is the page of a group with why something could not be done.
func (s *Server) groupProblem(w http.ResponseWriter, r *request, why error) error {
	view, status, err := s.told(w, r, why)
	if err != nil {
		return err
	}
	return s.showGroup(w, r, status, web.GroupPage{Problem: view, Typed: r.PostForm.Get("member")})
}

func joinForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.regroup(w, r, "joined", func(group string, members []string) error {
		_, err := s.Auth.AddMembers(r.Context(), r.scope, group, members)
		return err
	})
}

func leaveForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.regroup(w, r, "left", func(group string, members []string) error {
		_, err := s.Auth.RemoveMembers(r.Context(), r.scope, group, members)
		return err
	})
}

// regroup changes who is in a group.
func (s *Server) regroup(w http.ResponseWriter, r *request, what string, change func(group string, members []string) error) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := change(r.PathValue("group"), []string{subject(r.PostForm)}); err != nil {
		return s.groupProblem(w, r, err)
	}
	return seeOther(w, r, done(groupAddress(r.PathValue("group")), what, ""))
}

// removeGroupForm removes a group whose name was typed.
func removeGroupForm(s *Server, w http.ResponseWriter, r *request) error {
	g, err := s.Auth.FindGroup(r.Context(), r.scope, r.PathValue("group"))
	if err != nil {
		return err
	}
	if auth.Fold(strings.TrimSpace(r.PostFormValue("name"))) != auth.Fold(g.Name) {
		return s.groupProblem(w, r, errOtherName)
	}
	if err := s.Auth.RemoveGroup(r.Context(), r.scope, g.ID); err != nil {
		return s.groupProblem(w, r, err)
	}
	return seeOther(w, r, done("/access/groups", "removed", g.Name))
}
