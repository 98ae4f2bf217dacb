package index

import "slices"

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
