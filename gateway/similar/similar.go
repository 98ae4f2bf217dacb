// Package similar says whether an answer that is kept may serve another question: whether the two
// mean the same, by what they say (numbers, negation, names, times, what is asked for) and by how
// near they are, and how near is near enough where they stand.
//
// What is compared was asked in one space, of one version of one model, with one evidence: a [Where].
// Across the border of a Where nothing is compared. It keeps questions and keys, never answers. What a
// stranger would break: [Agree] is asked before any similarity, and no similarity overrules it.
//
// The bound is learned as in Schroeder et al., vCache (2025, arXiv 2502.03771): for each neighbourhood,
// which is a kept question with those that were found like it, a logistic curve over the similarity
// says how likely the answer is right, from what was seen there and from a prior that was fitted on
// pairs; a hit is given where that leaves no more wrong ones than are permitted, else the model is
// asked and what it says is compared, which is what the curve is learned from.
package similar

import (
	"context"
	"log/slog"
	"time"

	"wenyuan"
	"wenyuan/store"
)

// Config is what an Index is made of.
type Config struct {
	Store    *store.Store                    // keeps what was learned; nil: it is forgotten with the process
	Embedder func() (wenyuan.Embedder, bool) // measures how near two questions are; nil or false: by their words alone
	Wrong    float64                         // share of the hits that may be wrong, over 0 to below 1; 0: DefaultWrong
	Entries  int                             // questions kept for a space; 0: DefaultEntries
	Chance   func() float64                  // from 0 to below 1; nil: of the machine
	Log      *slog.Logger                    // nil: nothing is logged
}

const (
	DefaultWrong   = .01   // one hit in a hundred
	DefaultEntries = 10000 // questions of a space, about 1 KB each with a vector
)

// A Where is what two questions share whose answers may stand for each other.
type Where struct {
	Space string   // name
	Place [32]byte // hash of everything but the question: model and its version, assistant, evidence, history, settings
}

// A Match is the kept question that is most like another one.
type Match struct {
	Key        [32]byte // of the kept answer
	Question   string   // that was answered
	Similarity float64  // 0 to 1
	Right      float64  // how likely its answer is right, 0 to 1
	Serve      bool     // it may be given; else the model is asked, and Learn or Compare told what came of it
	Why        string   // what agrees, or why it is not given, for who explains
	Near       string   // the neighbourhood, by which feedback finds it
	Measure    string   // how it was measured: the version of the embedder, or of the built-in one
}

// Find looks among the questions kept in a place for one whose answer may serve. ok is false where
// none agrees.
func (x *Index) Find(ctx context.Context, w Where, question string) (m Match, ok bool) {
	return Match{}, false
}

// Add keeps a question with the key of its answer, until ends.
func (x *Index) Add(ctx context.Context, w Where, question string, key [32]byte, ends time.Time) {}

// Forget drops the questions of an answer that is no longer kept.
func (x *Index) Forget(space string, key [32]byte) {}

// ForgetSpace drops all questions of a space. What was learned in it goes with its rows.
func (x *Index) ForgetSpace(space string) {}

// Learn takes in whether an answer was right for the question that it was found for, or would have been.
func (x *Index) Learn(ctx context.Context, space string, m Match, right bool) error { return nil }

// Compare learns from the answer that was kept and the one that a model gave to the question that m
// was found for. It learns nothing where the two neither say the same nor contradict each other.
func (x *Index) Compare(ctx context.Context, space string, m Match, kept, fresh string) error {
	return nil
}

// An Index knows the questions whose answers are kept. It is safe for concurrent use.
type Index struct{ c Config }

// Open makes an index.
func Open(c Config) *Index { return &Index{c: c} }
