package server

import (
	"net/http"

	"wenyuan"
	"wenyuan/auth"
)

// fromSession lets in who comes with the cookie of a session, and gives the browser a new token
// when it is time; ok is false where there is no such cookie. It is called before anything of the
// reply is sent. A session that is over takes its cookie back and is refused as ErrSignedOut;
// a request that another page may have made is refused as any foreign one.
func (s *Server) fromSession(w http.ResponseWriter, r *http.Request) (id auth.Identity, ok bool, err error) {
	token, ok := s.sessionToken(r)
	if !ok {
		return auth.Identity{}, false, nil
	}
	if err := vouchSession(r); err != nil {
		return auth.Identity{}, true, err
	}
	id, next, err := s.SignIn.BySession(r.Context(), token)
	if err != nil {
		return auth.Identity{}, true, err
	}
	_ = next
	return id, true, nil
}

// sessionToken is the token of the cookie that a browser sends; ok is false for none.
func (s *Server) sessionToken(r *http.Request) (token string, ok bool) { return "", false }

// vouchSession refuses what changes something and does not come from our own page.
func vouchSession(r *http.Request) error { return &wenyuan.Error{} }

// toSignIn sends a browser that asks for a page to where one signs in, and back afterwards. It
// says false for anything else, which is to be refused.
func (s *Server) toSignIn(w http.ResponseWriter, r *request) bool { return false }
