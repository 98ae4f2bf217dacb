package corpus

import (
	"context"
	"slices"

	"wenyuan"
	"wenyuan/guard"
)

// A scanned document is one that is being looked at.
type scanned struct {
	*scan
	d      Document
	report ScanReport
	at     map[string]int // index into the findings of the one of a kind of personal data
}

// look goes through the passages, what is hidden, and the names.
func (x *scanned) look(ctx context.Context) error {
	passages, err := x.l.DocumentPassages(ctx, x.sc, x.d.ID, "")
	if err != nil {
		return err
	}
	whole := wenyuan.Passage{Document: x.d.ID, Revision: x.d.Revision, Source: x.d.Source, Title: x.d.Title}
	if len(passages) > 0 {
		whole.Revision = passages[0].Revision
	}
	x.report.Passages = len(passages)
	for i := range passages {
		if err := x.passage(ctx, &passages[i]); err != nil {
			return err
		}
	}
	hidden, err := x.l.hidden(ctx, x.d.ID, whole.Revision)
	if err != nil {
		return err
	}
	for i, u := range unseen(hidden) {
		h := hidden[i]
		x.report.Summary.Reasons[string(h.Why)]++
		if u.Disguised {
			x.report.Summary.Hidden++
		}
		f := ScanFinding{In: "hidden", Why: string(h.Why), Where: h.Where, Page: h.Page}
		if err := x.unseen(ctx, u, f, &whole); err != nil {
			return err
		}
	}
	for _, s := range x.names(passages) {
		if err := x.unseen(ctx, guard.Unseen{Text: s}, ScanFinding{In: "name", Where: s}, &whole); err != nil {
			return err
		}
	}
	x.suspect()
	return nil
}

// names are what the document and its parts are called.
func (x *scanned) names(passages []wenyuan.Passage) []string {
	all := []string{x.d.Source, x.d.Title}
	seen := map[string]bool{"": true}
	for _, p := range passages {
		for _, h := range p.Heading {
			if len(all) < maxNames && !seen[h] {
				seen[h] = true
				all = append(all, h)
			}
		}
	}
	return all
}

// passage looks at a passage. What it is called is looked at once, for the whole document.
func (x *scanned) passage(ctx context.Context, p *wenyuan.Passage) error {
	d, err := x.guard.Look(ctx, guard.Retrieved, p.Text, guard.About{Dry: true})
	if err != nil {
		return err
	}
	page := 0
	if p.Page != nil {
		page = *p.Page
	}
	incident, injected := "", slices.ContainsFunc(d.Findings, injects)
	if injected && x.o.Keep {
		kept, err := x.held.Look(ctx, guard.Retrieved, p.Text, guard.About{Passage: p, Keep: true})
		if err != nil {
			return err
		}
		incident = kept.Incident
	}
	for _, f := range x.met(d) {
		at := ScanFinding{In: "passage", Page: page, Heading: p.Heading, Start: p.Start, End: p.End, Incident: incident}
		if f.End > f.Start {
			at.Start, at.End = p.Start+f.Start, p.Start+f.End
		}
		x.take(f, at)
	}
	return nil
}

// unseen looks at a text that is in no passage.
func (x *scanned) unseen(ctx context.Context, u guard.Unseen, at ScanFinding, p *wenyuan.Passage) error {
	d, err := x.guard.Unseen(ctx, u, guard.About{Dry: true})
	if err != nil {
		return err
	}
	if x.o.Keep && slices.ContainsFunc(d.Findings, injects) {
		kept, err := x.held.Unseen(ctx, u, guard.About{Passage: p, Keep: true})
		if err != nil {
			return err
		}
		at.Incident = kept.Incident
	}
	for _, f := range x.met(d) {
		if at.In == "name" && !injects(f) {
			continue // a heading is in its passage too
		}
		x.take(f, at)
	}
	return nil
}

// met are the findings of a decision, of injections the strongest.
func (x *scanned) met(d guard.Decision) (all []guard.Finding) {
	injected := false
	for _, f := range d.Findings {
		if f.Action == guard.Allow || injects(f) && injected {
			continue
		}
		injected = injected || injects(f)
		all = append(all, f)
	}
	return all
}

func injects(f guard.Finding) bool {
	return f.Action != guard.Allow && (f.Check == guard.Indirect || f.Check == guard.Injection)
}

// take counts a finding and keeps it.
func (x *scanned) take(f guard.Finding, at ScanFinding) {
	s := &x.report.Summary
	key := ""
	switch f.Check {
	case guard.Indirect, guard.Injection:
		s.Injection++
	case guard.PII:
		s.PII[f.Kind]++
		key = f.Check + f.Kind
	case guard.Secrets:
		s.Secrets++
		key = f.Check + f.Kind
	case guard.Content:
		s.Content[f.Kind]++
	case guard.Rules:
		s.Rules++
	}
	if i, ok := x.at[key]; ok && key != "" {
		x.report.Findings[i].Count++
		return
	}
	if len(x.report.Findings) == scanFindings {
		x.report.LeftOff++
		return
	}
	if key != "" {
		x.at[key] = len(x.report.Findings)
	}
	at.Document, at.Source, at.Count, at.Finding = x.d.ID, x.d.Source, 1, f
	x.report.Findings = append(x.report.Findings, at)
}

// suspect counts the document where something in it needs a person.
func (x *scanned) suspect() {
	if s := &x.report.Summary; s.Injection+s.Secrets+len(s.Content)+s.Rules > 0 {
		s.Suspect = 1
	}
}
