package index

import "slices"

// weighAll brings the components of all candidates together: first what is known of
// whole sections, then for the best of them what their passages have for themselves.
func (w *scratch) weighAll() {
	w.cosines()
	if w.q.Arm != Vectors {
		w.scorePages()
	}
	for i := range w.cands {
		c := &w.cands[i]
		if w.q.Arm != Vectors {
			c.parts = w.first(c.sec)
		}
		if w.learned.query != nil {
			c.parts.Learned = w.learned.of(float64(c.cos))
		}
		c.total = w.section(c.parts) + w.standIn(c)
		c.final = c.total
	}
	w.passages()
	for i := range w.cands {
		if c := &w.cands[i]; c.close {
			c.best = w.own(c, 0)
			for k := 1; k < w.count(c); k++ {
				c.best = max(c.best, w.own(c, k))
			}
			c.total = w.section(c.parts) + c.best
			c.final = c.total
		}
	}
	if w.q.Arm == Fused && w.learned.query != nil {
		w.share()
	}
}

// standIn guesses what the best passage of a section has for itself, before it is looked at.
func (w *scratch) standIn(c *candidate) float64 {
	given := 0.0
	if w.given.query != nil {
		best := w.giv[c.given]
		for _, v := range w.giv[c.given : c.given+w.count(c)] {
			best = max(best, v)
		}
		given = givenWeight * w.given.of(float64(best))
	}
	if w.q.Arm == Vectors {
		return given
	}
	return passageWeight*c.parts.Words + given
}

// cosines compares every candidate with the question, however it was found.
func (w *scratch) cosines() {
	w.giv = w.giv[:0]
	w.learned.max, w.given.max = w.learned.mean, w.given.mean
	for i := range w.cands {
		c := &w.cands[i]
		if w.learned.query != nil {
			c.cos = dot(w.learned.query, w.s.parts[c.part].feats.vector(c.local))
			w.learned.max = max(w.learned.max, float64(c.cos))
		}
		if w.given.query != nil {
			w.cosinesGiven(c)
		}
	}
}

// cosinesGiven compares the passages of a candidate; one without a vector stands at the mean.
func (w *scratch) cosinesGiven(c *candidate) {
	seg := w.s.parts[c.part].seg
	c.given = len(w.giv)
	for p := seg.secPas[c.local]; p < seg.secPas[c.local+1]; p++ {
		cos := float32(w.given.mean)
		if v := seg.vector(p); slices.ContainsFunc(v, func(x float32) bool { return x != 0 }) {
			cos = dot(w.given.query, v)
		}
		w.giv = append(w.giv, cos)
		w.given.max = max(w.given.max, float64(cos))
	}
}

// count is how many passages a candidate has.
func (w *scratch) count(c *candidate) int {
	seg := w.s.parts[c.part].seg
	return int(seg.secPas[c.local+1] - seg.secPas[c.local])
}

// section is what all passages of a section have in common.
func (w *scratch) section(p Parts) float64 {
	if w.q.Arm == Vectors {
		return p.Learned
	}
	return p.lexical() + learnedWeight*p.Learned
}

// own is what the k-th passage of a candidate has for itself.
func (w *scratch) own(c *candidate, k int) float64 {
	words, given := w.ownParts(c, k)
	if w.q.Arm == Vectors {
		return givenWeight*given + tieWeight*words
	}
	return passageWeight*words + givenWeight*given
}

// tieWeight lets words order passages that vectors cannot tell apart.
const tieWeight = 1e-6

func (w *scratch) ownParts(c *candidate, k int) (words, given float64) {
	words = ratio(w.pas[c.passage+k], w.bestPas)
	if w.given.query != nil {
		given = w.given.of(float64(w.giv[c.given+k]))
	}
	return words, given
}

// share lets each section take a tenth of its score from its neighbours.
func (w *scratch) share() {
	for i := range w.cands {
		c := &w.cands[i]
		if !c.close {
			continue
		}
		f := w.s.parts[c.part].feats
		total, weight := 0.0, 0.0
		for n := f.nearAt[c.local]; n < f.nearAt[c.local+1]; n++ {
			if !w.sees[c.part].has(f.near[n]) {
				continue
			}
			total += float64(f.close[n]) * w.total(c.part, f.near[n])
			weight += float64(f.close[n])
		}
		if weight > 0 {
			c.final = (1-shareWeight)*c.total + shareWeight*total/weight
		}
	}
}

// total is the score of a section before sharing. Of one that is no candidate the
// passages are not looked at: its words stand in for theirs.
func (w *scratch) total(part int, local uint32) float64 {
	sec := w.s.base[part] + local
	switch at := w.place[sec]; {
	case at > 0:
		return w.cands[at-1].total
	case at < 0:
		return float64(w.outside[-at-1].score)
	}
	p := w.first(sec)
	p.Learned = w.learned.of(float64(dot(w.learned.query, w.s.parts[part].feats.vector(local))))
	total := w.section(p) + passageWeight*p.Words
	w.outside = append(w.outside, scored{sec, float32(total)})
	w.place[sec] = -int32(len(w.outside))
	return total
}

// sectionHits adds the passages of a candidate that something speaks for.
func (w *scratch) sectionHits(c *candidate, found []hit) []hit {
	first := w.s.parts[c.part].seg.secPas[c.local]
	for k := range w.count(c) {
		h := hit{score: c.final - c.best + w.own(c, k), cand: c, pas: first + uint32(k)}
		h.passage, h.given = w.ownParts(c, k)
		if h.score > 0 {
			found = append(found, h)
		}
	}
	return found
}
