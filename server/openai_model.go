package server

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
	"wenyuan/internal/jsonschema"
	"wenyuan/trace"
)

// plainChat readies a request for a configured model, whose answer is handed back. There are no documents
// to check it against; the guards look at it, and at the form that was asked for.
func (s *Server) plainChat(r *request, model *gateway.Model, in *chatRequest, head chatCompletion) (*plainTalk, error) {
	if err := in.plain(); err != nil {
		return nil, err
	}
	if !model.Spec().Able(gateway.Chat) {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the model " + in.Model + " does not chat", Hint: "ask one that can: chat among what it can do, as wenyuan model list shows it"}
	}
	wanted, err := in.wanted()
	if err != nil {
		return nil, err
	}
	guards, err := s.plainGuards(r)
	if err != nil {
		return nil, err
	}
	q := in.request()
	if err := guards.screen(r.Context(), &q); err != nil {
		return nil, err
	}
	if err := guards.coverForm(r.Context(), &wanted); err != nil {
		return nil, err
	}
	how, err := s.plainManner(r, in, q)
	if err != nil {
		return nil, err
	}
	if guards.keepsSecrets() { // what its tokens stand for is this request's own
		how.Share, how.Keep = false, 0
	}
	policy, err := s.recording(r.Context(), r.scope.Space())
	if err != nil {
		return nil, err
	}
	q.Whole = !in.Stream
	r.within(manner.With(r.Context(), how))
	return &plainTalk{s: s, r: r, told: how.Told, model: &noted{model, s, how.Told, r.claim(), policy.Record != trace.Nothing}, request: wanted.ask(q, model), form: wanted, guards: guards, head: head, tokens: in.StreamOptions != nil && in.StreamOptions.IncludeUsage}, nil
}

// plain refuses messages that no model can be asked with.
func (in *chatRequest) plain() error {
	if len(in.Messages) == 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no message of the user", Hint: `send {"role": "user", "content": "..."} as the last message`}
	}
	for _, m := range in.Messages {
		switch m.Role {
		case "system", "developer", "user", "assistant", "tool":
		default:
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no role " + m.Role, Hint: "one of system, developer, user, assistant, tool"}
		}
	}
	return nil
}

// joinCalls adds pieces of calls to those that are begun.
func joinCalls(calls, pieces []wenyuan.ToolCall) []wenyuan.ToolCall {
next:
	for _, p := range pieces {
		for i := range calls {
			if calls[i].Index == p.Index {
				calls[i].Arguments += p.Arguments
				continue next
			}
		}
		calls = append(calls, p)
	}
	return calls
}

// callOf is a call the way OpenAI's clients read it; in a stream its pieces carry the index.
func callOf(c wenyuan.ToolCall, streamed bool) (out chatCall) {
	if streamed {
		out.Index = &c.Index
	}
	if out.ID = c.ID; c.ID != "" {
		out.Type = "function"
	}
	out.Function.Name, out.Function.Arguments = c.Name, c.Arguments
	return out
}

// chunk is one piece of a stream the way OpenAI's clients read it.
func (head chatCompletion) chunk(c wenyuan.Chunk, first bool) chatCompletion {
	d := &chatReply{}
	if first {
		d.Role = "assistant"
	}
	if c.Text != "" || first && len(c.ToolCalls) == 0 {
		d.Content = &c.Text
	}
	for _, t := range c.ToolCalls {
		d.ToolCalls = append(d.ToolCalls, callOf(t, true))
	}
	choice := chatChoice{Delta: d}
	if c.Finish != "" {
		choice.FinishReason = &c.Finish
	}
	head.Choices = []chatChoice{choice}
	return head
}

// An embeddingRequest is what OpenAI's clients send to have texts turned into vectors.
type embeddingRequest struct {
	Model      string     `json:"model" doc:"name of a configured model that makes vectors"`
	Input      embedInput `json:"input" doc:"a text, or up to 2048 texts"`
	Format     string     `json:"encoding_format,omitempty" enum:"float,base64" default:"float"`
	Dimensions *int       `json:"dimensions,omitempty" doc:"not to be had: a model has its own length"`
}

// embedInput is one text or a list of them.
type embedInput []string

// UnmarshalJSON reads both forms.
func (e *embedInput) UnmarshalJSON(b []byte) error {
	if err := (*stopWords)(e).UnmarshalJSON(b); err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "input is neither a text nor a list of texts", Hint: "send texts; lists of tokens are not taken", Err: err}
	}
	return nil
}

// JSONSchema is a text or a list of texts.
func (embedInput) JSONSchema() jsonschema.Schema { return stopWords(nil).JSONSchema() }

type embeddingList struct {
	Object string      `json:"object"`
	Data   []embedding `json:"data"`
	Model  string      `json:"model"`
	Usage  *chatUsage  `json:"usage" doc:"0 where the model does not count"`
}

type embedding struct {
	Object    string          `json:"object"`
	Index     int             `json:"index"`
	Embedding json.RawMessage `json:"embedding" doc:"numbers, or base64 of little-endian 32-bit floats"`
}

// maxInputs is how many texts one request may bring, as OpenAI bounds it.
const maxInputs = 2048

// embeddings turns texts into vectors by a configured model.
func embeddings(s *Server, r *request, in embeddingRequest) (out embeddingList, err error) {
	if err := in.check(); err != nil {
		return out, err
	}
	model, ok := s.plainModel(r, in.Model)
	if !ok {
		return out, noModel(in.Model)
	}
	if !model.Spec().Able(gateway.Embeddings) {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the model " + in.Model + " makes no vectors", Hint: "ask one that can: embeddings among what it can do, as wenyuan model list shows it"}
	}
	guards, err := s.plainGuards(r)
	if err != nil {
		return out, err
	}
	texts, err := guards.texts(r.Context(), in.Input)
	if err != nil {
		return out, err
	}
	vectors, usage, err := model.Embedded(r.Context(), texts)
	if err != nil {
		return out, err
	}
	out = embeddingList{Object: "list", Model: in.Model, Data: []embedding{}, Usage: &chatUsage{}}
	if usage != nil {
		out.Usage = chatUsageOf(*usage)
	}
	for i, v := range vectors {
		data, err := encodeVector(v, in.Format)
		if err != nil {
			return out, err
		}
		out.Data = append(out.Data, embedding{"embedding", i, data})
	}
	return out, nil
}

func (in embeddingRequest) check() error {
	refuse := func(message, hint string) error {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
	}
	switch {
	case len(in.Input) == 0 || len(in.Input) > maxInputs:
		return refuse(fmt.Sprintf("the request has %d texts", len(in.Input)), fmt.Sprintf("send 1 to %d at once", maxInputs))
	case in.Format != "" && in.Format != "float" && in.Format != "base64":
		return refuse(fmt.Sprintf("there is no encoding_format %s", in.Format), "one of float, base64")
	case in.Dimensions != nil:
		return refuse("a model has vectors of one length", "leave dimensions out")
	}
	return nil
}

// encodeVector writes a vector as numbers or, as some clients ask for it, as base64 of
// little-endian 32-bit floats.
func encodeVector(v []float32, format string) (json.RawMessage, error) {
	if format != "base64" {
		return json.Marshal(v)
	}
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return json.Marshal(b) // bytes become base64
}
