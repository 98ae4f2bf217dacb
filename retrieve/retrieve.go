// Package retrieve leads from a question to the passages that are read for it:
// search, rerank, filter.
//
// It never looks past the Scope it is given (the index applies it inside the
// search, and the library again when it hands out the texts), never writes, and
// never drops a passage without saying at which stage and why.
package retrieve

import (
	"context"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
)

// A Library gives the index of a corpus and the texts of passages.
type Library interface {
	Index(ctx context.Context, sc scope.Scope, space, corpus string) (*index.Index, error)
	Passages(ctx context.Context, sc scope.Scope, ids []string) ([]wenyuan.Passage, error)
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

// A Query is a question put to one corpus.
type Query struct {
	Space  string
	Corpus string
	Text   string
	Limit  int // passages wanted; 0 means 10
	Arm    index.Arm
}

// Found is what came through the filter chain and what did not.
type Found struct {
	Kept    []wenyuan.Passage `json:"kept"` // best first
	Dropped []Drop            `json:"dropped"`
	Nearest float64           `json:"nearest"` // best relevance of all passages, 0 to 1
	Floor   float64           `json:"floor"`   // what a passage had to reach
}

// A Drop is a passage that did not come through.
type Drop struct {
	Passage wenyuan.Passage `json:"passage"`
	Stage   string          `json:"stage"` // name of the stage
	Code    string          `json:"code"`  // the reason as a word for programs: "below_floor", "near_duplicate", "too_similar", "over_budget"
	Why     string          `json:"why"`   // the reason as a sentence
}
