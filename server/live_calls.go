package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/watch"
	"wenyuan/internal/scope"
	"wenyuan/limit"
)

type callsWanted struct {
	Find  string `query:"find" doc:"only those whose request, asker, key, model or space has this in it"`
	Model string `query:"model" doc:"only calls of this model"`
	Limit int    `query:"limit" doc:"at most so many, 1 to 500" default:"50"`
}

type callsFound struct {
	Calls []call `json:"calls" doc:"the newest first"`
}

type requestNamed struct {
	ID string `path:"id"`
}

type requestExplained struct {
	Request string `json:"request"`
	Calls   []call `json:"calls" doc:"that were made for it, the first first"`
}

// A call is what happened to one call of a model, in words.
type call struct {
	watch.Record
	From    string           `json:"from,omitempty" doc:"the name of who asked"`
	Because string           `json:"because,omitempty" doc:"why it went where it went"`
	Adapter *gateway.Adapter `json:"adapter,omitempty" doc:"what the version that answered stands on; missing where it stands by itself"`
	Steps   []calledStep     `json:"steps"`
}

type calledStep struct {
	watch.Step
	Because string `json:"because" doc:"the step in words"`
	Came    string `json:"came,omitempty" doc:"how the replica's answer ended, in words"`
}

const maxCallsFound = 500

// mayWatch says whether somebody may see what happened to a call: all of the house who operates it,
// all of a space its owners and editors, and everybody their own.
func (r *request) mayWatch(c *watch.Record) bool {
	switch {
	case r.scope.May(scope.Operate):
		return true
	case c.Space == r.scope.Space() && r.builds():
		return true
	case c.Person != "":
		return c.Person == r.who.ID
	}
	return c.Key != "" && c.Key == r.claim().Key
}

// builds says whether somebody looks after the space, and so may know where its models are.
func (r *request) builds() bool {
	return r.scope.May(scope.Edit) || r.scope.May(scope.Own) || r.scope.May(scope.Operate)
}

func callList(s *Server, r *request, in callsWanted) (callsFound, error) {
	in.Limit = cmp.Or(in.Limit, 50)
	if in.Limit < 1 || in.Limit > maxCallsFound || len(in.Find) > 200 {
		return callsFound{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "limit or find is out of bounds", Hint: "limit from 1 to 500, find up to 200 bytes"}
	}
	return callsFound{s.calls(r, s.liveNames(r, r.tell), in)}, nil
}

// calls are those that fit. A name is found as well as an id.
func (s *Server) calls(r *request, names *liveNames, in callsWanted) []call {
	find := strings.ToLower(in.Find)
	people := names.called(in.Find)
	fits := func(c *watch.Record) bool {
		return (in.Model == "" || c.Model == in.Model) && r.mayWatch(c) && (find == "" || r.holds(names, c, find, people))
	}
	out := []call{}
	for _, c := range s.Gateway.Watch().Find(in.Limit, fits) {
		out = append(out, callOfRecord(r, names, c))
	}
	return out
}

// holds says whether a text in small letters stands in what somebody is shown of a call; people are
// those whose name it stands in.
func (r *request) holds(names *liveNames, c *watch.Record, find string, people map[string]bool) bool {
	shown := []string{c.Request, c.Trace, c.Model, c.Level, c.Code, names.spaces[c.Space]}
	if r.builds() {
		shown = append(shown, c.Replica)
	}
	if r.mayName(c) {
		if people[c.Person] {
			return true
		}
		shown = append(shown, c.Person, c.Key)
	}
	return slices.ContainsFunc(shown, func(s string) bool { return strings.Contains(strings.ToLower(s), find) })
}

// mayName says whether somebody may see who made a call: who reviews or owns the space, who operates the
// house, and everybody of their own.
func (r *request) mayName(c *watch.Record) bool {
	return r.scope.May(scope.Operate) || c.Space == r.scope.Space() && (r.scope.May(scope.Review) || r.scope.May(scope.Own)) ||
		c.Person != "" && c.Person == r.who.ID || c.Key != "" && c.Key == r.claim().Key
}

