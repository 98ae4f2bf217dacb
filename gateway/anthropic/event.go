package anthropic

import "encoding/json"

// An event is one of the stream; which fields it has hangs on its type.
type event struct {
	Type    string  `json:"type"`
	Message message `json:"message"`       // message_start
	Index   int     `json:"index"`         // content_block_*
	Block   block   `json:"content_block"` // content_block_start
	Delta   delta   `json:"delta"`         // content_block_delta, message_delta
	Usage   usage   `json:"usage"`         // message_delta
}

type message struct {
	Type       string          `json:"type"` // "message", or "error"
	Content    []block         `json:"content"`
	StopReason string          `json:"stop_reason"`
	Usage      usage           `json:"usage"`
	Error      json.RawMessage `json:"error"`
}

type delta struct {
	Type       string `json:"type"`
	Text       string `json:"text"`
	JSON       string `json:"partial_json"`
	Thinking   string `json:"thinking"`
	StopReason string `json:"stop_reason"`
}

// A block is a piece of a message, on both ways.
type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`
	ID        string          `json:"id,omitempty"`          // tool_use
	Name      string          `json:"name,omitempty"`        // tool_use
	Input     json.RawMessage `json:"input,omitempty"`       // tool_use
	ToolUseID string          `json:"tool_use_id,omitempty"` // tool_result
	Content   string          `json:"content,omitempty"`     // tool_result
}

type usage struct {
	Input        int `json:"input_tokens"`
	CacheRead    int `json:"cache_read_input_tokens"`
	CacheWritten int `json:"cache_creation_input_tokens"`
	Output       int `json:"output_tokens"`
}
