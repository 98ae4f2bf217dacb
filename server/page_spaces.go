package server

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

func spacesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showSpaces(w, r, http.StatusOK, web.SpacesPage{Done: did(r, "added"), Whom: r.URL.Query().Get("whom")})
}

func (s *Server) showSpaces(w http.ResponseWriter, r *request, status int, p web.SpacesPage) (err error) {
	if p.Frame, err = s.framed(r, "/access/spaces"); err != nil {
		return err
	}
	p.Operates = r.scope.May(scope.Operate)
	list, err := s.Auth.Spaces(r.Context(), r.identity)
	if err != nil {
		return err
	}
	for _, x := range list {
		row := spaceRow(r, x)
		if row.Yours {
			sc, err := s.in(r.Context(), r, x.Name)
			if err != nil {
				return err
			}
			members, err := s.Auth.Members(r.Context(), sc)
			if err != nil {
				return err
			}
			row.Members = len(members)
		}
		p.Spaces = append(p.Spaces, row)
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Spaces(b, p) })
}

func spaceRow(r *request, x auth.Space) web.Space {
	record := x.Settings.Record
	if record == "" {
		record = auth.RecordAll
	}
	return web.Space{Name: x.Name, Record: record, Retention: x.Settings.RetentionDays, Gated: x.Settings.Gate == auth.GateRequired, Here: x.ID == r.scope.Space(), Yours: rightNamed(x.Rights, "own")}
}

func addSpaceForm(s *Server, w http.ResponseWriter, r *request) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	x, err := s.Auth.AddSpace(r.Context(), r.scope, name)
	if err == nil {
		return seeOther(w, r, done("/access/spaces", "added", x.Name))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showSpaces(w, r, status, web.SpacesPage{Name: name, Problem: view})
}

func spacePage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showSpace(w, r, http.StatusOK, web.SpacePage{Done: did(r, "saved", "given", "shared", "unshared")})
}

func (s *Server) showSpace(w http.ResponseWriter, r *request, status int, p web.SpacePage) error {
	x, err := s.Auth.FindSpace(r.Context(), r.scope)
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, spaceAddress(x.Name)); err != nil {
		return err
	}
	p.Space = spaceRow(r, x)
	members, err := s.Auth.Members(r.Context(), r.scope)
	if err != nil {
		return err
	}
	for _, m := range members {
		p.Members = append(p.Members, web.SpaceMember{Reader: web.ReaderOf(m.Subject), Roles: m.Roles})
	}
	p.Space.Members = len(members)
	if err := s.spaceShares(r, &p); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Space(b, p) })
}

func spaceAddress(name string) string { return "/access/spaces/" + url.PathEscape(name) }

// spaceShares fills in the assistants that are shared, and those that can be.
func (s *Server) spaceShares(r *request, p *web.SpacePage) error {
	shares, err := s.Auth.Shares(r.Context(), r.scope, "")
	if err != nil {
		return err
	}
	for _, x := range shares {
		p.Shares = append(p.Shares, web.Share{Assistant: x.Assistant, With: web.ReaderOf(x.Subject)})
	}
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	for _, a := range list {
		p.Assistants = append(p.Assistants, a.Name)
	}
	return err
}

// spaceForm does something with a space and comes back to its page.
func (s *Server) spaceForm(w http.ResponseWriter, r *request, what string, do func(url.Values) error) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	err := do(r.PostForm)
	if err == nil {
		return seeOther(w, r, done(spaceAddress(r.PathValue("space")), what, ""))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showSpace(w, r, status, web.SpacePage{Problem: view, Typed: r.PostForm.Get("member")})
}

// rolesForm saves the roles that differ from those that hold. Owners are made before others
// lose the role, so that a change of hands leaves nobody out.
func rolesForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.spaceForm(w, r, "given", func(f url.Values) error {
		members, err := s.Auth.Members(r.Context(), r.scope)
		if err != nil {
			return err
		}
		var later []func() error
		for _, m := range members {
			role := f.Get("role " + m.Subject)
			if !slices.Contains(f["member"], m.Subject) || role == "" || len(m.Roles) == 1 && m.Roles[0] == role {
				continue
			}
			change := func() error { return s.Auth.SetRole(r.Context(), r.scope, m.Subject, role) }
			if role == "none" {
				change = func() error { return s.Auth.DropRole(r.Context(), r.scope, m.Subject) }
			}
			if role != auth.Owner {
				later = append(later, change)
			} else if err := change(); err != nil {
				return err
			}
		}
		for _, change := range later {
			if err := change(); err != nil {
				return err
			}
		}
		return nil
	})
}

func addMemberForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.spaceForm(w, r, "given", func(f url.Values) error {
		return s.Auth.SetRole(r.Context(), r.scope, subject(f), f.Get("role"))
	})
}

// policyForm says what is recorded, and for how long.
func policyForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.spaceForm(w, r, "saved", func(f url.Values) error {
		record, days := f.Get("record"), 0
		if err := limitsOf(f.Get, map[string]*int{"retention": &days}); err != nil {
			return err
		}
		change := auth.SpaceChange{Record: &record, RetentionDays: &days}
		if f.Has("gated") {
			gate := f.Get("gated")
			change.Gate = &gate
		}
		_, err := s.Auth.ChangeSpace(r.Context(), r.scope, change)
		return err
	})
}

func shareForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.spaceForm(w, r, "shared", func(f url.Values) error {
		if _, err := s.Answerer.Assistant(r.Context(), r.scope, f.Get("assistant")); err != nil {
			return err
		}
		return s.Auth.ShareAssistant(r.Context(), r.scope, f.Get("assistant"), []string{subject(f)})
	})
}

// errNobodyNamed keeps a form that names nobody from ending the sharing with everybody.
var errNobodyNamed = &wenyuan.Error{Code: wenyuan.Invalid, Message: "the form names nobody", Hint: "say with whom it is shared no longer", Err: errors.New("no subject")}

func unshareForm(s *Server, w http.ResponseWriter, r *request) error {
	return s.spaceForm(w, r, "unshared", func(f url.Values) error {
		if f.Get("member") == "" {
			return errNobodyNamed
		}
		return s.Auth.Unshare(r.Context(), r.scope, f.Get("assistant"), subject(f))
	})
}
