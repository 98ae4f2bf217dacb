package ollama

import (
	"encoding/json"

	"wenyuan"
	"wenyuan/gateway/wire"
)

type request struct {
	Model    string          `json:"model"`
	Messages []message       `json:"messages"`
	Stream   bool            `json:"stream"`
	Truncate bool            `json:"truncate"` // false: refuse a prompt that does not fit
	Shift    bool            `json:"shift"`    // false: stop an answer that does not fit
	Tools    []tool          `json:"tools,omitempty"`
	Format   json.RawMessage `json:"format,omitempty"` // a JSON Schema, or "json"
	Options  options         `json:"options"`
}

type options struct {
	Context     int      `json:"num_ctx,omitempty"`
	MaxTokens   int      `json:"num_predict,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`
}

type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string `json:"id,omitempty"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // an object
	} `json:"function"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// request puts a request into the words of the dialect.
func (m *Client) request(r wenyuan.Request) request {
	q := request{
		Model: m.s.RemoteName, Messages: messages(r.Messages), Stream: true, Format: format(r.Schema),
		Options: options{Context: m.s.Context, MaxTokens: r.MaxTokens, Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, Stop: r.Stop},
	}
	for _, t := range r.Tools {
		if r.ToolChoice == "none" {
			break
		}
		if anyTool(r.ToolChoice) || t.Name == r.ToolChoice {
			q.Tools = append(q.Tools, tool{"function", function{t.Name, t.Description, t.Parameters}})
		}
	}
	return q
}

func anyTool(choice string) bool { return choice == "" || choice == "auto" || choice == "required" }

func format(s *wenyuan.Schema) json.RawMessage {
	switch {
	case s == nil:
		return nil
	case len(s.Schema) == 0:
		return json.RawMessage(`"json"`)
	}
	return s.Schema
}

// messages also names the tool that a result is of, which the dialect wants to know and
// which stands at the call.
func messages(in []wenyuan.Message) []message {
	names := map[string]string{}
	out := make([]message, 0, len(in))
	for _, m := range in {
		o := message{Role: m.Role, Content: m.Content, ToolCallID: m.ToolCall, ToolName: names[m.ToolCall]}
		for _, c := range m.ToolCalls {
			names[c.ID] = c.Name
			t := toolCall{ID: c.ID}
			t.Function.Name, t.Function.Arguments = c.Name, wire.Arguments(c.Arguments)
			o.ToolCalls = append(o.ToolCalls, t)
		}
		out = append(out, o)
	}
	return out
}
