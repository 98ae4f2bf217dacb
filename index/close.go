package index

import (
	"cmp"
	"slices"
)

// passages scores the single passages of the best candidates.
func (w *scratch) passages() {
	w.heap = w.heap[:0]
	n := w.q.K + closely
	for i := range w.cands {
		w.push(n, scored{uint32(i), float32(w.cands[i].total)})
	}
	w.scorers = append(w.scorers[:0], make([]*passageScorer, len(w.s.parts))...)
	w.bestPas = 0
	if w.q.Arm == Words && !w.q.Single {
		w.lookAsNeeded()
		return
	}
	for _, h := range w.heap {
		w.look(&w.cands[h.sec])
	}
}

// look scores the passages of a candidate.
func (w *scratch) look(c *candidate) {
	if c.close {
		return
	}
	if w.scorers[c.part] == nil {
		w.scorers[c.part] = newPassageScorer(w.s, c.part, w.terms)
	}
	c.close, c.passage = true, len(w.pas)
	w.pas = w.scorers[c.part].section(c.local, w.pas)
	for _, v := range w.pas[c.passage:] {
		w.bestPas = max(w.bestPas, v)
	}
}

// lookAsNeeded scores the passages of those candidates of the heap alone that may hold
// the best passage of all, or one of the K best hits: what the words of a section are
// worth bounds what those of its passages are worth.
func (w *scratch) lookAsNeeded() {
	for i, h := range w.heap {
		w.heap[i].score = w.bound(&w.cands[h.sec])
	}
	slices.SortFunc(w.heap, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	for _, h := range w.heap {
		if h.score <= w.bestPas {
			break
		}
		w.look(&w.cands[h.sec])
	}
	for i, h := range w.heap {
		c := &w.cands[h.sec]
		w.heap[i].score = float32((w.section(c.parts) + passageWeight*min(1, ratio(h.score, w.bestPas))) * margin)
	}
	slices.SortFunc(w.heap, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var best []float32 // of the hits so far, best first
	for _, h := range w.heap {
		if len(best) == w.q.K && h.score < best[w.q.K-1] {
			return
		}
		c := &w.cands[h.sec]
		w.look(c)
		for k := range w.count(c) {
			best = w.among(best, float32(w.section(c.parts)+w.own(c, k)))
		}
	}
}

// among puts a score into a descending row of at most K.
func (w *scratch) among(best []float32, score float32) []float32 {
	at, _ := slices.BinarySearchFunc(best, score, func(a, b float32) int { return cmp.Compare(b, a) })
	if at == w.q.K {
		return best
	}
	if len(best) == w.q.K {
		best = best[:w.q.K-1]
	}
	return slices.Insert(best, at, score)
}

// bound is no less than BM25 of any passage of a candidate. A passage has each term at most
// as often as its section; only that it is shorter may speak for it, and most so for a
// term that is there once.
func (w *scratch) bound(c *candidate) float32 {
	seg, f := w.s.parts[c.part].seg, w.passageField
	shortest := ^uint32(0)
	for p := seg.secPas[c.local]; p < seg.secPas[c.local+1]; p++ {
		shortest = min(shortest, seg.pasLen[p])
	}
	passage := f.fixed + f.perTerm*float32(seg.secTitle[c.local]+shortest)
	section := w.wordField.fixed + w.wordField.perTerm*float32(seg.secLen[c.local])
	return w.words[c.sec] * max(1, (1+section)/(1+passage)) * margin
}
