package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"

	"wenyuan"
	"wenyuan/internal/sse"
)

// A Client is one chat model on one server. It is safe for concurrent use.
type Client struct {
	c    Config
	http *http.Client
}

// NewClient makes the client of a chat model. It does not reach out.
func NewClient(c Config) *Client { return &Client{c.withDefaults(), newHTTP()} }

// Close lets idle connections go.
func (m *Client) Close() { m.http.CloseIdleConnections() }

type chatRequest struct {
	Model         string            `json:"model"`
	Messages      []wenyuan.Message `json:"messages"`
	Stream        bool              `json:"stream"`
	StreamOptions streamOptions     `json:"stream_options"`
	Temperature   *float64          `json:"temperature,omitempty"`
	MaxTokens     int               `json:"max_tokens,omitempty"`
	Seed          *int64            `json:"seed,omitempty"`
	Stop          []string          `json:"stop,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type chatChunk struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *wenyuan.Usage  `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// Stream asks the model and yields what it says, as [wenyuan.Model] promises. Errors
// are [wenyuan.Error]: Limited (429, see [WaitOf]), TooLarge (the context does not fit),
// Unavailable (everything else that is not the caller's). Where the caller ended ctx, its
// cause is the error.
func (m *Client) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		k, err := post(ctx, m.http, m.c, "/chat/completions", chatRequest{
			Model: m.c.RemoteName, Messages: r.Messages, Stream: true, StreamOptions: streamOptions{true},
			Temperature: r.Temperature, MaxTokens: r.MaxTokens, Seed: r.Seed, Stop: r.Stop,
		})
		if err != nil {
			yield(wenyuan.Chunk{}, err)
			return
		}
		defer k.end()
		last, stopped, err := m.read(k, func(text string) bool { return yield(wenyuan.Chunk{Text: text}, nil) })
		switch {
		case stopped:
		case err != nil:
			yield(wenyuan.Chunk{}, m.why(ctx, k, err))
		default:
			yield(last, nil)
		}
	}
}

// read hands on the text of a stream and gives its last chunk, which waits for the usage
// that servers send after the finish.
func (m *Client) read(k *call, text func(string) bool) (last wenyuan.Chunk, stopped bool, err error) {
	if t, _, _ := mime.ParseMediaType(k.resp.Header.Get("Content-Type")); t != "text/event-stream" {
		return last, false, m.c.rubbish(fmt.Errorf("content type %q instead of a stream: %s", t, m.peek(k.resp.Body)))
	}
	events, mind := sse.NewReader(k.resp.Body, maxEvent), &thought{}
	for size, n := 0, 0; ; n++ {
		e, err := events.Next()
		if errors.Is(err, io.EOF) && last.Finish != "" || err == nil && e.Data == "[DONE]" && n > 0 {
			if last.Finish == "" {
				last.Finish = "stop" // it said in its own way that this was all
			}
			rest := mind.rest()
			return last, rest != "" && !text(rest), nil
		}
		if err != nil {
			return last, false, err
		}
		k.heard(m.c.Idle)
		c, err := m.chunk(e)
		if err != nil {
			return last, false, err
		}
		if c.Usage != nil {
			last.Usage = c.Usage
		}
		if len(c.Choices) == 0 {
			continue
		}
		if last.Finish == "" {
			last.Finish = c.Choices[0].FinishReason
		}
		said := c.Choices[0].Delta.Content
		if size += len(said); size > maxReply {
			return last, false, m.c.rubbish(fmt.Errorf("more than %d bytes of text", maxReply))
		}
		if said = mind.pass(said); said != "" && !text(said) {
			return last, true, nil
		}
	}
}

// chunk reads one event, which may be an error.
func (m *Client) chunk(e sse.Event) (c chatChunk, err error) {
	if err := json.Unmarshal([]byte(e.Data), &c); err != nil {
		return c, m.c.rubbish(fmt.Errorf("%w in %s", err, m.c.clean(e.Data)))
	}
	if len(c.Error) > 0 && string(c.Error) != "null" {
		var remote remoteError
		if json.Unmarshal(c.Error, &remote) != nil {
			remote.Message = string(c.Error)
		}
		return c, m.c.mapped(0, remote, 0)
	}
	if e.Name == "error" {
		return c, m.c.mapped(0, remoteError{Message: e.Data}, 0)
	}
	return c, nil
}

// why turns the end of a stream into the error that the asker gets.
func (m *Client) why(asker context.Context, k *call, err error) error {
	_, ours := errors.AsType[*wenyuan.Error](err)
	switch {
	case ours && asker.Err() == nil:
		return err
	case errors.Is(err, sse.ErrTooLong):
		return m.c.rubbish(err)
	}
	return k.explain(asker, m.c, err)
}

// peek shows the beginning of a body that is not what it should be.
func (m *Client) peek(r io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(r, 300)) // only for the log
	return m.c.clean(string(b))
}

var _ wenyuan.Model = (*Client)(nil)
