package server

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

// guardPageRoutes are the pages of Guards. Every form ends in the function that the API calls.
func guardPageRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/guards", "What the guards met, newest first", page(incidentsPage).needs(reads...)},
		{"GET", "/guards/incidents/{id}", "An incident with its evidence", page(incidentPage).needs(scope.Review)},
		{"POST", "/guards/incidents/{id}", "Say from the page what is to be made of an incident", page(reviewForm).needs(scope.Review)},
		{"GET", "/guards/playground", "Where a text is tried on a policy", page(playgroundPage).asAnswer().needs(reads...)},
		{"POST", "/guards/playground", "What a policy does with a text, from the page", page(playgroundPage).asAnswer().needs(reads...)},
		{"GET", "/guards/policies", "The guard policies of the space", page(policiesPage).needs(reads...)},
		{"POST", "/guards/policies", "Make a guard policy from the page", page(newPolicyForm).needs(scope.Own)},
		{"GET", "/guards/policies/{name}", "A guard policy: the draft beside what holds", page(policyPage).needs(reads...)},
		{"POST", "/guards/policies/{name}", "Compare or try a draft of a guard policy, or save it as a version", page(guardPolicyForm).asLarge(maxRules).asAnswer().needs(scope.Own)},
		{"POST", "/guards/policies/{name}/release", "Put a version of a guard policy in use from the page", page(releasePolicyForm).asAnswer().needs(scope.Own)},
		{"POST", "/guards/policies/{name}/unrelease", "Take a guard policy out of use from the page", page(unreleasePolicyForm).needs(scope.Own)},
		{"GET", "/guards/policies/{name}/versions", "What a guard policy was, and two versions beside each other", page(policyVersionsPage).needs(reads...)},
		{"GET", "/guards/policies/{name}/rules/{set}", "A set of rules of a guard policy", page(rulesPage).needs(reads...)},
		{"POST", "/guards/policies/{name}/rules/{set}", "Check, try or save a set of rules from the page", page(rulesForm).asLarge(maxRules).needs(scope.Own)},
		{"GET", "/guards/cases", "The texts that a policy must allow or catch", page(casesPage).needs(scope.Review)},
		{"POST", "/guards/cases", "Add a case from the page", page(addCaseForm).needs(scope.Review)},
		{"POST", "/guards/cases/run", "Run a policy over all cases from the page", page(runCasesForm).asAnswer().needs(scope.Review)},
		{"POST", "/guards/cases/{id}/remove", "Remove a case from the page", page(removeCaseForm).needs(scope.Review)},
	}
}

const (
	incidentsShown = 50
	daysPlotted    = 30
	maxRules       = 10 << 20 // bytes of a form: a form writes each byte of Chinese as three
)

// incidentsPage lists what was met; who may not review is led to the policies.
func incidentsPage(s *Server, w http.ResponseWriter, r *request) error {
	if !r.scope.May(scope.Review) {
		return seeOther(w, r, "/guards/policies")
	}
	p, err := s.incidentsView(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Incidents(b, p) })
}

func (s *Server) incidentsView(r *request) (p web.IncidentsPage, err error) {
	if p.Frame, err = s.framed(r, "/guards"); err != nil {
		return p, err
	}
	q := r.URL.Query()
	p.State, p.Place, p.Check = oneOf(q.Get("state"), p.EachState()...), oneOf(q.Get("place"), p.EachPlace()...), oneOf(q.Get("check"), guard.Checks()...)
	p.Query, p.Before, p.Checks = q.Get("q"), q.Get("before"), guard.Checks()
	if id := q.Get("document"); id != "" {
		d, err := s.Library.Document(r.Context(), r.scope, id)
		if err != nil {
			return p, err
		}
		view := documentView(r, d)
		p.Document = &view
	}
	f := guard.IncidentFilter{State: guard.State(p.State), Place: guard.Place(p.Place), Check: p.Check, Query: p.Query, Before: p.Before, Limit: incidentsShown, Document: q.Get("document")}
	page, err := s.Guards.Incidents(r.Context(), r.scope, r.who, f)
	if err != nil {
		return p, err
	}
	p.Next, p.Counts = page.Next, map[string]int{}
	for state, n := range page.Counts {
		p.Counts[string(state)] = n
	}
	k := s.clerk(r)
	for _, i := range page.Incidents {
		p.Incidents = append(p.Incidents, k.incident(i))
	}
	p.Days, err = s.incidentDays(r)
	return p, err
}

// incidentDays counts what was met on each of the last days, by the check that asked for most.
func (s *Server) incidentDays(r *request) ([]web.GuardDay, error) {
	now := time.UnixMicro(s.Store.Now())
	first := time.Date(now.Year(), now.Month(), now.Day()-daysPlotted+1, 0, 0, 0, 0, now.Location())
	all, err := s.Guards.Since(r.Context(), r.scope, r.who, first.UnixMicro())
	if err != nil || len(all) == 0 {
		return nil, err
	}
	days := make([]web.GuardDay, daysPlotted)
	for n := range days {
		days[n] = web.GuardDay{At: first.AddDate(0, 0, n).UnixMicro(), Counts: map[string]int{}}
	}
	for _, i := range all {
		n := daysPlotted - 1
		for n > 0 && i.Created < days[n].At {
			n--
		}
		days[n].Counts[i.Checks[0]]++
	}
	return days, nil
}

