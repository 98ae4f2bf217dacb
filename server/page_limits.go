package server

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/web"
)

// limitRoutes are the pages of what may be used up.
func limitRoutes() []route {
	return []route{
		{"GET", "/gateway/limits", "What may be used up, and what was", page(limitsPage).asLight().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/limits", "Set a limit from the page", page(setLimitForm).asLight().needs(scope.Own, scope.Operate)},
		{"POST", "/gateway/limits/{id}/remove", "Remove a limit from the page", page(removeLimitForm).asLight().needs(scope.Own, scope.Operate)},
	}
}

func limitsPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showLimits(w, r, http.StatusOK, web.LimitsPage{Done: did(r, "limited", "unlimited"), Draft: web.LimitDraft{Kind: "person", Resource: "requests", Span: "minute"}})
}

// usesShownOf is how many uses of one limit the page shows, the fullest first.
const usesShownOf = 5

func (s *Server) showLimits(w http.ResponseWriter, r *request, status int, p web.LimitsPage) (err error) {
	if p.Frame, err = s.framed(r, "/gateway/limits"); err != nil {
		return err
	}
	p.Edits, p.Operates = s.Limiter != nil, r.scope.May(scope.Operate)
	if s.Limiter == nil {
		return s.show(w, r, status, func(b io.Writer) error { return s.web.Limits(b, p) })
	}
	rules, err := s.Limiter.Rules(r.Context(), r.scope)
	if err != nil {
		return err
	}
	standing, err := s.Limiter.Standing(r.Context(), r.scope, r.claim())
	if err != nil {
		return err
	}
	names := s.limitNames(r)
	for _, rule := range rules {
		row := names.row(rule)
		row.Edits = p.Operates || rule.Space == r.scope.Space()
		row.Uses = names.uses(rule, standing)
		p.Rules = append(p.Rules, row)
		if rule.ID == r.URL.Query().Get("change") && row.Edits {
			p.Draft = draftOf(row)
		}
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Limits(b, p) })
}

// row is a rule with names in the place of ids.
func (n *limitNames) row(r limit.Rule) web.Limit {
	return web.Limit{ID: r.ID, Within: n.name(limit.Space, r.Space), Kind: string(r.Kind), Subject: n.name(r.Kind, r.Subject), Resource: string(r.Resource), Span: string(r.Span),
		Soft: r.Soft, Hard: r.Hard, Currency: r.Currency}
}

// uses are those of a rule, the fullest first.
func (n *limitNames) uses(rule limit.Rule, all []limit.Standing) []web.LimitUse {
	var out []web.LimitUse
	for _, u := range all {
		if u.Rule.ID != rule.ID {
			continue
		}
		use := web.LimitUse{Subject: n.name(rule.Kind, u.Subject), Used: u.Used + u.Lost, Leased: u.Leased, Resets: u.Resets}
		at := 0
		for at < len(out) && out[at].Used+out[at].Leased >= use.Used+use.Leased {
			at++
		}
		out = append(out[:at], append([]web.LimitUse{use}, out[at:]...)...)
		out = out[:min(len(out), usesShownOf)]
	}
	return out
}

// draftOf is a rule as its form has it.
func draftOf(l web.Limit) web.LimitDraft {
	amount := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatFloat(limit.Amount(limit.Resource(l.Resource), n), 'f', -1, 64)
	}
	return web.LimitDraft{Kind: l.Kind, Subject: l.Subject, Within: l.Within, Resource: l.Resource, Span: l.Span, Soft: amount(l.Soft), Hard: amount(l.Hard), Currency: l.Currency}
}

// setLimitForm sets a limit in the place of the one for the same subject, resource and span.
func setLimitForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	d := web.LimitDraft{Kind: get("kind"), Subject: get("subject"), Within: get("within"), Resource: get("resource"), Span: get("span"), Soft: get("soft"), Hard: get("hard"), Currency: strings.ToUpper(get("currency"))}
	in, err := limitIn(d)
	if err == nil {
		_, err = setLimits(s, r, limitList{[]limitRule{in}})
	}
	if err == nil {
		return seeOther(w, r, done("/gateway/limits", "limited", ""))
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showLimits(w, r, status, web.LimitsPage{Problem: view, Draft: d})
}

// limitIn reads the amounts of a draft. What runs at once has no span, and only money a currency.
func limitIn(d web.LimitDraft) (limitRule, error) {
	in := limitRule{Space: d.Within, Kind: d.Kind, Subject: d.Subject, Resource: d.Resource, Span: d.Span}
	if d.Resource == string(limit.Concurrency) {
		in.Span = ""
	}
	if d.Resource == string(limit.Money) {
		in.Currency = d.Currency
	}
	for text, into := range map[*string]*float64{&d.Soft: &in.Soft, &d.Hard: &in.Hard} {
		if *text == "" {
			continue
		}
		n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "_", "", " ", "").Replace(*text), 64)
		if err != nil {
			return in, &wenyuan.Error{Code: wenyuan.Invalid, Message: strconv.Quote(*text) + " is no amount", Hint: "give a number, as in 60 or 4.50", Err: err}
		}
		*into = n
	}
	return in, nil
}

func removeLimitForm(s *Server, w http.ResponseWriter, r *request) error {
	if _, err := removeLimit(s, r, limitID{r.PathValue("id")}); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showLimits(w, r, status, web.LimitsPage{Problem: view})
	}
	return seeOther(w, r, done("/gateway/limits", "unlimited", ""))
}

// ownLimits are the limits of who asks alone, with what they have used. Limits that they share with
// others stay out: what is used of those says what others do.
func (s *Server) ownLimits(r *request) (out []web.Limit, err error) {
	c := r.claim()
	all, err := s.Limiter.Standing(r.Context(), scope.Scope{}, c)
	names := s.limitNames(r)
	for _, u := range all {
		if u.Rule.Kind != limit.Person || u.Subject != c.Person {
			continue
		}
		row := names.row(u.Rule)
		row.Subject = r.who.Name
		row.Uses = []web.LimitUse{{Used: u.Used + u.Lost, Leased: u.Leased, Resets: u.Resets}}
		out = append(out, row)
	}
	return out, err
}
