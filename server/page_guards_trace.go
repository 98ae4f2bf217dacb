package server

import (
	"encoding/json"

	"wenyuan/guard"
	"wenyuan/trace"
	"wenyuan/web"
)

// guardStep names the steps in which the guards look at something.
const guardStep = "guard"

// asideOf says of a document how many passages of the shown revision are set aside.
func (s *Server) asideOf(r *request, p *web.DocumentPage) error {
	if s.Guards == nil || p.Revision == "" {
		return nil
	}
	n, err := s.Guards.SetAside(r.Context(), r.scope, p.Document.ID, p.Revision)
	if n > 0 {
		p.Aside = &web.AsideNote{Passages: n, Reviews: p.Frame.Reviews}
	}
	return err
}

// A guardRecord is what a step of the guards recorded: decisions, or passages that were set aside.
type guardRecord struct {
	Decisions []guard.Decision
	Aside     []struct {
		Passage  string   `json:"passage"`
		Checks   []string `json:"checks"`
		Incident string   `json:"incident"`
	}
}

func guardRecordOf(s trace.Step) (out guardRecord) {
	b, err := json.Marshal(s.Detail)
	if s.Name != guardStep || s.Detail == nil || err != nil {
		return out
	}
	if json.Unmarshal(b, &out.Aside) != nil {
		_ = json.Unmarshal(b, &out) // a record of another program says nothing here
	}
	return out
}

// guardedIn is the strictest that a step did, and how many passages it set aside.
func guardedIn(s trace.Step) (did string, aside int) {
	g := guardRecordOf(s)
	strictest := guard.Allow
	for _, d := range g.Decisions {
		strictest = guard.Stricter(strictest, d.Action)
	}
	if len(g.Aside) > 0 {
		return "", len(g.Aside)
	}
	return string(strictest), 0
}

// guardings are the decisions of a step that were more than letting through.
func guardings(s trace.Step) (out []web.Guarding) {
	g := guardRecordOf(s)
	for _, d := range g.Decisions {
		if d.Action != guard.Allow {
			out = append(out, web.Guarding{Place: string(d.Place), Action: string(d.Action), Incident: d.Incident, Findings: findingViews("", d.Place, d.Findings, nil)})
		}
	}
	for _, a := range g.Aside {
		one := web.Guarding{Place: string(guard.Retrieved), Action: string(guard.Refuse), Incident: a.Incident}
		for _, c := range a.Checks {
			one.Findings = append(one.Findings, web.GuardFinding{Check: c, Action: string(guard.Refuse)})
		}
		out = append(out, one)
	}
	return out
}
