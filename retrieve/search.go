package retrieve

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
)

// search asks the index and fetches the texts. A passage that went away between the
// two is left out; its place is not filled.
func (r *Retriever) search(ctx context.Context, sc scope.Scope, x *index.Index, q Query) ([]wenyuan.Passage, error) {
	iq := index.Query{Text: q.Text, K: q.Limit, Arm: q.Arm}
	if r.embedder != nil && q.Arm != index.Words {
		v, err := r.embedder.Embed(ctx, []string{q.Text})
		if err != nil {
			return nil, fmt.Errorf("retrieve: embedding the question: %w", err)
		}
		iq.Vector = v[0]
	}
	hits, err := x.Search(ctx, sc, iq)
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
