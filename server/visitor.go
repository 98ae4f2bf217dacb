package server

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/channel"
	"wenyuan/guard"
	"wenyuan/internal/scope"
)

// maxVisitorQuestion is how many code points the question of a visitor may have.
const maxVisitorQuestion = 1000

// A visit is one question of a visitor.
type visit struct {
	Question     string `json:"question" doc:"1 to 1000 characters"`
	Visitor      string `json:"visitor,omitempty" doc:"what the first reply gave; without it somebody new asks"`
	Conversation string `json:"conversation,omitempty" doc:"what the reply before gave; without it a conversation begins"`
}

// A visitorCitation is what a visitor sees of an original: what was quoted, and no way to
// the document.
type visitorCitation struct {
	N       int      `json:"n"`
	Title   string   `json:"title"`
	Heading []string `json:"heading"`
	Page    *int     `json:"page"`
	Quote   string   `json:"quote"`
}

// A visitorSentence is a released sentence with the citations that none before it had.
type visitorSentence struct {
	Text      string            `json:"text"`
	Verdict   wenyuan.Verdict   `json:"verdict"`
	Reason    string            `json:"reason,omitempty"`
	Citations []int             `json:"citations"`
	New       []visitorCitation `json:"new"`
	Break     bool              `json:"break,omitempty" doc:"a new line begins before it"`
}

// A visitorDone ends an answer.
type visitorDone struct {
	Refused      bool              `json:"refused"`
	Citations    []visitorCitation `json:"citations" doc:"with all words that were quoted; sentences bring the first ones"`
	Conflicts    [][2]string       `json:"conflicts,omitempty" doc:"sentences of originals that contradict each other"`
	Answer       string            `json:"answer,omitempty" doc:"what is said instead of sentences, of small talk say, or why the guards let nothing through"`
	Guarded      bool              `json:"guarded,omitempty" doc:"the guards refused the question or ended its answer"`
	Visitor      string            `json:"visitor" doc:"for the next question; whoever has it is this visitor"`
	Conversation string            `json:"conversation"`
	Notice       string            `json:"notice,omitempty" doc:"that no words of it are recorded, and so there is no conversation"`
}

// visitors are the tokens by which visitors are told apart, as newVisitor makes them.
var visitors = regexp.MustCompile(`^[A-Z2-7]{26}$`)

func newVisitor() string { return rand.Text() }

// received makes the request one of a visitor, and of nobody else.
func (s *Server) received(r *request, c channel.Channel, token string) (err error) {
	r.who = auth.Visitor(c.ID, token)
	r.identity = auth.Identity{Kind: auth.Stranger, Principal: r.who, Rights: scope.Ask}
	r.scope, err = s.Auth.Through(r.Context(), r.identity, c.Space(), c.Assistant)
	return err
}

