package server

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// playgroundPage shows the form, and what a policy does with a text where one was given. An address
// may bring an example along; what people write is posted, so that it stands in no address.
func playgroundPage(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := web.PlaygroundPage{Text: held(r.Form, "text"), Question: strings.TrimSpace(held(r.Form, "question")), Place: oneOf(r.Form.Get("place"), placeNames()...), Places: placeNames(), Reviews: r.scope.May(scope.Review)}
	if p.Place == "" {
		p.Place = string(guard.Input)
	}
	status, err := http.StatusOK, error(nil)
	if p.Frame, err = s.framed(r, "/guards/playground"); err != nil {
		return err
	}
	name, hash, _ := strings.Cut(r.Form.Get("policy"), "@")
	if p.Policies, err = s.policyChoices(r, name, hash); err != nil {
		return err
	}
	if p.Text != "" {
		p.Tried, p.Problem, status, err = s.tryText(w, r, guardTryRequest{Text: p.Text, Place: guard.Place(p.Place), Name: name, Version: hash, Question: p.Question})
		if err != nil {
			return err
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Playground(b, p) })
}

// tryText is tryGuard for a page.
func (s *Server) tryText(w http.ResponseWriter, r *request, in guardTryRequest) (*web.Tried, *web.Problem, int, error) {
	d, err := tryGuard(s, r, in)
	if err != nil {
		view, status, err := s.told(w, r, err)
		return nil, view, status, err
	}
	p, err := s.guardPolicyOf(r, in.Policy, in.Name, in.Version)
	return tried(in.Text, d.Decision, p), nil, http.StatusOK, err
}

func placeNames() (all []string) {
	for _, p := range guard.Places() {
		all = append(all, string(p))
	}
	return all
}

// policyChoices are the policies to choose from: what holds under each name, and the drafts that do not.
func (s *Server) policyChoices(r *request, name, hash string) ([]web.Option, error) {
	list, err := s.Guards.Policies(r.Context(), r.scope)
	var out []web.Option
	for _, l := range list {
		if l.Holds != "" || l.Policy.Name == guard.DefaultName {
			out = append(out, web.Option{Value: l.Policy.Name, Chosen: hash == "" && name == l.Policy.Name})
		}
		if l.Draft != "" && l.Draft != l.Holds {
			out = append(out, web.Option{Value: l.Policy.Name + "@" + l.Draft, Word: "policy.draft", Chosen: hash == l.Draft})
		}
	}
	if hash != "" && !slices.ContainsFunc(out, func(o web.Option) bool { return o.Chosen }) {
		out = append(out, web.Option{Value: name + "@" + hash, Chosen: true})
	}
	return out, err
}
