package server

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

func policiesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showPolicies(w, r, http.StatusOK, web.PoliciesPage{Done: did(r, "unreleased")})
}

func (s *Server) showPolicies(w http.ResponseWriter, r *request, status int, p web.PoliciesPage) (err error) {
	if p.Frame, err = s.framed(r, "/guards/policies"); err != nil {
		return err
	}
	list, err := s.Guards.Policies(r.Context(), r.scope)
	if err != nil {
		return err
	}
	p.Owns = r.scope.May(scope.Own)
	for _, l := range list {
		row, err := s.policyRow(r, l)
		if err != nil {
			return err
		}
		p.Policies = append(p.Policies, row)
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Policies(b, p) })
}

// policyRow is a policy with the assistants that name it.
func (s *Server) policyRow(r *request, l guard.Listed) (web.PolicyRow, error) {
	row := web.PolicyRow{Name: l.Policy.Name, Title: l.Policy.Title, BuiltIn: l.BuiltIn, Holds: l.Holds, Draft: l.Draft, Moved: l.Moved, Checks: len(l.Policy.Checks), Sets: len(l.Policy.Rules)}
	if row.Holds == "" && row.Name == guard.DefaultName { // a draft of it may be there
		g, err := s.Guards.For(r.Context(), r.scope.Space(), row.Name)
		if err != nil {
			return row, err
		}
		row.BuiltIn, row.Holds = true, g.Version().Hash
	}
	all, err := s.Answerer.Assistants(r.Context(), r.scope)
	for _, as := range all {
		if as.Guard == row.Name {
			row.Assistants = append(row.Assistants, as.Name)
		}
	}
	return row, err
}

// newPolicyForm makes a draft that says what the built-in policy says.
func newPolicyForm(s *Server, w http.ResponseWriter, r *request) error {
	p := guard.BuiltIn()
	p.Name, p.Title = strings.TrimSpace(r.PostFormValue("name")), ""
	_, err := s.Guards.Policy(r.Context(), r.scope, p.Name, "")
	if err == nil {
		return seeOther(w, r, policyAddress(p.Name))
	}
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		_, err = s.Guards.Save(r.Context(), r.scope, p)
	}
	if err == nil {
		return seeOther(w, r, policyAddress(p.Name))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showPolicies(w, r, status, web.PoliciesPage{Problem: view, Name: p.Name})
}

func policyAddress(name string) string { return "/guards/policies/" + url.PathEscape(name) }

// A guardDesk is what one policy is edited with: its newest version, and what holds now.
type guardDesk struct {
	s      *Server
	space  string
	newest guard.Listed
	draft  guard.Policy
	live   *guard.Policy // nil where nothing holds
	hash   string        // of live
}

func (s *Server) guardDesk(r *request, name string) (*guardDesk, error) {
	l, err := s.Guards.Policy(r.Context(), r.scope, name, "")
	if err != nil {
		return nil, err
	}
	k := &guardDesk{s: s, space: r.scope.Space(), newest: l, draft: l.Policy}
	g, err := s.Guards.For(r.Context(), r.scope.Space(), name)
	switch {
	case err == nil:
		p := g.Policy()
		k.live, k.hash = &p, g.Version().Hash
	case wenyuan.CodeOf(err) != wenyuan.NotFound:
		return nil, err
	}
	return k, nil
}

func policyPage(s *Server, w http.ResponseWriter, r *request) error {
	k, err := s.guardDesk(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := web.PolicyPage{Done: did(r, "released"), Same: q.Get("same") != ""}
	if q.Get("saved") == k.newest.Hash {
		p.Saved = k.newest.Hash
	}
	return s.showPolicy(w, r, http.StatusOK, k, p, nil)
}

// showPolicy shows a draft beside what holds. form are the controls as they were sent.
func (s *Server) showPolicy(w http.ResponseWriter, r *request, status int, k *guardDesk, p web.PolicyPage, form url.Values) (err error) {
	if p.Frame, err = s.framed(r, policyAddress(k.newest.Policy.Name)); err != nil {
		return err
	}
	if p.Policy, err = s.policyRow(r, k.newest); err != nil {
		return err
	}
	if p.Policy.Holds == "" {
		p.Policy.Holds = k.hash
	}
	p.Base, p.Live, p.Owns, p.Add = k.newest.Hash, k.hash, r.scope.May(scope.Own), guard.Checks()
	k.fill(r, &p, form)
	if p.Place == "" {
		p.Place = string(guard.Input)
	}
	if p.Faulty() > 0 {
		status = http.StatusBadRequest
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Policy(b, p) })
}

