package gatewaytest

import (
	"bytes"
	"encoding/json"
	"net/http"

	"wenyuan"
)

// A Request is what the server was sent; of a chat also what it means, in whatever dialect
// it was said.
type Request struct {
	Path   string
	Header http.Header
	Body   string

	Model       string
	Messages    []wenyuan.Message
	Tools       []wenyuan.Tool  // but the one that stands for a schema
	ToolChoice  string          // where the dialect has one
	Schema      json.RawMessage // the form that the whole answer has to have
	MaxTokens   int
	Temperature *float64
	TopP        *float64
	Stop        []string
}

// sent has the fields of all dialects; no name means two things.
type sent struct {
	Model      string          `json:"model"`
	System     string          `json:"system"`
	Messages   []sentMessage   `json:"messages"`
	Tools      []sentTool      `json:"tools"`
	ToolChoice json.RawMessage `json:"tool_choice"`
	Format     json.RawMessage `json:"format"`
	Response   struct {
		Type   string         `json:"type"`
		Schema wenyuan.Schema `json:"json_schema"`
	} `json:"response_format"`
	settings
	Stop          []string `json:"stop"`
	StopSequences []string `json:"stop_sequences"`
	NewMaxTokens  int      `json:"max_completion_tokens"`
	Options       struct {
		settings
		NumPredict int      `json:"num_predict"`
		Stop       []string `json:"stop"`
	} `json:"options"`
}

type settings struct {
	MaxTokens   int      `json:"max_tokens"`
	Temperature *float64 `json:"temperature"`
	TopP        *float64 `json:"top_p"`
}

type sentTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
	Function    *wenyuan.Tool   `json:"function"`
}

type sentMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"` // a string or blocks
	Name       string          `json:"name"`
	ToolCalls  []sentCall      `json:"tool_calls"`
	ToolCallID string          `json:"tool_call_id"`
}

type sentCall struct {
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // a string or an object
	} `json:"function"`
}

type sentBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   string          `json:"content"`
}

// record reads a request; one that is no chat has only its outside.
func record(r *http.Request, body []byte) Request {
	q := Request{Path: r.URL.Path, Header: r.Header, Body: string(body)}
	var s sent
	if json.Unmarshal(body, &s) != nil {
		return q
	}
	q.Model, q.ToolChoice, q.Schema = s.Model, choice(s.ToolChoice), s.Response.Schema.Schema
	q.MaxTokens = max(s.MaxTokens, s.NewMaxTokens, s.Options.NumPredict)
	q.Temperature, q.TopP = first(s.Temperature, s.Options.Temperature), first(s.TopP, s.Options.TopP)
	q.Stop = append(append(s.Stop, s.StopSequences...), s.Options.Stop...)
	if len(s.Format) > 0 {
		q.Schema = s.Format
	}
	if s.System != "" {
		q.Messages = []wenyuan.Message{{Role: "system", Content: s.System}}
	}
	for _, m := range s.Messages {
		q.Messages = append(q.Messages, m.read()...)
	}
	for _, t := range s.Tools {
		switch {
		case t.Function != nil:
			q.Tools = append(q.Tools, *t.Function)
		case t.Name == q.ToolChoice && len(s.Tools) == 1:
			q.Schema = t.InputSchema // forced, and alone
		default:
			q.Tools = append(q.Tools, wenyuan.Tool{Name: t.Name, Description: t.Description, Parameters: t.InputSchema})
		}
	}
	return q
}

func first(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

// choice is "auto", "none", "required" or the name of a tool.
func choice(raw json.RawMessage) string {
	var word string
	if json.Unmarshal(raw, &word) == nil {
		return word
	}
	var c struct {
		Type, Name string
		Function   struct{ Name string }
	}
	if json.Unmarshal(raw, &c) != nil {
		return ""
	}
	switch {
	case c.Name+c.Function.Name != "":
		return c.Name + c.Function.Name
	case c.Type == "any":
		return "required"
	}
	return c.Type
}

// read gives one message, or several where blocks of one turn mean several.
func (m sentMessage) read() []wenyuan.Message {
	var text string
	var blocks []sentBlock
	if json.Unmarshal(m.Content, &text) != nil && json.Unmarshal(m.Content, &blocks) == nil {
		return readBlocks(m.Role, blocks)
	}
	out := wenyuan.Message{Role: m.Role, Content: text, Name: m.Name, ToolCall: m.ToolCallID}
	for i, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, wenyuan.ToolCall{Index: i, ID: c.ID, Name: c.Function.Name, Arguments: arguments(c.Function.Arguments)})
	}
	return []wenyuan.Message{out}
}

func readBlocks(role string, blocks []sentBlock) (out []wenyuan.Message) {
	turn := wenyuan.Message{Role: role}
	for _, b := range blocks {
		switch b.Type {
		case "tool_result":
			out = append(out, wenyuan.Message{Role: "tool", Content: b.Content, ToolCall: b.ToolUseID})
		case "tool_use":
			turn.ToolCalls = append(turn.ToolCalls, wenyuan.ToolCall{Index: len(turn.ToolCalls), ID: b.ID, Name: b.Name, Arguments: arguments(b.Input)})
		default:
			turn.Content += b.Text
		}
	}
	if turn.Content != "" || turn.ToolCalls != nil {
		out = append(out, turn)
	}
	return out
}

// arguments are the text of an object.
func arguments(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(bytes.TrimSpace(raw))
}
