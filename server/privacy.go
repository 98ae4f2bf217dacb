package server

import (
	"encoding/json"
	"net/http"

	"wenyuan"
	"wenyuan/privacy"
)

// exportPerson writes everything that is kept of a person while it reads: it may be much.
func exportPerson(s *Server, w http.ResponseWriter, r *request, in personRequest) error {
	lines := json.NewEncoder(flushing(w))
	lines.SetEscapeHTML(false)
	begun := false
	return s.Privacy.Export(r.Context(), r.scope, themselves(r), in.Name, func(l privacy.Line) error {
		if !begun {
			w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
			w.Header().Set("Content-Disposition", `attachment; filename="person.jsonl"`)
			begun = true
		}
		return lines.Encode(l)
	})
}

// themselves is who asks, where they come in person and by something that is held to nothing: what
// may do less than its person must not come by all that is kept of them.
func themselves(r *request) wenyuan.Principal {
	if !inPerson(r.identity) || r.identity.ViewAs != "" {
		return wenyuan.Principal{}
	}
	return r.who
}

type eraseRequest struct {
	Name    string `json:"-" path:"name" doc:"id, name or e-mail"`
	Confirm string `json:"confirm" doc:"the person's name, as it is written: this cannot be undone"`
}

func erasePerson(s *Server, r *request, in eraseRequest) (privacy.Erasure, error) {
	return s.Privacy.Erase(r.Context(), r.scope, themselves(r), in.Name, in.Confirm)
}
