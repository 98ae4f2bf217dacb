package openai

import (
	"encoding/json"

	"wenyuan"
)

type chatRequest struct {
	Model         string          `json:"model"`
	Messages      []message       `json:"messages"`
	Stream        bool            `json:"stream"`
	StreamOptions *streamOptions  `json:"stream_options,omitempty"`
	Tools         []tool          `json:"tools,omitempty"`
	ToolChoice    any             `json:"tool_choice,omitempty"`
	Format        *responseFormat `json:"response_format,omitempty"`
	Temperature   *float64        `json:"temperature,omitempty"`
	TopP          *float64        `json:"top_p,omitempty"`
	MaxTokens     int             `json:"max_tokens,omitempty"`
	NewMaxTokens  int             `json:"max_completion_tokens,omitempty"`
	Seed          *int64          `json:"seed,omitempty"`
	Stop          []string        `json:"stop,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Name       string     `json:"name,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string    `json:"name,omitempty"`
		Arguments arguments `json:"arguments"`
	} `json:"function"`
}

// arguments are the text of a JSON object, in a string as the dialect asks; some servers send
// the object itself.
type arguments string

// UnmarshalJSON takes both.
func (a *arguments) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		text = string(data)
	}
	*a = arguments(text)
	return nil
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Strict      bool            `json:"strict,omitempty"`
}

type responseFormat struct {
	Type   string          `json:"type"`
	Schema *wenyuan.Schema `json:"json_schema,omitempty"`
}

// request puts a request into the words of the dialect. wholly says that the answer is to come in one piece.
func (m *Client) request(r *wenyuan.Request, wholly bool) chatRequest {
	q := chatRequest{
		Model: m.s.RemoteName, Messages: messages(r.Messages),
		Format:      format(r.Schema),
		Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, Stop: r.Stop,
	}
	if !wholly {
		q.Stream, q.StreamOptions = true, &streamOptions{true}
	}
	if m.newLimit.Load() {
		q.NewMaxTokens = r.MaxTokens
	} else {
		q.MaxTokens = r.MaxTokens
	}
	if len(r.Tools) > 0 {
		q.ToolChoice = choice(r.ToolChoice) // refused without tools
	}
	for _, t := range r.Tools {
		q.Tools = append(q.Tools, tool{"function", function(t)})
	}
	return q
}

func messages(in []wenyuan.Message) []message {
	out := make([]message, 0, len(in))
	for _, m := range in {
		o := message{Role: m.Role, Content: m.Content, Name: m.Name, ToolCallID: m.ToolCall}
		for i, c := range m.ToolCalls {
			t := toolCall{Index: i, ID: c.ID, Type: "function"}
			t.Function.Name, t.Function.Arguments = c.Name, arguments(c.Arguments)
			o.ToolCalls = append(o.ToolCalls, t)
		}
		out = append(out, o)
	}
	return out
}

// choice is one of the three words, or the tool that has to be called.
func choice(name string) any {
	switch name {
	case "":
		return nil
	case "auto", "none", "required":
		return name
	}
	return map[string]any{"type": "function", "function": map[string]string{"name": name}}
}

func format(s *wenyuan.Schema) *responseFormat {
	switch {
	case s == nil:
		return nil
	case len(s.Schema) == 0:
		return &responseFormat{Type: "json_object"}
	}
	named := *s
	if named.Name == "" {
		named.Name = "answer" // the dialect asks for one
	}
	return &responseFormat{"json_schema", &named}
}
