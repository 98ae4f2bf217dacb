package server

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/gateway"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/prompt"
)

type chatCompletion struct {
	ID      string          `json:"id"`
	Object  string          `json:"object"`
	Created int64           `json:"created" doc:"UTC seconds"`
	Model   string          `json:"model"`
	Choices []chatChoice    `json:"choices"`
	Usage   *chatUsage      `json:"usage,omitempty" doc:"tokens of the model; none where the answer is made of the documents' sentences"`
	Wenyuan *wenyuan.Answer `json:"wenyuan,omitempty" doc:"the whole answer with its citations; in a stream, in the last chunk"`
}

type chatUsage struct {
	wenyuan.Usage
	Total int `json:"total_tokens"`
}

func chatUsageOf(u wenyuan.Usage) *chatUsage { return &chatUsage{u, u.Prompt + u.Completion} }

// tokensOf is what OpenAI's clients expect of a whole reply, also where no model was asked.
func tokensOf(a wenyuan.Answer) *chatUsage {
	if a.Usage == nil {
		return &chatUsage{}
	}
	return chatUsageOf(*a.Usage)
}

type chatChoice struct {
	Index        int        `json:"index"`
	Message      *chatReply `json:"message,omitempty"`
	Delta        *chatReply `json:"delta,omitempty"`
	FinishReason *string    `json:"finish_reason"`
}

// A chatReply is a message, or in a stream a piece of one. Content is null where a model
// only calls tools.
type chatReply struct {
	Role      string     `json:"role,omitempty"`
	Content   *string    `json:"content"`
	Refusal   *string    `json:"refusal,omitempty" doc:"why the guards did not let through what the model wrote; finish_reason is content_filter then"`
	ToolCalls []chatCall `json:"tool_calls,omitempty"`
}

// chat answers OpenAI's clients: by an assistant of the name, else by a plain model.
func chat(s *Server, r *request, in chatRequest) (answering, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	head := chatCompletion{ID: "chatcmpl-" + strings.TrimPrefix(r.id, "req_"), Created: time.Now().Unix(), Model: in.Model}
	switch there, err := s.isAssistant(r, in.Model); {
	case err != nil:
		return nil, err
	case there:
		return s.byAssistant(r, in, head), nil
	}
	model, ok := s.plainModel(r, in.Model)
	if !ok {
		return nil, noModel(in.Model)
	}
	p, err := s.plainChat(r, model, &in, head)
	if err != nil {
		return nil, err
	}
	if in.Stream {
		return p.stream, nil
	}
	return p.whole, nil
}

// isAssistant says whether the asker may ask an assistant of a name. That there is none is read anew
// once something was written.
func (s *Server) isAssistant(r *request, name string) (bool, error) {
	_, err := s.unnamed.Of(s.Store, [2]string{r.scope.Key(), name}, func() (none struct{}, err error) {
		_, err = s.Answerer.Assistant(r.Context(), r.scope, name)
		switch {
		case err == nil:
			return none, errAssistant
		case wenyuan.CodeOf(err) == wenyuan.NotFound:
			return none, nil
		}
		return none, err
	})
	if err == errAssistant {
		return true, nil
	}
	return false, err
}

var errAssistant = errors.New("there is an assistant of this name") // what is not kept: it changes with more than its name

// plainly says whether somebody may put questions to a model that no assistant stands before: who
// may ask in the space, and not who was given some assistants alone.
func plainly(r *request) bool {
	_, held := r.scope.Only()
	return r.scope.May(scope.Ask) && !held
}

// plainModel finds a model that the asker may put questions to.
func (s *Server) plainModel(r *request, name string) (*gateway.Model, bool) {
	if !plainly(r) {
		return nil, false
	}
	return s.Gateway.Pick(r.scope.Space(), name, limit.Of(r.Context()).Person)
}

func noModel(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is no assistant and no model " + name, Hint: "/v1/models lists them"}
}

// byAssistant answers by an assistant. What it holds is not held for those that a plain model answers.
func (s *Server) byAssistant(r *request, in chatRequest, head chatCompletion) answering {
	return func(w http.ResponseWriter) error { return s.assistantChat(w, r, in, head) }
}

func (s *Server) assistantChat(w http.ResponseWriter, r *request, in chatRequest, head chatCompletion) error {
	q, err := in.question()
	if err != nil {
		return err
	}
	if in.Stream {
		return s.chatStream(w, r, q, head)
	}
	a, err := s.answer(r.Context(), r, q, nil)
	if err != nil {
		return err
	}
	stop := "stop"
	head.Object, head.Wenyuan, head.Usage = "chat.completion", &a, tokensOf(a)
	reply := &chatReply{Role: "assistant", Content: &a.Answer}
	if guarded(a) {
		stop, reply.Refusal = filtered, refusedIn(a)
	}
	head.Choices = []chatChoice{{Message: reply, FinishReason: &stop}}
	tell(w, r.from.Model, r.from)
	return writeJSON(w, http.StatusOK, &head)
}

