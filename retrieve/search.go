package retrieve

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
)

const (
	maxCorpora = 16 // corpora of one query
	maxAlso    = 4  // other wordings of one query that count
)

// A shelf is one corpus that is searched.
type shelf struct {
	name  string
	index *index.Index
}

// open gives the indexes of the query's corpora, and the context that keeps what is read
// inside where one of them is closed. It comes before anything is asked of anybody.
func (r *Retriever) open(ctx context.Context, sc scope.Scope, q Query) (context.Context, []shelf, error) {
	switch n := len(q.Corpora); {
	case n == 0:
		return nil, nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the query names no corpus", Hint: "say which corpus is searched"}
	case n > maxCorpora:
		return nil, nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the query names %d corpora", n), Hint: fmt.Sprintf("name at most %d", maxCorpora)}
	}
	ctx, err := r.lib.Inside(ctx, sc, q.Corpora...)
	if err != nil {
		return nil, nil, fmt.Errorf("retrieve: %w", err)
	}
	shelves := make([]shelf, 0, len(q.Corpora))
	for _, name := range q.Corpora {
		if slices.ContainsFunc(shelves, func(s shelf) bool { return s.name == name }) {
			continue
		}
		x, err := r.lib.Index(ctx, sc, q.Space, name)
		if err != nil {
			return nil, nil, fmt.Errorf("retrieve: %w", err)
		}
		shelves = append(shelves, shelf{name, x})
	}
	return ctx, shelves, nil
}

// vector is a text's vector of the configured embedder; nil where none is wanted.
func (r *Retriever) vector(ctx context.Context, arm index.Arm, texts []string) ([][]float32, error) {
	if r.embedder == nil || arm == index.Words {
		return nil, nil
	}
	v, err := r.embedder.Embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("retrieve: embedding the question: %w", err)
	}
	return v, nil
}

// ask puts one wording to one index and fetches the texts. A passage that went away
// between the two is left out; its place is not filled.
func (r *Retriever) ask(ctx context.Context, sc scope.Scope, x *index.Index, q index.Query) ([]wenyuan.Passage, error) {
	hits, err := x.Search(ctx, sc, q)
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
