package index

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"wenyuan/index/analysis"
	"wenyuan/internal/lsa"
)

// What learning may cost: the directions are found from a sample, since 128 of them are
// known well from so many sections; terms beyond the limit are the rarest.
const (
	learnedDim   = 128
	learnSample  = 16_384
	learnTerms   = 1 << 17
	learnAlways  = 20_000 // sections; up to here learning takes a few seconds
	learnAtLeast = 8      // sections; fewer have nothing to tell about each other
)

// Learn trains the built-in vectors and finds the neighbours of every section, from what
// the index holds now. Searches and steps go on meanwhile; the new version replaces the
// old in one step and takes in what came in between. The version is the hash of what
// was learned; it is empty where there is too little to learn from.
func (x *Index) Learn(ctx context.Context) (version string, err error) {
	x.learning.Lock()
	defer x.learning.Unlock()
	p, err := x.pin(ctx)
	if err != nil || p == nil {
		return "", err
	}
	defer x.unpin(p)
	l := learner{p: p}
	m, near, err := l.learn(ctx)
	if err != nil {
		return "", fmt.Errorf("index: learn: %w", err)
	}
	return x.installLearned(m, l.vectors, near, p)
}

// pin merges everything into one segment, which Learn then works on; nil where there is too little.
func (x *Index) pin(ctx context.Context) (*part, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	s, err := x.acquire()
	if err != nil {
		return nil, err
	}
	defer s.release()
	if s.sections < learnAtLeast {
		return nil, ctx.Err()
	}
	if len(s.parts) > 1 || s.parts[0].dead != nil {
		w := x.newWriter(s)
		defer w.release()
		if err := w.merge(slices.Clone(w.parts)); err != nil {
			return nil, fmt.Errorf("index: learn: %w", err)
		}
		if err := w.commit(); err != nil {
			return nil, err
		}
	}
	p := x.current.parts[0]
	p.seg.retain()
	x.pinned = p.seg.name
	return p, nil
}

func (x *Index) unpin(p *part) {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.pinned = ""
	p.seg.release()
}

// installLearned writes what was learned, folds in what came meanwhile, and makes all of it visible.
func (x *Index) installLearned(m *model, vectors []float32, near neighbours, pinned *part) (string, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	s, err := x.acquire()
	if err != nil {
		return "", err
	}
	defer s.release()
	w := x.newWriter(s)
	defer w.release()
	if err := w.relearn(m, vectors, near, pinned); err != nil {
		return "", fmt.Errorf("index: learn: %w", err)
	}
	return m.version, w.commit()
}

// relearn gives every part the features of a new model.
func (w *writer) relearn(m *model, vectors []float32, near neighbours, pinned *part) error {
	name := w.name("lsa")
	version, err := m.write(w.path(name))
	if err != nil {
		return err
	}
	m.version = version
	if w.learned, err = openModel(w.path(name), version); err != nil {
		return err
	}
	w.made = append(w.made, w.learned.mapped)
	w.state.Learned = &learning{File: name, Version: version, Sections: pinned.sections}
	for i, old := range w.parts {
		p := newPart(old.seg, nil, old.dead)
		write := func(path string) error { return w.learned.foldIn(path, p.seg) }
		if p.seg.name == pinned.seg.name {
			write = func(path string) error { return writeFeatures(path, m, vectors, near) }
		} else {
			w.changed += p.sections
		}
		if err := w.features(p, write); err != nil {
			return err
		}
		w.parts[i] = p
	}
	return nil
}

// Stale says whether learning again is worth it: never learned, or about a quarter of
// the index has come or gone since. A small index learns after every change, so that
// what it finds is a matter of what it holds and not of the order it came in.
func (x *Index) Stale() bool {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.current == nil || x.current.sections < learnAtLeast {
		return false
	}
	l := x.state.Learned
	return l == nil || l.Changed*4 > l.Sections || l.Changed > 0 && l.Sections <= learnAlways
}

