package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/limit"
)

// claim is by whom the request is, for the limits. Who acts for a person uses up what the person
// may, and what the key may; a visitor is no person.
func (q *request) claim() limit.Claim {
	c := limit.Claim{Space: q.scope.Space(), Person: q.who.ID, Key: q.identity.Key}
	if q.identity.Behind != nil {
		c.Key = cmp.Or(c.Key, q.identity.Behind.Key)
	}
	if q.identity.Kind == auth.Stranger {
		c.Person = ""
	}
	return c
}

// counted counts a request of somebody who was let in, and has what it makes models do counted for
// them. What it gives ends the request for those limits that say how much runs at once.
func (s *Server) counted(w http.ResponseWriter, q *request) (leave func(), err error) {
	if err := s.Limiter.Look(q.Context()); err != nil {
		return nil, err
	}
	c := q.claim()
	held, err := s.Limiter.Reserve(q.Context(), c)
	s.tellLimits(w.Header(), c, held)
	if err != nil {
		return nil, err
	}
	q.within(limit.For(q.Context(), c))
	return held.Release, nil
}

// countVisit counts a question of a visitor, for the space and the house.
func (s *Server) countVisit(ctx context.Context, q *request) (_ context.Context, leave func(), err error) {
	if err := s.Limiter.Look(ctx); err != nil {
		return ctx, nil, err
	}
	held, err := s.Limiter.Reserve(ctx, q.claim())
	return limit.For(ctx, q.claim()), held.Release, err
}

// tellLimits says in the headers what is left to who asks, by the names that OpenAI's clients
// know, and which soft limits are passed. Limits that others use up as well are not told of,
// only that one of them is passed.
func (s *Server) tellLimits(h http.Header, c limit.Claim, held *limit.Reservation) {
	tell := func(name string, resources ...limit.Resource) {
		b, ok := s.Limiter.Own(c, resources...)
		if !ok {
			return
		}
		h.Set("X-Ratelimit-Limit-"+name, strconv.FormatInt(b.Rule.Hard, 10))
		h.Set("X-Ratelimit-Remaining-"+name, strconv.FormatInt(b.Left, 10))
		h.Set("X-Ratelimit-Reset-"+name, (b.Reset + time.Second - 1).Truncate(time.Second).String())
	}
	tell("Requests", limit.Requests)
	tell("Tokens", limit.TokensIn, limit.TokensOut)
	var passed []string
	for _, r := range held.Passed() {
		passed = append(passed, r.Warning())
	}
	if len(passed) > 0 {
		h.Set("Wenyuan-Limit-Warning", strings.Join(passed, "; "))
	}
}

// never says whether an error is one of a limit or a model where waiting does not help.
func never(err error) bool {
	e, ok := errors.AsType[*limit.Exceeded](err)
	return ok && e.After == 0 || gateway.Lasting(err)
}

// A limitRule is a limit as it is read and written.
type limitRule struct {
	ID       string  `json:"id,omitempty" doc:"given by the server"`
	Space    string  `json:"space,omitempty" doc:"name of the space within which use counts, whose owners may set it; the whole house where it is left out, which needs an operator"`
	Kind     string  `json:"kind" enum:"house,space,person,key,model"`
	Subject  string  `json:"subject,omitempty" doc:"name of the person, space or model, id of the key; each one of the kind where it is left out"`
	Resource string  `json:"resource" enum:"requests,tokens_in,tokens_out,money,concurrency"`
	Span     string  `json:"span,omitempty" enum:"minute,day,month" doc:"by the calendar in UTC; none for concurrency"`
	Soft     float64 `json:"soft,omitempty" doc:"beyond it there is a warning"`
	Hard     float64 `json:"hard,omitempty" doc:"beyond it there is nothing more"`
	Currency string  `json:"currency,omitempty" doc:"of money, as the price of the models has it"`
}

type limitList struct {
	Limits []limitRule `json:"limits"`
}

// A limitUse is how far somebody has come.
type limitUse struct {
	Limit  limitRule `json:"limit"`
	Of     string    `json:"of,omitempty" doc:"whom it is about: the name of the person, space or model, the id of the key"`
	Used   float64   `json:"used" doc:"reserved or used since the span began; of concurrency what is under way"`
	Leased float64   `json:"leased" doc:"held ready by servers and not used yet"`
	Lost   float64   `json:"lost,omitempty" doc:"held by servers that ended without giving it back; free again when the span ends"`
	Resets int64     `json:"resets,omitempty" doc:"when the span ends, UTC microseconds"`
}

type limitUses struct {
	Use []limitUse `json:"use" doc:"your own; for an owner those of the space, for an operator all"`
}

func limits(s *Server, r *request, _ nothing) (limitList, error) {
	all, err := s.Limiter.Rules(r.Context(), r.scope)
	if err != nil {
		return limitList{}, err
	}
	return s.limitList(r, all), nil
}

func (s *Server) limitList(r *request, all []limit.Rule) limitList {
	out, names := limitList{[]limitRule{}}, s.limitNames(r)
	for _, rule := range all {
		out.Limits = append(out.Limits, names.rule(rule))
	}
	return out
}

