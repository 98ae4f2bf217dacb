package server

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/signin"
	"wenyuan/gateway"
	"wenyuan/web"
)

// keyPath is where a browser asks for a key of the settings file.
const keyPath = "/signin/key"

// way is how a session that a provider began is marked.
const wayOIDC = "oidc:"

// signInPage is where people come in. Who is in already goes on.
func signInPage(s *Server, w http.ResponseWriter, r *request) error {
	back := ownAddress(cmp.Or(r.FormValue("back"), "/"))
	_, ok, err := s.fromSession(w, r.Request)
	if err != nil && !errors.Is(err, signin.ErrSignedOut) {
		return err
	}
	if ok && err == nil {
		return seeOther(w, r, back)
	}
	p := web.SignInPage{Back: back, Out: r.FormValue("out") != ""}
	for _, x := range s.Providers.All() {
		if x.Name == r.FormValue("out") {
			if at := s.Providers.Out(x.Name, s.outside(r.Request, "/signin")); at != "" {
				p.OutAt = &web.SignInProvider{Name: x.Name, Title: x.Label(), Address: at}
			}
		}
	}
	return s.showSignIn(w, r, http.StatusOK, p)
}

func (s *Server) showSignIn(w http.ResponseWriter, r *request, status int, p web.SignInPage) (err error) {
	p.Frame, p.Passwords, p.Keys = s.preferred(r), s.SignIn.Passwords(), len(s.access.Load().Keys) > 0
	p.Path = "/signin?" + url.Values{"back": {p.Back}}.Encode()
	if p.Nobody, err = s.Auth.Empty(r.Context()); err != nil {
		return err
	}
	for _, x := range s.Providers.All() {
		p.Providers = append(p.Providers, web.SignInProvider{Name: x.Name, Title: x.Label(), Address: "/signin/" + x.Name + "?" + url.Values{"back": {p.Back}}.Encode()})
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.SignIn(b, p) })
}

// signInForm lets somebody in by a password. What went wrong is said on the same page, with the
// name that was typed and without the password.
func signInForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := vouchSession(r.Request); err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	name, back := strings.TrimSpace(r.PostForm.Get("name")), ownAddress(cmp.Or(r.PostForm.Get("back"), "/"))
	err := s.byPassword(w, r, name, r.PostForm.Get("password"))
	if err == nil {
		return seeOther(w, r, back)
	}
	said, status := explain(err, r.id)
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		return err
	}
	s.retryAfter(w, status, err)
	view := problemView(said)
	return s.showSignIn(w, r, status, web.SignInPage{Name: name, Back: back, Problem: &view})
}

// signInWithKey is a page that a browser is asked for a key at.
func signInWithKey(_ *Server, w http.ResponseWriter, r *request) error { return seeOther(w, r, "/") }

var errBeginning = errors.New("many sign-ins at a provider")

// toProvider sends a browser to a provider.
func toProvider(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("provider")
	if wait := s.begins.failed(addressOf(r.Request)); wait > 0 {
		return &wenyuan.Error{Code: wenyuan.Limited, Message: "too many sign-ins were begun from here", Hint: "wait a little, and begin again", Err: &gateway.Wait{After: wait, Err: errBeginning}}
	}
	address, binder, err := s.Providers.Begin(r.Context(), name, s.callback(r, name), ownAddress(cmp.Or(r.FormValue("back"), "/")), s.kept(r.Request, binderCookie))
	if err != nil {
		return err
	}
	s.keep(w, r.Request, binderCookie, binder, underWay)
	http.Redirect(w, r.Request, address, http.StatusSeeOther)
	return nil
}

func (s *Server) callback(r *request, provider string) string {
	return s.outside(r.Request, "/signin/"+url.PathEscape(provider)+"/callback")
}

