package index

// A pageTop holds the three best sections of a page, best first.
type pageTop struct {
	best [3]float32
	size uint32 // sections of the page that the scope sees
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
func (t *pageTop) score() float32 {
	return (t.best[0] + t.best[1] + t.best[2]) / float32(max(1, min(3, t.size)))
}

// scorePages finds the best page of the candidates.
func (w *scratch) scorePages() {
	if w.turn++; len(w.top) < w.pages.count || w.turn == 0 {
		w.top, w.turn = make([]pageTop, w.pages.count), 1
	}
	for i := range w.cands {
		w.bestPage = max(w.bestPage, w.pageScore(w.cands[i].sec))
	}
}

// pageScore is the score of the page of a section.
func (w *scratch) pageScore(sec uint32) float32 {
	g := w.pages.section[sec]
	if g == alone {
		return w.words[sec]
	}
	t := &w.top[g]
	if t.turn != w.turn {
		*t = pageTop{turn: w.turn}
		for _, m := range w.pages.members(g) {
			if part, local := w.s.locate(m); w.only[part] == nil || w.only[part].has(local) { // what is not seen does not make the page longer
				t.add(w.words[m])
				t.size++
			}
		}
	}
	return t.score()
}

// first is the part of a section's score that needs no look at its passages.
func (w *scratch) first(sec uint32) Parts {
	return Parts{
		Words:   ratio(w.words[sec], w.bestWords),
		Letters: ratio(w.letters[sec], w.bestRuns),
		Page:    min(1, ratio(w.pageScore(sec), w.bestPage)), // a neighbour's page may be better than those of all candidates
	}
}

func (p Parts) lexical() float64 {
	return p.Words + lettersWeight*p.Letters + pageWeight*p.Page
}
