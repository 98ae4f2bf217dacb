package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// Stream asks the model and yields what it says, as [wenyuan.Model] promises; the errors are
// those of [wire.Server.Post]. Reasoning is left out. A server that does not stream and
// answers with one object is taken as well.
func (m *Client) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	if !r.Whole {
		return wire.Stream(func() (*wire.Call, error) { return m.ask(ctx, &r, false) }, read)
	}
	begun := time.Now()
	over := func(err error) error {
		if took := time.Since(begun); err == nil || took > atOnce { // an error that comes at once is no answer
			m.wholes.came(took)
		}
		return err
	}
	return wire.Stream(func() (*wire.Call, error) {
		k, err := m.ask(ctx, &r, m.wholly(&r))
		if err != nil {
			return nil, over(err)
		}
		return k, nil
	}, func(k *wire.Reply) error { return over(read(k)) })
}

// ask posts a request. Newer models of OpenAI refuse the old name of the token limit, and
// older servers do not know the new one: which it is shows at the first request.
func (m *Client) ask(ctx context.Context, r *wenyuan.Request, wholly bool) (*wire.Call, error) {
	longer := time.Duration(0)
	if wholly {
		longer = longest(r)
	}
	q := m.request(r, wholly)
	k, err := m.s.PostLonger(ctx, m.chats, &q, longer)
	if r.MaxTokens > 0 && !m.newLimit.Load() && wantsNewLimit(err) {
		m.newLimit.Store(true)
		q = m.request(r, wholly)
		return m.s.PostLonger(ctx, m.chats, &q, longer)
	}
	return k, err
}

func wantsNewLimit(err error) bool {
	said := wire.RefusalOf(err)
	return said != nil && said.Status == http.StatusBadRequest && strings.Contains(said.Message, "max_completion_tokens")
}

type chunk struct {
	Choices []choiceOf      `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`

	one [1]choiceOf // what Choices is where it is read quickly: an event has one
}

type choiceOf struct {
	Delta        delta  `json:"delta"`   // of a stream
	Message      delta  `json:"message"` // of a whole
	FinishReason string `json:"finish_reason"`
}

type delta struct {
	Content   string     `json:"content"`
	Refusal   string     `json:"refusal"`
	Reasoning string     `json:"reasoning_content"` // llama.cpp, vLLM, DeepSeek
	Thought   string     `json:"reasoning"`         // OpenRouter, Ollama, newer vLLM
	ToolCalls []toolCall `json:"tool_calls"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
}

// read goes through a reply, in either of its forms.
func read(r *wire.Reply) error {
	switch r.Type() {
	case "text/event-stream":
		return readEvents(r)
	case "application/json":
		return readWhole(r)
	}
	return r.NoStream()
}

func readEvents(r *wire.Reply) error {
	events, c := r.Events(), new(chunk) // the same for all events: a stream has thousands
	for n := 0; ; n++ {
		name, data, err := events.Bytes()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if string(data) == "[DONE]" && n > 0 {
			r.Finish("stop") // it said in its own way that this was all
			return nil
		}
		if err := r.Decode(data, c); err != nil {
			return err
		}
		if name == "error" && c.Error == nil {
			c.Error = json.RawMessage(slices.Clone(data))
		}
		if err := hand(r, c); err != nil {
			return err
		}
	}
}

func readWhole(r *wire.Reply) error {
	var c chunk
	if err := r.Whole(&c); err != nil {
		return err
	}
	if len(c.Choices) == 0 && c.Error == nil {
		return r.Rubbish(errors.New("no choices"))
	}
	if len(c.Choices) > 0 {
		c.Choices[0].Delta = c.Choices[0].Message
	}
	return hand(r, &c)
}

// hand gives the reply what one event holds.
func hand(r *wire.Reply, c *chunk) error {
	if len(c.Error) > 0 && string(c.Error) != "null" {
		return r.Refused(c.Error)
	}
	if c.Usage != nil {
		r.Usage(c.Usage.Prompt, c.Usage.Completion)
	}
	if len(c.Choices) == 0 {
		return nil
	}
	d, why := &c.Choices[0].Delta, c.Choices[0].FinishReason
	if err := r.Think(d.Reasoning + d.Thought); err != nil {
		return err
	}
	if err := r.Say(d.Content + d.Refusal); err != nil {
		return err
	}
	for _, t := range d.ToolCalls {
		if err := r.ToolCall(wenyuan.ToolCall{Index: t.Index, ID: t.ID, Name: t.Function.Name, Arguments: string(t.Function.Arguments)}); err != nil {
			return err
		}
	}
	if d.Refusal != "" {
		why = "content_filter"
	}
	return finish(r, why)
}

// finish puts the reasons that servers have into the four that there are.
func finish(r *wire.Reply, why string) error {
	switch why {
	case "", "stop", "length", "tool_calls", "content_filter":
	case "function_call":
		why = "tool_calls"
	case "max_tokens":
		why = "length"
	case "sensitive": // GLM
		why = "content_filter"
	case "error", "abort", "network_error", "insufficient_system_resource": // vLLM, GLM, DeepSeek
		return r.BrokenOff(why)
	default:
		why = "stop"
	}
	r.Finish(why)
	return nil
}
