package server

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/channel"
	"wenyuan/gateway"
)

// errNotThatKey refuses the key of a widget, which opens its channel and nothing else.
var errNotThatKey = &wenyuan.Error{Code: wenyuan.Denied, Message: "the key of a widget can ask through its channel and nothing else", Hint: "use the key of a person here", Err: errNoKey}

// errNoKey marks the refusals that a key would change.
var errNoKey = errors.New("no valid key")

// errKey refuses who brings no key, or one that opens nothing. Both read the same.
var errKey = &wenyuan.Error{Code: wenyuan.Denied, Message: "this server wants a key", Hint: "send the header Authorization: Bearer KEY; the verbs take it from WENYUAN_KEY", Err: errNoKey}

var errGuessing = errors.New("many keys that open nothing")

// credential is the key that a request brings: as Bearer, or as the password of Basic, which
// is how a browser asks for it. A request of the console brings none, but a session.
func credential(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return bearer(r)
}

// admit says who comes, and what they may see and do: by a key, by the session of a browser, or,
// where there is neither anybody nor a key, as the one person of this house.
func (s *Server) admit(w http.ResponseWriter, q *request) error {
	given := credential(q.Request)
	if given == "" {
		return s.admitUnnamed(w, q)
	}
	err := s.admitKey(q, given)
	if errors.Is(err, errKey) {
		if wait := s.guesses.failed(addressOf(q.Request)); wait > 0 {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: "too many keys from here opened nothing", Hint: "wait a little, and look for the right key",
				Err: &gateway.Wait{After: wait, Err: errGuessing}}
		}
	}
	return err
}

// admitKey lets in who brings a key. The token of this machine and the keys of the settings file
// are looked at first; only then is the database asked.
func (s *Server) admitKey(q *request, given string) error {
	if id, ok := s.configured(given); ok {
		return s.admitIdentity(q, id)
	}
	if strings.HasPrefix(given, channel.KeyPrefix) { // who is known as a stranger stays one
		return errNotThatKey
	}
	err := q.inSpace(func(space string) error {
		id, sc, err := s.Auth.Enter(q.Context(), auth.Credential{Key: given, Space: space})
		q.known(id, sc)
		return err
	})
	switch {
	case err == nil:
		return s.onBehalf(q)
	case wenyuan.CodeOf(err) != wenyuan.Denied:
		return err
	}
	return s.admitStray(q, given)
}

// configured are the credentials that are not in the database.
func (s *Server) configured(given string) (id auth.Identity, ok bool) {
	if s.Token != "" && equal(given, s.Token) {
		return auth.Machine(), true
	}
	for _, k := range s.access.Load().Keys {
		if equal(given, k.Value) { // no early end: the time must not tell which key is near
			id, ok = auth.Declares(k.Name), true
		}
	}
	return id, ok
}

// admitStray lets in who brings a key that opens nothing to a house that wants none: programs
// that cannot do without a key make one up. Who brings one of a person or service means to be them.
func (s *Server) admitStray(q *request, given string) error {
	single, err := s.single(q)
	if err != nil {
		return err
	}
	if single && !strings.HasPrefix(given, auth.KeyPrefix) {
		return s.admitIdentity(q, auth.Machine())
	}
	return errKey
}

// admitUnnamed lets in who comes without a key.
func (s *Server) admitUnnamed(w http.ResponseWriter, q *request) error {
	signed, ok, err := s.fromSession(w, q.Request)
	if err != nil {
		return err
	}
	if ok {
		return s.admitSession(q, signed.Session)
	}
	single, err := s.single(q)
	if err != nil {
		return err
	}
	if single {
		return s.admitIdentity(q, auth.Machine())
	}
	return errKey
}

// admitSession lets in who is signed in.
func (s *Server) admitSession(q *request, session string) error {
	err := q.inSpace(func(space string) error {
		id, sc, err := s.Auth.Enter(q.Context(), auth.Credential{Session: session, Space: space})
		q.known(id, sc)
		return err
	})
	switch {
	case err == nil:
		return s.onBehalf(q)
	case wenyuan.CodeOf(err) == wenyuan.Denied: // it was ended a moment ago
		return errKey
	}
	return err
}

// admitIdentity lets in who is known without the database. They are at home in the space main.
func (s *Server) admitIdentity(q *request, id auth.Identity) error {
	err := q.inSpace(func(space string) error {
		sc, err := s.Auth.Scope(q.Context(), id, cmp.Or(space, wenyuan.DefaultSpace))
		q.known(id, sc)
		return err
	})
	if err != nil {
		return err
	}
	if id, ok := s.viewed(q); ok {
		return q.inSpace(func(space string) error {
			sc, err := s.Auth.Scope(q.Context(), id, space)
			if wenyuan.CodeOf(err) == wenyuan.NotFound {
				err = nil // they see nothing here, which is what is shown
			}
			q.known(id, sc)
			return err
		})
	}
	return s.onBehalf(q)
}

// onBehalf makes the request that of the person whom a service names.
func (s *Server) onBehalf(q *request) error {
	if len(q.Header.Values(BehalfHeader)) == 0 {
		return nil
	}
	person := q.named(BehalfHeader)
	if person == "" { // a program that lost the name must not get the service's own view
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "the header Wenyuan-On-Behalf-Of names nobody", Hint: "name the person, or leave the header out"}
	}
	id, err := s.Auth.InPlaceOf(q.Context(), q.identity, person)
	if err != nil {
		return err
	}
	return q.inSpace(func(space string) error {
		sc, err := s.Auth.Scope(q.Context(), id, space)
		q.known(id, sc)
		return err
	})
}

// single says that this house is one person's: nobody was added, no key is declared, and the
// request comes from this machine. A proxy here may let in others, whom it names.
func (s *Server) single(q *request) (bool, error) {
	at := addressOf(q.Request)
	if a := s.access.Load(); len(a.Keys) > 0 || a.Open || at.IsValid() && !at.Unmap().IsLoopback() {
		return false, nil
	}
	return s.Auth.Empty(q.Context())
}
