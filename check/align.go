package check

// An aligner pairs each token of a claim with at most one of the evidence. It looks
// for the best sparse chain over equal tokens: to go on in the same sentence is cheap,
// to jump back costs, and to jump to another sentence costs more than the best single
// word brings, so that a changed word is not explained away by its twin elsewhere. To
// go from the end of one sentence to the beginning of another is cheap again: that is
// what a merged sentence does.
type aligner struct {
	pairs []pair
	to    []int32 // partner of each claim token, or -1
	soft  []bool  // by the looser key
	used  []int16 // how many claim tokens each evidence token serves
}

type pair struct {
	i, j, back int32
	score, w   float32
	soft       bool
}

const (
	jumpBack     = 1.3
	jumpFar      = 2.2
	jumpSentence = .4 // from the end of a sentence to the beginning of another
	stepBonus    = .3 // for the very next token
	gapCost      = .08
	softShare    = .7 // what an equal alt is worth of an equal id
	maxExact     = 8  // positions of the evidence looked at per claim token
	lookback     = 48 // pairs looked back at
)

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

func (a *aligner) align(cl []token, p *Prepared, allowed uint64) {
	a.to, a.soft = grown(a.to, len(cl)), grown(a.soft, len(cl))
	a.used = grown(a.used, len(p.tokens))
	clear(a.used)
	a.pairs = a.pairs[:0]
	best, last := int32(-1), 0 // the best chain so far, and where the pairs of the token before begin
	for i := range cl {
		a.to[i], a.soft[i] = -1, false
		from := len(a.pairs)
		a.candidates(cl, i, last, p, allowed)
		for q := from; q < len(a.pairs); q++ {
			a.extend(q, from, best, p.tokens)
		}
		for q := from; q < len(a.pairs); q++ {
			if best < 0 || a.pairs[q].score > a.pairs[best].score {
				best = int32(q)
			}
		}
		last = from
	}
	for q := best; q >= 0; q = a.pairs[q].back {
		c := &a.pairs[q]
		a.to[c.i], a.soft[c.i] = c.j, c.soft
		a.used[c.j]++
	}
	a.share()
}

// share takes an evidence token that serves several claim tokens from all but the one
// whose neighbours fit best: "reads and reads" is not "reads and writes".
func (a *aligner) share() {
	for i, j := range a.to {
		if j < 0 || a.used[j] < 2 {
			continue
		}
		best, fits := i, a.fit(i)
		for k := i + 1; k < len(a.to); k++ {
			if a.to[k] == j && a.fit(k) > fits {
				best, fits = k, a.fit(k)
			}
		}
		for k := i; k < len(a.to); k++ {
			if a.to[k] == j && k != best {
				a.to[k] = -1
			}
		}
		a.used[j] = 1
	}
}

// fit counts the neighbours of claim token i that stand beside its partner too.
func (a *aligner) fit(i int) (n int) {
	if i > 0 && a.to[i-1] >= 0 && a.to[i-1] == a.to[i]-1 {
		n++
	}
	if i+1 < len(a.to) && a.to[i+1] == a.to[i]+1 {
		n++
	}
	return n
}

// candidates adds the pairs of claim token i: first those that go on a run of the token
// before, then those that begin one, then others. A word that the evidence has many
// times would otherwise lose the one position that matters.
func (a *aligner) candidates(cl []token, i, last int, p *Prepared, allowed uint64) {
	c, ev := &cl[i], p.tokens
	from := len(a.pairs)
	for q := last; q < from; q++ {
		if j := a.pairs[q].j + 1; int(j) < len(ev) && ev[j].id == c.id && visible(&ev[j], allowed) && !a.has(from, j) {
			a.pairs = append(a.pairs, pair{i: int32(i), j: j, w: c.w})
		}
	}
	for pass := 0; pass < 2; pass++ {
		for e := p.heads[slot(c.id, len(p.heads))]; e != 0 && len(a.pairs)-from < maxExact<<(1-pass); e = p.next[e-1] {
			j := (e - 1) / 2
			if (e-1)%2 != 0 || ev[j].id != c.id || !visible(&ev[j], allowed) || a.has(from, j) {
				continue
			}
			begins := i+1 < len(cl) && int(j)+1 < len(ev) && ev[j+1].id == cl[i+1].id
			if begins == (pass == 0) {
				a.pairs = append(a.pairs, pair{i: int32(i), j: j, w: c.w})
			}
		}
	}
	if c.alt == 0 || len(a.pairs)-from >= maxExact {
		return
	}
	for e := p.heads[slot(c.alt, len(p.heads))]; e != 0 && len(a.pairs)-from < maxExact; e = p.next[e-1] {
		j := (e - 1) / 2
		if (e-1)%2 == 1 && ev[j].alt == c.alt && ev[j].id != c.id && visible(&ev[j], allowed) && unitsAgree(c, &ev[j]) {
			q := pair{i: int32(i), j: j, w: softShare * c.w, soft: true}
			if isDate(c.dim) || isDate(ev[j].dim) { // a bare figure is the usual way to write it
				q.w, q.soft = c.w, false
			}
			a.pairs = append(a.pairs, q)
		}
	}
}

func (a *aligner) has(from int, j int32) bool {
	for _, q := range a.pairs[from:] {
		if q.j == j {
			return true
		}
	}
	return false
}

func visible(t *token, allowed uint64) bool { return allowed>>min(t.src, maxSources-1)&1 != 0 }

// unitsAgree says whether two values of one figure may be the same: one without a unit
// may stand for one with it, but not for a share or a multiple.
func unitsAgree(a, b *token) bool {
	return (a.dim == 0 || b.dim == 0) && !lex.relative[a.dim] && !lex.relative[b.dim]
}

// extend sets the best chain that ends in pair q; pairs before from may come before it.
func (a *aligner) extend(q, from int, best int32, ev []token) {
	c := &a.pairs[q]
	c.back, c.score = -1, 0
	if best >= 0 {
		cost := float32(jumpFar)
		if o := a.pairs[best].j; endsSentence(ev, o) && beginsAt(ev, c.j) {
			cost = jumpSentence
		}
		if s := a.pairs[best].score - cost; s > 0 {
			c.score, c.back = s, best
		}
	}
	for r := from - 1; r >= max(0, from-lookback); r-- {
		o := &a.pairs[r]
		s := o.score
		switch gap := c.j - o.j; {
		case gap == 0:
			continue
		case ev[o.j].sent != ev[c.j].sent:
			if !endsSentence(ev, o.j) || !beginsAt(ev, c.j) {
				continue
			}
			s -= jumpSentence
		case gap == 1 && c.i-o.i == 1:
			s += stepBonus
		case gap > 0:
			s -= gapCost * float32(min(gap-1, 9))
		default:
			s -= jumpBack
		}
		if s > c.score {
			c.score, c.back = s, int32(r)
		}
	}
	c.score += c.w
}

func endsSentence(ev []token, j int32) bool {
	return int(j)+1 == len(ev) || ev[j+1].sent != ev[j].sent
}

func beginsAt(ev []token, j int32) bool { return j == 0 || ev[j-1].sent != ev[j].sent }
