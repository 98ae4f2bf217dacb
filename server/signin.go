package server

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/signin"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
)

// The cookies of signing in. Where they are sent by HTTPS alone their names begin with
// hostOnly, so that no neighbouring host can set them.
const (
	sessionCookie = "wenyuan_session"
	binderCookie  = "wenyuan_signin" // of a sign-in at a provider that is under way
	hostOnly      = "__Host-"
	underWay      = 600 // seconds that one may take
)

// fromSession lets in who comes with the cookie of a session, and gives the browser a new token
// when it is time; ok is false where there is no such cookie. It is called before anything of the
// reply is sent. A session that is over takes its cookie back and is refused as ErrSignedOut;
// a request that another page may have made is refused as any foreign one.
func (s *Server) fromSession(w http.ResponseWriter, r *http.Request) (id auth.Identity, ok bool, err error) {
	token := s.kept(r, sessionCookie)
	if token == "" {
		return auth.Identity{}, false, nil
	}
	if err := vouchSession(r); err != nil {
		return auth.Identity{}, true, err
	}
	id, next, err := s.SignIn.BySession(r.Context(), token)
	if errors.Is(err, signin.ErrSignedOut) {
		s.keep(w, r, sessionCookie, "", -1)
		said, _ := errors.AsType[*wenyuan.Error](err)
		return auth.Identity{}, true, &wenyuan.Error{Code: wenyuan.Denied, Message: said.Message, Hint: said.Hint, Err: errors.Join(errNoKey, err)}
	}
	if err != nil {
		return auth.Identity{}, true, err
	}
	if next != "" {
		s.keep(w, r, sessionCookie, next, 0)
	}
	return id, true, nil
}

// kept is the value of a cookie of signing in; "" for none.
func (s *Server) kept(r *http.Request, name string) string {
	if s.https(r) {
		name = hostOnly + name
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// keep sets such a cookie, for some seconds, for as long as the browser is open (0), or not at
// all any more (-1). Lax lets a link lead here as who is signed in; what changes something is
// asked for its origin besides.
func (s *Server) keep(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if s.https(r) {
		c.Name, c.Secure = hostOnly+name, true
	}
	http.SetCookie(w, c)
}

// https says that the browser reaches us by HTTPS, directly or through a proxy.
func (s *Server) https(r *http.Request) bool {
	if s.PublicURL != "" {
		return strings.HasPrefix(s.PublicURL, "https://")
	}
	return secure(&request{Request: r})
}

// outside is our own address as the browser has it.
func (s *Server) outside(r *http.Request, path string) string {
	base := strings.TrimSuffix(s.PublicURL, "/")
	if base == "" {
		base = "http://" + r.Host
		if s.https(r) {
			base = "https://" + r.Host
		}
	}
	return base + path
}

// vouchSession refuses what changes something and does not come from our own page. Browsers add
// the cookie to what other pages send; each that is in use says where a request comes from. One
// that says nothing is refused: the cookie of a session is for browsers.
func vouchSession(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	case "":
		u, err := url.Parse(r.Header.Get("Origin"))
		if err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
			return nil
		}
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "this request does not come from a page of this server", Hint: "use the console; programs send a key, and no cookie"}
}

// toSignIn sends a browser that asks for a page to where one signs in, and back afterwards. It
// says false for anything else, which is to be refused: for programs, and where nobody can sign in.
func (s *Server) toSignIn(w http.ResponseWriter, r *request) bool {
	if !forPeople(r) || strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == keyPath || credential(r.Request) != "" || !s.canSignIn() {
		return false
	}
	if nobody, err := s.Auth.Empty(r.Context()); nobody || err != nil {
		return false
	}
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		back = "/"
		if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
			back = from.RequestURI()
		}
	}
	address := "/signin"
	if back != "/" {
		address += "?" + url.Values{"back": {back}}.Encode()
	}
	http.Redirect(w, r.Request, address, http.StatusSeeOther)
	return true
}

// canSignIn says that there is a way to sign in.
func (s *Server) canSignIn() bool {
	return s.SignIn.Passwords() || len(s.Providers.All()) > 0
}

// visitOf is where somebody signs in from.
func (s *Server) visitOf(r *request) signin.Visit {
	v := signin.Visit{Agent: r.UserAgent(), Former: s.kept(r.Request, sessionCookie)}
	if at := addressOf(r.Request); at.IsValid() {
		v.Address = at.String()
	}
	return v
}