// guardPolicyForm compares a draft with what holds, tries it on a text, or saves it as a version.
func guardPolicyForm(s *Server, w http.ResponseWriter, r *request) error {
	k, err := s.guardDesk(r, r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	k.read(r.PostForm)
	p := web.PolicyPage{Stale: r.PostForm.Get("base") != k.newest.Hash, Try: held(r.PostForm, "try"), Place: oneOf(r.PostForm.Get("place"), placeNames()...)}
	do, arg, _ := strings.Cut(r.PostForm.Get("do"), ".")
	form := r.PostForm
	switch do {
	case "add":
		if t, ok := guard.TraitOf(r.PostForm.Get("add")); ok {
			k.draft.Checks = append(k.draft.Checks, guard.Check{Check: r.PostForm.Get("add"), Places: t.Places[:1], At: t.At, Action: guard.Flag})
		}
	case "drop":
		if n, err := strconv.Atoi(arg); err == nil && n >= 0 && n < len(k.draft.Checks) {
			k.draft.Checks = slices.Delete(slices.Clone(k.draft.Checks), n, n+1)
			form = nil // the controls behind it have other numbers now
		}
	case "try":
		return s.tryPolicy(w, r, k, p)
	case "save":
		if p.Stale || len(s.Guards.Validate(r.scope.Space(), k.draft)) > 0 {
			break
		}
		saved, err := saveGuardPolicy(s, r, guardPolicyBody{Name: k.draft.Name, Policy: k.draft})
		if err == nil {
			return seeOther(w, r, savedPolicy(policyAddress(k.draft.Name), k.newest.Hash, saved.Hash))
		}
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		p.Problem = view
		return s.showPolicy(w, r, status, k, p, form)
	}
	return s.showPolicy(w, r, http.StatusOK, k, p, form)
}

// savedPolicy is the page that says what a save did.
func savedPolicy(address, before, saved string) string {
	if before == saved {
		return address + "?same=1"
	}
	return address + "?saved=" + url.QueryEscape(saved)
}

// tryPolicy shows what the draft and what holds do with a text.
func (s *Server) tryPolicy(w http.ResponseWriter, r *request, k *guardDesk, p web.PolicyPage) error {
	status := http.StatusOK
	if p.Try != "" && len(s.Guards.Validate(r.scope.Space(), k.draft)) == 0 {
		var err error
		in := guardTryRequest{Text: p.Try, Place: guard.Place(p.Place), Policy: &k.draft}
		if p.Tried, p.Problem, status, err = s.tryText(w, r, in); err != nil {
			return err
		}
		if k.live != nil && p.Problem == nil {
			in.Policy = k.live
			if p.Held, p.Problem, status, err = s.tryText(w, r, in); err != nil {
				return err
			}
		}
	}
	return s.showPolicy(w, r, status, k, p, r.PostForm)
}

// releasePolicyForm puts a version in use, or shows which cases stand in its way.
func releasePolicyForm(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("name")
	in := guardReleaseRequest{Name: name, Version: r.PostFormValue("version"), Anyway: r.PostFormValue("anyway") != ""}
	out, err := releaseGuardPolicy(s, r, in)
	if err == nil && out.Released {
		return seeOther(w, r, done(policyAddress(name), "released", ""))
	}
	p, status := web.PolicyPage{}, http.StatusConflict
	if err != nil {
		if p.Problem, status, err = s.told(w, r, err); err != nil {
			return err
		}
	} else {
		p.Run = s.clerk(r).run(out.CaseRun)
	}
	k, err := s.guardDesk(r, name)
	if err != nil {
		return err
	}
	return s.showPolicy(w, r, status, k, p, nil)
}

func unreleasePolicyForm(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := unreleaseGuardPolicy(s, r, guardPolicyRequest{Name: r.PathValue("name")}); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showPolicies(w, r, status, web.PoliciesPage{Problem: view})
	}
	return seeOther(w, r, done("/guards/policies", "unreleased", ""))
}
