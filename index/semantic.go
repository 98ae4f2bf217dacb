package index

import (
	"math/bits"
	"slices"
)

// semantic adds the sections that vectors find.
func (w *scratch) semantic() {
	w.prepareGiven()
	w.prepareLearned()
	n := w.q.K + proposed
	if w.given.query != nil {
		w.heap = w.heap[:0]
		for i, p := range w.s.parts {
			if len(p.seg.vectors) > 0 {
				w.nearestGiven(n, i, p)
			}
		}
		w.take()
	}
	if w.learned.query != nil {
		w.heap = w.heap[:0]
		for i, p := range w.s.parts {
			w.nearestLearned(n, i, p)
		}
		w.take()
	}
}

// prepareGiven takes the vector of the question, where there are vectors to compare it with.
func (w *scratch) prepareGiven() {
	sum, n := 0.0, 0
	q := slices.Clone(w.q.Vector)
	normalize(q)
	for _, p := range w.s.parts {
		if len(p.seg.vectors) > 0 && p.seg.dim == len(q) {
			passages := len(p.seg.pasLen)
			sum += float64(dot(q, p.seg.centre)) * float64(passages)
			n += passages
		}
	}
	if n > 0 {
		w.given = scale{query: q, mean: sum / float64(n)}
	}
}

// prepareLearned makes a vector of the question's words. The arm of vectors alone uses
// it only where no vectors are given.
func (w *scratch) prepareLearned() {
	m := w.s.learned
	if m == nil || w.q.Arm == Vectors && w.given.query != nil {
		return
	}
	q := m.encode(w.ask.words, w.q.Arm == Vectors) // beside words, which know a name better, names say nothing
	if dot(q, q) == 0 {
		return
	}
	sum, n := 0.0, 0
	for _, p := range w.s.parts {
		sum += float64(dot(q, p.feats.mean)) * float64(p.seg.sections())
		n += p.seg.sections()
	}
	w.learned = scale{query: q, mean: sum / float64(max(1, n))}
}

// nearestLearned offers the sections of a part to the heap.
func (w *scratch) nearestLearned(n, i int, p *part) {
	base := w.s.base[i]
	offer := func(sec uint32) {
		w.push(n, scored{base + sec, dot(w.learned.query, p.feats.vector(sec))})
	}
	if w.sees[i].count() <= exhaustive {
		walk(w.sees[i], offer)
		return
	}
	var code [8]uint64
	c := appendCode(code[:0], w.learned.query, w.s.learned.centre)
	w.dist = zeroed(w.dist, p.seg.sections())
	count := make([]int, 64*len(c)+1)
	distances(w.dist, p.feats.codes, c)
	walk(w.sees[i], func(sec uint32) { count[w.dist[sec]]++ })
	limit := cutoff(count, n)
	walk(w.sees[i], func(sec uint32) {
		if w.dist[sec] <= limit {
			offer(sec)
		}
	})
}

// nearestGiven offers the sections of the nearest passages of a part to the heap.
func (w *scratch) nearestGiven(n, i int, p *part) {
	base, seg := w.s.base[i], p.seg
	best := map[uint32]float32{}
	offer := func(pas uint32) {
		sec := seg.pasSec[pas]
		d := dot(w.given.query, seg.vector(pas))
		if old, ok := best[sec]; !ok || d > old {
			best[sec] = d
		}
	}
	if w.sees[i].count() <= exhaustive/4 {
		w.eachPassage(i, seg, offer)
	} else {
		var code [64]uint64
		c := appendCode(code[:0], w.given.query, seg.centre)
		w.dist = zeroed(w.dist, len(seg.pasLen))
		count := make([]int, 64*len(c)+1)
		distances(w.dist, seg.codes, c)
		w.eachPassage(i, seg, func(pas uint32) { count[w.dist[pas]]++ })
		limit := cutoff(count, n)
		w.eachPassage(i, seg, func(pas uint32) {
			if w.dist[pas] <= limit {
				offer(pas)
			}
		})
	}
	for sec, d := range best {
		w.push(n, scored{base + sec, d})
	}
}

func (w *scratch) eachPassage(i int, seg *segment, f func(pas uint32)) {
	walk(w.sees[i], func(sec uint32) {
		for p := seg.secPas[sec]; p < seg.secPas[sec+1]; p++ {
			f(p)
		}
	})
}

// walk calls f for every member of a set.
func walk(set bitset, f func(i uint32)) {
	for j, word := range set {
		for ; word != 0; word &= word - 1 {
			f(uint32(j*64 + bits.TrailingZeros64(word)))
		}
	}
}

// distances counts in how many signs each vector differs from the question's.
func distances(out []uint16, codes, q []uint64) {
	switch len(q) {
	case 2:
		q0, q1 := q[0], q[1]
		for i := range out {
			c := codes[2*i : 2*i+2]
			out[i] = uint16(bits.OnesCount64(c[0]^q0) + bits.OnesCount64(c[1]^q1))
		}
	case 6:
		for i := range out {
			c := codes[6*i : 6*i+6]
			out[i] = uint16(bits.OnesCount64(c[0]^q[0]) + bits.OnesCount64(c[1]^q[1]) + bits.OnesCount64(c[2]^q[2]) +
				bits.OnesCount64(c[3]^q[3]) + bits.OnesCount64(c[4]^q[4]) + bits.OnesCount64(c[5]^q[5]))
		}
	default:
		for i := range out {
			n := 0
			for j, x := range codes[len(q)*i : len(q)*i+len(q)] {
				n += bits.OnesCount64(x ^ q[j])
			}
			out[i] = uint16(n)
		}
	}
}

// cutoff is the distance within which n vectors lie.
func cutoff(count []int, n int) uint16 {
	for d, c := range count {
		if n -= c; n <= 0 {
			return uint16(d)
		}
	}
	return uint16(len(count))
}
