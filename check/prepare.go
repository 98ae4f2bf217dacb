package check

import (
	"slices"
	"sync"
)

// Prepared is evidence made ready. It never changes, so that several goroutines may
// check against it at once.
type Prepared struct {
	ev     []Evidence
	tokens []token
	// heads and next chain the tokens by id (even entries) and alt (odd ones).
	heads, next []int32
	words       bag // silent words, and pairs and triples of neighbouring words
	personal    int
	questions   int
	hans        int
	latins      int
}

// maxSources is how many pieces of evidence are told apart in the bags; those beyond
// share the last place, which matters only when a sentence cites some of them.
const maxSources = 64

// Prepare reads the evidence of an answer, once for all its sentences.
func Prepare(ev []Evidence) *Prepared {
	p := &Prepared{ev: slices.Clone(ev)}
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	s.reset()
	s.marks = s.marks[:0]
	for i, e := range p.ev {
		s.src = int16(min(i, 1<<15-1))
		s.scan(e.Text, true)
		if e.Context != "" {
			s.context = true
			s.scan(e.Context, true)
			s.context = false
		}
		s.marks = append(s.marks, mark{len(s.raw), len(s.silent)})
	}
	p.tokens = slices.Clone(s.out)
	p.personal, p.questions, p.hans, p.latins = s.personal, s.questions, s.hans, s.latins
	p.index()
	p.fill(s)
	return p
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// A mark is how far the words of one evidence reach.
type mark struct{ raw, silent int }

// fill puts the silent words and the runs of words into their bag.
func (p *Prepared) fill(s *scanner) {
	p.words = makeBag(len(s.silent) + 2*len(s.raw))
	var from mark
	for i, to := range s.marks {
		bit := uint64(1) << min(i, maxSources-1)
		for _, h := range s.silent[from.silent:to.silent] {
			p.words.add(h, bit)
		}
		forRuns(s.raw[from.raw:to.raw], func(pair, triple uint64) {
			p.words.add(pair, bit)
			p.words.add(triple, bit)
		})
		from = to
	}
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

// sentence returns the tokens of one sentence; none for -1.
func (p *Prepared) sentence(n int32) []token {
	if n < 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(p.tokens, n, bySentence)
	to, _ := slices.BinarySearchFunc(p.tokens, n+1, bySentence)
	return p.tokens[from:to]
}

func bySentence(t token, n int32) int { return int(t.sent - n) }

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

// A bag is a set of keys that knows which evidence has each. It is made once with room
// for all its keys; its zero value is empty.
type bag []bagSlot

type bagSlot struct{ key, from uint64 }

// makeBag makes room for n keys.
func makeBag(n int) bag {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return make(bag, size)
}

func (b bag) add(key, bit uint64) {
	if key == 0 {
		return
	}
	s := b.find(key)
	s.key = key
	s.from |= bit
}

// find returns the slot of a key, or the free one it belongs into.
func (b bag) find(key uint64) *bagSlot {
	i := slot(key, len(b))
	for b[i].key != 0 && b[i].key != key {
		i = (i + 1) & (len(b) - 1)
	}
	return &b[i]
}

// has says whether one of the evidence in mask has the key.
func (b bag) has(key, mask uint64) bool {
	return len(b) > 0 && b.find(key).from&mask != 0
}
