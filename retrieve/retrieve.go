// Package retrieve leads from a question to the passages that are read for it:
// search, rerank, filter.
//
// It never looks past the Scope it is given (the index applies it inside the
// search, and the library again when it hands out the texts), never writes, and
// never drops a passage without saying at which stage and why.
package retrieve

import (
	"cmp"
	"context"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve/question"
)

// A Library gives the index of a corpus and the texts of passages.
type Library interface {
	Index(ctx context.Context, sc scope.Scope, space, corpus string) (*index.Index, error)
	Passages(ctx context.Context, sc scope.Scope, ids []string) ([]wenyuan.Passage, error)
	// Inside marks ctx by wenyuan.StayInside when one of the corpora is closed.
	Inside(ctx context.Context, sc scope.Scope, corpora ...string) (context.Context, error)
}

// A Retriever finds passages. It may be used from several goroutines at once.
type Retriever struct {
	lib      Library
	embedder wenyuan.Embedder // nil: the vectors built into the index are used
}

// New makes a Retriever. embedder may be nil.
func New(lib Library, embedder wenyuan.Embedder) *Retriever {
	return &Retriever{lib: lib, embedder: embedder}
}

// A Query is a question put to one corpus or to several.
type Query struct {
	Space    string
	Corpora  []string // names of 1 to maxCorpora corpora
	Text     string
	Told     string   // Text as an embedder and a reranker may read it; "" as it is
	Also     []string // other wordings of Text that are searched as well; maxAlso of them count
	Limit    int      // passages wanted; 0 means 10
	Arm      index.Arm
	Reranker wenyuan.Reranker // orders the best candidates; nil leaves the built-in order
}

// Found is what came through the filter chain and what did not.
type Found struct {
	Kept    []wenyuan.Passage `json:"kept"`    // best first; Score is that of the reranker
	Dropped []Drop            `json:"dropped"` // in the order of the stages
	Ranked  []Ranked          `json:"ranked"`  // what the reranker saw, best first, before the filters
	Nearest float64           `json:"nearest"` // best relevance of all passages, 0 to 1
	Floor   float64           `json:"floor"`   // what a passage had to reach
	// Indexes are the versions of what the indexes of the corpora learned; none before they have.
	Indexes []wenyuan.Version `json:"indexes,omitempty"`
	// Inside says that a corpus was closed: an embedder or reranker outside was not asked.
	Inside bool `json:"inside,omitempty"`
	// Failed is why the embedder could not be asked; what was found was found without it.
	Failed error `json:"-"`
	// Unranked is why the query's reranker could not be asked; the built-in order stands.
	Unranked error `json:"-"`
	// Conflicts are places where two of the passages kept contradict each other.
	Conflicts []wenyuan.Disagreement `json:"conflicts,omitempty"`
	// Vector is the question's, of the embedder of the version Embedder; nil where there is none or it could not be asked.
	Vector   []float32 `json:"-"`
	Embedder string    `json:"-"`
	// Corpora are the names of the corpora that documents which were found are of.
	Corpora map[string]string `json:"-"`
	// Weights are the question's terms and how much each tells apart in the corpus, for
	// whoever chooses among the sentences of what was kept.
	Weights question.Weights `json:"-"`
}

// Ranked says how the reranker judged one passage.
type Ranked struct {
	Passage   string   `json:"passage"` // id
	Score     float64  `json:"score"`
	Relevance float64  `json:"relevance"` // how much of the question it is about, 0 to 1; compares between questions
	Features  Features `json:"features"`
}

// How many passages are reranked. A term that is asked for by its name alone stands in
// many passages, and the one that defines it need not be among the densest.
const (
	candidates   = 50
	ofDefinition = 200
)

// Search gives the passages that answer a query best, as the indexes rank them.
func (r *Retriever) Search(ctx context.Context, sc scope.Scope, q Query) ([]wenyuan.Passage, error) {
	ctx, l, err := r.look(ctx, sc, q)
	if err != nil {
		return nil, err
	}
	if l.failed != nil && !(wenyuan.StaysInside(ctx) && wenyuan.CodeOf(l.failed) == wenyuan.Denied) {
		return nil, l.failed
	}
	found, err := r.search(ctx, sc, l, cmp.Or(q.Limit, 10))
	return found[:min(len(found), cmp.Or(q.Limit, 10))], err
}

// Retrieve searches, reranks and filters. Nothing kept means that the corpora do not
// hold the answer.
func (r *Retriever) Retrieve(ctx context.Context, sc scope.Scope, q Query, f Filters) (Found, error) {
	ctx, l, err := r.look(ctx, sc, q)
	if err != nil {
		return Found{}, err
	}
	wide := max(candidates, q.Limit)
	if l.asked.Kind == question.Definition && len(l.asked.Parts) <= 4 {
		wide = max(ofDefinition, q.Limit)
	}
	found, err := r.search(ctx, sc, l, wide)
	if err != nil {
		return Found{}, err
	}
	f = f.WithDefaults()
	ranked := rerank(l.asked, l.also, found)
	unranked := f.reorder(ctx, q.Reranker, cmp.Or(q.Told, q.Text), ranked)
	if ctx.Err() != nil {
		return Found{}, ctx.Err()
	}
	out := f.filter(l.asked, ranked, q.Limit)
	out.Weights, out.Indexes, out.Failed, out.Unranked = l.weights, l.learned(), l.failed, unranked
	out.Conflicts = f.conflicts(l.asked, out.Kept)
	out.Inside, out.Corpora = wenyuan.StaysInside(ctx), l.of
	if l.vectors != nil {
		out.Vector, out.Embedder = l.vectors[0], r.embedder.Version()
	}
	return out, nil
}

// Vectors turns texts that are no documents into vectors of the embedder, and says which it is; nil without one.
func (r *Retriever) Vectors(ctx context.Context, texts []string) (vectors [][]float32, version string, err error) {
	if r.embedder == nil {
		return nil, "", nil
	}
	vectors, err = r.vector(ctx, index.Fused, texts)
	return vectors, r.embedder.Version(), err
}
