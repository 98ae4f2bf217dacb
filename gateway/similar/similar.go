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
	"math"
	"math/rand/v2"
	"sync"
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
	DefaultEntries = 10000 // questions of a space, about 300 bytes each, and the vectors of those that were compared
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
	Distance   float64  // how far apart the two are, 0 nothing differs; what the curve is over
	Near       string   // the neighbourhood, by which feedback finds it
	Measure    string   // how it was measured: the version of the embedder, or of the built-in one
}

// An Index knows the questions whose answers are kept. It is safe for concurrent use.
type Index struct {
	c       Config
	mu      sync.Mutex
	spaces  map[string]*shelf
	curves  curves
	reaches reaches
	vectors *vectors
	rest    rest
}

// Open makes an index.
func Open(c Config) *Index {
	if c.Wrong <= 0 || c.Wrong >= 1 {
		c.Wrong = DefaultWrong
	}
	if c.Entries <= 0 {
		c.Entries = DefaultEntries
	}
	if c.Chance == nil {
		c.Chance = rand.Float64
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Index{c: c, spaces: map[string]*shelf{}, curves: curves{known: map[curveID]*known{}}, vectors: newVectors()}
}

// Find looks among the questions kept in a place for one whose answer may serve. ok is false where
// none agrees, or none is near.
func (x *Index) Find(ctx context.Context, w Where, question string) (m Match, ok bool) {
	all := x.candidates(w, question)
	if len(all) == 0 {
		return Match{}, false
	}
	m, d := x.judge(ctx, w.Space, all[0], all[0].distance(), wordsMeasure)
	if !m.Serve && m.Right < 1-x.c.Wrong {
		m, d = x.nearer(ctx, w.Space, question, all, m, d)
	}
	m.Distance = d
	m.Why = x.reason(&m)
	return m, d <= farthest
}

// farthest is the distance past which a question is not worth a comparison of answers.
const farthest = 1.5

// judge asks the curve of a candidate's neighbourhood. A hit that may be given is tried out now and
// then all the same, so that the curve learns where nobody complains.
func (x *Index) judge(ctx context.Context, space string, c candidate, distance float64, measure string) (Match, float64) {
	near := nearOf(c.kept.question)
	m := Match{Key: c.kept.key, Question: c.kept.question, Similarity: math.Exp(-distance), Near: near, Measure: measure}
	m.Right = x.curves.of(ctx, x, curveID{space, near, measure}).right(distance)
	m.Serve = m.Right >= 1-x.c.Wrong && (distance == 0 || x.c.Chance() >= explored)
	return m, distance
}

// explored is the share of the hits that may be given and are tried out: vCache explores in proportion
// to what it does not know; past the bound that is little.
const explored = .02

// reason says why a match is given or not.
func (x *Index) reason(m *Match) string {
	switch {
	case m.Serve:
		return served
	case m.Right >= 1-x.c.Wrong:
		return tried
	}
	return unsure
}

// Why a match is given or not.
const (
	served = "numbers, names, times and what is asked for agree"
	tried  = "it may be given, and is tried out against a new answer"
	unsure = "it is not sure enough that the answer is right"
)

// Add keeps a question with the key of its answer, until ends.
func (x *Index) Add(ctx context.Context, w Where, question string, key [32]byte, ends time.Time) {
	if question == "" || len(question) > 4*longestQuestion {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.spaces[w.Space]
	if s == nil {
		s = newShelf(x.c.Entries, x.vectors.forget)
		x.spaces[w.Space] = s
	}
	k := &kept{question: question, key: key, place: w.Place, ends: ends}
	s.add(k)
	x.vectors.take(k)
}

// Forget drops the question of an answer that is no longer kept.
func (x *Index) Forget(space string, key [32]byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.spaces[space]; s != nil {
		s.forget(key)
	}
}

// ForgetSpace drops all questions of a space, of all spaces where it is empty. What was learned there
// goes with the rows of the space.
func (x *Index) ForgetSpace(space string) {
	x.mu.Lock()
	for name, s := range x.spaces {
		if space == "" || name == space {
			delete(x.spaces, name)
			for _, k := range s.byKey {
				x.vectors.forget(k)
			}
		}
	}
	x.vectors.clear()
	x.mu.Unlock()
	x.curves.forget(space)
}

// Len is how many questions are kept.
func (x *Index) Len() (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.spaces {
		n += len(s.byKey)
	}
	return n
}
