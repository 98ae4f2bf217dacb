package gatewaytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan"
)

// A voice says things in one dialect.
type voice interface {
	begin()                            // the head
	text(piece string)                 // raw JSON string, quotes included
	call(c wenyuan.ToolCall)           // in several pieces where the dialect has them
	end(finish string, completion int) // of an answer to a prompt of promptTokens
	whole(text, finish string)         // in one piece, head included
	alive()                            // a sign of life without content
	raw(data string)                   // an event that holds just this
	problem(p Problem) (status int, body string, ok bool)
}

const promptTokens = 7

// voiceOf takes the dialect from the path.
func voiceOf(w http.ResponseWriter, r *http.Request) voice {
	t := tongue{w}
	switch {
	case strings.HasSuffix(r.URL.Path, "/messages"):
		return &anthropic{tongue: t}
	case strings.HasSuffix(r.URL.Path, "/api/chat"):
		return ollama{t}
	}
	return &openai{tongue: t}
}

type tongue struct{ w http.ResponseWriter }

func (t tongue) head(mediaType string) {
	t.w.Header().Set("Content-Type", mediaType)
	t.w.WriteHeader(http.StatusOK)
	t.flush()
}

func (t tongue) flush() { t.w.(http.Flusher).Flush() }

func (t tongue) say(format string, args ...any) {
	fmt.Fprintf(t.w, format, args...)
	t.flush()
}

func (t tongue) send(s string) {
	io.WriteString(t.w, s)
	t.flush()
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // a string always can be
	return string(data)
}

// pieces cuts a text in the middle of words, but not of characters.
func pieces(text string) (out []string) {
	for rest := []rune(text); len(rest) > 0; {
		n := min(4, len(rest))
		out, rest = append(out, string(rest[:n])), rest[n:]
	}
	return out
}

// openai speaks the dialect of OpenAI.
type openai struct {
	tongue
	calls int
}

func (v *openai) begin() {
	v.head("text/event-stream; charset=utf-8")
}

func (v *openai) text(piece string) {
	v.raw(`{"choices":[{"index":0,"delta":{"content":` + piece + `}}]}`)
}

func (v *openai) call(c wenyuan.ToolCall) {
	v.raw(fmt.Sprintf(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"id":%s,"type":"function","function":{"name":%s,"arguments":""}}]}}]}`, v.calls, quoted(c.ID), quoted(c.Name)))
	for _, p := range pieces(c.Arguments) {
		v.raw(fmt.Sprintf(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"function":{"arguments":%s}}]}}]}`, v.calls, quoted(p)))
	}
	v.calls++
}

func (v *openai) end(finish string, completion int) {
	v.raw(`{"choices":[{"index":0,"delta":{},"finish_reason":` + quoted(finish) + `}]}`)
	v.raw(fmt.Sprintf(`{"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d}}`, promptTokens, completion))
	v.raw("[DONE]")
}

func (v *openai) whole(text, finish string) {
	v.head("application/json")
	v.say(`{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":%s}],"usage":{"prompt_tokens":%d,"completion_tokens":1}}`, quoted(text), quoted(finish), promptTokens)
}

func (v *openai) alive()          { v.send(": still here\n\n") }
func (v *openai) raw(data string) { v.send("data: " + data + "\n\n") }

