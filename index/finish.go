package index

// A dropped is a section that left the race when the terms before the n-th were added.
type dropped struct {
	part  int
	local uint32
	n     int
}

// finish adds the terms from the first on to those sections alone that may still come
// among the best, which after each term are fewer, and then to the others of their pages.
func (w *scratch) finish(first int, least float32) {
	best := min(float32(w.rest[0]), w.tally.best()+float32(w.rest[first]))
	letters := lettersWeight * best * inverse(w.bestRuns) * margin
	if float32(w.rest[first])+letters*w.bestRuns >= least {
		w.joinSpelled()
	}
	w.dropped = w.dropped[:0]
	w.line(letters, least, float32(w.rest[first]*margin))
	for n := first; n < len(w.terms); n++ {
		for i := range w.s.parts {
			w.addTo(w.short[i], i, w.terms[n])
		}
		least = max(least, w.leastOfShort())
		w.narrow(n+1, letters, least)
	}
	w.keep = w.s.bitsets(w.keep)
	for i, short := range w.short {
		for _, local := range short {
			w.keep[i].set(local)
		}
	}
	w.kept = w.keep
	w.finishPages(first)
}

// line starts the race with the sections that what is left may bring up to the least.
func (w *scratch) line(letters, least, rest float32) {
	for len(w.short) < len(w.s.parts) {
		w.short = append(w.short, nil)
	}
	w.short = w.short[:len(w.s.parts)]
	most := letters * w.bestRuns
	for i := range w.short {
		short, base := w.short[i][:0], w.s.base[i]
		walk(w.touched[i], func(local uint32) {
			sec := base + local
			if v := w.words[sec] + rest; v+most >= least && v+letters*w.letters[sec] >= least {
				short = append(short, local)
			}
		})
		w.short[i] = short
	}
}

// narrow drops the sections that what is left cannot bring up to the least.
func (w *scratch) narrow(n int, letters, least float32) {
	rest := float32(w.rest[n] * margin)
	for i, short := range w.short {
		base := w.s.base[i]
		stay := short[:0]
		for _, local := range short {
			sec := base + local
			if w.words[sec]+rest+letters*w.letters[sec] >= least {
				stay = append(stay, local)
			} else if w.pages.section[sec] != alone {
				w.dropped = append(w.dropped, dropped{i, local, n})
			}
		}
		w.short[i] = stay
	}
}

// leastOfShort is least, of those in the race.
func (w *scratch) leastOfShort() float32 {
	w.tally.count = [tallies]int32{}
	for i, short := range w.short {
		scores := w.words[w.s.base[i]:]
		for _, local := range short {
			w.tally.add(scores[local])
		}
	}
	return w.tally.least(w.wanted())
}

// addTo adds a term to some sections of a part; where the counts are at hand, without
// reading its postings.
func (w *scratch) addTo(short []uint32, i int, t weighed) {
	if t.ords[i] == 0 || len(short) == 0 {
		return
	}
	p := w.s.parts[i]
	f, lengths, scores := w.wordField, p.seg.secLen, w.words[w.s.base[i]:w.s.base[i+1]]
	if t.df >= lookFrom {
		if counts := p.frequent(t.ords[i]-1, f).counts; counts != nil {
			for _, sec := range short {
				if tf := float32(counts[sec]); tf > 0 {
					scores[sec] += t.worth * tf / (tf + f.fixed + f.perTerm*float32(lengths[sec]))
					w.touched[i].set(sec)
				}
			}
			return
		}
	}
	w.some = w.s.bitsets(w.some)
	for _, sec := range short {
		w.some[i].set(sec)
	}
	w.add(w.words, w.touched[i], i, t, lengths, f, w.some[i])
}

// finishPages adds what is missing to the sections that share a page with one that is kept.
func (w *scratch) finishPages(first int) {
	missing := make([][]uint32, len(w.s.parts))
	had := map[uint32]int{} // terms that a dropped section has
	for _, d := range w.dropped {
		had[w.s.base[d.part]+d.local] = d.n
	}
	pages := map[uint32]bool{}
	var late []dropped
	w.each(w.kept, func(sec uint32) {
		g := w.pages.section[sec]
		if g == alone || pages[g] {
			return
		}
		pages[g] = true
		for _, m := range w.pages.members(g) {
			if part, local := w.s.locate(m); w.sees[part].has(local) && !w.keep[part].has(local) {
				late = append(late, dropped{part, local, max(first, had[m])})
			}
		}
	})
	for n := first; n < len(w.terms) && len(late) > 0; n++ {
		for _, l := range late {
			if l.n == n {
				missing[l.part] = append(missing[l.part], l.local)
			}
		}
		for i := range w.s.parts {
			w.addTo(missing[i], i, w.terms[n])
		}
	}
}
