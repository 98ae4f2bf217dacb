package server

import (
	"wenyuan"
	"wenyuan/auth"
)

// A self is who asks, as the house sees it.
type self struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Kind     string       `json:"kind" doc:"local: works on this machine; declared: has a key of the settings file; else who it is" enum:"local,declared,person,service"`
	Email    string       `json:"email,omitempty"`
	Operator bool         `json:"operator"`
	Groups   []string     `json:"groups" doc:"those that hold you directly"`
	Key      string       `json:"key,omitempty" doc:"id of the key that was shown"`
	Expires  int64        `json:"expires,omitempty" doc:"when the key or session ends, UTC microseconds"`
	Behind   string       `json:"behind,omitempty" doc:"the service that asks in this person's place"`
	ViewAs   string       `json:"view_as,omitempty" doc:"id of the person whose view is shown"`
	Space    string       `json:"space" doc:"the one that you are asking in; empty for none"`
	Spaces   []auth.Space `json:"spaces" doc:"those of which you see something, with what you may do there"`
}

// me says who asks, and what they may do where.
func me(s *Server, r *request, _ nothing) (self, error) {
	id := r.identity
	out := self{ID: id.Principal.ID, Name: id.Principal.Name, Kind: id.Kind, Key: id.Key, Expires: id.Expires, ViewAs: id.ViewAs, Groups: []string{}, Spaces: []auth.Space{}}
	if id.Behind != nil {
		out.Behind = id.Behind.Principal.Name
	}
	switch a, err := s.Auth.Me(r.Context(), id); {
	case err == nil:
		out.Email, out.Operator, out.Groups = a.Email, a.Operator, append(out.Groups, a.Groups...)
	case wenyuan.CodeOf(err) != wenyuan.NotFound: // the machine and the settings file have no account
		return out, err
	default:
		out.Operator = true
	}
	list, err := s.Auth.Spaces(r.Context(), id)
	for _, x := range list {
		if x.ID == r.scope.Space() {
			out.Space = x.Name
		}
	}
	out.Spaces = append(out.Spaces, list...)
	return out, err
}