// fromProvider lets in who comes back from a provider.
func fromProvider(s *Server, w http.ResponseWriter, r *request) error {
	name := r.PathValue("provider")
	if len(r.URL.RawQuery) > maxCallback {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: "the address is too long", Hint: "begin again"}
	}
	who, err := s.Providers.Finish(r.Context(), name, s.callback(r, name), s.kept(r.Request, binderCookie), r.URL.Query())
	if err != nil {
		return s.notLetIn(w, r, err)
	}
	if who.Elsewhere {
		s.Log.Warn("the provider keeps back the groups of a person, and they count as none: have it send fewer", "provider", name, "person", who.Name)
	}
	p := who.Provider
	a, err := s.Auth.Provision(r.Context(), auth.Provisioned{
		Source: p.Name, External: who.Subject, Name: who.Name, Email: who.Email, EmailVerified: who.Email != "",
		Groups: who.Groups, MakeGroups: p.MakeGroups, Space: p.Space, Role: p.Role,
	})
	if err != nil {
		return s.notLetIn(w, r, err)
	}
	v := s.visitOf(r)
	v.Way = wayOIDC + p.Name
	token, err := s.SignIn.Begin(r.Context(), a.ID, v)
	if err != nil {
		return s.notLetIn(w, r, err)
	}
	s.keep(w, r.Request, binderCookie, "", -1)
	s.keep(w, r.Request, sessionCookie, token, 0)
	return seeOther(w, r, ownAddress(who.Back))
}

// maxCallback bounds the parameters that a provider sends back, in bytes.
const maxCallback = 16 << 10

// notLetIn says on the page of signing in why the provider's word did not do. What the provider
// did is logged: only who looks after both can do something about it.
func (s *Server) notLetIn(w http.ResponseWriter, r *request, err error) error {
	said, status := explain(err, r.id)
	if status == http.StatusInternalServerError {
		return err
	}
	s.Log.Warn("nobody was let in after a provider sent them", "request", r.id, "provider", r.PathValue("provider"), "error", err)
	s.retryAfter(w, status, err)
	view := problemView(said)
	return s.showSignIn(w, r, status, web.SignInPage{Back: "/", Problem: &view})
}

// signOutForm ends the session, and says where somebody may be signed in still.
func signOutForm(s *Server, w http.ResponseWriter, r *request) error {
	way, err := s.signOut(w, r)
	if err != nil {
		return err
	}
	out := "yes"
	if provider, ok := strings.CutPrefix(way, wayOIDC); ok {
		out = provider
	}
	return seeOther(w, r, "/signin?"+url.Values{"out": {out}}.Encode())
}

// accountPage is what somebody has here.
func accountPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.showAccount(w, r, http.StatusOK, web.AccountPage{Done: oneOf(r.FormValue("done"), "password", "ended", "others")})
}

// oneOf is a value that is known, or nothing.
func oneOf(value string, known ...string) string {
	for _, k := range known {
		if value == k {
			return k
		}
	}
	return ""
}

func (s *Server) showAccount(w http.ResponseWriter, r *request, status int, p web.AccountPage) (err error) {
	if p.Frame, _, err = s.frame(r); err != nil {
		return err
	}
	p.Path, p.Name, p.Passwords = "/account", r.who.Name, s.SignIn.Passwords()
	a, err := s.Auth.Me(r.Context(), r.identity)
	if err == nil {
		p.Person, p.Name, p.Email, p.Groups = true, a.Name, a.Email, a.Groups
	} else if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	var list []signin.Session
	if inPerson(r.identity) {
		if list, err = s.SignIn.List(r.Context(), r.identity); err != nil {
			return err
		}
	}
	for _, x := range list {
		way, _ := strings.CutPrefix(x.Way, wayOIDC)
		p.Sessions = append(p.Sessions, web.SessionRow{ID: x.ID, Address: x.Address, Agent: x.Agent, Way: way, Created: x.Created, Seen: x.Seen, Expires: x.Expires, Current: x.Current})
	}
	if p.Limits, err = s.ownLimits(r); err != nil {
		return err
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Account(b, p) })
}

// passwordForm changes one's own password.
func passwordForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if r.PostForm.Get("password") == "" {
		return s.accountProblem(w, r, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no new password", Hint: "type one"})
	}
	err := s.changePassword(r, r.who.Name, r.PostForm.Get("before"), r.PostForm.Get("password"))
	if err != nil {
		return s.accountProblem(w, r, err)
	}
	return seeOther(w, r, "/account?done=password")
}

// sessionsForm ends one of one's own sessions, or all others.
func sessionsForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	done, id := "others", r.PostForm.Get("session")
	if id != "" {
		done = "ended"
	}
	if _, err := endSession(s, r, sessionEnd{id}); err != nil {
		return s.accountProblem(w, r, err)
	}
	return seeOther(w, r, "/account?done="+done)
}

func (s *Server) accountProblem(w http.ResponseWriter, r *request, err error) error {
	said, status := explain(err, r.id)
	if status == http.StatusInternalServerError {
		return err
	}
	s.retryAfter(w, status, err)
	view := problemView(said)
	return s.showAccount(w, r, status, web.AccountPage{Problem: &view})
}
