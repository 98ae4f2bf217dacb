package server

import (
	"wenyuan"
	"wenyuan/auth"
)

type (
	keysQuery struct {
		Person string `query:"person" doc:"id, name or e-mail of a person or service; your own keys where it is left out"`
	}
	keyList struct {
		Keys []auth.Key `json:"keys"`
	}
	newKey struct {
		Person  string   `json:"person,omitempty" doc:"whose it is; yours where neither person nor service is given"`
		Service string   `json:"service,omitempty" doc:"a program that has keys of its own; made where there is none of that name"`
		Name    string   `json:"name,omitempty" doc:"what it is for"`
		Can     []string `json:"can,omitempty" doc:"rights it is held to: read, ask, edit, review, own, operate, act; all that its holder has where it is left out"`
		Space   string   `json:"space,omitempty" doc:"the only space that it opens"`
		Role    string   `json:"role,omitempty" doc:"of a new service in that space, or in that of the request" enum:"viewer,asker,editor,reviewer,owner" default:"asker"`
		Expires int64    `json:"expires,omitempty" doc:"UTC microseconds; 0: never"`
	}
	// madeKey is a key with its secret, which is kept nowhere.
	madeKey struct {
		auth.Key
		Secret string `json:"key" doc:"shown this once"`
	}
)

func keys(s *Server, r *request, in keysQuery) (keyList, error) {
	list, err := s.Auth.Keys(r.Context(), r.scope, r.identity, in.Person)
	if list == nil {
		list = []auth.Key{}
	}
	return keyList{list}, err
}

func createKey(s *Server, r *request, in newKey) (madeKey, error) {
	k, secret, err := s.Auth.CreateKey(r.Context(), r.scope, r.identity, auth.NewKey{
		Person: in.Person, Service: in.Service, Name: in.Name, Can: in.Can, Space: in.Space, Role: in.Role, Expires: in.Expires})
	return madeKey{k, secret}, err
}

type revokedKey struct {
	ID string `json:"id" doc:"of the key that opens nothing any more"`
}

func revokeKey(s *Server, r *request, in idRequest) (revokedKey, error) {
	defer s.front.clear()
	return revokedKey{in.ID}, s.Auth.RevokeKey(r.Context(), r.scope, r.identity, in.ID)
}

// inPerson says that somebody comes themselves, by something that is held to nothing.
func inPerson(id auth.Identity) bool { return id.Behind == nil && !id.Held() }

// errNotInPerson keeps where somebody is signed in from a service that acts for them, and from a
// key that is held to less than they may do.
var errNotInPerson = &wenyuan.Error{Code: wenyuan.Denied, Message: "sessions are for who comes in person", Hint: "sign in, or use a key that is held to nothing"}

// errHeldKey keeps a key that is held to less from becoming more: by a password one signs in for everything.
var errHeldKey = &wenyuan.Error{Code: wenyuan.Denied, Message: "this key is not enough to set a password", Hint: "sign in, or use a key that is held to nothing"}
