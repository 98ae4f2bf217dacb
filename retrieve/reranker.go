package retrieve

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"wenyuan"
)

// Bounds on what a reranker is asked.
const (
	reranked     = 30               // candidates
	rerankedText = 4000             // code points of one of them
	rerankWait   = 10 * time.Second // for all of it
)

// reorder lets a reranker order the best candidates that reach the floor; those below it
// will not be read, whatever it would say of them. The candidates behind keep the order
// they have, below those it ordered. Where it fails, all of them do, and the error says
// why. A reranker's scores have no common scale, so they order and are not a relevance.
func (f Filters) reorder(ctx context.Context, by wenyuan.Reranker, text string, in []candidate) error {
	var at []int
	for i, c := range in {
		if len(at) < reranked && c.relevance >= f.Floor {
			at = append(at, i)
		}
	}
	if by == nil || len(at) < 2 {
		return nil
	}
	texts := make([]string, len(at))
	for i, j := range at {
		texts[i] = clip(headings(in[j].passage)+"\n"+in[j].passage.Text, rerankedText)
	}
	ctx, cancel := context.WithTimeout(ctx, rerankWait)
	defer cancel()
	scores, err := by.Rerank(ctx, text, texts)
	switch {
	case err != nil:
		return fmt.Errorf("retrieve: reranking: %w", err)
	case len(scores) != len(at) || slices.ContainsFunc(scores, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }):
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the reranker gave no score for each passage", Hint: "check that its address leads to a reranker"}
	}
	low, high := slices.Min(scores), slices.Max(scores)
	best := slices.MaxFunc(in, func(a, b candidate) int { return cmp.Compare(a.score, b.score) }).score
	for i, j := range at {
		in[j].score = best + (scores[i]-low)/max(high-low, math.SmallestNonzeroFloat64)
	}
	slices.SortStableFunc(in, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	return nil
}

// clip cuts a text to so many code points.
func clip(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