// byPassword signs in, and says how long to wait where there were too many attempts.
func (s *Server) byPassword(w http.ResponseWriter, r *request, name, password string) error {
	token, err := s.SignIn.ByPassword(r.Context(), name, password, s.visitOf(r))
	if err != nil {
		return waiting(err)
	}
	s.keep(w, r.Request, sessionCookie, token, 0)
	return nil
}

// waiting has the door say how long to wait.
func waiting(err error) error {
	wait, ok := errors.AsType[*signin.Wait](err)
	if !ok {
		return err
	}
	said, _ := errors.AsType[*wenyuan.Error](err)
	return &wenyuan.Error{Code: said.Code, Message: said.Message, Hint: said.Hint, Err: &gateway.Wait{After: wait.After, Err: err}}
}

type (
	signInRequest struct {
		Name     string `json:"name" doc:"name or e-mail address"`
		Password string `json:"password"`
	}
	passwordRequest struct {
		Name     string `path:"name"`
		Before   string `json:"before,omitempty" doc:"the present one; needed for your own, where you have one"`
		Password string `json:"password" doc:"10 to 1024 characters; empty takes it away"`
	}
	signedIn struct {
		Name string `json:"name"`
	}
	passwordSet struct {
		Name string `json:"name"`
	}
	sessionList struct {
		Sessions []signin.Session `json:"sessions" doc:"the one used last first"`
	}
	sessionEnd struct {
		ID string `query:"id" doc:"of one of yours; all but the present one where it is left out"`
	}
	endedSessions struct {
		Ended string `json:"ended" doc:"the id, or others"`
	}
)

// signInAPI signs a program in that keeps cookies, such as a console of somebody else's making.
func signInAPI(s *Server, w http.ResponseWriter, r *request, in signInRequest) error {
	if err := s.byPassword(w, r, in.Name, in.Password); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, signedIn{in.Name})
}

// signOutAPI ends the session that the cookie opens. Without one there is nothing to do.
func signOutAPI(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	if _, err := s.signOut(w, r); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signOut ends the session of the request, and says by which way it came.
func (s *Server) signOut(w http.ResponseWriter, r *request) (way string, err error) {
	id, ok, err := s.fromSession(w, r.Request)
	if errors.Is(err, signin.ErrSignedOut) {
		return "", nil
	}
	if err != nil || !ok {
		return "", err
	}
	r.known(id, r.scope)
	list, err := s.SignIn.List(r.Context(), id)
	if err != nil {
		return "", err
	}
	for _, x := range list {
		if x.Current {
			way = x.Way
		}
	}
	if err := s.SignIn.End(r.Context(), id, id.Session); err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		return "", err
	}
	s.keep(w, r.Request, sessionCookie, "", -1)
	return way, nil
}

func sessions(s *Server, r *request, _ nothing) (sessionList, error) {
	if !inPerson(r.identity) {
		return sessionList{}, errNotInPerson
	}
	list, err := s.SignIn.List(r.Context(), r.identity)
	if list == nil {
		list = []signin.Session{}
	}
	return sessionList{list}, err
}

func endSession(s *Server, r *request, in sessionEnd) (endedSessions, error) {
	if r.identity.ViewAs != "" {
		return endedSessions{}, errOthersView
	}
	if !inPerson(r.identity) {
		return endedSessions{}, errNotInPerson
	}
	return endedSessions{cmp.Or(in.ID, "others")}, s.SignIn.End(r.Context(), r.identity, in.ID)
}

func setPassword(s *Server, r *request, in passwordRequest) (passwordSet, error) {
	return passwordSet{in.Name}, s.changePassword(r, in.Name, in.Before, in.Password)
}

func (s *Server) changePassword(r *request, name, before, password string) error {
	if r.identity.ViewAs != "" {
		return errOthersView
	}
	if r.identity.Held() {
		return errHeldKey
	}
	return waiting(s.SignIn.SetPassword(r.Context(), r.identity, r.scope.May(scope.Operate), name, before, password))
}

// errOthersView keeps what is one's own out of a view of what somebody else sees.
var errOthersView = &wenyuan.Error{Code: wenyuan.Denied, Message: "you look at what somebody else sees", Hint: "go back to your own view first"}
