package server

import (
	"io"
	"net/http"
	"strings"

	"wenyuan/guard"
	"wenyuan/web"
)

func casesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showCases(w, r, http.StatusOK, web.CasesPage{Done: did(r, "case", "uncased"), Draft: web.GuardCase{Expect: guard.ExpectCatch}})
}

func (s *Server) showCases(w http.ResponseWriter, r *request, status int, p web.CasesPage) (err error) {
	if p.Frame, err = s.framed(r, "/guards/cases"); err != nil {
		return err
	}
	p.Places = placeNames()
	if p.Policies == nil {
		if p.Policies, err = s.policyChoices(r, "", ""); err != nil {
			return err
		}
	}
	all, err := s.Guards.Cases(r.Context(), r.scope)
	if err != nil {
		return err
	}
	k := s.clerk(r)
	ran := map[string]web.GuardCase{}
	for _, c := range p.Cases {
		ran[c.ID] = c
	}
	failed, rest := []web.GuardCase{}, []web.GuardCase{}
	for _, c := range all {
		row := k.guardCase(c)
		if x, ok := ran[c.ID]; ok {
			row.Ran, row.Passed, row.Action, row.Reason = true, x.Passed, x.Action, x.Reason
		}
		if row.Ran && !row.Passed {
			failed = append(failed, row)
		} else {
			rest = append(rest, row)
		}
	}
	p.Cases = append(failed, rest...)
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Cases(b, p) })
}

func (k *guardClerk) guardCase(c guard.Case) web.GuardCase {
	return web.GuardCase{ID: c.ID, Place: string(c.Place), Text: c.Text, Question: c.Question, Expect: c.Expect, Incident: c.Incident, Author: k.person(c.Author), Note: c.Note, Created: c.Created}
}

// addCaseForm keeps a case, from the page of cases or from the playground.
func addCaseForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	in := guardCaseRequest{Place: guard.Place(r.PostForm.Get("place")), Text: held(r.PostForm, "text"), Question: strings.TrimSpace(held(r.PostForm, "question")), Expect: r.PostForm.Get("expect"), Note: strings.TrimSpace(held(r.PostForm, "note"))}
	if _, err := addGuardCase(s, r, in); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showCases(w, r, status, web.CasesPage{Problem: view, Draft: web.GuardCase{Place: string(in.Place), Text: in.Text, Question: in.Question, Expect: in.Expect, Note: in.Note}})
	}
	return seeOther(w, r, done("/guards/cases", "case", ""))
}

func removeCaseForm(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := removeGuardCase(s, r, idRequest{r.PathValue("id")}); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showCases(w, r, status, web.CasesPage{Problem: view, Draft: web.GuardCase{Expect: guard.ExpectCatch}})
	}
	return seeOther(w, r, done("/guards/cases", "uncased", ""))
}

// runCasesForm runs a policy over all cases and shows those that failed first.
func runCasesForm(s *Server, w http.ResponseWriter, r *request) error {
	name, hash, _ := strings.Cut(r.PostFormValue("policy"), "@")
	p := web.CasesPage{Draft: web.GuardCase{Expect: guard.ExpectCatch}}
	var err error
	if p.Policies, err = s.policyChoices(r, name, hash); err != nil {
		return err
	}
	run, err := runGuardCases(s, r, runCasesRequest{Name: name, Version: hash})
	status := http.StatusOK
	if err != nil {
		if p.Problem, status, err = s.told(w, r, err); err != nil {
			return err
		}
		return s.showCases(w, r, status, p)
	}
	p.Run = s.clerk(r).run(run)
	for _, x := range run.Results {
		p.Cases = append(p.Cases, web.GuardCase{ID: x.Case.ID, Passed: x.Passed, Action: string(x.Decision.Action), Reason: reasonOf(x.Decision)})
	}
	return s.showCases(w, r, status, p)
}

// run is what a policy did with all cases, those that failed named.
func (k *guardClerk) run(run guard.CaseRun) *web.CaseRun {
	out := &web.CaseRun{Policy: run.Policy.Name, Hash: run.Policy.Hash, Passed: run.Passed, Failed: run.Failed}
	for _, x := range run.Results {
		if x.Passed {
			continue
		}
		c := k.guardCase(x.Case)
		c.Ran, c.Action, c.Reason = true, string(x.Decision.Action), reasonOf(x.Decision)
		out.Cases = append(out.Cases, c)
	}
	return out
}

// reasonOf is why a decision is what it is, in English; "" where nothing was found.
func reasonOf(d guard.Decision) string {
	if len(d.Findings) == 0 {
		return ""
	}
	return d.Findings[0].Reason
}
