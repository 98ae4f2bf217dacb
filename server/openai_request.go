package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/jsonschema"
)

// A chatRequest is what OpenAI's clients send. An assistant brings its own settings, so of
// it only the messages and stream matter there; a plain model gets all of it.
type chatRequest struct {
	Model           string          `json:"model" doc:"name of an assistant (every corpus has one by its name) or of a configured model"`
	Messages        []chatMessage   `json:"messages" doc:"for an assistant the last message of the user is the question, and what stands before it is the conversation"`
	Stream          bool            `json:"stream,omitempty"`
	StreamOptions   *streamOptions  `json:"stream_options,omitempty"`
	Temperature     *float64        `json:"temperature,omitempty" doc:"0 to 2"`
	TopP            *float64        `json:"top_p,omitempty" doc:"0 to 1"`
	MaxTokens       int             `json:"max_tokens,omitempty"`
	MaxCompletion   int             `json:"max_completion_tokens,omitempty" doc:"newer name of max_tokens"`
	Seed            *int64          `json:"seed,omitempty"`
	Stop            stopWords       `json:"stop,omitempty"`
	Tools           []chatTool      `json:"tools,omitempty" doc:"for a plain model: what it may call"`
	ToolChoice      *toolChoice     `json:"tool_choice,omitempty"`
	ResponseFormat  *responseFormat `json:"response_format,omitempty" doc:"for a plain model"`
	N               int             `json:"n,omitempty" doc:"1 is all there is"`
	LogProbs        bool            `json:"logprobs,omitempty" doc:"not to be had"`
	LogitBias       map[string]any  `json:"logit_bias,omitempty" doc:"not to be had"`
	Presence        float64         `json:"presence_penalty,omitempty" doc:"0 is all there is"`
	Frequency       float64         `json:"frequency_penalty,omitempty" doc:"0 is all there is"`
	Parallel        *bool           `json:"parallel_tool_calls,omitempty" doc:"true is all there is"`
	Modalities      []string        `json:"modalities,omitempty" doc:"text is all there is"`
	Cache           *bool           `json:"cache,omitempty" doc:"for a plain model: whether its answer may be shared with identical requests and given again; where it is missing, at temperature 0 or with a seed"`
	LegacyFunctions json.RawMessage `json:"functions,omitempty" doc:"not to be had: use tools"`
	formRequest
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage,omitempty"`
}

type chatMessage struct {
	Role       string      `json:"role"`
	Content    chatContent `json:"content"`
	Name       string      `json:"name,omitempty"`
	ToolCalls  []chatCall  `json:"tool_calls,omitempty"`
	ToolCallID string      `json:"tool_call_id,omitempty"`
}

// A chatTool is a function that a model may call.
type chatTool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters,omitempty"`
		Strict      bool            `json:"strict,omitempty"`
	} `json:"function"`
}