// peopleFound is how many people one text finds at most.
const peopleFound = 100

// called are the people in whose names a text stands, for who may list people.
func (n *liveNames) called(text string) map[string]bool {
	if text == "" || !n.r.scope.May(scope.Own) && !n.r.scope.May(scope.Operate) {
		return nil
	}
	if n.found == nil {
		n.found = map[string]map[string]bool{}
	}
	ids, known := n.found[text]
	if !known {
		all, _, err := n.s.Auth.People(n.r.Context(), n.r.scope, auth.PeopleFilter{Query: text, Limit: peopleFound})
		if err != nil {
			n.s.Log.Warn("calls are not found by the names of people", "request", n.r.id, "error", err)
		}
		ids = map[string]bool{}
		for _, a := range all {
			ids[a.ID] = true
		}
		n.found[text] = ids
	}
	return ids
}

// explained finds the calls of a request, by its id or by that of an answer that was made for it.
func explained(s *Server, r *request, in requestNamed) (requestExplained, error) {
	return s.explained(r, s.liveNames(r, r.tell), in.ID)
}

func (s *Server) explained(r *request, names *liveNames, name string) (requestExplained, error) {
	w := s.Gateway.Watch()
	id := cmp.Or(w.Named(name), name)
	out := requestExplained{Request: id}
	found := w.Find(maxCallsFound, func(c *watch.Record) bool { return c.Request == id && id != "" && r.mayWatch(c) })
	if len(found) == 0 {
		return out, &wenyuan.Error{Code: wenyuan.NotFound, Message: "nothing is known of the request " + name, Hint: "requests that asked a model are kept for a while only, until the next start at most; take the id from the header X-Request-Id of the reply"}
	}
	slices.Reverse(found)
	for _, c := range found {
		one := callOfRecord(r, names, c)
		one.Adapter = s.Gateway.Adapted(r.Context(), c.Of, cmp.Or(c.Answered, c.Model), c.Version())
		out.Calls = append(out.Calls, one)
	}
	return out, nil
}

// callOfRecord is a call in words. Who does not look after the space does not learn where replicas are.
func callOfRecord(r *request, names *liveNames, c watch.Record) call {
	if !r.builds() {
		hideReplicas(&c)
	}
	if !r.mayName(&c) {
		c.Person, c.Key = "", ""
	}
	out := call{Record: c, From: names.from(c), Steps: []calledStep{}}
	for _, s := range c.Road() {
		out.Steps = append(out.Steps, calledStep{s, names.say(s.Because()), names.say(s.Came())})
	}
	if s, ok := c.Deciding(); ok {
		out.Because = names.say(s.Because())
	}
	out.Record.Steps, out.Record.Space = nil, names.name(limit.Space, c.Space)
	return out
}

// oneself is who asks where there is nobody else.
func oneself() (reason string) { return "you" }

// from is who asked.
func (n *liveNames) from(c watch.Record) string {
	if c.Person == auth.Single.ID {
		return n.say(oneself())
	}
	if c.Person != "" {
		return n.name(limit.Person, c.Person)
	}
	return cmp.Or(c.Key, n.name(limit.Space, c.Space))
}

// hideReplicas puts numbers in the place of addresses, which what failed may hold as well.
func hideReplicas(c *watch.Record) {
	var known []string
	number := func(id string) string {
		if id == "" {
			return ""
		}
		if !slices.Contains(known, id) {
			known = append(known, id)
		}
		return fmt.Sprintf("replica %d", slices.Index(known, id)+1)
	}
	for i := range c.Steps {
		if c.Steps[i].Kind == watch.Replica {
			c.Steps[i].Where, c.Steps[i].Said = number(c.Steps[i].Where), ""
		}
	}
	c.Replica = number(c.Replica)
}
