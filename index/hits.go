package index

import (
	"cmp"
	"slices"
	"strings"
)

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
