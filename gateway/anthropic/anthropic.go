// Package anthropic speaks the dialect of Anthropic's messages, which llama.cpp, vLLM and
// others serve as well.
//
// It differs from the other dialects in what it demands: a limit of tokens in every request,
// system messages apart, roles that alternate, and JSON in a form by way of a tool. What the
// dialect has no word for, a Seed, is not sent.
package anthropic

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// version is the one of the protocol; there has been no other since June 2023.
const version = "2023-06-01"

// A Client is one chat model on one server. It is safe for concurrent use.
type Client struct {
	s    *wire.Server
	base string
}

var methods = []string{"/messages", "/models"}

// New makes the client of a model. It does not reach out.
func New(c wire.Config) *Client {
	s := wire.NewServer(c, "anthropic", func(h http.Header, key string) {
		h.Set("Anthropic-Version", version)
		if key != "" {
			h.Set("X-Api-Key", key)
		}
	})
	return &Client{s: s, base: wire.Versioned(c.URL, methods...)}
}

// Close lets idle connections go. A request after it still works.
func (m *Client) Close() { m.s.Close() }

// Stream asks the model and yields what it says, as [wenyuan.Model] promises; the errors are
// those of [wire.Server.Post]. Thinking is left out.
func (m *Client) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return wire.Stream(func() (*wire.Call, error) {
		return m.s.Post(ctx, m.base+"/messages", m.request(r))
	}, func(reply *wire.Reply) error {
		a := &answer{Reply: reply, form: formName(r.Schema), blocks: map[int]block{}}
		switch reply.Type() {
		case "text/event-stream":
			return a.events()
		case "application/json":
			return a.whole()
		}
		return reply.NoStream()
	})
}

// List asks which models the server has.
func (m *Client) List(ctx context.Context) ([]wire.Offer, error) {
	k, err := m.s.Get(ctx, m.base+"/models")
	if err != nil {
		return nil, err
	}
	defer k.End()
	var reply struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := k.Whole(&reply); err != nil {
		return nil, err
	}
	var out []wire.Offer
	for _, d := range reply.Data {
		out = append(out, wire.Offer{Name: d.ID})
	}
	return out, nil
}

// An answer is one reply as it is read.
type answer struct {
	*wire.Reply
	form   string        // the tool that stands for the form of the answer; empty: none
	blocks map[int]block // that are open, by their number
	filled bool          // the form was filled in
	usage  usage
}

func (a *answer) events() error {
	for events := a.Events(); ; {
		e, err := events.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var v event
		if err := a.Decode([]byte(e.Data), &v); err != nil {
			return err
		}
		if over, err := a.take(v, e.Data); over || err != nil {
			return err
		}
	}
}

// take deals with one event; kinds that are not known are none of the answer.
func (a *answer) take(e event, data string) (over bool, err error) {
	switch e.Type {
	case "message_start":
		a.count(e.Message.Usage)
	case "content_block_start":
		return false, a.begin(e.Index, e.Block)
	case "content_block_delta":
		return false, a.delta(e.Index, e.Delta)
	case "content_block_stop":
		delete(a.blocks, e.Index)
	case "message_delta":
		a.count(e.Usage)
		return false, a.finish(e.Delta.StopReason)
	case "message_stop":
		return true, nil
	case "error":
		return true, a.Refused([]byte(data))
	}
	return false, nil
}

// whole reads the answer of a server that does not stream.
func (a *answer) whole() error {
	var m message
	if err := a.Whole(&m); err != nil {
		return err
	}
	switch m.Type {
	case "message":
	case "error":
		return a.Refused(m.Error)
	default:
		return a.Rubbish(errors.New("no message"))
	}
	a.count(m.Usage)
	for i, b := range m.Content {
		input := b.Input
		if err := a.begin(i, b); err != nil {
			return err
		}
		if b.Type == "tool_use" {
			if err := a.delta(i, delta{Type: "input_json_delta", JSON: string(input)}); err != nil {
				return err
			}
		}
	}
	return a.finish(m.StopReason)
}

// begin opens a block. Of a form, only what is filled in is the answer: text beside it
// would break the JSON.
func (a *answer) begin(index int, b block) error {
	if len(a.blocks) > maxBlocks {
		return a.Rubbish(errors.New("too many blocks at once"))
	}
	a.blocks[index] = block{Type: b.Type, Name: b.Name}
	switch {
	case b.Type == "text" && a.form == "":
		return a.Say(b.Text)
	case b.Type == "tool_use" && b.Name == a.form && a.form != "":
		a.filled = true
	case b.Type == "tool_use":
		return a.ToolCall(wenyuan.ToolCall{Index: index, ID: b.ID, Name: b.Name})
	}
	return nil
}

const maxBlocks = 128

func (a *answer) delta(index int, d delta) error {
	b := a.blocks[index]
	switch {
	case d.Type == "text_delta" && a.form == "":
		return a.Say(d.Text)
	case d.Type == "text_delta":
		return a.Think(d.Text)
	case d.Type == "thinking_delta":
		return a.Think(d.Thinking)
	case d.Type == "input_json_delta" && b.Name == a.form && a.form != "":
		return a.Say(d.JSON)
	case d.Type == "input_json_delta" && b.Type == "tool_use":
		return a.ToolCall(wenyuan.ToolCall{Index: index, Arguments: d.JSON})
	}
	return nil
}

// count adds up what the events report: the prompt at the beginning, the answer at the end.
func (a *answer) count(u usage) {
	a.usage.Input = max(a.usage.Input, u.Input+u.CacheRead+u.CacheWritten)
	a.usage.Output = max(a.usage.Output, u.Output)
	if a.usage.Input+a.usage.Output > 0 {
		a.Usage(a.usage.Input, a.usage.Output)
	}
}

// finish puts the stop reasons into the four that there are.
func (a *answer) finish(why string) error {
	switch why {
	case "":
		return nil
	case "tool_use":
		why = "tool_calls"
		if a.filled && !a.Called() {
			why = "stop"
		}
	case "max_tokens", "model_context_window_exceeded":
		why = "length"
	case "refusal":
		why = "content_filter"
	default:
		why = "stop"
	}
	if why == "stop" && a.form != "" && !a.filled && !a.Called() {
		return a.Rubbish(errors.New("text instead of the JSON that was asked for"))
	}
	a.Finish(why)
	return nil
}

var _ wenyuan.Model = (*Client)(nil)
