package server

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/web"
)

func keysPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showKeys(w, r, http.StatusOK, web.KeysPage{Done: did(r, "revoked"), Draft: web.KeyDraft{Can: map[string]bool{}}})
}

func (s *Server) showKeys(w http.ResponseWriter, r *request, status int, p web.KeysPage) (err error) {
	if p.Frame, err = s.framed(r, "/access/keys"); err != nil {
		return err
	}
	p.Looks, p.Operates = r.scope.May(scope.Own) || r.scope.May(scope.Operate), r.scope.May(scope.Operate)
	if p.Alone, err = s.Auth.Empty(r.Context()); err != nil {
		return err
	}
	switch p.Which = oneOf(r.URL.Query().Get("whose"), "services", "all"); {
	case p.Which == "all" && p.Operates, p.Which == "services" && p.Looks:
	default:
		p.Which = "mine"
	}
	list, err := s.keysOf(r, p.Which)
	if err != nil {
		return err
	}
	for _, k := range list {
		p.Keys = append(p.Keys, keyRow(k, p.Looks))
	}
	p.Spaces, p.Rights = p.Frame.Spaces, auth.RightNames(r.scope.Rights()&scope.Every)
	if p.Operates || p.Looks {
		p.Rights = append(p.Rights, auth.RightNames(scope.Act)...)
		p.Whose, err = s.keyHolders(r, p.Operates)
	}
	if err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Keys(b, p) })
}

// holdersListed is how many people and services are looked at for their keys, and offered.
const holdersListed = 200

// keysOf lists the keys of who asks, of services, or of everybody.
func (s *Server) keysOf(r *request, which string) (all []auth.Key, err error) {
	_, me := s.Auth.Me(r.Context(), r.identity)
	accountless := wenyuan.CodeOf(me) == wenyuan.NotFound
	if which == "mine" && accountless {
		return nil, nil
	}
	if which == "mine" || which == "all" && accountless {
		return s.Auth.Keys(r.Context(), r.scope, r.identity, "")
	}
	f := auth.PeopleFilter{Limit: holdersListed}
	if which == "services" {
		f.Kind = auth.Service
	}
	list, _, err := s.Auth.People(r.Context(), r.scope, f)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		keys, err := s.Auth.Keys(r.Context(), r.scope, r.identity, a.ID)
		if code := wenyuan.CodeOf(err); err != nil && code != wenyuan.Denied && code != wenyuan.NotFound {
			return nil, err
		}
		all = append(all, keys...)
	}
	return all, nil
}

// keyHolders are those for whom who asks may make keys: services, and for operators everybody.
func (s *Server) keyHolders(r *request, everybody bool) (names []string, err error) {
	f := auth.PeopleFilter{Limit: holdersListed, Kind: auth.Service}
	if everybody {
		f.Kind = ""
	}
	list, _, err := s.Auth.People(r.Context(), r.scope, f)
	for _, a := range list {
		names = append(names, a.Name)
	}
	return names, err
}

func keyRow(k auth.Key, linked bool) web.Key {
	return web.Key{ID: k.ID, Name: k.Name, Person: k.Person, Linked: linked, Service: k.Kind == auth.Service, Can: k.Can, Space: k.Space, Created: k.Created,
		Expires: k.Expires, Used: k.Used, Revoked: k.Revoked, Past: k.Expires > 0 && k.Expires <= time.Now().UnixMicro(), Yours: true}
}

// addKeyForm makes a key. Its secret is shown in the reply and at no address, so that it is in no
// history.
func addKeyForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := r.PostForm
	draft := web.KeyDraft{For: strings.TrimSpace(f.Get("for")), Name: strings.TrimSpace(f.Get("name")), Space: f.Get("space"), Days: f.Get("days"), Can: map[string]bool{}}
	for _, c := range f["can"] {
		draft.Can[c] = true
	}
	in, err := s.newKeyOf(r, draft, f)
	if err == nil {
		var k auth.Key
		var secret string
		if k, secret, err = s.Auth.CreateKey(r.Context(), r.scope, r.identity, in); err == nil {
			row := keyRow(k, false)
			row.Secret = secret
			return s.showKeys(w, r, http.StatusOK, web.KeysPage{Made: &row, Draft: web.KeyDraft{Can: map[string]bool{}}})
		}
	}
	view, status, err := s.told(w, r, err)
	if err != nil {
		return err
	}
	return s.showKeys(w, r, status, web.KeysPage{Problem: view, Draft: draft})
}

// newKeyOf reads a key from its form. Whoever is not known by the name is a new service.
func (s *Server) newKeyOf(r *request, d web.KeyDraft, f url.Values) (auth.NewKey, error) {
	in := auth.NewKey{Name: d.Name, Can: f["can"], Space: d.Space}
	if d.Days != "" {
		days, err := strconv.Atoi(d.Days)
		if err != nil || days < 1 || days > 3650 {
			return in, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a key is valid for 1 to 3650 days", Hint: "give a whole number, or leave it empty", Err: err}
		}
		in.Expires = time.Now().AddDate(0, 0, days).UnixMicro()
	}
	if d.For == "" || !r.scope.May(scope.Own) && !r.scope.May(scope.Operate) {
		return in, nil
	}
	a, err := s.Auth.FindPerson(r.Context(), r.scope, d.For)
	switch {
	case wenyuan.CodeOf(err) == wenyuan.NotFound:
		in.Service = d.For
	case err != nil:
		return in, err
	case a.Kind == auth.Service:
		in.Service = a.Name
	default:
		in.Person = a.ID
	}
	return in, nil
}

func revokeKeyForm(s *Server, w http.ResponseWriter, r *request) error {
	defer s.front.clear()
	if err := s.Auth.RevokeKey(r.Context(), r.scope, r.identity, r.PathValue("id")); err != nil {
		view, status, err := s.told(w, r, err)
		if err != nil {
			return err
		}
		return s.showKeys(w, r, status, web.KeysPage{Problem: view, Draft: web.KeyDraft{Can: map[string]bool{}}})
	}
	return seeOther(w, r, done("/access/keys", "revoked", ""))
}
