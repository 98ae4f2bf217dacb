package index

import (
	"cmp"
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/internal/scope"
)

// How the parts of a score are weighed against BM25 of the section, which counts 1. One
// setting for all collections, of round numbers; the measurements stand in docs/benchmarks.md.
const (
	passageWeight = 0.5
	pageWeight    = 0.3
	lettersWeight = 0.3
	learnedWeight = 0.3
	givenWeight   = 1
	shareWeight   = 0.1 // of a section's score that comes from its neighbours
)

// How many sections beyond those wanted go from one look to the next: words, letters
// and vectors each propose so many, and the best of all of these are read passage by
// passage. Up to exhaustive sections vectors are compared one by one; beyond, the signs
// of their numbers choose first.
//
// In an index of more than exhaustive sections only the rarest runs of letters that fit
// into a budget of postings count, since the frequent ones tell little and would cost more
// than all the words.
const (
	proposed      = 128
	closely       = 64
	exhaustive    = 4096
	lettersBudget = 4096
)

// maxQuestion is the longest question in bytes; nobody types more.
const maxQuestion = 64 << 10

// Search gives the best passages that the scope sees, best first. Passages of which
// nothing speaks for the question are not among them. Equal scores are ordered by document
// and by place in it.
func (x *Index) Search(ctx context.Context, sc scope.Scope, q Query) ([]Hit, error) {
	if err := x.check(&q); err != nil {
		return nil, err
	}
	s, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer s.release()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.admits(q.Vector); err != nil {
		return nil, err
	}
	w := x.scratch.Get().(*scratch)
	w.prepare(s, x.o.Space, sc, q)
	hits := w.run()
	w.clear()
	x.scratch.Put(w)
	return hits, nil
}

// check refuses what cannot be answered and fills in the default of K.
func (x *Index) check(q *Query) error {
	q.K = cmp.Or(q.K, 10)
	switch {
	case q.K < 0 || q.K > MaxK:
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%d passages were asked for", q.K), Hint: fmt.Sprintf("ask for 1 to %d", MaxK)}
	case len(q.Text) > maxQuestion:
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the question has %d bytes", len(q.Text)), Hint: fmt.Sprintf("ask with at most %d bytes", maxQuestion)}
	}
	return nil
}

// admits refuses a vector that cannot be compared with those of the passages.
func (s *snapshot) admits(v []float32) error {
	for _, p := range s.parts {
		if v != nil && len(p.seg.vectors) > 0 && p.seg.dim != len(v) {
			return &wenyuan.Error{Code: wenyuan.Invalid,
				Message: fmt.Sprintf("the question's vector has %d numbers, those of the passages have %d", len(v), p.seg.dim),
				Hint:    "check that the embedder's model was not exchanged without a new version"}
		}
	}
	return nil
}

// A scratch holds what one search works with. It is used again, so that a search
// allocates next to nothing that grows with the index.
type scratch struct {
	s       *snapshot
	q       Query
	sees    []bitset // sections that the scope sees, by part
	only    []bitset // the same; nil for a part of which everything is seen
	touched []bitset // seen sections that some term of the question is in, by part
	spelled []bitset // seen sections that share letters with the question, by part
	kept    []bitset // those that may be among the best: touched or keep
	keep    []bitset
	some    []bitset
	short   [][]uint32 // sections that are still in the race, by part
	dropped []dropped
	ask     *question

	terms     []weighed
	wordField field
	tally     tally
	rest      []float64

	scorers      []*passageScorer // by part
	passageField field
	words        []float32 // BM25 of words, of every section of the snapshot
	letters      []float32
	bestWords    float32
	bestRuns     float32

	pages    pages
	top      []pageTop // of each page
	turn     uint32    // counts searches
	bestPage float32

	place []int32 // of a section among the candidates, plus 1
	cands []candidate
	pas   []float32 // scores of the passages of all candidates
	giv   []float32 // cosines of the passages of all candidates
	heap  []scored

	bestPas float32
	outside []scored // sections that are no candidates but neighbours of one

	learned scale
	given   scale
	dist    []uint16
}

// A candidate is a section that may be among the best.
type candidate struct {
	sec     uint32 // in the numbers of the snapshot
	part    int
	local   uint32 // in the numbers of the part
	parts   Parts
	close   bool    // looked at closely: its passages are scored
	passage int     // where the scores of its passages start in pas
	given   int     // the same for given vectors, in giv
	cos     float32 // of the learned vectors
	total   float64
	best    float64 // of its passages' own part
	final   float64
}

// A scale brings cosines to 1 at the best and 0 at the mean.
type scale struct {
	query     []float32
	mean, max float64
}

// of is never below -1: what is far from the question counts no less than that.
func (s scale) of(cos float64) float64 {
	if s.max-s.mean < 1e-6 {
		return 0
	}
	return max(-1, (cos-s.mean)/(s.max-s.mean))
}

func (w *scratch) prepare(s *snapshot, space string, sc scope.Scope, q Query) {
	n := int(s.base[len(s.base)-1])
	w.s, w.q, w.ask = s, q, ask(q.Text)
	w.sees, w.only = w.sees[:0], w.only[:0]
	for _, p := range s.parts {
		sees, only := p.sees(space, sc), bitset(nil)
		if p.dead != nil || !sc.All(space) {
			only = sees
		}
		w.sees, w.only = append(w.sees, sees), append(w.only, only)
	}
	w.touched, w.spelled = s.bitsets(w.touched), s.bitsets(w.spelled)
	w.kept = nil
	if len(w.place) < n {
		w.words, w.letters, w.place = make([]float32, n), make([]float32, n), make([]int32, n)
	}
	w.cands, w.pas, w.terms = w.cands[:0], w.pas[:0], w.terms[:0]
	w.learned, w.given = scale{}, scale{}
	w.bestWords, w.bestRuns, w.bestPage = 0, 0, 0
	w.wordField, w.passageField = newField(s.words, s.sections), newField(s.passageLengths, s.passages)
}

// clear brings the arrays over all sections back to zero where they were written, which
// is mostly next to nowhere. A search that panics does not give its scratch back.
func (w *scratch) clear() {
	w.joinSpelled()
	w.each(w.touched, func(sec uint32) { w.words[sec], w.letters[sec] = 0, 0 })
	for _, c := range w.cands {
		w.place[c.sec] = 0
	}
	for _, o := range w.outside {
		w.place[o.sec] = 0
	}
	w.cands, w.outside = w.cands[:0], w.outside[:0]
	w.s, w.pages = nil, pages{}
}

func zeroed[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n)
	}
	v = v[:n]
	clear(v)
	return v
}

// run is a search from the question to the hits.
func (w *scratch) run() []Hit {
	w.lexical()
	if w.q.Arm != Words {
		w.semantic()
	}
	w.weighAll()
	return w.hits()
}
