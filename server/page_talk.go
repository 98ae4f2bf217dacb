package server

import (
	"encoding/json"
	"net/http"
	"slices"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/scope"
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
	turns, err := s.Answerer.Turns(r.Context(), r.scope, r.who, id, max(at.before, 0), turnsSize)
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
	turn.Reviews = r.scope.May(scope.Review)
	if turn.Explains, err = s.explains(r, t.Answer); err != nil {
		return turn, err
	}
	if turn.Remembered, err = s.memoryOf(r, t); err != nil {
		return turn, err
	}
	err = s.Store.Read(r.Context(), func(tx *store.Tx) error {
		all, err := trace.FeedbackOf(r.Context(), tx, r.scope, r.who, t.ID)
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
		case expertStep:
			turn.Routed = routedIn(step)
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