// setLimits sets some limits, all of them or none.
func setLimits(s *Server, r *request, in limitList) (limitList, error) {
	if len(in.Limits) == 0 || len(in.Limits) > maxLimits {
		return limitList{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d limits are to be set", len(in.Limits)), Hint: "give 1 to 100"}
	}
	var rules []limit.Rule
	for _, l := range in.Limits {
		rule, err := s.limitOf(r, l)
		if err != nil {
			return limitList{}, err
		}
		rules = append(rules, rule)
	}
	rules, err := s.Limiter.Set(r.Context(), r.scope, rules)
	if err != nil {
		return limitList{}, err
	}
	return s.limitList(r, rules), nil
}

// maxLimits is how many limits one request may set.
const maxLimits = 100

type limitID struct {
	ID string `path:"id"`
}

// removeLimit lifts a limit and gives it back as it was.
func removeLimit(s *Server, r *request, in limitID) (limitRule, error) {
	names := s.limitNames(r)
	rule, err := s.Limiter.Remove(r.Context(), r.scope, in.ID)
	if err != nil {
		return limitRule{}, err
	}
	return names.rule(rule), nil
}

func limitsUsed(s *Server, r *request, _ nothing) (limitUses, error) {
	all, err := s.Limiter.Standing(r.Context(), r.scope, r.claim())
	if err != nil {
		return limitUses{}, err
	}
	out, names := limitUses{[]limitUse{}}, s.limitNames(r)
	for _, u := range all {
		amount := func(n int64) float64 { return limit.Amount(u.Rule.Resource, n) }
		out.Use = append(out.Use, limitUse{names.rule(u.Rule), names.name(u.Rule.Kind, u.Subject), amount(u.Used), amount(u.Leased), amount(u.Lost), u.Resets})
	}
	return out, nil
}

// limitOf is a limit with ids in the place of names.
func (s *Server) limitOf(r *request, l limitRule) (rule limit.Rule, err error) {
	rule = limit.Rule{Kind: limit.Kind(l.Kind), Resource: limit.Resource(l.Resource), Span: limit.Span(l.Span), Currency: l.Currency}
	soft, softly := limit.Units(rule.Resource, l.Soft)
	hard, hardly := limit.Units(rule.Resource, l.Hard)
	if !softly || !hardly {
		return rule, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a limit is a whole number, or money to the millionth", Hint: "give 0 to 1000000000000000 (of money a millionth of that)"}
	}
	rule.Soft, rule.Hard = soft, hard
	if l.Space != "" {
		if rule.Space, err = s.spaceID(r, l.Space); err != nil {
			return rule, err
		}
	}
	rule.Subject, err = s.limitSubject(r, rule.Kind, l.Subject)
	return rule, err
}

// limitSubject finds the id of whom a limit is for.
func (s *Server) limitSubject(r *request, kind limit.Kind, name string) (string, error) {
	switch {
	case name == "":
		return "", nil
	case kind == limit.Space:
		return s.spaceID(r, name)
	case kind == limit.Model:
		m, ok := s.Gateway.Get(r.scope.Space(), name)
		if !ok {
			return "", gateway.Unknown(name)
		}
		return gateway.MeteredName(m.Space(), m.Name()), nil
	case kind == limit.Person && (name == auth.Single.ID || name == auth.Holder(strings.TrimPrefix(name, auth.Holder("").ID)).ID):
		return name, nil // who has no account: this machine, and the holder of a key of the settings file
	case kind == limit.Person:
		a, err := s.Auth.FindPerson(r.Context(), r.scope, name)
		return a.ID, err
	}
	return name, nil
}

func (s *Server) spaceID(r *request, name string) (string, error) {
	all, err := s.Auth.Spaces(r.Context(), r.identity)
	if err != nil {
		return "", err
	}
	for _, space := range all {
		if space.Name == name || space.ID == name {
			return space.ID, nil
		}
	}
	return "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no space named %q", name), Hint: "wenyuan space list shows those that you see"}
}

// limitNames turn ids into names, for the one who asks.
type limitNames struct {
	s      *Server
	r      *request
	spaces map[string]string
	people map[string]string
}

func (s *Server) limitNames(r *request) *limitNames {
	n := &limitNames{s, r, map[string]string{}, map[string]string{r.who.ID: r.who.Name}}
	all, err := s.Auth.Spaces(r.Context(), r.identity)
	if err != nil {
		s.Log.Warn("spaces are shown by their ids", "request", r.id, "error", err)
	}
	for _, space := range all {
		n.spaces[space.ID] = space.Name
	}
	return n
}

func (n *limitNames) rule(r limit.Rule) limitRule {
	return limitRule{ID: r.ID, Space: n.name(limit.Space, r.Space), Kind: string(r.Kind), Subject: n.name(r.Kind, r.Subject), Resource: string(r.Resource), Span: string(r.Span),
		Soft: limit.Amount(r.Resource, r.Soft), Hard: limit.Amount(r.Resource, r.Hard), Currency: r.Currency}
}

// name is how an id is shown; one whose bearer is gone stays as it is.
func (n *limitNames) name(kind limit.Kind, id string) string {
	switch kind {
	case limit.Space:
		return cmp.Or(n.spaces[id], id)
	case limit.Model:
		if space, name, ok := strings.Cut(id, "/"); ok && n.spaces[space] != "" {
			return cmp.Or(strings.TrimPrefix(n.spaces[space]+"/", n.spaces[n.r.scope.Space()]+"/")+name, id)
		}
	case limit.Person:
		if _, known := n.people[id]; !known && id != "" && (n.r.scope.May(scope.Own) || n.r.scope.May(scope.Operate)) {
			a, err := n.s.Auth.FindPerson(n.r.Context(), n.r.scope, id)
			if err != nil {
				a.Name = id
			}
			n.people[id] = a.Name
		}
		return cmp.Or(n.people[id], id)
	}
	return id
}
