package index

import (
	"cmp"
	"math/bits"
	"slices"
)

// lexical scores sections by words and letters and takes the best as candidates.
func (w *scratch) lexical() {
	w.terms = w.s.weigh(w.ask.words)
	if w.q.Arm == Vectors {
		return
	}
	w.pages = w.s.pages()
	w.scoreLetters()
	w.scoreWords()
	w.choose()
}

func (w *scratch) scoreLetters() {
	runs := w.s.weigh(w.ask.letters)
	if w.s.sections > exhaustive {
		runs = rarest(runs, lettersBudget)
	}
	f := newField(w.s.letters, w.s.sections)
	for i, p := range w.s.parts {
		for _, t := range runs {
			w.add(w.letters, w.spelled[i], i, t, p.seg.secLetters, f, w.only[i])
		}
	}
	w.each(w.spelled, func(sec uint32) { w.bestRuns = max(w.bestRuns, w.letters[sec]) })
}

// scoreWords adds BM25 of the words, those that tell most first. Where words alone are
// asked for it stops as soon as the words that are left cannot bring a section among the
// best that has none of those before: MaxScore after Turtle and Flood (1995).
func (w *scratch) scoreWords() {
	w.kept = w.touched
	slices.SortStableFunc(w.terms, func(a, b weighed) int { return cmp.Compare(b.worth, a.worth) })
	rest := w.rests()
	read := 0
	for n, t := range w.terms {
		if rest != nil && t.df > lookFrom && t.df > read/4 && rest[n] < likely*(rest[0]-rest[n]) {
			if least := w.least(rest[0]); float64(least) > rest[n]*margin {
				w.finish(n, least)
				return
			}
		}
		for i := range w.s.parts {
			w.add(w.words, w.touched[i], i, t, w.s.parts[i].seg.secLen, w.wordField, w.only[i])
		}
		read += t.df
	}
	w.joinSpelled()
}

// joinSpelled counts the sections that share only letters with the question to those it touches.
func (w *scratch) joinSpelled() {
	for i, set := range w.spelled {
		for j, word := range set {
			w.touched[i][j] |= word
		}
	}
}

// rests is the most that a section can get from each term and all after it; nil where
// every section must be known.
func (w *scratch) rests() []float64 {
	if w.q.Arm != Words || w.s.sections <= exhaustive {
		return nil
	}
	w.rest = append(w.rest[:0], make([]float64, len(w.terms)+1)...)
	for n := len(w.terms) - 1; n >= 0; n-- {
		w.rest[n] = w.rest[n+1] + w.most(w.terms[n])
	}
	return w.rest
}

// likely is how large what is left may be beside what was added for it to be worth looking
// whether it can be left out; it is a matter of time only.
const likely = 0.7

// margin covers what rounding may do to a sum.
const margin = 1.0001

// least is no more than the worst of as many best sections as there will be candidates, by
// the words added so far; 0 where there are fewer. No section has more than most.
func (w *scratch) least(most float64) float32 {
	w.tally = tally{per: (tallies - 1) / float32(most)}
	w.each(w.touched, func(sec uint32) { w.tally.add(w.words[sec]) })
	return w.tally.least(w.wanted())
}

// A tally counts scores by size, which tells a bound of the n-th best without sorting.
type tally struct {
	count [tallies]int32
	per   float32 // of the best score makes the last count
}

const tallies = 1024

func (t *tally) add(score float32) { t.count[min(tallies-1, int(score*t.per))]++ }

// least is no more than the n-th best score; 0 where there are fewer.
func (t *tally) least(n int) float32 {
	for i := tallies - 1; i > 0; i-- {
		if n -= int(t.count[i]); n <= 0 {
			return float32(i) / t.per / margin
		}
	}
	return 0
}

// best is no less than the best score.
func (t *tally) best() float32 {
	i := tallies - 1
	for i > 0 && t.count[i] == 0 {
		i--
	}
	return float32(i+1) / t.per * margin
}

// choose takes the sections with the best words and letters.
func (w *scratch) choose() {
	w.each(w.kept, func(sec uint32) { w.bestWords = max(w.bestWords, w.words[sec]) })
	words, letters := inverse(w.bestWords), lettersWeight*inverse(w.bestRuns)
	w.tally = tally{per: (tallies - 1) / (1 + lettersWeight)}
	w.each(w.kept, func(sec uint32) { w.tally.add(words*w.words[sec] + letters*w.letters[sec]) })
	n := w.wanted()
	floor := w.tally.least(n)
	w.heap = w.heap[:0]
	w.each(w.kept, func(sec uint32) {
		if score := words*w.words[sec] + letters*w.letters[sec]; score >= floor {
			w.push(n, scored{sec, score})
		}
	})
	w.take()
}

// wanted is how many sections are taken. Beside vectors, words propose some that turn out worse
// than those of vectors; words alone propose those that are looked at closely.
func (w *scratch) wanted() int {
	if w.q.Arm == Words {
		return w.q.K + closely
	}
	return w.q.K + proposed
}

// each calls f for every section of a set, in ascending order.
func (w *scratch) each(set []bitset, f func(sec uint32)) {
	for i, words := range set {
		base := w.s.base[i]
		for j, word := range words {
			for ; word != 0; word &= word - 1 {
				f(base + uint32(j*64+bits.TrailingZeros64(word)))
			}
		}
	}
}

// bitsets gives empty sets of the sections of each part, in the memory of old ones.
func (s *snapshot) bitsets(old []bitset) []bitset {
	for len(old) < len(s.parts) {
		old = append(old, nil)
	}
	old = old[:len(s.parts)]
	for i, p := range s.parts {
		old[i] = zeroed(old[i], len(p.live))
	}
	return old
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
