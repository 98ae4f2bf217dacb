package server

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan"
	"wenyuan/channel"
	"wenyuan/web"
)

// public is an endpoint of a public page: nobody signs in, and its errors are pages without
// the console around them.
func public(f func(*Server, http.ResponseWriter, *request) error) endpoint {
	e := page(f)
	e.fail = failPublic
	return e.asOpen().asVisitor()
}

// visitorCookie tells the visitors of a public page apart. It is sent to that page only.
const visitorCookie = "wenyuan_visitor"

// publicOf is the channel of a public page's address.
func (s *Server) publicOf(r *request) (channel.Channel, error) {
	c, err := s.Channels.ByName(r.Context(), wenyuan.DefaultSpace, r.PathValue("name"))
	if err != nil {
		return c, err
	}
	token := ""
	if cookie, err := r.Cookie(visitorCookie); err == nil && visitors.MatchString(cookie.Value) {
		token = cookie.Value
	}
	return c, s.received(r, c, cmp.Or(token, newVisitor()))
}

// publicPage shows a public page, with the conversation that its address names.
func publicPage(s *Server, w http.ResponseWriter, r *request) error {
	c, err := s.publicOf(r)
	if err != nil {
		return err
	}
	p, err := s.publicView(r, c, r.URL.Query().Get("c"))
	if err != nil {
		return err
	}
	return s.showPublic(w, r, c, http.StatusOK, p)
}

// publicView is the page with the newest turns of a conversation of the visitor's.
func (s *Server) publicView(r *request, c channel.Channel, conversation string) (web.PublicPage, error) {
	p := web.PublicPage{Frame: s.publicFrame(r, c), Name: c.Name}
	notice, title, err := s.notice(r, c)
	if err != nil {
		return p, err
	}
	p.Notice, p.Title = notice, title
	if conversation == "" {
		return p, nil
	}
	turns, err := s.Answerer.Turns(r.Context(), r.scope, r.who, conversation, 0, turnsSize)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return p, nil // it was another visitor's, or is gone: the page begins anew
	}
	p.Conversation = conversation
	for _, t := range turns {
		turn := web.PublicTurn{Turn: web.Turn{Trace: t.Trace, Question: t.Question}, Number: t.Number, Withdrawn: t.Withdrawn || t.Answer == nil}
		if !turn.Withdrawn {
			turn.Answer = *t.Answer
		}
		p.Turns = append(p.Turns, turn)
	}
	return p, err
}

// publicFrame is the language and theme of a visitor.
func (s *Server) publicFrame(r *request, c channel.Channel) web.Frame {
	f := s.preferred(r)
	if l, ok := web.ParseLang(cmp.Or(r.URL.Query().Get("lang"), c.Lang)); ok {
		f.Lang = l
	}
	return f
}

func (s *Server) showPublic(w http.ResponseWriter, r *request, c channel.Channel, status int, p web.PublicPage) error {
	if !c.Index {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	}
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Public(b, p) })
}

// publicAsk answers a question from a public page: as a stream where its script asks, else as
// the page with the answer.
func publicAsk(s *Server, w http.ResponseWriter, r *request) error {
	c, err := s.publicOf(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := visit{Question: r.PostForm.Get("question"), Conversation: r.PostForm.Get("conversation")}
	if cookie, err := r.Cookie(visitorCookie); err == nil {
		v.Visitor = cookie.Value
	}
	if !visitors.MatchString(v.Visitor) {
		v.Visitor, v.Conversation = newVisitor(), ""
	}
	http.SetCookie(w, &http.Cookie{Name: visitorCookie, Value: v.Visitor, Path: "/p/" + url.PathEscape(c.Name), HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode})
	if strings.Contains(r.Header.Get("Accept"), eventStream) {
		return s.streamPublic(w, r, c, v)
	}
	asked := v.Conversation
	a, err := s.visit(r.Context(), r, c, &v, nil)
	if err == nil && a.Conversation == "" { // no words of it are kept
		p, err := s.publicView(r, c, "")
		if err != nil {
			return err
		}
		p.Turns = []web.PublicTurn{{Turn: web.Turn{Question: v.Question, Answer: a}, Number: 1}}
		return s.showPublic(w, r, c, http.StatusOK, p)
	}
	if err == nil {
		q := url.Values{"c": {a.Conversation}}
		if l := r.URL.Query().Get("lang"); l != "" {
			q.Set("lang", l)
		}
		return seeOther(w, r, "/p/"+url.PathEscape(c.Name)+"?"+q.Encode()+"#latest")
	}
	return s.publicProblem(w, r, c, asked, v.Question, err)
}

// streamPublic streams to the page's script, which reads errors as JSON.
func (s *Server) streamPublic(w http.ResponseWriter, r *request, c channel.Channel, v visit) error {
	err := s.visitStream(w, r, c, v)
	if err != nil {
		s.fail(w, r, route{}, err)
	}
	return nil
}

// publicProblem shows the page with why there is no answer, and what was asked.
func (s *Server) publicProblem(w http.ResponseWriter, r *request, c channel.Channel, conversation, question string, why error) error {
	said, status := explain(why, r.id)
	if errors.Is(why, errClosed) || status == statusGone {
		return why
	}
	p, err := s.publicView(r, c, conversation)
	if err != nil {
		return err
	}
	view := problemView(said)
	p.Question, p.Problem = question, &view
	s.retryAfter(w, status, why)
	return s.showPublic(w, r, c, status, p)
}

// failPublic says what went wrong to somebody who has never heard of the console.
func failPublic(s *Server, w http.ResponseWriter, r *request, err error) {
	p, status := explain(err, r.id)
	view := problemView(p)
	s.reportLost(r, s.showPublic(w, r, channel.Channel{}, status, web.PublicPage{Frame: s.publicFrame(r, channel.Channel{}), Problem: &view}))
}

// secure says that the visitor came by HTTPS, to us or to a proxy on this machine.
func secure(r *request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}
