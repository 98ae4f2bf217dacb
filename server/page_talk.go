package server

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/retrieve"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/web"
)

// turnsSize is how many turns of a conversation a page shows: more would not be a light page.
const turnsSize = 20

// A window is a part of a conversation: the turns before a number, or those around one.
type window struct {
	before int // 0 for the newest
	turn   int // that is looked at; 0 for the last one
}

// conversationView is the page of a conversation.
func (s *Server) conversationView(r *request, id string, at window) (web.AskPage, error) {
	c, err := s.Answerer.Sessions.Find(r.Context(), r.scope, r.who, id)
	if err != nil {
		return web.AskPage{}, err
	}
	f, _, err := s.frame(r)
	if err != nil {
		return web.AskPage{}, err
	}
	p := web.AskPage{Frame: f}
	if err := s.talk(r, &p, c); err != nil {
		return p, err
	}
	if at.turn > 0 && at.before == 0 && at.turn <= c.Turns-turnsSize { // not among the newest
		at.before = at.turn + turnsSize/2 + 1
	}
	turns, err := s.Answerer.Sessions.Turns(r.Context(), r.scope, r.who, id, max(at.before, 0), turnsSize)
	if err != nil {
		return p, err
	}
	if err := s.tell(r, &p, c, turns); err != nil || len(turns) == 0 {
		return p, err
	}
	looked := slices.IndexFunc(turns, func(t session.Turn) bool { return t.Number == at.turn })
	if looked < 0 {
		looked = lastWithOriginals(p.Turns)
	}
	p.Turns[looked].Looked = true
	if first := turns[0].Number; first > 1 {
		p.Earlier = first
	}
	if last := turns[len(turns)-1].Number; last < c.Turns {
		p.Later = min(last+turnsSize, c.Turns) + 1
	}
	return p, nil
}

// lastWithOriginals is the last turn that has something to show beside it; the last one where
// none has.
func lastWithOriginals(turns []web.Turn) int {
	for i, t := range slices.Backward(turns) {
		if len(t.Answer.Passages) > 0 {
			return i
		}
	}
	return len(turns) - 1
}

// talk fills in what a page says of a conversation.
func (s *Server) talk(r *request, p *web.AskPage, c session.Conversation) error {
	all, err := s.Library.Corpora(r.Context(), r.scope)
	if err != nil {
		return err
	}
	view, err := s.talkView(r, c, all)
	if err != nil {
		return err
	}
	if now, err := s.Answerer.Assistant(r.Context(), r.scope, c.Assistant); err == nil {
		view.Newer = now.Hash != c.Version
	}
	p.Conversation, p.Choices = &view, nil
	if r.Method == http.MethodPost || r.PathValue("id") != c.ID {
		p.Path = "/ask/" + c.ID // where a choice of language or theme comes back to
	}
	return nil
}

// talkView is a conversation with its assistant as it was when it began. Of one that may not
// be asked any more the name is left.
func (s *Server) talkView(r *request, c session.Conversation, all []corpus.Corpus) (web.Conversation, error) {
	view := web.Conversation{ID: c.ID, Title: c.Title, Version: c.Version, Turns: c.Turns, Updated: c.Updated, Assistant: web.Choice{Name: c.Assistant}}
	as, err := s.Answerer.AssistantAt(r.Context(), r.scope, c.Assistant, c.Version)
	if err == nil {
		view.Assistant = choiceOf(as, all)
	} else if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return view, err
	}
	return view, nil
}

// tell fills in the turns, with what their records say of them.
func (s *Server) tell(r *request, p *web.AskPage, c session.Conversation, turns []session.Turn) error {
	for _, t := range turns {
		view := web.Turn{Trace: t.Trace, Question: t.Question, Withdrawn: true}
		if !t.Withdrawn {
			one, err := oneTrace(s, r, idRequest{t.Trace})
			if err == nil && !one.Withheld() {
				view, err = s.turnOf(r, one)
			}
			if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound { // it was withdrawn just now
				return err
			}
		}
		view.Number, view.Conversation = t.Number, c.ID
		p.Turns = append(p.Turns, view)
	}
	return nil
}

// turnOf is a recorded answer as its reader sees it in the console.
func (s *Server) turnOf(r *request, t trace.Trace) (web.Turn, error) {
	turn, _, err := recorded(t)
	if err != nil {
		return turn, err
	}
	if turn.Remembered, err = s.memoryOf(r, t); err != nil {
		return turn, err
	}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		all, err := trace.FeedbackOf(r.Context(), tx, r.scope, t.ID)
		for _, f := range all {
			if f.Principal == r.who.ID {
				view := feedbackView(f)
				turn.Feedback = &view
			}
		}
		return err
	})
	return turn, err
}

// recorded is an answer with what was retrieved for it; that is nil where the record was too
// large to hold it.
func recorded(t trace.Trace) (web.Turn, *retrieve.Found, error) {
	turn := web.Turn{Trace: t.ID, Conversation: t.Conversation, Corpus: t.Corpus, Question: t.Question, Answer: t.Answer, Took: t.Took}
	turn.Answer.Trace = t.ID
	found, err := foundIn(t)
	if found != nil {
		turn.Found, turn.Nearest, turn.Floor = len(found.Kept)+len(found.Dropped), found.Nearest, found.Floor
	}
	steps := map[string]bool{}
	for _, step := range t.Steps {
		steps[step.Name] = true
		switch step.Name {
		case "rewrite":
			turn.Asked = recalledIn(step).Text
		case "expand":
			turn.Also = append(turn.Also, recalledIn(step).Also...)
		}
	}
	turn.Talk = !steps["retrieve"] && !t.Refused
	for _, v := range t.Answer.Versions {
		if v.Kind == "model" && steps["generate"] && !steps["extract"] {
			turn.Model = v.Name
		}
	}
	var sent struct {
		Again []json.RawMessage `json:"again"`
	}
	if detailOf(t, "generate", &sent) {
		turn.Again = len(sent.Again)
	}
	var history struct {
		Remembered int `json:"remembered"`
	}
	if detailOf(t, "history", &history) {
		turn.Recalled = history.Remembered
	}
	return turn, found, err
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

// foundIn reads what the last step "retrieve" recorded.
func foundIn(t trace.Trace) (*retrieve.Found, error) {
	for _, s := range slices.Backward(t.Steps) {
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

// feedbackForm keeps what the reader thinks of an answer. A button says how it was found and
// leaves what was said beside it; the form says all of it; an empty rating takes all back.
func feedbackForm(s *Server, w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := r.PostForm
	err := s.Store.Write(r.Context(), func(tx *store.Tx) error {
		f := trace.Feedback{Trace: id, Rating: form.Get("rating"), Reason: form.Get("reason"), Corrected: form.Get("corrected")}
		if f.Rating != "" && !form.Has("words") {
			all, err := trace.FeedbackOf(r.Context(), tx, r.scope, id)
			if err != nil {
				return err
			}
			if i := slices.IndexFunc(all, func(f trace.Feedback) bool { return f.Principal == r.who.ID }); i >= 0 {
				f.Reason, f.Corrected = all[i].Reason, all[i].Corrected
			}
		}
		_, err := trace.SaveFeedback(r.Context(), tx, r.scope, r.who, f)
		return err
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, "/ask/"+url.PathEscape(id)+"#fb-"+url.PathEscape(id))
}

func feedbackView(f trace.Feedback) web.Feedback {
	return web.Feedback{By: f.Principal, Rating: f.Rating, Reason: f.Reason, Corrected: f.Corrected, Created: f.Created}
}