// A guardClerk shows incidents with names in the place of ids.
type guardClerk struct {
	s         *Server
	r         *request
	people    map[string]string
	documents map[string]*web.Document
	corpora   map[string]string
}

func (s *Server) clerk(r *request) *guardClerk {
	return &guardClerk{s, r, map[string]string{r.who.ID: r.who.Name, "": ""}, map[string]*web.Document{}, map[string]string{}}
}

// person is who an id is of; the id where nobody has it any more.
func (k *guardClerk) person(id string) string {
	if _, known := k.people[id]; !known {
		k.people[id] = k.s.viewName(k.r, id)
	}
	return k.people[id]
}

// document is the one with an id; nil where it is gone.
func (k *guardClerk) document(id string) *web.Document {
	if _, known := k.documents[id]; !known {
		k.documents[id] = nil
		if d, err := k.s.Library.Document(k.r.Context(), k.r.scope, id); err == nil {
			view := documentView(k.r, d)
			k.documents[id], k.corpora[id] = &view, d.Corpus
		}
	}
	return k.documents[id]
}

func (k *guardClerk) incident(i guard.Incident) web.Incident {
	out := web.Incident{ID: i.ID, State: string(i.State), Place: string(i.Place), Action: string(i.Action), Checks: i.Checks, Kind: i.Kind, Text: i.Text, Question: i.Question, Source: i.Source,
		Asker: k.person(i.Principal), Assistant: i.Assistant, Trace: i.Trace, Document: i.Document, Policy: i.Policy, Hash: i.PolicyHash, Times: i.Times, Created: i.Created, Seen: i.Seen,
		Reviewer: k.person(i.Reviewer), Note: i.Note, Reviewed: i.Reviewed, Expires: i.Expires}
	if len(i.Findings) > 0 {
		out.Reason = i.Findings[0].Reason
	}
	if i.Document == "" {
		return out
	}
	if d := k.document(i.Document); d != nil {
		out.Title, out.Source = d.Title, d.Source
		out.Open = "/library/" + url.PathEscape(k.corpora[i.Document]) + "/" + url.PathEscape(i.Document)
		if i.Revision != "" {
			out.Open += "?revision=" + url.QueryEscape(i.Revision)
		}
	}
	return out
}

func incidentPage(s *Server, w http.ResponseWriter, r *request) error {
	done := oneOf(r.URL.Query().Get("did"), string(guard.Confirm), string(guard.Dismiss), string(guard.Release))
	return s.showIncident(w, r, http.StatusOK, web.IncidentPage{Done: done})
}

func (s *Server) showIncident(w http.ResponseWriter, r *request, status int, p web.IncidentPage) (err error) {
	i, err := s.Guards.Incident(r.Context(), r.scope, r.who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if p.Frame, err = s.framed(r, "/guards/incidents/"+url.PathEscape(i.ID)); err != nil {
		return err
	}
	k := s.clerk(r)
	p.Incident = k.incident(i)
	p.Incident.Findings = s.findings(r, i)
	k.open(&p.Incident, i)
	cases, err := s.Guards.Cases(r.Context(), r.scope)
	if err != nil {
		return err
	}
	if n := slices.IndexFunc(cases, func(c guard.Case) bool { return c.Incident == i.ID }); n >= 0 {
		p.Case, p.Expect = cases[n].ID, cases[n].Expect
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Incident(b, p) })
}

// open leads to the passage itself, where it still stands in its revision.
func (k *guardClerk) open(out *web.Incident, i guard.Incident) {
	if out.Open == "" || i.Passage == "" {
		return
	}
	list, err := k.s.Library.DocumentPassages(k.r.Context(), k.r.scope, i.Document, i.Revision)
	if err != nil {
		return // the document still opens
	}
	if n := slices.IndexFunc(list, func(p wenyuan.Passage) bool { return p.ID == i.Passage }); n >= 0 {
		out.Open = passageAddress(k.corpora[i.Document], list[n])
	}
}

// reviewForm keeps a verdict.
func reviewForm(s *Server, w http.ResponseWriter, r *request) error {
	in := reviewRequest{ID: r.PathValue("id"), Verdict: guard.Verdict(r.PostFormValue("verdict")), Note: held(r.PostForm, "note")}
	if _, err := reviewIncident(s, r, in); err != nil {
		if wenyuan.CodeOf(err) == wenyuan.NotFound {
			return err
		}
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showIncident(w, r, status, web.IncidentPage{Problem: view, Note: in.Note})
	}
	return seeOther(w, r, done("/guards/incidents/"+url.PathEscape(in.ID), string(in.Verdict), ""))
}