// A learner works on one segment all of whose documents live.
type learner struct {
	p       *part
	keep    []uint32 // term of the segment by number in the model
	number  []uint32 // number in the model plus 1 by term of the segment
	weights []float32
	vectors []float32 // of all sections
}

func (l *learner) learn(ctx context.Context) (*model, neighbours, error) {
	l.choose()
	rows := l.rows()
	m := &model{dim: min(learnedDim, len(rows)), weights: l.weights, termAt: []uint32{0}}
	for _, t := range l.keep {
		m.termText = append(m.termText, l.p.seg.term(t)[1:]...)
		m.termAt = append(m.termAt, uint32(len(m.termText)))
	}
	var err error
	if m.vectors, err = lsa.Learn(ctx, rows, len(l.keep), m.dim); err != nil {
		return nil, neighbours{}, err
	}
	hashes := make([]uint64, len(l.keep))
	for i := range l.keep {
		hashes[i] = hash64(m.term(uint32(i)))
	}
	m.termTable = hashTable(hashes)
	l.vectors = m.sections(l.p.seg)
	lean(l.p.seg, l.vectors, m.dim)
	m.centre = make([]float32, m.dim)
	for at := 0; at < len(l.vectors); at += m.dim {
		axpy(m.centre, 1/float32(l.p.sections), l.vectors[at:at+m.dim])
	}
	near, err := findNeighbours(ctx, l.p.seg)
	return m, near, err
}

// choose picks the words that get a vector, sorted by text: all that tell something, or
// the most frequent ones where there are too many.
func (l *learner) choose() {
	s := l.p.seg
	for t := range s.df {
		if term := s.term(uint32(t)); term[0] == 'w' && !analysis.IsStop(text(term[1:])) {
			l.keep = append(l.keep, uint32(t))
		}
	}
	if len(l.keep) > learnTerms {
		slices.SortStableFunc(l.keep, func(a, b uint32) int { return cmp.Compare(s.df[b], s.df[a]) })
		l.keep = l.keep[:learnTerms]
		slices.Sort(l.keep)
	}
	l.number = make([]uint32, len(s.df))
	for i, t := range l.keep {
		l.number[t] = uint32(i + 1)
		l.weights = append(l.weights, float32(idf(float64(s.df[t]), float64(l.p.sections))))
	}
}

// rows are the sections to learn from: texts of length 1, in an order that depends on what
// they say and not on when they came.
func (l *learner) rows() []lsa.Row {
	s := l.p.seg
	step := (s.sections() + learnSample - 1) / learnSample
	var rows []lsa.Row
	var c counter
	for sec := 0; sec < s.sections(); sec += step {
		if r := l.row(c.section(s, uint32(sec))); len(r.Terms) > 0 {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b lsa.Row) int { return cmp.Compare(a.Key, b.Key) })
	return rows
}

func (l *learner) row(terms []pair) lsa.Row {
	var r lsa.Row
	slices.SortFunc(terms, func(a, b pair) int { return cmp.Compare(a.term, b.term) })
	sum := 0.0
	for _, p := range terms {
		n := l.number[p.term]
		if n == 0 {
			continue
		}
		v := (1 + math.Log(float64(p.tf))) * float64(l.weights[n-1])
		sum += v * v
		r.Terms = append(r.Terms, n-1)
		r.Value = append(r.Value, float32(v))
		r.Key = mix(r.Key*31 ^ hash64(l.p.seg.term(p.term)) ^ uint64(p.tf))
	}
	for i := range r.Value {
		r.Value[i] = float32(float64(r.Value[i]) / math.Sqrt(sum))
	}
	return r
}

// idf is how much a term tells: the inverse document frequency of BM25 that never falls below 0.
func idf(df, n float64) float64 { return math.Log(1 + (n-df+0.5)/(df+0.5)) }
