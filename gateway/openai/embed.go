package openai

import (
	"context"
	"fmt"

	"wenyuan"
)

// Version is the remote name of the model: whoever puts other weights behind the same name
// has to give the model another one.
func (m *Client) Version() string { return "remote:" + m.s.RemoteName }

type embedRequest struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	EncodingFormat string   `json:"encoding_format"`
}

type embedReply struct {
	Data []struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	} `json:"data"`
	Usage *wenyuan.Usage `json:"usage"`
}

// Embed gives one vector a text, all of one length, none of them holding NaN or
// infinity. Texts go out in requests of Config.Batch. Errors are those of
// [wire.Server.Post].
func (m *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, _, err := m.Embedded(ctx, texts)
	return vectors, err
}

// Embedded is [Client.Embed] with the tokens that the server counted; nil where it counts none.
func (m *Client) Embedded(ctx context.Context, texts []string) (all [][]float32, usage *wenyuan.Usage, err error) {
	all, err = m.s.Embed(texts, func(batch []string) ([][]float32, error) {
		var reply embedReply
		k, err := m.s.Post(ctx, m.base+"/embeddings", embedRequest{m.s.RemoteName, batch, "float"})
		if err != nil {
			return nil, err
		}
		defer k.End()
		if err := k.Whole(&reply); err != nil {
			return nil, err
		}
		vectors, err := inOrder(reply, len(batch))
		if err != nil {
			return nil, k.Rubbish(err)
		}
		usage = usage.Plus(reply.Usage)
		return vectors, k.CheckVectors(vectors, len(batch))
	})
	return all, usage, err
}

// inOrder puts the vectors where their texts were.
func inOrder(reply embedReply, want int) ([][]float32, error) {
	if len(reply.Data) != want {
		return nil, fmt.Errorf("%d vectors for %d texts", len(reply.Data), want)
	}
	out := make([][]float32, want)
	for _, d := range reply.Data {
		if d.Index < 0 || d.Index >= want || out[d.Index] != nil {
			return nil, fmt.Errorf("a vector with the index %d among %d", d.Index, want)
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}
