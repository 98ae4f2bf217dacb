package server

import (
	"context"
	"fmt"
	"time"

	"wenyuan"
	"wenyuan/eval"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/version"
)

func guardRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/api/guard/policies", "List the guard policies of the space", reply(guardPolicies).needs(reads...)},
		{"GET", "/api/guard/policies/{name}", "Show a guard policy: its newest version, or another one", reply(guardPolicy).needs(reads...)},
		{"PUT", "/api/guard/policies/{name}", "Save a guard policy as a new version; what holds stays as it is", reply(saveGuardPolicy).asLarge(maxPolicy).needs(scope.Own)},
		{"POST", "/api/guard/policies/{name}/release", "Put a version in use, once all cases pass with it", reply(releaseGuardPolicy).needs(scope.Own)},
		{"DELETE", "/api/guard/policies/{name}", "Take a guard policy out of use; its versions stay", reply(unreleaseGuardPolicy).needs(scope.Own)},
		{"POST", "/api/guard/try", "What a policy does with a text; nothing is kept", reply(tryGuard).asLarge(maxRows).needs(reads...)},
		{"POST", "/api/guard/test", "Measure a policy on labelled rows", reply(testGuard).asLarge(maxRows).needs(reads...)},
		{"POST", "/api/guard/scan", "Look through a corpus before it goes live: hidden text, injections, personal data, secrets and unsafe content; one JSON value a line, the last one the report", streamed[guardScanRequest, nothing](scanCorpus, jsonLines).asLong().needs(scope.Review, scope.Own)},
		{"GET", "/api/guard/incidents", "List what the guards met, newest first", reply(guardIncidents).needs(scope.Review)},
		{"GET", "/api/guard/incidents/{id}", "Show an incident with its evidence", reply(guardIncident).needs(scope.Review)},
		{"POST", "/api/guard/incidents/{id}/review", "Confirm an incident, dismiss it as a false alarm, or let it through this once", reply(reviewIncident).needs(scope.Review)},
		{"GET", "/api/guard/cases", "List the texts that a policy must allow or catch before it is released", reply(guardCases).needs(scope.Review)},
		{"POST", "/api/guard/cases", "Add a case", reply(addGuardCase).needs(scope.Review)},
		{"DELETE", "/api/guard/cases/{id}", "Remove a case", reply(removeGuardCase).needs(scope.Review)},
		{"POST", "/api/guard/cases/run", "Run a policy over all cases", reply(runGuardCases).asLarge(maxPolicy).needs(scope.Review)},
	}
}

// maxPolicy is how many bytes a policy may have on its way here: a version holds fewer, but JSON
// escapes may double them.
const maxPolicy = 2*version.MaxSize + 1<<20

type guardPolicyList struct {
	Policies []guard.Listed `json:"policies" doc:"the default one first, the others by name"`
}

func guardPolicies(s *Server, r *request, _ nothing) (guardPolicyList, error) {
	list, err := s.Guards.Policies(r.Context(), r.scope)
	return guardPolicyList{append([]guard.Listed{}, list...)}, err
}

type guardPolicyRequest struct {
	Name    string `path:"name"`
	Version string `query:"version" doc:"hash of a version; without it the newest one"`
	Holds   bool   `query:"holds" doc:"the version that holds, in the place of the newest one"`
}

func guardPolicy(s *Server, r *request, in guardPolicyRequest) (guard.Listed, error) {
	if in.Holds {
		g, err := s.Guards.For(r.Context(), r.scope.Space(), in.Name)
		if err != nil {
			return guard.Listed{}, err
		}
		in.Version = g.Version().Hash
	}
	return s.Guards.Policy(r.Context(), r.scope, in.Name, in.Version)
}

type guardPolicyBody struct {
	Name   string       `path:"name"`
	Policy guard.Policy `json:"policy"`
}

