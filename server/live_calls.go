package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
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
	From    string       `json:"from,omitempty" doc:"the name of who asked"`
	Because string       `json:"because,omitempty" doc:"why it went where it went"`
	Steps   []calledStep `json:"steps"`
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
	fits := func(c *watch.Record) bool {
		if in.Model != "" && c.Model != in.Model || !r.mayWatch(c) {
			return false
		}
		if find == "" {
			return true
		}
		if c.Holds(find) {
			return true
		}
		for id, name := range names.people {
			if id != "" && id == c.Person && strings.Contains(strings.ToLower(name), find) {
				return true
			}
		}
		return strings.Contains(strings.ToLower(names.spaces[c.Space]), find)
	}
	out := []call{}
	for _, c := range s.Gateway.Watch().Find(in.Limit, fits) {
		out = append(out, callOfRecord(r, names, c))
	}
	return out
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
		out.Calls = append(out.Calls, callOfRecord(r, names, c))
	}
	return out, nil
}

// callOfRecord is a call in words. Who does not look after the space does not learn where replicas are.
func callOfRecord(r *request, names *liveNames, c watch.Record) call {
	if !r.builds() {
		hideReplicas(&c)
	}
	out := call{Record: c, From: names.from(c), Steps: []calledStep{}}
	for _, s := range c.Steps {
		out.Steps = append(out.Steps, calledStep{s, names.say(s.Because()), names.say(s.Came())})
	}
	if s, ok := c.Deciding(); ok {
		out.Because = names.say(s.Because())
	}
	out.Record.Steps, out.Record.Space = nil, names.name(limit.Space, c.Space)
	return out
}

// from is who asked.
func (n *liveNames) from(c watch.Record) string {
	if c.Person != "" {
		return n.name(limit.Person, c.Person)
	}
	return cmp.Or(c.Key, n.name(limit.Space, c.Space))
}

// hideReplicas puts numbers in the place of addresses.
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
			c.Steps[i].Where = number(c.Steps[i].Where)
		}
	}
	c.Replica = number(c.Replica)
}
