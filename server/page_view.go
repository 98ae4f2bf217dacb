package server

import (
	"net/http"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/store"
)

// viewCookie is the id of the person whose view is shown to who holds no session: who came with a
// declared key, or works on this machine.
const viewCookie = "wenyuan_view"

// errViewing refuses what changes something while the view of somebody else is shown.
var errViewing = &wenyuan.Error{Code: wenyuan.Denied, Message: "nothing can be changed while the view of somebody else is shown", Hint: "end the view first: the bar at the top of each page does"}

// onlyLooks refuses what is no reading while somebody looks at another's view. What belongs to
// nobody's space, as ending the view, stays.
func onlyLooks(q *request, t *route) error {
	if q.identity.ViewAs == "" || t.anyone || t.open || q.Method == http.MethodGet || q.Method == http.MethodHead {
		return nil
	}
	return errViewing
}

// viewForm begins to show what a person sees, bounded by what who asks sees.
func viewForm(s *Server, w http.ResponseWriter, r *request) error {
	a, err := s.Auth.FindPerson(r.Context(), r.scope, r.PathValue("name"))
	if err != nil {
		return err
	}
	if a.ID == r.who.ID || a.Disabled {
		return s.showPersonAgain(w, r)
	}
	id, err := s.Auth.ViewAs(r.Context(), r.identity, r.scope, a.ID)
	if err != nil {
		return s.personProblem(w, r, err)
	}
	if err := s.view(w, r, id.ViewAs, a.Name); err != nil {
		return s.personProblem(w, r, err)
	}
	return seeOther(w, r, "/")
}

func (s *Server) showPersonAgain(w http.ResponseWriter, r *request) error {
	return seeOther(w, r, personAddress(r.PathValue("name")))
}

// endViewForm shows one's own view again.
func endViewForm(s *Server, w http.ResponseWriter, r *request) error {
	if r.identity.ViewAs != "" {
		if err := s.view(w, r, "", s.viewName(r, r.identity.ViewAs)); err != nil {
			return err
		}
	}
	return seeOther(w, r, "/")
}

// view keeps whose view is shown, and records it: in the session, or in a cookie for who has none.
func (s *Server) view(w http.ResponseWriter, r *request, person, name string) error {
	switch {
	case r.identity.Session != "":
	case r.identity.Kind == auth.Local, r.identity.Kind == auth.Declared:
		s.keep(w, r.Request, viewCookie, person, map[bool]int{true: 0, false: -1}[person != ""])
	default:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "with a key one cannot look at the view of somebody else", Hint: "sign in first"}
	}
	return s.Store.Write(r.Context(), func(tx *store.Tx) error {
		if r.identity.Session != "" {
			if err := s.SignIn.View(r.Context(), tx, r.identity, person); err != nil {
				return err
			}
		}
		act := audit.Act{Space: r.scope.Space(), Action: "view_as", Object: name, Detail: map[string]bool{"begins": person != ""}}
		return audit.Append(r.Context(), tx, act)
	})
}

// viewed is the identity with the view that its cookie names. One that names nobody any more, or
// that may not be shown, is passed over.
func (s *Server) viewed(q *request) (auth.Identity, bool) {
	person := s.kept(q.Request, viewCookie)
	if person == "" || q.identity.ViewAs != "" {
		return q.identity, false
	}
	id, err := s.Auth.ViewAs(q.Context(), q.identity, q.scope, person)
	return id, err == nil
}