// A chatCall is a call that a model wants; in a stream a piece of one.
type chatCall struct {
	Index    *int   `json:"index,omitempty"` // in streams only
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string `json:"name,omitempty"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type responseFormat struct {
	Type       string `json:"type" enum:"text,json_object,json_schema"`
	JSONSchema *struct {
		Name   string          `json:"name"`
		Schema json.RawMessage `json:"schema,omitempty"`
		Strict bool            `json:"strict,omitempty"`
	} `json:"json_schema,omitempty"`
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
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "string"}, {"type": "array", "items": jsonschema.Schema{"type": "object"}}, {"type": "null"}}}
}

// stopWords is one text or a list.
type stopWords []string

// UnmarshalJSON reads both forms.
func (s *stopWords) UnmarshalJSON(b []byte) error {
	var one *string
	if err := json.Unmarshal(b, &one); err == nil {
		if one != nil {
			*s = stopWords{*one}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}

// JSONSchema is a text or a list of texts.
func (stopWords) JSONSchema() jsonschema.Schema {
	text := jsonschema.Schema{"type": "string"}
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{text, {"type": "array", "items": text}}}
}

// toolChoice is "auto", "none", "required" or the name of a function.
type toolChoice string

// UnmarshalJSON reads a word or {"type": "function", "function": {"name": ...}}.
func (c *toolChoice) UnmarshalJSON(b []byte) error {
	var word string
	if err := json.Unmarshal(b, &word); err == nil {
		if word != "" && word != "auto" && word != "none" && word != "required" {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("tool_choice is %q", word), Hint: `one of "auto", "none", "required", or an object that names a function`}
		}
		*c = toolChoice(word)
		return nil
	}
	var named chatTool
	if err := json.Unmarshal(b, &named); err != nil {
		return err
	}
	*c = toolChoice(named.Function.Name)
	return nil
}

// JSONSchema is a word or an object that names a function.
func (toolChoice) JSONSchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{{"type": "string"}, {"type": "object"}}}
}

const (
	maxTools = 128 // of one request, as OpenAI bounds it
	maxStops = 4
)

// check refuses what cannot be done for anybody, so that nothing is silently left out.
func (in *chatRequest) check() error {
	refuse := func(message, hint string) error {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: message, Hint: hint}
	}
	switch {
	case in.N > 1:
		return refuse(fmt.Sprintf("%d answers were asked for at once", in.N), "leave n out, or send the request several times")
	case in.LogProbs:
		return refuse("logprobs are not to be had", "leave logprobs out")
	case len(in.LogitBias) > 0:
		return refuse("logit_bias is not to be had", "leave logit_bias out")
	case in.Presence != 0 || in.Frequency != 0:
		return refuse("penalties are not to be had", "leave presence_penalty and frequency_penalty out")
	case in.Parallel != nil && !*in.Parallel:
		return refuse("a model cannot be held to one call of a tool at a time", "leave parallel_tool_calls out, and carry out the calls one by one")
	case slices.ContainsFunc(in.Modalities, func(m string) bool { return m != "text" }):
		return refuse("answers are text and nothing else", "leave modalities out")
	case len(in.LegacyFunctions) > 0 && string(in.LegacyFunctions) != "null":
		return refuse("functions is the old form of tools", "send tools")
	case len(in.Tools) > maxTools:
		return refuse(fmt.Sprintf("the request has %d tools, more than %d", len(in.Tools), maxTools), "send only those that matter for this request")
	case len(in.Stop) > maxStops:
		return refuse(fmt.Sprintf("the request has %d stop words, more than %d", len(in.Stop), maxStops), "send fewer")
	case in.Temperature != nil && (*in.Temperature < 0 || *in.Temperature > 2):
		return refuse("temperature is out of its range", "give 0 to 2")
	case in.TopP != nil && (*in.TopP < 0 || *in.TopP > 1):
		return refuse("top_p is out of its range", "give 0 to 1")
	case in.MaxTokens < 0 || in.MaxCompletion < 0:
		return refuse("max_tokens is out of its range", "give a whole number from 1")
	}
	for _, t := range in.Tools {
		if t.Type != "function" || t.Function.Name == "" {
			return refuse("a tool is no function with a name", `send {"type": "function", "function": {"name": ..., "parameters": ...}}`)
		}
	}
	return nil
}

// request is what a plain model is asked.
func (in *chatRequest) request() wenyuan.Request {
	r := wenyuan.Request{Temperature: in.Temperature, TopP: in.TopP, MaxTokens: max(in.MaxTokens, in.MaxCompletion), Seed: in.Seed, Stop: in.Stop}
	if in.ToolChoice != nil {
		r.ToolChoice = string(*in.ToolChoice)
	}
	for _, t := range in.Tools {
		r.Tools = append(r.Tools, wenyuan.Tool(t.Function))
	}
	for _, m := range in.Messages {
		r.Messages = append(r.Messages, m.message())
	}
	return r
}

func (in *chatRequest) schema() *wenyuan.Schema {
	f := in.ResponseFormat
	switch {
	case f == nil || f.Type == "" || f.Type == "text":
		return nil
	case f.JSONSchema == nil:
		return &wenyuan.Schema{Name: "answer"}
	}
	return &wenyuan.Schema{Name: f.JSONSchema.Name, Schema: f.JSONSchema.Schema, Strict: f.JSONSchema.Strict}
}

func (m chatMessage) message() wenyuan.Message {
	out := wenyuan.Message{Role: m.Role, Content: string(m.Content), Name: m.Name, ToolCall: m.ToolCallID}
	if out.Role == "developer" {
		out.Role = "system" // the newer name
	}
	for i, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, wenyuan.ToolCall{Index: i, ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
	}
	return out
}