// visit answers a question of a visitor as a stream of events or, where emit is nil, at once.
// The token of the visitor comes back, whether it was given or made.
func (s *Server) visit(ctx context.Context, r *request, c channel.Channel, v *visit, emit func(answer.Event)) (wenyuan.Answer, error) {
	v.Question = strings.TrimSpace(v.Question)
	if n := utf8.RuneCountInString(v.Question); n == 0 || n > maxVisitorQuestion || !utf8.ValidString(v.Question) {
		return wenyuan.Answer{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a question has 1 to 1000 characters", Hint: "put it in a few sentences"}
	}
	if err := s.take(r, c); err != nil {
		return wenyuan.Answer{}, err
	}
	if !visitors.MatchString(v.Visitor) {
		v.Visitor, v.Conversation = newVisitor(), ""
	}
	if v.Conversation == "" {
		v.Conversation = "new"
	}
	if err := s.received(r, c, v.Visitor); err != nil {
		return wenyuan.Answer{}, err
	}
	ctx, over, err := s.countVisit(ctx, r)
	if err != nil {
		return wenyuan.Answer{}, err
	}
	defer over()
	ctx, leave := s.visits.open(ctx, c.ID)
	defer leave()
	ctx, r.watch = s.Auth.Watch(r.identity.By(ctx, r.address()), r.identity, r.scope)
	defer r.watch.End()
	if _, still, err := s.Channels.Find(ctx, c.ID); err != nil || !still { // it was removed before open could tell
		return wenyuan.Answer{}, errors.Join(err, errClosed)
	}
	a, err := s.answer(ctx, r, answer.Question{Assistant: c.Assistant, Text: v.Question, Conversation: v.Conversation, Channel: c.Name}, emit)
	if err != nil && errors.Is(context.Cause(ctx), errClosed) {
		err = errClosed
	}
	return a, s.forVisitors(r, v.Conversation, err)
}

// forVisitors turns what went wrong into what a stranger can do something with; how the house
// is furnished is none of their business.
func (s *Server) forVisitors(r *request, conversation string, err error) error {
	switch code := wenyuan.CodeOf(err); {
	case err == nil, errors.Is(err, errClosed), errors.Is(err, context.Canceled):
		return err
	case code == wenyuan.Limited, code == wenyuan.Invalid, code == wenyuan.TooLarge:
		return err
	case code == wenyuan.Denied:
		return &wenyuan.Error{Code: code, Message: "what this is answered from may not be shown here any more", Hint: "ask again", Err: err}
	case conversation != "new" && (code == wenyuan.NotFound || code == wenyuan.Conflict):
		return &wenyuan.Error{Code: code, Message: "this conversation cannot go on", Hint: "begin a new one", Err: err}
	}
	s.Log.Error("a visitor got no answer", "request", r.id, "error", err)
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no answer can be given right now", Hint: "try again later", Err: err}
}

// visitStream answers a question of a visitor as a stream of events.
func (s *Server) visitStream(w http.ResponseWriter, r *request, c channel.Channel, v visit) error {
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	events := s.eventStream(w, stop)
	a, err := s.visit(ctx, r, c, &v, func(e answer.Event) {
		switch {
		case e.Sentence != nil:
			events.send("sentence", sentenceForVisitors(*e.Sentence))
		case e.Withheld != nil:
			events.send("withheld", e.Withheld)
		case !events.begun:
			events.send("step", nothing{}) // what the road is like is not told, but that one is on it
		}
	})
	if err != nil {
		return s.breakOff(events, r, err)
	}
	done := visitorDone{Refused: a.Refused, Citations: citationsForVisitors(a.Citations), Visitor: v.Visitor, Conversation: a.Conversation}
	if a.Conversation == "" {
		done.Notice = a.Notice
	}
	for _, c := range a.Conflicts {
		done.Conflicts = append(done.Conflicts, c.Sides)
	}
	done.Guarded = guarded(a)
	if len(a.Sentences) == 0 && (!a.Refused || done.Guarded) {
		done.Answer = a.Answer
	}
	events.send("done", done)
	return nil
}

// guarded says whether the guards ended a question or its answer.
func guarded(a wenyuan.Answer) bool {
	return a.Guard != nil && (a.Guard.Action == string(guard.Refuse) || a.Guard.Action == string(guard.Ask))
}

func sentenceForVisitors(s answer.Released) visitorSentence {
	out := visitorSentence{Text: s.Text, Verdict: s.Verdict, Reason: s.Reason, Citations: append([]int{}, s.Citations...)}
	out.New = citationsForVisitors(s.New)
	white := s.Piece[:len(s.Piece)-len(strings.TrimLeft(s.Piece, " \t\r\n"))]
	out.Break = strings.Contains(white, "\n")
	return out
}

func citationsForVisitors(all []wenyuan.Citation) []visitorCitation {
	out := []visitorCitation{}
	for _, c := range all {
		out = append(out, visitorCitation{c.N, c.Title, append([]string{}, c.Heading...), c.Page, c.Quote})
	}
	return out
}

// notice is what stands beside the answers of a channel: its own words, else the assistant's;
// "" for those of the house.
func (s *Server) notice(r *request, c channel.Channel) (text, title string, err error) {
	as, err := s.Answerer.Assistant(r.Context(), r.scope, c.Assistant)
	if err != nil {
		return "", "", s.forVisitors(r, "new", err)
	}
	text = c.Notice
	if text == "" {
		text = as.Notice
	}
	return text, as.Title, nil
}

// bearer is the key that a request brings. The scheme is written in any case (RFC 9110, 11.1).
func bearer(r *http.Request) string {
	scheme, key, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// channelRoutes are the paths that pages of other origins may call.
var channelRoutes = []string{"/widget.js", "/api/channel/ask", "/api/channel/about"}

// forOthers says that a request is for what pages of other origins may call.
func forOthers(r *http.Request) bool { return slices.Contains(channelRoutes, r.URL.Path) }
