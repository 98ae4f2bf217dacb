package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/version"
	"wenyuan/web"
)

// policyVersionsPage is the history of a policy, and two of its versions beside each other.
func policyVersionsPage(s *Server, w http.ResponseWriter, r *request) (err error) {
	l, err := s.Guards.Policy(r.Context(), r.scope, r.PathValue("name"), "")
	if err != nil {
		return err
	}
	p := web.PolicyVersionsPage{Owns: r.scope.May(scope.Own)}
	if p.Frame, err = s.framed(r, policyAddress(l.Policy.Name)+"/versions"); err != nil {
		return err
	}
	if p.Policy, err = s.policyRow(r, l); err != nil {
		return err
	}
	for i, v := range l.History {
		row := web.VersionRow{Hash: v.Hash, Created: v.Created, First: i == len(l.History)-1}
		if v.Hash == l.Holds {
			row.Labels = append(row.Labels, version.Production)
		}
		if v.Hash == l.Draft {
			row.Labels = append(row.Labels, guard.Draft)
		}
		p.Versions = append(p.Versions, row)
	}
	q := r.URL.Query()
	p.From, p.To = q.Get("from"), q.Get("to")
	switch {
	case p.From != "" && p.To != "":
		if p.Diff, err = s.policyDifference(r, l.Policy.Name, p.From, p.To); err != nil {
			return err
		}
		p.Compared = true
	case len(l.History) > 1:
		p.From, p.To = l.History[1].Hash, l.History[0].Hash
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.PolicyVersions(b, p) })
}

func (s *Server) policyDifference(r *request, name, from, to string) ([]web.DiffLine, error) {
	before, err := s.Guards.Policy(r.Context(), r.scope, name, from)
	if err != nil {
		return nil, err
	}
	after, err := s.Guards.Policy(r.Context(), r.scope, name, to)
	if err != nil || before.Hash == after.Hash {
		return nil, err
	}
	return difference(policyLines(before.Policy), policyLines(after.Policy)), nil
}

// policyLines is a policy as lines that can be compared, in the words of its file.
func policyLines(p guard.Policy) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if p.Title != "" {
		say("title: %s", p.Title)
	}
	for _, c := range p.Checks {
		v := checkView(c)
		line := "check: " + v.Check + " · " + strings.Join(v.Places, ", ") + " · at " + v.At + " · " + v.Action
		for _, x := range []struct{ name, value string }{{"kinds", strings.Join(v.Kinds, ", ")}, {"severity", v.Severity}, {"how", v.How}, {"model", v.Model}, {"fail", v.Fail}, {"timeout_ms", v.Timeout}} {
			if x.value != "" {
				line += " · " + x.name + " " + x.value
			}
		}
		say("%s", line)
	}
	if f := p.Fence; f.Mode != guard.FenceOff {
		say("fence: %s · at %v · small_talk %v", f.Mode, f.At, f.Small)
		say("about: %s", f.About)
		if f.Model != "" {
			say("model: %s", f.Model)
		}
	}
	for _, h := range p.Hosts {
		say("host: %s", h)
	}
	for _, set := range p.Rules {
		say("rules %s:", set.Name)
		for line := range strings.SplitSeq(strings.TrimRight(set.Text, "\n"), "\n") {
			say("  %s", line)
		}
	}
	return b.String()
}
