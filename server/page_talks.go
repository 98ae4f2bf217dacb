package server

import (
	"io"
	"net/http"
	"net/url"

	"wenyuan/session"
	"wenyuan/web"
)

// talksSize is how many conversations a page lists.
const talksSize = 50

func talksPage(s *Server, w http.ResponseWriter, r *request) error {
	return s.talks(w, r, r.URL.Query().Get("before"), "")
}

// talks lists the reader's conversations. deleted is the title of one that was just deleted.
func (s *Server) talks(w http.ResponseWriter, r *request, before, deleted string) error {
	f, all, err := s.frame(r)
	if err != nil {
		return err
	}
	p := web.ConversationsPage{Frame: f, Before: before, Notice: deleted}
	if deleted != "" {
		p.Path = "/ask/all"
	}
	list, err := s.Answerer.Sessions.List(r.Context(), r.scope, r.who, session.Page{Before: before, Limit: talksSize + 1})
	if err != nil {
		return err
	}
	if len(list) > talksSize {
		list = list[:talksSize]
		p.Next = list[talksSize-1].ID
	}
	for _, c := range list {
		view, err := s.talkView(r, c, all)
		if err != nil {
			return err
		}
		p.Conversations = append(p.Conversations, view)
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Conversations(b, p) })
}

// renameTalkForm gives a conversation another title.
func renameTalkForm(s *Server, w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	if _, err := s.Answerer.Sessions.Rename(r.Context(), r.scope, r.who, id, r.PostFormValue("title")); err != nil {
		return err
	}
	return seeOther(w, r, "/ask/"+url.PathEscape(id)+"#latest")
}

// deleteTalkForm deletes a conversation and shows those that are left.
func deleteTalkForm(s *Server, w http.ResponseWriter, r *request) error {
	c, err := deleteConversation(s, r, idRequest{r.PathValue("id")})
	if err != nil {
		return err
	}
	return s.talks(w, r, "", c.Title)
}
