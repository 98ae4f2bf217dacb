package gateway

import (
	"cmp"
	"context"

	"wenyuan"
)

// Embedder gives the model as one; ok is false where it is not declared for it.
func (m *Model) Embedder() (e wenyuan.Embedder, ok bool) {
	if !m.spec.Able(Embeddings) {
		return nil, false
	}
	return embedder{m}, true
}

type embedder struct{ m *Model }

// embeds is what a client has that turns texts into vectors.
type embeds interface {
	Embedded(ctx context.Context, texts []string) ([][]float32, *wenyuan.Usage, error)
}

// Version is the remote name of the model: whoever puts other weights behind the same name
// has to give the model another one.
func (e embedder) Version() string {
	return "remote:" + cmp.Or(e.m.spec.servers()[0].RemoteName, e.m.spec.Name)
}

// Embed gives one vector a text; see [wenyuan.Embedder].
func (e embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, _, err := e.m.Embedded(ctx, texts)
	return vectors, err
}

// Embedded gives one vector a text, and what it took; nil where the server counts nothing. The
// model has to be able to: see [Model.Embedder].
func (m *Model) Embedded(ctx context.Context, texts []string) ([][]float32, *wenyuan.Usage, error) {
	var usage *wenyuan.Usage
	vectors, err := meteredAsk(ctx, m, texts, func() ([][]float32, *wenyuan.Usage, error) {
		all, err := ask(ctx, m, lengthOf(texts)/bytesPerToken, func(ctx context.Context, c embeds) (all [][]float32, err error) {
			all, usage, err = c.Embedded(ctx, texts)
			return all, err
		})
		return all, usage, err
	})
	if usage = m.priced(usage); usage != nil && err == nil {
		m.figure.used(*usage)
	}
	return vectors, usage, err
}

// Inside says whether the embedder may be asked about closed corpora.
func (e embedder) Inside() bool { return e.m.Inside() }

// Reranker gives the model as one; ok is false where it is not declared for it.
func (m *Model) Reranker() (r wenyuan.Reranker, ok bool) {
	if !m.spec.Able(Rerank) {
		return nil, false
	}
	return reranker{m}, true
}

type reranker struct{ m *Model }

// Rerank scores passages; see [wenyuan.Reranker].
func (r reranker) Rerank(ctx context.Context, question string, passages []string) ([]float64, error) {
	texts := make([]string, len(passages))
	for i, p := range passages {
		texts[i] = question + p
	}
	return meteredAsk(ctx, r.m, texts, func() ([]float64, *wenyuan.Usage, error) {
		scores, err := ask(ctx, r.m, lengthOf(texts)/bytesPerToken, func(ctx context.Context, c wenyuan.Reranker) ([]float64, error) {
			return c.Rerank(ctx, question, passages)
		})
		return scores, nil, err
	})
}

var (
	_ wenyuan.Embedder = embedder{}
	_ wenyuan.Reranker = reranker{}
)