func (v *openai) problem(p Problem) (int, string, bool) {
	body := func(status int, kind, code, message string) (int, string, bool) {
		return status, fmt.Sprintf(`{"error":{"message":%s,"type":%s,"param":null,"code":%s}}`, quoted(message), quoted(kind), quoted(code)), true
	}
	switch p {
	case RateLimit:
		return body(429, "requests", "rate_limit_exceeded", "Rate limit reached for requests")
	case Overloaded:
		return body(529, "server_error", "", "the engine is overloaded")
	case NoCredit:
		return body(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")
	case TooLong:
		return body(400, "invalid_request_error", "context_length_exceeded", "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.")
	case Objectionable:
		return body(400, "invalid_request_error", "content_policy_violation", "Your request was rejected as a result of our safety system.")
	case BadKey:
		return body(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: "+Key)
	case NoModel:
		return body(404, "invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it.")
	}
	return body(500, "server_error", "", "boom")
}

// anthropic speaks the dialect of Anthropic.
type anthropic struct {
	tongue
	blocks int
	open   bool // a text block
}

func (v *anthropic) event(data string) {
	var e struct{ Type string }
	_ = json.Unmarshal([]byte(data), &e) // what cannot be read has no name
	v.send("event: " + e.Type + "\ndata: " + data + "\n\n")
}

func (v *anthropic) begin() {
	v.head("text/event-stream; charset=utf-8")
	v.event(fmt.Sprintf(`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":1}}}`, promptTokens-2, 2))
	v.event(`{"type":"ping"}`)
}

func (v *anthropic) text(piece string) {
	if !v.open {
		v.event(fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"text","text":""}}`, v.blocks))
		v.open = true
	}
	v.send(fmt.Sprintf("event: content_block_delta\n"+`data: {"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%s}}`+"\n\n", v.blocks, piece))
}

func (v *anthropic) stop() {
	v.event(fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, v.blocks))
	v.blocks++
	v.open = false
}

func (v *anthropic) call(c wenyuan.ToolCall) {
	if v.open {
		v.stop()
	}
	v.event(fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":%s,"name":%s,"input":{}}}`, v.blocks, quoted(c.ID), quoted(c.Name)))
	v.event(fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":""}}`, v.blocks))
	for _, p := range pieces(c.Arguments) {
		v.event(fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":%s}}`, v.blocks, quoted(p)))
	}
	v.stop()
}

func (v *anthropic) end(finish string, completion int) {
	if v.open {
		v.stop()
	}
	v.event(fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%s,"stop_sequence":null},"usage":{"output_tokens":%d}}`, quoted(stopReasons[finish]), completion))
	v.event(`{"type":"message_stop"}`)
}

var stopReasons = map[string]string{"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}

func (v *anthropic) whole(text, finish string) {
	v.head("application/json")
	v.say(`{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":%s}],"stop_reason":%s,"usage":{"input_tokens":%d,"output_tokens":1}}`, quoted(text), quoted(stopReasons[finish]), promptTokens)
}

func (v *anthropic) alive()          { v.event(`{"type":"ping"}`) }
func (v *anthropic) raw(data string) { v.event(data) }

func (v *anthropic) problem(p Problem) (int, string, bool) {
	body := func(status int, kind, message string) (int, string, bool) {
		return status, fmt.Sprintf(`{"type":"error","error":{"type":%s,"message":%s}}`, quoted(kind), quoted(message)), true
	}
	switch p {
	case RateLimit:
		return body(429, "rate_limit_error", "This request would exceed your rate limit.")
	case Overloaded:
		return body(529, "overloaded_error", "Overloaded")
	case NoCredit:
		return body(402, "billing_error", "Your credit balance is too low to access the API.")
	case TooLong:
		return body(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
	case Objectionable:
		return 0, "", false // it says so by the stop reason
	case BadKey:
		return body(401, "authentication_error", "invalid x-api-key "+Key)
	case NoModel:
		return body(404, "not_found_error", "model: none")
	}
	return body(500, "api_error", "Internal server error")
}

// ollama speaks Ollama's own dialect.
type ollama struct{ tongue }

func (v ollama) begin() { v.head("application/x-ndjson") }

func (v ollama) text(piece string) {
	v.raw(`{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":` + piece + `},"done":false}`)
}

func (v ollama) call(c wenyuan.ToolCall) {
	v.raw(fmt.Sprintf(`{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"id":%s,"function":{"index":0,"name":%s,"arguments":%s}}]},"done":false}`, quoted(c.ID), quoted(c.Name), c.Arguments))
}

func (v ollama) end(finish string, completion int) {
	if finish != "length" {
		finish = "stop" // it has no others
	}
	v.raw(fmt.Sprintf(`{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":%s,"prompt_eval_count":%d,"eval_count":%d}`, quoted(finish), promptTokens, completion))
}

func (v ollama) whole(text, finish string) {
	v.head("application/json")
	v.say(`{"model":"m","message":{"role":"assistant","content":%s},"done":true,"done_reason":%s,"prompt_eval_count":%d,"eval_count":1}`, quoted(text), quoted(finish), promptTokens)
}

func (v ollama) alive()          { v.send("\n") }
func (v ollama) raw(data string) { v.send(data + "\n") }

func (v ollama) problem(p Problem) (int, string, bool) {
	body := func(status int, message string) (int, string, bool) {
		return status, `{"error":` + quoted(message) + `}`, true
	}
	switch p {
	case RateLimit:
		return body(429, "you've reached your hourly usage limit")
	case Overloaded:
		return body(529, "server busy, please try again. maximum pending requests exceeded")
	case TooLong:
		return body(400, "the input length exceeds the context length")
	case BadKey:
		return body(401, "unauthorized: "+Key)
	case NoModel:
		return body(404, "model 'none' not found")
	case NoCredit, Objectionable:
		return 0, "", false // it knows neither
	}
	return body(500, "llama runner process has terminated")
}
