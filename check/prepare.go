package check

import "slices"

// Prepared is evidence made ready. It never changes, so that several goroutines may
// check against it at once.
type Prepared struct {
	ev     []Evidence
	tokens []token
	// heads and next chain the tokens by id (even entries) and alt (odd ones).
	heads, next []int32
	words       bag // silent words
	runs        bag // pairs and triples of neighbouring words
	personal    int
	hans        int
	latins      int
}

// maxSources is how many pieces of evidence are told apart in the bags; those beyond
// share the last place, which matters only when a sentence cites some of them.
const maxSources = 64

// Prepare reads the evidence of an answer, once for all its sentences.
func Prepare(ev []Evidence) *Prepared {
	p := &Prepared{ev: slices.Clone(ev)}
	var s scanner
	s.reset()
	for i, e := range p.ev {
		s.src = int16(min(i, 1<<15-1))
		from, silents := len(s.raw), len(s.silent)
		s.scan(e.Text)
		if e.Context != "" {
			s.context = true
			s.scan(e.Context)
			s.context = false
		}
		bit := uint64(1) << min(i, maxSources-1)
		for _, h := range s.silent[silents:] {
			p.words.add(h, bit)
		}
		forRuns(s.raw[from:], func(pair, triple uint64) {
			p.runs.add(pair, bit)
			p.runs.add(triple, bit)
		})
	}
	p.tokens = s.out
	p.personal, p.hans, p.latins = s.personal, s.hans, s.latins
	p.index()
	return p
}

// index chains the tokens by their keys.
func (p *Prepared) index() {
	size := 16
	for size < 3*len(p.tokens) {
		size *= 2
	}
	p.heads, p.next = make([]int32, size), make([]int32, 2*len(p.tokens))
	for j := len(p.tokens) - 1; j >= 0; j-- {
		p.chain(int32(2*j), p.tokens[j].id)
		if p.tokens[j].alt != 0 {
			p.chain(int32(2*j+1), p.tokens[j].alt)
		}
	}
}

func (p *Prepared) chain(entry int32, key uint64) {
	h := slot(key, len(p.heads))
	p.next[entry] = p.heads[h]
	p.heads[h] = entry + 1
}

func slot(key uint64, size int) int { return int((key * 0x9e3779b97f4a7c15) >> 32 & uint64(size-1)) }

// forRuns calls f for each word of raw with the key of the pair and of the triple it
// ends; a key is 0 where there is none.
func forRuns(raw []uint64, f func(pair, triple uint64)) {
	for i := 1; i < len(raw); i++ {
		if raw[i] == rawBreak || raw[i-1] == rawBreak {
			continue
		}
		pair, triple := raw[i-1]*3+raw[i], uint64(0)
		if i > 1 && raw[i-2] != rawBreak {
			triple = raw[i-2]*7 + pair*5
		}
		f(pair, triple)
	}
}

// A bag is a set of keys that knows which evidence has each. Its zero value is empty.
type bag struct {
	keys, from []uint64
	n          int
}

func (b *bag) add(key, bit uint64) {
	if key == 0 {
		return
	}
	if 2*b.n >= len(b.keys) {
		old := *b
		size := max(64, 2*len(old.keys))
		*b = bag{keys: make([]uint64, size), from: make([]uint64, size)}
		for i, k := range old.keys {
			if k != 0 {
				b.add(k, old.from[i])
			}
		}
	}
	i := b.find(key)
	if b.keys[i] == 0 {
		b.n++
	}
	b.keys[i] = key
	b.from[i] |= bit
}

func (b *bag) find(key uint64) int {
	i := slot(key, len(b.keys))
	for b.keys[i] != 0 && b.keys[i] != key {
		i = (i + 1) & (len(b.keys) - 1)
	}
	return i
}

// has says whether one of the evidence in mask has the key.
func (b *bag) has(key, mask uint64) bool {
	return b.n > 0 && b.from[b.find(key)]&mask != 0
}
