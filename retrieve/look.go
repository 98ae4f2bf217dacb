package retrieve

import (
	"context"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve/question"
)

// A look is a query made ready: its indexes, its wordings taken apart, their vectors.
type look struct {
	shelves []shelf
	weights question.Weights
	asked   *question.Question
	texts   []string             // the wordings that are searched; the question itself first
	also    []*question.Question // the question together with each wording that says it otherwise
	vectors [][]float32          // of texts; nil without an embedder
	failed  error                // why there are no vectors
	of      map[string]string    // the corpus of each document that was found
	arm     index.Arm
}

// look prepares a query. The context it gives back goes with everything that is done for
// the query: it may be marked to stay inside.
func (r *Retriever) look(ctx context.Context, sc scope.Scope, q Query) (context.Context, *look, error) {
	ctx, shelves, err := r.open(ctx, sc, q)
	if err != nil {
		return nil, nil, err
	}
	l := &look{shelves: shelves, texts: wordings(q), arm: q.Arm, of: map[string]string{}}
	l.weights = weigh(shelves, sc, strings.Join(l.texts, "\n"))
	l.asked = question.Parse(q.Text, l.weights)
	for _, t := range l.texts[1:] {
		if !strings.Contains(t, q.Text) { // what only adds to the question makes nothing relevant to it
			l.also = append(l.also, question.Parse(q.Text+"\n"+t, l.weights))
		}
	}
	l.vectors, l.failed = r.vector(ctx, q.Arm, told(q, l.texts))
	return ctx, l, ctx.Err()
}

// wordings are the texts that are searched, each once, the question first.
func wordings(q Query) []string {
	out := []string{q.Text}
	for _, t := range q.Also {
		if len(out) <= maxAlso && strings.TrimSpace(t) != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// told are the wordings as an embedder may read them: where the question is told otherwise than
// it is, its other wordings would give away what was covered.
func told(q Query, wordings []string) []string {
	if q.Told == "" || q.Told == q.Text {
		return wordings
	}
	return slices.Repeat([]string{q.Told}, len(wordings))
}

// search gives the best passages that the corpora have for the wordings, n of them or,
// where several lists come together, more.
func (r *Retriever) search(ctx context.Context, sc scope.Scope, l *look, n int) ([]wenyuan.Passage, error) {
	byWording := make([][]wenyuan.Passage, len(l.texts))
	for i, text := range l.texts {
		q := index.Query{Text: text, K: n, Arm: l.arm}
		if l.vectors != nil {
			q.Vector = l.vectors[i]
		}
		lists := make([][]wenyuan.Passage, len(l.shelves))
		for j, s := range l.shelves {
			var err error
			if lists[j], err = r.ask(ctx, sc, s.index, q); err != nil {
				return nil, err
			}
			for _, p := range lists[j] {
				l.of[p.Document] = s.name
			}
		}
		merged := merge(l.asked, lists)
		byWording[i] = merged[:min(n, len(merged))]
	}
	return fuse(byWording), nil
}

// learned are the versions of what the indexes learned.
func (l *look) learned() (out []wenyuan.Version) {
	for _, s := range l.shelves {
		if v := s.index.Stats().Learned; v != "" {
			out = append(out, wenyuan.Version{Kind: "index", Name: s.name, Hash: v})
		}
	}
	return out
}
