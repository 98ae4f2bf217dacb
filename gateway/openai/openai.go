// Package openai speaks the dialect of OpenAI, in which nearly every server of models can be
// asked: chat, embeddings, moderation, reranking in the form that Jina and Cohere gave it,
// counting tokens as llama.cpp and vLLM do, and the list of models.
//
// It never asks on its own accord and never asks again once something was handed on. What a
// Request leaves at zero is not sent, because servers differ in what they take for a default.
package openai

import (
	"context"
	"net/http"
	"sync/atomic"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// A Client is one model on one server. It is safe for concurrent use. Which of its methods
// the server serves is for the operator to say.
type Client struct {
	s     *wire.Server
	base  string // with the version segment
	root  string // without
	chats string // where chats are posted

	newLimit   atomic.Bool // the server wants max_completion_tokens
	plainRoute atomic.Bool // it reranks below the root only
	wholes     pace
}

// methods may stand at the end of an address that an operator copied out of a manual.
var methods = []string{"/chat/completions", "/embeddings", "/rerank", "/moderations", "/models"}

// New makes the client of a model. It does not reach out.
func New(c wire.Config) *Client {
	s := wire.NewServer(c, "openai", func(h http.Header, key string) {
		if key != "" {
			h.Set("Authorization", "Bearer "+key)
		}
	})
	base := wire.Versioned(c.URL, methods...)
	return &Client{s: s, base: base, root: wire.Root(c.URL, methods...), chats: base + "/chat/completions"}
}

// Close lets idle connections go. A request after it still works.
func (m *Client) Close() { m.s.Close() }

// List asks which models the server has.
func (m *Client) List(ctx context.Context) ([]wire.Offer, error) {
	k, err := m.s.Get(ctx, m.base+"/models")
	if err != nil {
		return nil, err
	}
	defer k.End()
	var reply struct {
		Data []struct {
			ID     string `json:"id"`
			MaxLen int    `json:"max_model_len"` // vLLM
			Meta   struct {
				Context int `json:"n_ctx"`       // llama.cpp: of one slot
				Trained int `json:"n_ctx_train"` // llama.cpp: what the model was made for
			} `json:"meta"`
		} `json:"data"`
	}
	if err := k.Whole(&reply); err != nil {
		return nil, err
	}
	var out []wire.Offer
	for _, d := range reply.Data {
		out = append(out, wire.Offer{Name: d.ID, Context: max(d.MaxLen, d.Meta.Context)})
	}
	return out, nil
}

var (
	_ wenyuan.Model     = (*Client)(nil)
	_ wenyuan.Embedder  = (*Client)(nil)
	_ wenyuan.Reranker  = (*Client)(nil)
	_ wenyuan.Tokenizer = (*Client)(nil)
)
