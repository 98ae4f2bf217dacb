package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan/guard"
)

type guardIncidentsCmd struct {
	ID    string `arg:"" optional:"" help:"guard_incident_id"`
	State string `help:"guard_state" enum:"open,waiting,confirmed,dismissed,released," default:"" placeholder:"STATE"`
	Place string `help:"guard_place" enum:"input,retrieved,tool,output,log,data," default:""`
	Check string `help:"guard_check_name" placeholder:"CHECK"`
	Find  string `help:"guard_find" placeholder:"WORDS"`
	Limit int    `help:"guard_limit" default:"50"`
}

func (guardIncidentsCmd) Help() string {
	return "  $ wenyuan guard incidents --state open\n  $ wenyuan guard incidents inc_01ab"
}

// Run lists incidents, or shows one.
func (v *guardIncidentsCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.ID != "" {
			return result(s, c, http.MethodGet, "/api/guard/incidents/"+url.PathEscape(v.ID), nil, s.incident)
		}
		path := address("/api/guard/incidents", "state", v.State, "place", v.Place, "check", v.Check, "q", v.Find, "limit", fmt.Sprint(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, p guard.IncidentPage) {
			var t table
			for _, i := range p.Incidents {
				t.row(i.ID, moment(i.Seen), i.State, i.Place, s.action(i.Action), strings.Join(i.Checks, ",")+"/"+i.Kind, fmt.Sprintf("×%d", i.Times), oneLine(i.Source+" "+i.Text, 60))
			}
			t.write(w)
		})
	})
}

// incident shows one with its evidence.
func (s *session) incident(w io.Writer, i guard.Incident) {
	fmt.Fprintf(w, "%s  %s  %s  %s  ×%d\n", i.ID, i.State, i.Place, s.action(i.Action), i.Times)
	fmt.Fprintf(w, "%s %.12s  %s\n", i.Policy, i.PolicyHash, moment(i.Seen))
	if i.Source != "" {
		fmt.Fprintf(w, "%s  %s\n", i.Source, i.Document)
	}
	s.findings(w, i.Findings)
	if i.Text != "" {
		fmt.Fprintf(w, "\n%s\n", i.Text)
	}
	if i.Reviewer != "" {
		fmt.Fprintf(w, "\n%s  %s  %s\n", i.Reviewer, moment(i.Reviewed), i.Note)
	}
}

type guardReviewCmd struct {
	ID      string `arg:"" help:"guard_incident_id"`
	Verdict string `arg:"" help:"guard_verdict" enum:"confirm,dismiss,release"`
	Note    string `help:"guard_note" placeholder:"TEXT"`
}

func (guardReviewCmd) Help() string {
	return "  $ wenyuan guard review inc_01ab dismiss --note \"a question about the manual\""
}

// Run says what a reviewer makes of an incident.
func (v *guardReviewCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		body := map[string]string{"verdict": v.Verdict, "note": v.Note}
		return result(s, c, http.MethodPost, "/api/guard/incidents/"+url.PathEscape(v.ID)+"/review", body, s.incident)
	})
}

type guardCasesCmd struct {
	RunAll bool   `name:"run" help:"guard_cases_run"`
	Policy string `help:"guard_policy_name" placeholder:"NAME"`
	Add    string `help:"guard_cases_add" placeholder:"TEXT"`
	Expect string `help:"guard_expect" enum:"allow,catch" default:"catch"`
	Place  string `help:"guard_place" enum:"input,retrieved,tool,output" default:"input"`
	Note   string `help:"guard_note" placeholder:"TEXT"`
	Remove string `help:"guard_cases_remove" placeholder:"ID"`
}

func (guardCasesCmd) Help() string {
	return "  $ wenyuan guard cases\n  $ wenyuan guard cases --add \"How do I kill a process?\" --expect allow\n  $ wenyuan guard cases --run --policy support"
}

type guardCaseList struct {
	Cases []guard.Case `json:"cases"`
}

// Run lists the cases, adds or removes one, or runs a policy over them.
func (v *guardCasesCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		switch {
		case v.RunAll:
			return result(s, c, http.MethodPost, "/api/guard/cases/run", map[string]string{"name": v.Policy}, s.caseRun)
		case v.Add != "":
			body := map[string]string{"text": v.Add, "expect": v.Expect, "place": v.Place, "note": v.Note}
			return result(s, c, http.MethodPost, "/api/guard/cases", body, func(w io.Writer, k guard.Case) { fmt.Fprintln(w, k.ID) })
		case v.Remove != "":
			return result(s, c, http.MethodDelete, "/api/guard/cases/"+url.PathEscape(v.Remove), nil, func(io.Writer, struct{}) {})
		}
		return result(s, c, http.MethodGet, "/api/guard/cases", nil, func(w io.Writer, list guardCaseList) {
			var t table
			for _, k := range list.Cases {
				t.row(k.ID, k.Expect, k.Place, oneLine(k.Text, 80))
			}
			t.write(w)
		})
	})
}
