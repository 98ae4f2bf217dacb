// Package ollama speaks Ollama's own dialect, which says more than its OpenAI one: the
// length of the context is told with the request, and a prompt that does not fit is refused
// instead of being cut without a word.
//
// The dialect has no tool_choice: "none" sends no tools, the name of a tool sends that one
// alone, and "required" is left to the model.
package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// A Client is one model on one server. It is safe for concurrent use.
type Client struct {
	s    *wire.Server
	root string
}

var methods = []string{"/api/chat", "/api/embed", "/api/tags", "/api"}

// New makes the client of a model. It does not reach out.
func New(c wire.Config) *Client {
	s := wire.NewServer(c, "ollama", func(h http.Header, key string) {
		if key != "" {
			h.Set("Authorization", "Bearer "+key)
		}
	})
	return &Client{s: s, root: wire.Root(c.URL, methods...)}
}

// Close lets idle connections go. A request after it still works.
func (m *Client) Close() { m.s.Close() }

// Stream asks the model and yields what it says, as [wenyuan.Model] promises; the errors are
// those of [wire.Server.Post]. Thinking is left out.
func (m *Client) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return wire.Stream(func() (*wire.Call, error) {
		return m.s.Post(ctx, m.root+"/api/chat", m.request(r))
	}, read)
}

type line struct {
	Message *struct {
		Content   string     `json:"content"`
		Thinking  string     `json:"thinking"`
		ToolCalls []toolCall `json:"tool_calls"`
	} `json:"message"`
	Done       bool            `json:"done"`
	DoneReason string          `json:"done_reason"`
	Prompt     int             `json:"prompt_eval_count"`
	Completion int             `json:"eval_count"`
	Error      json.RawMessage `json:"error"`
}

// read goes through the lines; a server that does not stream sends one.
func read(r *wire.Reply) error {
	if t := r.Type(); t != "application/x-ndjson" && t != "application/json" {
		return r.NoStream()
	}
	calls := 0
	lines := r.Lines()
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var l line
		if err := r.Decode(lines.Bytes(), &l); err != nil {
			return err
		}
		switch {
		case l.Error != nil:
			return r.Refused(lines.Bytes())
		case l.Message == nil && !l.Done:
			return r.Rubbish(errors.New("a line without a message"))
		}
		if err := hand(r, l, &calls); err != nil {
			return err
		}
		if l.Done {
			return finish(r, l)
		}
	}
	return lines.Err()
}

func hand(r *wire.Reply, l line, calls *int) error {
	if l.Message == nil {
		return nil
	}
	if err := r.Think(l.Message.Thinking); err != nil {
		return err
	}
	if err := r.Say(l.Message.Content); err != nil {
		return err
	}
	for _, c := range l.Message.ToolCalls {
		// a call comes whole, and the numbers of some versions begin anew on each line
		err := r.ToolCall(wenyuan.ToolCall{Index: *calls, ID: c.ID, Name: c.Function.Name, Arguments: string(c.Function.Arguments)})
		if err != nil {
			return err
		}
		*calls++
	}
	return nil
}

func finish(r *wire.Reply, l line) error {
	r.Usage(l.Prompt, l.Completion)
	switch l.DoneReason {
	case "length":
		r.Finish("length")
	case "load", "unload": // of the model, not of an answer
		return r.BrokenOff(l.DoneReason)
	default:
		r.Finish("stop")
	}
	return nil
}

// Version is the remote name of the model: whoever puts other weights behind the same name
// has to give the model another one.
func (m *Client) Version() string { return "remote:" + m.s.RemoteName }

type embedRequest struct {
	Model    string   `json:"model"`
	Input    []string `json:"input"`
	Truncate bool     `json:"truncate"` // false: half a text has another meaning
}

// Embed gives one vector a text, all of one length, none of them holding NaN or infinity.
// Texts go out in requests of Config.Batch. Errors are those of [wire.Server.Post].
func (m *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, _, err := m.Embedded(ctx, texts)
	return vectors, err
}

// Embedded is [Client.Embed] with the tokens that the server counted.
func (m *Client) Embedded(ctx context.Context, texts []string) (all [][]float32, usage *wenyuan.Usage, err error) {
	all, err = m.s.Embed(texts, func(batch []string) ([][]float32, error) {
		k, err := m.s.Post(ctx, m.root+"/api/embed", embedRequest{Model: m.s.RemoteName, Input: batch})
		if err != nil {
			return nil, err
		}
		defer k.End()
		var reply struct {
			Embeddings [][]float32 `json:"embeddings"`
			Prompt     int         `json:"prompt_eval_count"`
		}
		if err := k.Whole(&reply); err != nil {
			return nil, err
		}
		usage = usage.Plus(&wenyuan.Usage{Prompt: reply.Prompt})
		return reply.Embeddings, k.CheckVectors(reply.Embeddings, len(batch))
	})
	return all, usage, err
}

// List asks which models the server has.
func (m *Client) List(ctx context.Context) ([]wire.Offer, error) {
	k, err := m.s.Get(ctx, m.root+"/api/tags")
	if err != nil {
		return nil, err
	}
	defer k.End()
	var reply struct {
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
	}
	if err := k.Whole(&reply); err != nil {
		return nil, err
	}
	var out []wire.Offer
	for _, d := range reply.Models {
		out = append(out, wire.Offer{Name: d.Name})
	}
	return out, nil
}

var (
	_ wenyuan.Model    = (*Client)(nil)
	_ wenyuan.Embedder = (*Client)(nil)
)
