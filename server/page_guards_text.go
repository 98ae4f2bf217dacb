package server

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/reading"
	"wenyuan/web"
)

// passageAddress leads to a passage in its document, its words lit.
func passageAddress(corpus string, p wenyuan.Passage) string {
	q := url.Values{"revision": {p.Revision}, "start": {strconv.Itoa(p.Start)}, "end": {strconv.Itoa(p.End)}}
	return "/library/" + url.PathEscape(corpus) + "/" + url.PathEscape(p.Document) + "?" + q.Encode() + "#lit"
}

// findings are those of an incident, with the bounds of the version that made it.
func (s *Server) findings(r *request, i guard.Incident) []web.GuardFinding {
	var lines []guard.Check
	if l, err := s.Guards.Policy(r.Context(), r.scope, i.Policy, i.PolicyHash); err == nil {
		lines = l.Policy.Checks
	} else if i.PolicyHash != "" {
		s.Log.Debug("the policy of an incident is not there", "request", r.id, "incident", i.ID, "error", err)
	}
	return findingViews(i.Text, i.Place, i.Findings, lines)
}

// findingViews are findings as a page shows them beside the text.
func findingViews(text string, place guard.Place, found []guard.Finding, lines []guard.Check) []web.GuardFinding {
	out := make([]web.GuardFinding, 0, len(found))
	var t *reading.Text
	if text != "" && len(text) <= reading.MaxBytes {
		t = reading.Of(text)
	}
	for _, f := range found {
		v := web.GuardFinding{Check: f.Check, Layer: f.Layer, Kind: f.Kind, Severity: f.Severity, Score: f.Score, From: boundOf(f, place, lines), Action: string(f.Action),
			Start: f.Start, End: f.End, Evidence: f.Evidence, Reason: f.Reason}
		if place == guard.Retrieved && f.Action == guard.Refuse {
			v.Action = asideAction
		}
		if t != nil {
			put(&v, t)
		}
		out = append(out, v)
	}
	return out
}

// asideAction is how pages call it that a passage is refused.
const asideAction = "aside"

// boundOf is the score from which on what was found counts: of the lines that fit the highest that
// it reaches, else the lowest; 0 where no line fits.
func boundOf(f guard.Finding, place guard.Place, lines []guard.Check) float64 {
	reached, least := 0.0, 0.0
	for _, c := range lines {
		if c.Check != f.Check || !slices.Contains(c.Places, place) || len(c.Kinds) > 0 && !slices.Contains(c.Kinds, f.Kind) {
			continue
		}
		if c.Action == f.Action && f.Score >= c.At {
			reached = max(reached, c.At)
		}
		if least == 0 || c.At < least {
			least = c.At
		}
	}
	return cmp.Or(reached, least)
}

// covers stands in a kept text where personal data was: what follows stands elsewhere than where it
// was found.
const covers = "***"

// put finds where in a kept text the words of a finding stand, and the codes they are written in.
func put(f *web.GuardFinding, t *reading.Text) {
	words := strings.TrimSuffix(strings.TrimSpace(reading.Fold(f.Evidence).Folded), "…")
	words = strings.TrimSpace(words)
	if f.Layer == "encoding" || f.Layer == "hidden" {
		for _, v := range t.Views {
			if words != "" && strings.Contains(v.Text, words) {
				f.Ways = v.How
				f.Start, f.End = utf8.RuneCountInString(t.Raw[:v.Start]), utf8.RuneCountInString(t.Raw[:v.End])
				return
			}
		}
	}
	if !strings.Contains(t.Raw, covers) {
		return
	}
	at := -1
	if words != "" && !strings.Contains(words, covers) && f.End > 0 {
		at = strings.Index(t.Folded, words)
	}
	f.Start, f.End = 0, 0
	if at >= 0 {
		f.Start, f.End = utf8.RuneCountInString(t.Raw[:t.At(at)]), utf8.RuneCountInString(t.Raw[:t.At(at+len(words))])
	}
}

// tried is what a policy does with a text, with all that was read in it.
func tried(text string, d guard.Decision, p guard.Policy) *web.Tried {
	out := &web.Tried{Text: text, Action: string(d.Action), Goes: d.Text, Findings: findingViews(text, d.Place, d.Findings, p.Checks), Took: d.Took, Policy: d.Policy.Name, Hash: d.Policy.Hash}
	if len(text) > reading.MaxBytes {
		return out
	}
	t := reading.Of(text)
	out.Folded, out.Cut = t.Folded, t.Truncated
	for _, v := range t.Views[:min(len(t.Views), viewsShown)] {
		out.Views = append(out.Views, web.GuardView{Ways: v.How, Text: v.Text, Start: utf8.RuneCountInString(t.Raw[:v.Start]), End: utf8.RuneCountInString(t.Raw[:v.End])})
	}
	return out
}

// viewsShown is how many readings of a text the page shows.
const viewsShown = 20
