package server

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan/answer"
	"wenyuan/corpus"
	"wenyuan/retrieve"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/web"
)

// manualCorpus is the name of the corpus that holds Wenyuan's own manual, for which the
// console knows example questions.
const manualCorpus = "manual"

// askPage is an empty conversation.
func askPage(s *Server, w http.ResponseWriter, r *request) error {
	p, err := s.asking(r, r.URL.Query().Get("corpus"))
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// asking is the page before anything was asked.
func (s *Server) asking(r *request, name string) (web.AskPage, error) {
	f, all, err := s.frame(r)
	if err != nil {
		return web.AskPage{}, err
	}
	if name == "" {
		name, err = s.lastAsked(r, all)
	}
	p := web.AskPage{Frame: f}
	for _, c := range all {
		p.Corpora = append(p.Corpora, web.Choice{Name: c.Name, Documents: c.Documents, Chosen: c.Name == name, Manual: c.Name == manualCorpus})
	}
	if len(p.Corpora) > 0 && !slices.ContainsFunc(p.Corpora, func(c web.Choice) bool { return c.Chosen }) {
		p.Corpora[0].Chosen = true
	}
	return p, err
}

// lastAsked is the corpus of the newest question; before the first one, one with documents
// that somebody added.
func (s *Server) lastAsked(r *request, all []corpus.Corpus) (name string, err error) {
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := trace.List(r.Context(), tx, r.scope, trace.Filter{Limit: 1})
		if len(list) > 0 {
			name = list[0].Corpus
		}
		return err
	})
	if err != nil || name != "" && slices.ContainsFunc(all, func(c corpus.Corpus) bool { return c.Name == name }) {
		return name, err
	}
	for _, c := range all {
		if c.Ready > 0 && c.Name != manualCorpus {
			return c.Name, nil
		}
	}
	return manualCorpus, nil
}

// askForm answers a question that was posted as a form, then shows the answer's own page.
func askForm(s *Server, w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	question := ""
	for _, q := range r.PostForm["question"] { // an example's button comes beside the empty box
		if question == "" {
			question = strings.TrimSpace(q)
		}
	}
	a, err := s.answer(r.Context(), r, answer.Question{Corpus: r.PostForm.Get("corpus"), Text: question}, nil)
	if err == nil {
		return seeOther(w, r, "/ask/"+url.PathEscape(a.Trace))
	}
	said, status := explain(err, r.id)
	s.logFailure(r, status, err)
	p, err := s.asking(r, r.PostForm.Get("corpus"))
	if err != nil {
		return err
	}
	view := problemView(said)
	p.Question, p.Problem = question, &view
	return s.show(w, r, status, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// answerPage is a recorded answer with its originals.
func answerPage(s *Server, w http.ResponseWriter, r *request) error {
	t, err := oneTrace(s, r, idRequest{r.PathValue("trace")})
	if err != nil {
		return err
	}
	p, err := s.asking(r, t.Corpus)
	if err != nil {
		return err
	}
	turn, _, err := turnOf(t)
	if err != nil {
		return err
	}
	p.Turn = &turn
	return s.show(w, r, http.StatusOK, func(b io.Writer) error { return s.web.Ask(b, p) })
}

// turnOf is a recorded answer as the console shows it, with what was retrieved for it; that
// is nil where the record was too large to hold it.
func turnOf(t trace.Trace) (web.Turn, *retrieve.Found, error) {
	turn := web.Turn{Trace: t.ID, Corpus: t.Corpus, Question: t.Question, Answer: t.Answer, Took: t.Took}
	turn.Answer.Trace = t.ID
	found, err := foundIn(t)
	if found != nil {
		turn.Found, turn.Nearest, turn.Floor = len(found.Kept)+len(found.Dropped), found.Nearest, found.Floor
	}
	wrote := slices.ContainsFunc(t.Steps, func(s trace.Step) bool { return s.Name == "generate" })
	quoted := slices.ContainsFunc(t.Steps, func(s trace.Step) bool { return s.Name == "extract" })
	for _, v := range t.Answer.Versions {
		if v.Kind == "model" && wrote && !quoted {
			turn.Model = v.Name
		}
	}
	return turn, found, err
}

// foundIn reads what the step "retrieve" recorded.
func foundIn(t trace.Trace) (*retrieve.Found, error) {
	for _, s := range t.Steps {
		if s.Name != "retrieve" || s.Detail == nil {
			continue
		}
		b, err := json.Marshal(s.Detail)
		if err != nil {
			return nil, err
		}
		found := &retrieve.Found{}
		return found, json.Unmarshal(b, found)
	}
	return nil, nil
}
