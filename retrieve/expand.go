package retrieve

import (
	"context"
	"slices"

	"wenyuan"
	"wenyuan/internal/scope"
)

const (
	expandNear  = 0.3 // relevance from which a passage says anything about the question
	maxWordings = 3
)

// Expand gives other wordings of a question, from what a first round found for the same
// asker: a term is exchanged for the one that a passage explains it by, an abbreviation for
// its long form or a term for its translation (死信队列（Dead-Letter Queue）). No model is
// asked and nothing is read that the first round did not. It gives none where nothing found
// is near the question.
//
// Adding the words that stand out in the best passages (relevance feedback) was measured and
// is not done: docs/benchmarks-search.md has the figures.
func (r *Retriever) Expand(ctx context.Context, _ scope.Scope, q Query, f Found) ([]string, error) {
	if f.Nearest < expandNear {
		return nil, ctx.Err()
	}
	var passages []wenyuan.Passage
	passages = append(passages, f.Kept...)
	for _, d := range f.Dropped {
		passages = append(passages, d.Passage)
	}
	out := glossaryOf(passages).reword(q.Text)
	out = slices.DeleteFunc(out, func(w string) bool { return w == q.Text || slices.Contains(q.Also, w) })
	return out[:min(len(out), maxWordings)], ctx.Err()
}