// question is what an assistant is asked: the last message of the user, with the turns
// before it. An assistant has instructions of its own, so those of the client do not reach it;
// what it cannot do is refused.
func (in chatRequest) question() (answer.Question, error) {
	q := answer.Question{Assistant: in.Model}
	refuse := func(message, hint string) (answer.Question, error) {
		return q, &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
	}
	if len(in.Tools) > 0 {
		return refuse("an assistant calls no tools of its asker", "leave tools out, or ask a plain model: /v1/models lists them")
	}
	if w, err := in.wanted(); err != nil || w.Kind() != "" {
		return refuse("an assistant answers in cited sentences, not in JSON", "leave response_format out, or ask a plain model: /v1/models lists them")
	}
	last := -1
	for i, m := range in.Messages {
		if m.Role == "user" {
			last = i
		}
	}
	if last < 0 || strings.TrimSpace(string(in.Messages[last].Content)) == "" {
		return refuse("there is no message of the user", `send {"role": "user", "content": "..."} as the last message`)
	}
	q.Text, q.Past = string(in.Messages[last].Content), pastOf(in.Messages[:last])
	return q, nil
}

// pastOf pairs each answer with the question before it.
func pastOf(messages []chatMessage) (past []prompt.Turn) {
	asked := ""
	for _, m := range messages {
		switch m.Role {
		case "user":
			asked = string(m.Content)
		case "assistant":
			if asked != "" && m.Content != "" {
				past, asked = append(past, prompt.Turn{Question: asked, Answer: string(m.Content)}), ""
			}
		}
	}
	return past
}

// chatStream sends each sentence as one chunk. The chunks' texts together are the answer.
func (s *Server) chatStream(w http.ResponseWriter, r *request, q answer.Question, head chatCompletion) error {
	head.Object = "chat.completion.chunk"
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	events, sent := s.eventStream(w, stop), 0
	say := func(text string) {
		d := &chatReply{Content: &text}
		if sent == 0 {
			d.Role = "assistant"
		}
		sent += len(text)
		c := head
		c.Choices = []chatChoice{{Delta: d}}
		events.send("", &c)
	}
	a, err := s.answer(ctx, r, q, func(e answer.Event) {
		if e.Sentence != nil {
			say(e.Sentence.Piece)
		}
	})
	if err != nil {
		return s.breakOffOpenAI(events, r, err)
	}
	if sent == 0 || sent < len(a.Answer) && !a.Refused {
		say(a.Answer[min(sent, len(a.Answer)):]) // a refusal has no sentences
	}
	end, nothing := "stop", ""
	last := &chatReply{Content: &nothing}
	if guarded(a) {
		end, last.Refusal = filtered, refusedIn(a)
	}
	head.Choices, head.Wenyuan, head.Usage = []chatChoice{{Delta: last, FinishReason: &end}}, &a, nil
	if a.Usage != nil {
		head.Usage = chatUsageOf(*a.Usage)
	}
	events.send("", &head)
	if err := events.done(); err != nil {
		s.reportLost(r, err)
	}
	return nil
}

// refusedIn is why the guards ended an answer: what it says where nothing of it was let through, else
// its notice.
func refusedIn(a wenyuan.Answer) *string {
	if a.Refused {
		return &a.Answer
	}
	return &a.Notice
}

type chatModels struct {
	Object string      `json:"object"`
	Data   []modelCard `json:"data"`
}

type modelCard struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func chatModelList(s *Server, r *request, _ nothing) (chatModels, error) {
	out := chatModels{"list", []modelCard{}}
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	known := map[string]bool{}
	add := func(name, owner string) {
		if !known[name] {
			known[name] = true
			out.Data = append(out.Data, modelCard{name, "model", s.started.Unix(), owner})
		}
	}
	for _, a := range list {
		add(a.Name, "wenyuan")
	}
	if plainly(r) {
		for _, m := range s.Gateway.List(r.scope.Space()) {
			add(m.Name, "gateway") // an assistant of the same name stands before it
		}
	}
	return out, err
}

type chatModelRequest struct {
	Model string `path:"model"`
}

// oneModel finds one of the list.
func oneModel(s *Server, r *request, in chatModelRequest) (modelCard, error) {
	list, err := chatModelList(s, r, nothing{})
	if err != nil {
		return modelCard{}, err
	}
	for _, m := range list.Data {
		if m.ID == in.Model {
			return m, nil
		}
	}
	return modelCard{}, noModel(in.Model)
}

// An openAIError is a problem the way OpenAI's clients read it.
type openAIError struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    string  `json:"code"`
	} `json:"error"`
}

var openAITypes = map[wenyuan.Code]string{
	wenyuan.Invalid: "invalid_request_error", wenyuan.NotFound: "invalid_request_error", wenyuan.Conflict: "invalid_request_error",
	wenyuan.TooLarge: "invalid_request_error", wenyuan.Denied: "authentication_error", wenyuan.Limited: "rate_limit_error",
	guardRefused: "invalid_request_error",
}

// breakOffOpenAI ends a stream with an error the way OpenAI's clients read it.
func (s *Server) breakOffOpenAI(e *events, r *request, err error) error {
	return s.breakOffAs(e, r, err, "", func(p problem) any { return openAIProblem(p) })
}

func openAIProblem(p problem) (e openAIError) {
	e.Error.Message = p.Message
	if p.Hint != "" {
		e.Error.Message += ": " + p.Hint
	}
	e.Error.Type = "server_error"
	if t, ok := openAITypes[p.Code]; ok {
		e.Error.Type = t
	}
	e.Error.Code = string(p.Code)
	return e
}
