package server

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// gatewayRoutes are the pages of the gateway beside the live one and those of models and limits.
func gatewayRoutes() []route {
	return []route{
		{"GET", "/gateway/drift", "How the replicas of a model compare, and two answers side by side", page(driftPage).asLight().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/drift/compare", "Ask all replicas of a model the same questions from the page", page(compareForm).asAnswer().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/drift/back", "Let a replica serve again from the page", page(driftBackForm).needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/live/engine", "Start, stop or restart an engine from the page", page(engineForm).needs(scope.Operate)},
		{"GET", "/gateway/caches", "What the levels of the cache hold and did", page(cachesPage).asLight().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/caches", "Forget answers from the page", page(purgeForm).needs(scope.Own, scope.Operate)},
		{"GET", "/gateway/splits", "Which versions of assistants and models are in use, each by which share", page(splitsPage).asLight().needs(scope.Edit, scope.Operate)},
		{"POST", "/gateway/splits/assistants/{name}", "Move the shares of an assistant's versions from the page", page(splitAssistantForm).needs(scope.Edit)},
		{"POST", "/gateway/splits/models/{name}", "Move the shares of a model's versions from the page", page(splitModelForm).needs(scope.Own, scope.Operate)},
		{"GET", "/gateway/usage", "What was used of models by plain requests", page(usagePage).asLight().needs(scope.Own, scope.Operate)},
	}
}

// driftPage shows how the replicas of a model compare.
func driftPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showDrift(w, r, http.StatusOK, web.DriftPage{Done: did(r, "back")}, nil)
}

// showDrift shows a model's replicas: as they were just compared, else as they stand.
func (s *Server) showDrift(w http.ResponseWriter, r *request, status int, p web.DriftPage, compared []gateway.Comparison) (err error) {
	name := modelOf(r)
	if p.Frame, err = s.framed(r, "/gateway/drift?"+url.Values{"model": {name}}.Encode()); err != nil {
		return err
	}
	p.Model, p.Asked, p.Reads = name, compared != nil, r.scope.May(scope.Review)
	for _, c := range compared {
		v := driftView(c.Drifting)
		for _, asked := range c.Probes {
			q := web.DriftProbe{Asked: asked.Asked}
			for _, x := range asked.Replies {
				q.Replies = append(q.Replies, web.DriftReply{Replica: x.Replica, Text: x.Text, Failed: x.Failed, Why: x.Why, Differs: x.Differs})
			}
			v.Probes = append(v.Probes, q)
		}
		p.Versions = append(p.Versions, v)
	}
	if compared == nil {
		for _, d := range s.Gateway.Drift(r.scope) {
			if d.Model == name {
				p.Versions = append(p.Versions, driftView(d))
			}
		}
	}
	if len(p.Versions) == 0 && p.Problem == nil {
		return gateway.Unknown(name)
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Drift(b, p) })
}

// modelOf is the model that an address names, without the version that the live page puts behind it.
func modelOf(r *request) string {
	name, _, _ := strings.Cut(r.URL.Query().Get("model"), " ")
	return shortened(name, maxModelName)
}

// maxModelName bounds the name of a model in an address, in bytes.
const maxModelName = 512

func driftView(d gateway.Drifting) web.DriftVersion {
	v := web.DriftVersion{Hash: d.Hash}
	for _, x := range d.Replicas {
		f := x.Fingerprint
		row := web.DriftReplica{Name: x.ID, State: string(x.State), Build: strings.TrimSpace(f.Engine + " " + f.Build), Print: x.Hash, Quantisation: f.Quantisation, Remote: f.Model,
			Compared: x.Compared, Different: x.Different, Undecided: x.Undecided, Since: x.Since, Back: x.State != "good"}
		if x.Most > 0 {
			row.Score = x.Score / x.Most
		}
		for line := range strings.Lines(x.Why) {
			row.Why = append(row.Why, strings.TrimSuffix(line, "\n"))
		}
		for _, one := range x.Differs {
			row.Differs = append(row.Differs, one.String())
		}
		v.Replicas = append(v.Replicas, row)
	}
	for _, c := range d.Cases {
		v.Cases = append(v.Cases, web.DriftCase{At: c.At, Replica: c.Replica, Other: c.Other, Decided: c.Decided, Why: c.Why, Asked: c.Asked, Text: c.Text, Against: c.Against})
	}
	slices.SortFunc(v.Cases, func(a, b web.DriftCase) int { return cmp.Compare(b.At, a.At) })
	return v
}

// compareForm asks all replicas the house's questions, and shows what they said.
func compareForm(s *Server, w http.ResponseWriter, r *request) error {
	all, err := s.Gateway.Compare(r.Context(), r.scope, modelOf(r))
	if err != nil {
		return s.driftProblem(w, r, err)
	}
	return s.showDrift(w, r, http.StatusOK, web.DriftPage{}, all)
}

// driftBackForm lets a replica serve again.
func driftBackForm(s *Server, w http.ResponseWriter, r *request) error {
	name := modelOf(r)
	if err := s.Gateway.PutBack(r.Context(), r.scope, name, r.URL.Query().Get("replica")); err != nil {
		return s.driftProblem(w, r, err)
	}
	return seeOther(w, r, "/gateway/drift?"+url.Values{"model": {name}, "did": {"back"}}.Encode())
}

// driftProblem is the page under what went wrong.
func (s *Server) driftProblem(w http.ResponseWriter, r *request, why error) error {
	if wenyuan.CodeOf(why) == wenyuan.Denied {
		return why
	}
	view, status, err := s.told(w, r, why)
	if err != nil {
		return err
	}
	return s.showDrift(w, r, status, web.DriftPage{Problem: view}, nil)
}

// engineForm has an engine started, stopped or restarted from the live page.
func engineForm(s *Server, w http.ResponseWriter, r *request) error {
	model := r.URL.Query().Get("model")
	if _, err := s.Gateway.Engine(r.Context(), r.scope, model, r.PostFormValue("action")); err != nil {
		return err
	}
	return seeOther(w, r, "/gateway/live?"+url.Values{"model": {model}, "did": {"engine"}}.Encode())
}
