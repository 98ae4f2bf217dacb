package retrieve

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
)

// vector is the question's vector of the configured embedder; nil where none is wanted.
func (r *Retriever) vector(ctx context.Context, q Query) ([]float32, error) {
	if r.embedder == nil || q.Arm == index.Words {
		return nil, nil
	}
	v, err := r.embedder.Embed(ctx, []string{q.Text})
	if err != nil {
		return nil, fmt.Errorf("retrieve: embedding the question: %w", err)
	}
	return v[0], nil
}

// search asks the index and fetches the texts. A passage that went away between the
// two is left out; its place is not filled.
func (r *Retriever) search(ctx context.Context, sc scope.Scope, x *index.Index, q Query, vector []float32) ([]wenyuan.Passage, error) {
	hits, err := x.Search(ctx, sc, index.Query{Text: q.Text, Vector: vector, K: q.Limit, Arm: q.Arm})
	if err != nil {
		return nil, fmt.Errorf("retrieve: %w", err)
	}
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.Passage
	}
	texts, err := r.lib.Passages(ctx, sc, ids)
	if err != nil {
		return nil, fmt.Errorf("retrieve: %w", err)
	}
	byID := make(map[string]wenyuan.Passage, len(texts))
	for _, p := range texts {
		byID[p.ID] = p
	}
	out := make([]wenyuan.Passage, 0, len(hits))
	for _, h := range hits {
		if p, ok := byID[h.Passage]; ok {
			p.Score = h.Score
			out = append(out, p)
		}
	}
	return out, nil
}
