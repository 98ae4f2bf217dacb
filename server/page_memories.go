package server

import (
	"io"
	"net/http"

	"wenyuan/session"
	"wenyuan/trace"
	"wenyuan/web"
)

// memoriesPage is what the reader asked to be remembered.
func memoriesPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.memories(w, r, http.StatusOK, web.MemoriesPage{})
}

func (s *Server) memories(w http.ResponseWriter, r *request, status int, p web.MemoriesPage) (err error) {
	if p.Frame, _, err = s.frame(r); err != nil {
		return err
	}
	p.Path = "/ask/memories"
	all, err := s.Answerer.Sessions.Memories(r.Context(), r.scope, r.who)
	if err != nil {
		return err
	}
	for _, m := range all {
		p.Memories = append(p.Memories, memoryView(m))
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Memories(b, p) })
}

func memoryView(m session.Memory) web.Remembered {
	return web.Remembered{ID: m.ID, Text: m.Text, Conversation: m.Conversation, Created: m.Created}
}

// rememberForm has something remembered.
func rememberForm(s *Server, w http.ResponseWriter, r *request) error {
	text := r.PostFormValue("text")
	_, err := s.Answerer.Sessions.Remember(r.Context(), r.scope, r.who, text, "")
	if err == nil {
		return seeOther(w, r, "/ask/memories")
	}
	said, status := explain(err, r.id)
	if status >= http.StatusInternalServerError {
		return err
	}
	view := problemView(said)
	return s.memories(w, r, status, web.MemoriesPage{Text: text, Problem: &view})
}

// forgetForm has something forgotten. The page offers to have it back, so it is shown at once
// and under no address of its own.
func forgetForm(s *Server, w http.ResponseWriter, r *request) error {
	id := r.PathValue("memory")
	all, err := s.Answerer.Sessions.Memories(r.Context(), r.scope, r.who)
	if err != nil {
		return err
	}
	if err := s.Answerer.Sessions.Forget(r.Context(), r.scope, r.who, id); err != nil {
		return err
	}
	p := web.MemoriesPage{}
	for _, m := range all {
		if m.ID == id {
			view := memoryView(m)
			p.Forgotten = &view
		}
	}
	return s.memories(w, r, http.StatusOK, p)
}

// memoryOf is what a question asked to be remembered, as long as it is.
func (s *Server) memoryOf(r *request, t trace.Trace) (*web.Remembered, error) {
	var said struct {
		Memory string `json:"memory"`
	}
	if !detailOf(t, "remember", &said) || t.Principal != r.who.ID {
		return nil, nil
	}
	all, err := s.Answerer.Sessions.Memories(r.Context(), r.scope, r.who)
	for _, m := range all {
		if m.ID == said.Memory {
			view := memoryView(m)
			return &view, nil
		}
	}
	return nil, err
}
