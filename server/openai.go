package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/internal/jsonschema"
)

// A chatRequest is what OpenAI's clients send. Of it the model, the last question and stream
// matter here; an assistant brings its own settings.
type chatRequest struct {
	Model    string        `json:"model" doc:"name of an assistant; every corpus has one by its name"`
	Messages []chatMessage `json:"messages" doc:"the last message of the user is the question"`
	Stream   bool          `json:"stream,omitempty"`
}

type chatMessage struct {
	Role    string      `json:"role"`
	Content chatContent `json:"content"`
}

// chatContent is a text, or the list of parts that newer clients send.
type chatContent string

// UnmarshalJSON reads both forms.
func (c *chatContent) UnmarshalJSON(b []byte) error {
	var text *string
	if err := json.Unmarshal(b, &text); err == nil {
		if text != nil {
			*c = chatContent(*text)
		}
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var texts []string
	for _, p := range parts {
		if p.Type != "text" {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "a message holds " + p.Type + ", and only text can be asked", Hint: "send the question as text"}
		}
		texts = append(texts, p.Text)
	}
	*c = chatContent(strings.Join(texts, "\n"))
	return nil
}

// JSONSchema is a text or a list of parts.
func (chatContent) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "string"}, {"type": "array", "items": jsonschema.Schema{"type": "object"}}}}
}

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

// tokensOf is what OpenAI's clients expect of a whole reply, also where no model was asked.
func tokensOf(a wenyuan.Answer) *chatUsage {
	u := &chatUsage{}
	if a.Usage != nil {
		u.Usage, u.Total = *a.Usage, a.Usage.Prompt+a.Usage.Completion
	}
	return u
}

type chatChoice struct {
	Index        int        `json:"index"`
	Message      *chatReply `json:"message,omitempty"`
	Delta        *chatReply `json:"delta,omitempty"`
	FinishReason *string    `json:"finish_reason"`
}

type chatReply struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content"`
}

func chat(s *Server, w http.ResponseWriter, r *request, in chatRequest) error {
	q, err := s.chatQuestion(r, in)
	if err != nil {
		return err
	}
	head := chatCompletion{ID: "chatcmpl-" + strings.TrimPrefix(r.id, "req_"), Created: time.Now().Unix(), Model: in.Model}
	if in.Stream {
		return s.chatStream(w, r, q, head)
	}
	a, err := s.answer(r.Context(), r, q, nil)
	if err != nil {
		return err
	}
	stop := "stop"
	head.Object, head.Wenyuan, head.Usage = "chat.completion", &a, tokensOf(a)
	head.Choices = []chatChoice{{Message: &chatReply{"assistant", a.Answer}, FinishReason: &stop}}
	return writeJSON(w, http.StatusOK, head)
}

// chatQuestion finds the assistant and the question.
func (s *Server) chatQuestion(r *request, in chatRequest) (q answer.Question, err error) {
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	if err != nil {
		return q, err
	}
	for _, a := range list {
		if a.Name == in.Model {
			q.Assistant = a.Name
		}
	}
	if q.Assistant == "" {
		return q, &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is no assistant " + in.Model, Hint: "/v1/models lists them"}
	}
	for _, m := range in.Messages {
		if m.Role == "user" {
			q.Text = string(m.Content)
		}
	}
	if q.Text == "" {
		return q, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no message of the user", Hint: `send {"role": "user", "content": "..."} as the last message`}
	}
	return q, nil
}

// chatStream sends each sentence as one chunk. The chunks' texts together are the answer.
func (s *Server) chatStream(w http.ResponseWriter, r *request, q answer.Question, head chatCompletion) error {
	head.Object = "chat.completion.chunk"
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	events, sent := s.eventStream(w, stop), 0
	say := func(text string) {
		d := &chatReply{Content: text}
		if sent == 0 {
			d.Role = "assistant"
		}
		sent += len(text)
		c := head
		c.Choices = []chatChoice{{Delta: d}}
		events.send("", c)
	}
	a, err := s.answer(ctx, r, q, func(e answer.Event) {
		if e.Sentence != nil {
			say(e.Sentence.Piece)
		}
	})
	if err != nil && !events.begun {
		return err
	}
	if err != nil {
		p, status := explain(err, r.id)
		s.logFailure(r, status, err)
		events.send("", openAIProblem(p))
		return nil
	}
	if sent < len(a.Answer) || sent == 0 {
		say(a.Answer[min(sent, len(a.Answer)):]) // a refusal has no sentences
	}
	end := "stop"
	head.Choices, head.Wenyuan = []chatChoice{{Delta: &chatReply{}, FinishReason: &end}}, &a
	events.send("", head)
	if err := events.raw("", []byte("[DONE]")); err != nil {
		s.reportLost(r, err)
	}
	return nil
}

type modelList struct {
	Object string      `json:"object"`
	Data   []modelCard `json:"data"`
}

type modelCard struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func models(s *Server, r *request, _ nothing) (modelList, error) {
	out := modelList{"list", []modelCard{}}
	list, err := s.Answerer.Assistants(r.Context(), r.scope)
	for _, a := range list {
		out.Data = append(out.Data, modelCard{a.Name, "model", s.started.Unix(), "wenyuan"})
	}
	return out, err
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