func saveGuardPolicy(s *Server, r *request, in guardPolicyBody) (guard.Listed, error) {
	if in.Policy.Name == "" {
		in.Policy.Name = in.Name
	}
	if in.Policy.Name != in.Name {
		return guard.Listed{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the policy says its name is %q, the address %q", in.Policy.Name, in.Name), Hint: "give both the same name"}
	}
	return s.Guards.Save(r.Context(), r.scope, in.Policy)
}

type guardReleaseRequest struct {
	Name    string `path:"name"`
	Version string `json:"version,omitempty" doc:"hash; without it the newest one"`
	Anyway  bool   `json:"anyway,omitempty" doc:"also where cases fail"`
}

// A guardRelease is what a release came to: what the cases said, whether it was put in use or not.
type guardRelease struct {
	Released bool `json:"released"`
	guard.CaseRun
}

func releaseGuardPolicy(s *Server, r *request, in guardReleaseRequest) (guardRelease, error) {
	run, err := s.Guards.Release(r.Context(), r.scope, in.Name, in.Version, in.Anyway)
	if wenyuan.CodeOf(err) == wenyuan.Conflict && run.Failed > 0 {
		return guardRelease{false, run}, nil // what stood in the way is the answer
	}
	return guardRelease{err == nil, run}, err
}

func unreleaseGuardPolicy(s *Server, r *request, in guardPolicyRequest) (nothing, error) {
	return nothing{}, s.Guards.Unrelease(r.Context(), r.scope, in.Name)
}

type guardTryRequest struct {
	Text     string        `json:"text"`
	Place    guard.Place   `json:"place,omitempty" enum:"input,retrieved,tool,output,log,data" default:"input"`
	Name     string        `json:"name,omitempty" doc:"of a policy; without it the space's own"`
	Version  string        `json:"version,omitempty" doc:"hash of a version of it; without it the one that holds"`
	Policy   *guard.Policy `json:"policy,omitempty" doc:"one that is not saved, in the place of a name"`
	Question string        `json:"question,omitempty" doc:"for which a passage was retrieved"`
}

// A guardTried is a decision with the text as it would go on.
type guardTried struct {
	guard.Decision
	Text string `json:"text"`
}

func tryGuard(s *Server, r *request, in guardTryRequest) (guardTried, error) {
	if in.Text == "" {
		return guardTried{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no text to look at", Hint: "give one as text"}
	}
	p, err := s.guardPolicyOf(r, in.Policy, in.Name, in.Version)
	if err != nil {
		return guardTried{}, err
	}
	place := in.Place
	if place == "" {
		place = guard.Input
	}
	d, err := s.Guards.Try(r.Context(), r.scope, p, place, in.Text, guard.About{Question: in.Question, Principal: r.who.ID, Dry: true})
	return guardTried{d, d.Text}, err
}

// guardPolicyOf finds the policy that a request is about: one that it brings along, a version of
// a name, or what holds under it.
func (s *Server) guardPolicyOf(r *request, given *guard.Policy, name, version string) (guard.Policy, error) {
	if given != nil {
		return *given, nil
	}
	if version != "" {
		l, err := s.Guards.Policy(r.Context(), r.scope, name, version)
		return l.Policy, err
	}
	g, err := s.Guards.For(r.Context(), r.scope.Space(), name)
	if err != nil {
		return guard.Policy{}, err
	}
	return g.Policy(), nil
}

type guardTestRequest struct {
	Name    string          `json:"name,omitempty" doc:"of a policy; without it the space's own"`
	Version string          `json:"version,omitempty" doc:"hash of a version of it; without it the one that holds"`
	Policy  *guard.Policy   `json:"policy,omitempty" doc:"one that is not saved, in the place of a name"`
	Check   string          `json:"check,omitempty" enum:"injection,content" doc:"only these checks; without it the whole policy"`
	Rows    []eval.GuardRow `json:"rows"`
}

// Bounds on one measurement.
const (
	maxGuardRows = 50_000
	longestTest  = 5 * time.Minute
)

func testGuard(s *Server, r *request, in guardTestRequest) (eval.GuardReport, error) {
	if n := len(in.Rows); n == 0 || n > maxGuardRows {
		return eval.GuardReport{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a test has 1 to %d rows, this one has %d", maxGuardRows, n), Hint: "send some of them"}
	}
	p, err := s.guardPolicyOf(r, in.Policy, in.Name, in.Version)
	if err != nil {
		return eval.GuardReport{}, err
	}
	g, err := s.Guards.With(r.Context(), r.scope.Space(), eval.OnlyCheck(p, in.Check))
	if err != nil {
		return eval.GuardReport{}, err
	}
	ctx, stop := context.WithTimeoutCause(r.Context(), longestTest, &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the rows were not done within %s", longestTest),
		Hint: "send fewer rows at once, or give checks that ask a model a shorter timeout_ms"})
	defer stop()
	rep, err := eval.Guard(ctx, eval.LookBy(g), in.Rows, nil)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	rep.Policy, rep.Version, rep.Check = p.Name, in.Version, in.Check
	return rep, err
}

type incidentQuery struct {
	State  guard.State `query:"state" enum:"open,waiting,confirmed,dismissed,released"`
	Place  guard.Place `query:"place" enum:"input,retrieved,tool,output,log,data"`
	Check  string      `query:"check" doc:"of the policy: injection, content, pii ..."`
	Query  string      `query:"q" doc:"words of the text, the source or the findings"`
	Before string      `query:"before" doc:"only incidents before this one: next of the page before"`
	Limit  int         `query:"limit" doc:"up to 200" default:"50"`
}

func guardIncidents(s *Server, r *request, in incidentQuery) (guard.IncidentPage, error) {
	page, err := s.Guards.Incidents(r.Context(), r.scope, r.who, guard.IncidentFilter{State: in.State, Place: in.Place, Check: in.Check, Query: in.Query, Before: in.Before, Limit: in.Limit})
	page.Incidents = append([]guard.Incident{}, page.Incidents...)
	return page, err
}

func guardIncident(s *Server, r *request, in idRequest) (guard.Incident, error) {
	return s.Guards.Incident(r.Context(), r.scope, r.who, in.ID)
}

type reviewRequest struct {
	ID      string        `path:"id"`
	Verdict guard.Verdict `json:"verdict" enum:"confirm,dismiss,release"`
	Note    string        `json:"note,omitempty" doc:"up to 2,000 characters"`
}

func reviewIncident(s *Server, r *request, in reviewRequest) (guard.Incident, error) {
	return s.Guards.Review(r.Context(), r.scope, r.who, in.ID, in.Verdict, in.Note)
}

type guardCaseList struct {
	Cases []guard.Case `json:"cases" doc:"newest first"`
}

func guardCases(s *Server, r *request, _ nothing) (guardCaseList, error) {
	list, err := s.Guards.Cases(r.Context(), r.scope)
	return guardCaseList{append([]guard.Case{}, list...)}, err
}

type guardCaseRequest struct {
	Place    guard.Place `json:"place,omitempty" enum:"input,retrieved,tool,output" default:"input"`
	Text     string      `json:"text"`
	Question string      `json:"question,omitempty" doc:"for which a passage was retrieved"`
	Expect   string      `json:"expect" enum:"allow,catch" doc:"catch: any action but allow"`
	Note     string      `json:"note,omitempty"`
}

func addGuardCase(s *Server, r *request, in guardCaseRequest) (guard.Case, error) {
	return s.Guards.AddCase(r.Context(), r.scope, r.who, guard.Case{Place: in.Place, Text: in.Text, Question: in.Question, Expect: in.Expect, Note: in.Note})
}

func removeGuardCase(s *Server, r *request, in idRequest) (nothing, error) {
	return nothing{}, s.Guards.RemoveCase(r.Context(), r.scope, in.ID)
}

type runCasesRequest struct {
	Name    string        `json:"name,omitempty" doc:"of a policy; without it the space's own"`
	Version string        `json:"version,omitempty" doc:"hash of a version of it; without it the one that holds"`
	Policy  *guard.Policy `json:"policy,omitempty" doc:"one that is not saved, in the place of a name"`
}

func runGuardCases(s *Server, r *request, in runCasesRequest) (guard.CaseRun, error) {
	p, err := s.guardPolicyOf(r, in.Policy, in.Name, in.Version)
	if err != nil {
		return guard.CaseRun{}, err
	}
	return s.Guards.RunCases(r.Context(), r.scope, p)
}
