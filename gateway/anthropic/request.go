package anthropic

import (
	"cmp"
	"encoding/json"
	"strings"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// defaultMaxTokens is sent where the request leaves it open, because the dialect demands a
// number: more than any answer from documents has, and taken by every model there is.
const defaultMaxTokens = 4096

type request struct {
	Model       string   `json:"model"`
	MaxTokens   int      `json:"max_tokens"`
	System      string   `json:"system,omitempty"`
	Messages    []turn   `json:"messages"`
	Stream      bool     `json:"stream"`
	Tools       []tool   `json:"tools,omitempty"`
	ToolChoice  *choice  `json:"tool_choice,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	Stop        []string `json:"stop_sequences,omitempty"`
}

type turn struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"input_schema"`
}

type choice struct {
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
}

// request puts a request into the words of the dialect.
func (m *Client) request(r wenyuan.Request) request {
	system, turns := split(r.Messages)
	q := request{
		Model: m.s.RemoteName, MaxTokens: cmp.Or(r.MaxTokens, defaultMaxTokens), System: system, Messages: turns, Stream: true,
		ToolChoice: choose(r.ToolChoice), Temperature: upToOne(r.Temperature), TopP: r.TopP, Stop: r.Stop,
	}
	for _, t := range r.Tools {
		q.Tools = append(q.Tools, tool{t.Name, t.Description, object(t.Parameters)})
	}
	if form := formName(r.Schema); form != "" {
		q.Tools = append(q.Tools, tool{form, "Give the answer by calling this.", object(r.Schema.Schema)})
		q.ToolChoice = &choice{Type: "any"}
		if len(r.Tools) == 0 || r.ToolChoice == "none" {
			q.ToolChoice = &choice{"tool", form}
		}
	}
	if len(q.Tools) == 0 {
		q.ToolChoice = nil // refused without tools
	}
	return q
}

// upToOne: the scale of the dialect ends at 1, where the others end at 2.
func upToOne(t *float64) *float64 {
	if t == nil || *t <= 1 {
		return t
	}
	one := 1.0
	return &one
}

func object(schema json.RawMessage) json.RawMessage {
	if len(schema) == 0 {
		return json.RawMessage(`{"type":"object"}`)
	}
	return schema
}

func choose(name string) *choice {
	switch name {
	case "":
		return nil
	case "auto", "none":
		return &choice{Type: name}
	case "required":
		return &choice{Type: "any"}
	}
	return &choice{"tool", name}
}

// formName is the tool that stands for the form of the whole answer; empty where any text
// will do.
func formName(s *wenyuan.Schema) string {
	if s == nil {
		return ""
	}
	return cmp.Or(s.Name, "answer")
}

// split takes the system messages out and puts neighbours of one role together, as the
// dialect demands. The first of the rest is the user's.
func split(in []wenyuan.Message) (system string, out []turn) {
	var rules []string
	for _, m := range in {
		if m.Role == "system" || m.Role == "developer" {
			rules = append(rules, m.Content)
			continue
		}
		role := m.Role
		if role == "tool" {
			role = "user"
		}
		if len(out) == 0 && role == "assistant" {
			out = append(out, turn{"user", []block{{Type: "text", Text: "…"}}})
		}
		if len(out) == 0 || out[len(out)-1].Role != role {
			out = append(out, turn{Role: role})
		}
		last := &out[len(out)-1]
		last.Content = append(last.Content, blocks(m)...)
	}
	return strings.Join(rules, "\n\n"), withoutEmpty(out)
}

// blocks are what one message holds. Empty text is refused by the dialect.
func blocks(m wenyuan.Message) []block {
	if m.Role == "tool" {
		return []block{{Type: "tool_result", ToolUseID: m.ToolCall, Content: m.Content}}
	}
	var out []block
	if strings.TrimSpace(m.Content) != "" {
		out = append(out, block{Type: "text", Text: m.Content})
	}
	for _, c := range m.ToolCalls {
		out = append(out, block{Type: "tool_use", ID: c.ID, Name: c.Name, Input: wire.Arguments(c.Arguments)})
	}
	return out
}

func withoutEmpty(turns []turn) []turn {
	out := turns[:0]
	for _, t := range turns {
		switch {
		case len(t.Content) == 0:
		case len(out) > 0 && out[len(out)-1].Role == t.Role:
			out[len(out)-1].Content = append(out[len(out)-1].Content, t.Content...)
		default:
			out = append(out, t)
		}
	}
	return out
}
