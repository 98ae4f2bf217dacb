package server

import (
	"wenyuan"
	"wenyuan/auth"
)

type canQuery struct {
	Person   string `query:"person" doc:"id, name or e-mail; needed"`
	Document string `query:"document" doc:"id of a document; needed"`
}

// can says whether somebody may read a document, and why, in a sentence.
func can(s *Server, r *request, in canQuery) (auth.Decision, error) {
	if in.Person == "" || in.Document == "" {
		return auth.Decision{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names no person or no document", Hint: "add ?person=NAME&document=ID"}
	}
	d, err := s.Auth.Can(r.Context(), r.scope, r.identity, in.Person, in.Document)
	d.Because = r.tell(d.Because)
	return d, err
}
