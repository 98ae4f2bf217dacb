package server

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/corpus"
	"wenyuan/session"
	"wenyuan/trace"
	"wenyuan/web"
)

// manualCorpus is the name of the corpus that holds Wenyuan's own manual, for which the
// console knows example questions.
const manualCorpus = "manual"

// askPage is where a conversation begins.
func askPage(s *Server, w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	p, err := s.asking(r, cmp.Or(q.Get("assistant"), q.Get("corpus")))
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// asking is the page before anything was asked. name is whom it is about; without one it is
// who was asked last.
func (s *Server) asking(r *request, name string) (web.AskPage, error) {
	f, all, err := s.frame(r)
	if err != nil {
		return web.AskPage{}, err
	}
	p := web.AskPage{Frame: f}
	assistants, err := s.Answerer.Assistants(r.Context(), r.scope)
	if err != nil {
		return p, err
	}
	for _, as := range assistants {
		p.Choices = append(p.Choices, choiceOf(as, all))
	}
	if name == "" {
		if name, err = s.lastAsked(r, all); err != nil {
			return p, err
		}
	}
	i := slices.IndexFunc(p.Choices, func(c web.Choice) bool { return c.Name == name })
	if len(p.Choices) > 0 {
		p.Choices[max(i, 0)].Chosen = true
	}
	return p, nil
}

// choiceOf is an assistant as somebody who may ask it sees it.
func choiceOf(as answer.Assistant, all []corpus.Corpus) web.Choice {
	c := web.Choice{Name: as.Name, Title: as.Title, Description: as.Description, Notice: as.Notice, Corpora: as.Corpora, Model: as.Model}
	for _, one := range all {
		if slices.Contains(as.Corpora, one.Name) {
			c.Documents += one.Documents
		}
		if one.Name == as.Name && as.Title == "" && slices.Equal(as.Corpora, []string{one.Name}) {
			c.Corpus, c.Manual = true, one.Name == manualCorpus
		}
	}
	return c
}

// lastAsked is the assistant of the newest conversation; before the first one, a corpus with
// documents that somebody added.
func (s *Server) lastAsked(r *request, all []corpus.Corpus) (string, error) {
	list, err := s.Answerer.Sessions.List(r.Context(), r.scope, r.who, session.Page{Limit: 1})
	if err != nil || len(list) > 0 {
		return append(list, session.Conversation{})[0].Assistant, err
	}
	for _, c := range all {
		if c.Ready > 0 && c.Name != manualCorpus {
			return c.Name, nil
		}
	}
	return manualCorpus, nil
}

// askForm answers a question that was posted as a form, then shows it in its conversation.
func askForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := r.PostForm
	text := ""
	for _, q := range form["question"] { // an example's button comes beside the empty box
		if text == "" {
			text = strings.TrimSpace(q)
		}
	}
	q := answer.Question{Assistant: form.Get("assistant"), Corpus: form.Get("corpus"), Text: text, Conversation: cmp.Or(form.Get("conversation"), "new")}
	a, err := s.answer(r.Context(), r, q, nil)
	if err == nil && a.Conversation == "" {
		return s.unrecorded(w, r, q, a)
	}
	if err == nil {
		return seeOther(w, r, "/ask/"+url.PathEscape(a.Conversation)+"#latest")
	}
	said, status := explain(err, r.id)
	s.logFailure(r, status, err)
	p, err := s.asking(r, cmp.Or(q.Assistant, q.Corpus))
	if q.Conversation != "new" {
		p, err = s.conversationView(r, q.Conversation, window{})
	}
	if err != nil {
		return err
	}
	view := problemView(said)
	p.Question, p.Problem = text, &view
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// unrecorded shows an answer that has no address, as no words of it are kept.
func (s *Server) unrecorded(w http.ResponseWriter, r *request, q answer.Question, a wenyuan.Answer) error {
	p, err := s.asking(r, cmp.Or(q.Assistant, q.Corpus))
	if err != nil {
		return err
	}
	p.Turns = []web.Turn{{Trace: a.Trace, Question: q.Text, Answer: a}}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// conversationPrefix begins the id of every conversation.
const conversationPrefix = "cnv_"

// talkPage is a conversation, or a single answer by the id of its trace.
func talkPage(s *Server, w http.ResponseWriter, r *request) error {
	id, q := r.PathValue("id"), r.URL.Query()
	if !strings.HasPrefix(id, conversationPrefix) {
		return answerPage(s, w, r, id)
	}
	p, err := s.conversationView(r, id, window{before: number(q.Get("before")), turn: number(q.Get("turn"))})
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// answerPage is a recorded answer. One of a conversation of the reader's is shown there,
// unless it is asked for alone.
func answerPage(s *Server, w http.ResponseWriter, r *request, id string) error {
	t, err := oneTrace(s, r, idRequest{id})
	if err != nil {
		return err
	}
	own, at, err := s.placeOf(r, t)
	if err != nil {
		return err
	}
	_, alone := r.URL.Query()["alone"]
	if own != nil && !alone {
		return seeOther(w, r, "/ask/"+own.ID+"?turn="+strconv.Itoa(at))
	}
	p, err := s.asking(r, t.Assistant)
	if err != nil {
		return err
	}
	if own != nil {
		if err := s.talk(r, &p, *own); err != nil {
			return err
		}
	}
	turn, err := s.turnOf(r, t)
	if err != nil {
		return err
	}
	turn.Looked, turn.Number = true, at
	p.Turns = []web.Turn{turn}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// placeOf is the conversation of the reader's that an answer is part of, and its number there;
// nil where there is none.
func (s *Server) placeOf(r *request, t trace.Trace) (*session.Conversation, int, error) {
	if t.Conversation == "" {
		return nil, 0, nil
	}
	c, err := s.Answerer.Sessions.Find(r.Context(), r.scope, r.who, t.Conversation)
	if err != nil {
		if wenyuan.CodeOf(err) == wenyuan.NotFound { // somebody else's
			err = nil
		}
		return nil, 0, err
	}
	for before := 0; ; {
		turns, err := s.Answerer.Turns(r.Context(), r.scope, r.who, c.ID, before, session.MaxPage)
		if err != nil || len(turns) == 0 {
			return nil, 0, err
		}
		if i := slices.IndexFunc(turns, func(turn session.Turn) bool { return turn.Trace == t.ID }); i >= 0 {
			return &c, turns[i].Number, nil
		}
		if before = turns[0].Number; before <= 1 {
			return nil, 0, nil
		}
	}
}
