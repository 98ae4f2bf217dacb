package index

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

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
// than all the words; and where words propose enough, letters only score those again.
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
	sees    []bitset // by part
	touched []bitset // sections that some term of the question is in, by part
	ask     *question

	terms     []weighed
	words     []float32 // BM25 of words, of every section of the snapshot
	letters   []float32
	bestWords float32
	bestRuns  float32

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
	w.sees = w.sees[:0]
	for i, p := range s.parts {
		w.sees = append(w.sees, p.sees(space, sc))
		if i == len(w.touched) {
			w.touched = append(w.touched, nil)
		}
		w.touched[i] = zeroed(w.touched[i], len(w.sees[i]))
	}
	w.touched = w.touched[:len(s.parts)]
	if len(w.place) < n {
		w.words, w.letters, w.place = make([]float32, n), make([]float32, n), make([]int32, n)
	}
	w.cands, w.pas, w.terms = w.cands[:0], w.pas[:0], w.terms[:0]
	w.learned, w.given = scale{}, scale{}
	w.bestWords, w.bestRuns, w.bestPage = 0, 0, 0
}

// clear brings the arrays over all sections back to zero where they were written, which
// is mostly next to nowhere. A search that panics does not give its scratch back.
func (w *scratch) clear() {
	for i, set := range w.touched {
		base := w.s.base[i]
		for j, word := range set {
			for ; word != 0; word &= word - 1 {
				sec := base + uint32(j*64+bits.TrailingZeros64(word))
				w.words[sec], w.letters[sec] = 0, 0
			}
		}
	}
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

// lexical scores all sections by words and letters and takes the best as candidates.
func (w *scratch) lexical() {
	w.terms = w.s.weigh(w.ask.words)
	if w.q.Arm == Vectors {
		return
	}
	runs := w.s.weigh(w.ask.letters)
	words, letters := newField(w.s.words, w.s.sections), newField(w.s.letters, w.s.sections)
	for i, p := range w.s.parts {
		from, to := w.s.base[i], w.s.base[i+1]
		accumulate(w.words[from:to], w.touched[i], p, i, w.terms, p.seg.secLen, words)
	}
	rescore := false
	if w.s.sections > exhaustive {
		runs = rarest(runs, lettersBudget)
		rescore = w.countTouched() >= w.q.K+proposed
	}
	for i, p := range w.s.parts {
		scores := w.letters[w.s.base[i]:w.s.base[i+1]]
		if rescore {
			rescoreTouched(scores, w.touched[i], p, i, runs, p.seg.secLetters, letters)
		} else {
			accumulate(scores, w.touched[i], p, i, runs, p.seg.secLetters, letters)
		}
	}
	w.maxima()
	w.choose()
}

func (w *scratch) countTouched() (n int) {
	for _, set := range w.touched {
		n += set.count()
	}
	return n
}

// each calls f for every section that is seen and has a term of the question.
func (w *scratch) each(f func(sec uint32)) {
	for i, set := range w.touched {
		base, sees := w.s.base[i], w.sees[i]
		for j, word := range set {
			for word &= sees[j]; word != 0; word &= word - 1 {
				f(base + uint32(j*64+bits.TrailingZeros64(word)))
			}
		}
	}
}

// maxima finds the best scores and the best sections of each page.
func (w *scratch) maxima() {
	w.pages = w.s.pages()
	if w.turn++; len(w.top) < w.pages.count || w.turn == 0 {
		w.top, w.turn = make([]pageTop, w.pages.count), 1
	}
	w.each(func(sec uint32) {
		v := w.words[sec]
		w.bestRuns = max(w.bestRuns, w.letters[sec])
		if v == 0 {
			return
		}
		w.bestWords = max(w.bestWords, v)
		g := w.pages.section[sec]
		if g == alone {
			w.bestPage = max(w.bestPage, v)
			return
		}
		t := &w.top[g]
		if t.turn != w.turn {
			*t = pageTop{turn: w.turn}
		}
		t.add(v)
		w.bestPage = max(w.bestPage, t.score(w.pages.size[g]))
	})
}

// A pageTop holds the three best sections of a page, best first.
type pageTop struct {
	best [3]float32
	turn uint32 // the search it was filled in; that of another one is empty
}

func (t *pageTop) add(v float32) {
	switch b := &t.best; {
	case v > b[0]:
		b[0], b[1], b[2] = v, b[0], b[1]
	case v > b[1]:
		b[1], b[2] = v, b[1]
	case v > b[2]:
		b[2] = v
	}
}

// score is the mean of the three best sections, or of all where the page has fewer, so
// that a page of one section stands for itself.
func (t *pageTop) score(size uint32) float32 {
	return (t.best[0] + t.best[1] + t.best[2]) / float32(max(1, min(3, size)))
}

// pageScore is the score of the page of a section.
func (w *scratch) pageScore(sec uint32) float32 {
	g := w.pages.section[sec]
	if g == alone {
		return w.words[sec]
	}
	if t := &w.top[g]; t.turn == w.turn {
		return t.score(w.pages.size[g])
	}
	return 0
}

func ratio(v, best float32) float64 {
	if best <= 0 {
		return 0
	}
	return float64(v) / float64(best)
}

// inverse is 1/v, and 0 where nothing was found.
func inverse(v float32) float32 {
	if v <= 0 {
		return 0
	}
	return 1 / v
}

// first is the part of a section's score that is known for all sections.
func (w *scratch) first(sec uint32) Parts {
	return Parts{
		Words:   ratio(w.words[sec], w.bestWords),
		Letters: ratio(w.letters[sec], w.bestRuns),
		Page:    ratio(w.pageScore(sec), w.bestPage),
	}
}

func (p Parts) lexical() float64 {
	return p.Words + lettersWeight*p.Letters + pageWeight*p.Page
}

// choose takes the sections with the best first scores.
func (w *scratch) choose() {
	w.heap = w.heap[:0]
	n := w.q.K + proposed
	words, letters, page := inverse(w.bestWords), lettersWeight*inverse(w.bestRuns), pageWeight*inverse(w.bestPage)
	w.each(func(sec uint32) {
		score := words*w.words[sec] + letters*w.letters[sec]
		if len(w.heap) == n && score+pageWeight < w.heap[0].score { // not even with the best page
			return
		}
		w.push(n, scored{sec, score + page*w.pageScore(sec)})
	})
	w.take()
}

// push keeps the n best in a heap whose root is the worst of them.
func (w *scratch) push(n int, h scored) {
	if len(w.heap) < n {
		w.heap = append(w.heap, h)
		for i := len(w.heap) - 1; i > 0 && worse(w.heap[i], w.heap[(i-1)/2]); i = (i - 1) / 2 {
			w.heap[i], w.heap[(i-1)/2] = w.heap[(i-1)/2], w.heap[i]
		}
		return
	}
	if !worse(w.heap[0], h) {
		return
	}
	w.heap[0] = h
	for i := 0; ; {
		c := 2*i + 1
		if c+1 < n && worse(w.heap[c+1], w.heap[c]) {
			c++
		}
		if c >= n || !worse(w.heap[c], w.heap[i]) {
			return
		}
		w.heap[i], w.heap[c] = w.heap[c], w.heap[i]
		i = c
	}
}

func worse(a, b scored) bool {
	return a.score < b.score || a.score == b.score && a.sec > b.sec
}

// take makes the sections of the heap candidates.
func (w *scratch) take() {
	for _, h := range w.heap {
		w.candidate(h.sec)
	}
}

// candidate adds a section once.
func (w *scratch) candidate(sec uint32) {
	if w.place[sec] != 0 {
		return
	}
	part, local := w.s.locate(sec)
	w.cands = append(w.cands, candidate{sec: sec, part: part, local: local})
	w.place[sec] = int32(len(w.cands))
}

// locate finds the part of a section.
func (s *snapshot) locate(sec uint32) (part int, local uint32) {
	i, ok := slices.BinarySearch(s.base, sec)
	if !ok {
		i--
	}
	for s.base[i+1] == sec { // parts without sections
		i++
	}
	return i, sec - s.base[i]
}

// hits orders the passages of the candidates.
func (w *scratch) hits() []Hit {
	var found []hit
	for i := range w.cands {
		if w.cands[i].close {
			found = w.sectionHits(&w.cands[i], found)
		}
	}
	slices.SortFunc(found, w.compare)
	return w.named(found)
}

// A hit is a passage before its names are looked up.
type hit struct {
	score   float64
	cand    *candidate
	pas     uint32 // in the numbers of its part
	passage float64
	given   float64
}

func (w *scratch) compare(a, b hit) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	sa, sb := w.s.parts[a.cand.part].seg, w.s.parts[b.cand.part].seg
	return cmp.Or(strings.Compare(sa.document(sa.secDoc[a.cand.local]), sb.document(sb.secDoc[b.cand.local])), cmp.Compare(a.pas, b.pas))
}

// named gives the best their names.
func (w *scratch) named(found []hit) []Hit {
	out := make([]Hit, 0, min(len(found), w.q.K))
	seen := map[string]bool{}
	for _, h := range found {
		if len(out) == w.q.K {
			break
		}
		seg := w.s.parts[h.cand.part].seg
		doc := seg.document(seg.secDoc[h.cand.local])
		if w.q.Single {
			if seen[doc] {
				continue
			}
			seen[doc] = true
		}
		parts := h.cand.parts
		parts.Passage, parts.Given = h.passage, h.given
		out = append(out, Hit{Passage: strings.Clone(seg.passage(h.pas)), Document: strings.Clone(doc), Score: h.score, Parts: parts})
	}
	return out
}
