package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"

	"wenyuan"
)

// An Embedder is one embedding model on one server. It is safe for concurrent use.
type Embedder struct {
	c    Config
	http *http.Client
}

// NewEmbedder makes the client of an embedding model. It does not reach out.
func NewEmbedder(c Config) *Embedder { return &Embedder{c.withDefaults(), newHTTP()} }

// Close lets idle connections go.
func (m *Embedder) Close() { m.http.CloseIdleConnections() }

// Version is the remote name of the model: whoever puts other weights behind the same name
// has to give the model another one.
func (m *Embedder) Version() string { return "remote:" + m.c.RemoteName }

// Embed gives one vector a text, all of one length, none of them holding NaN or
// infinity. Texts go out in requests of Config.Batch. Errors are those of [Client.Stream].
func (m *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(m.c.Batch, len(texts))
		vectors, err := m.request(ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && len(vectors[0]) != len(out[0]) {
			return nil, m.c.rubbish(fmt.Errorf("vectors of %d and of %d numbers", len(out[0]), len(vectors[0])))
		}
		out, texts = append(out, vectors...), texts[n:]
	}
	return out, nil
}

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
}

func (m *Embedder) request(ctx context.Context, texts []string) ([][]float32, error) {
	k, err := post(ctx, m.http, m.c, "/embeddings", embedRequest{m.c.RemoteName, texts, "float"})
	if err != nil {
		return nil, err
	}
	defer k.end()
	limit := int64(len(texts))*(1<<20) + 1<<20 // a vector of 16,384 numbers takes about 400 kB as text
	body, err := io.ReadAll(io.LimitReader(k.resp.Body, limit))
	if err != nil {
		return nil, k.explain(ctx, m.c, err)
	}
	var reply embedReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, m.c.rubbish(fmt.Errorf("%w in %s", err, m.c.clean(string(body[:min(len(body), 300)]))))
	}
	vectors, err := inOrder(reply, len(texts))
	if err != nil {
		return nil, m.c.rubbish(err)
	}
	return vectors, nil
}

// inOrder puts the vectors where their texts were and looks whether they can be used.
func inOrder(reply embedReply, want int) ([][]float32, error) {
	if len(reply.Data) != want {
		return nil, fmt.Errorf("%d vectors for %d texts", len(reply.Data), want)
	}
	out := make([][]float32, want)
	for _, d := range reply.Data {
		if d.Index < 0 || d.Index >= want || out[d.Index] != nil {
			return nil, fmt.Errorf("a vector with the index %d among %d", d.Index, want)
		}
		if len(d.Embedding) == 0 || len(d.Embedding) != len(reply.Data[0].Embedding) {
			return nil, fmt.Errorf("a vector of %d numbers beside one of %d", len(d.Embedding), len(reply.Data[0].Embedding))
		}
		for _, x := range d.Embedding {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return nil, fmt.Errorf("a vector holds %v", x)
			}
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

var _ wenyuan.Embedder = (*Embedder)(nil)
