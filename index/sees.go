package index

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"wenyuan/internal/scope"
)

// sees gives the living sections that a scope sees. The result is not to be changed.
func (p *part) sees(space string, sc scope.Scope) bitset {
	if sc.All(space) {
		return p.live
	}
	p.mu.Lock()
	b, ok := p.allowed.get(sc.Key())
	p.mu.Unlock()
	if ok {
		return b
	}
	b = p.seg.seen(space, sc)
	for i, live := range p.live {
		b[i] &= live
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed.put(sc.Key(), b)
	return b
}

// seen gives the sections of the documents that a scope sees, dead ones too.
func (s *segment) seen(space string, sc scope.Scope) bitset {
	b := newBitset(s.sections())
	if table, classes := sc.Classes(); table != nil {
		if sc.Space() != space {
			return b
		}
		s.spread(b, s.classes.of(s, table), classes)
		return b
	}
	for d := range s.docHash {
		if sc.Sees(space, s.document(uint32(d))) {
			b.fill(s.docSec[d], s.docSec[d+1])
		}
	}
	return b
}

// spread puts in the sections of the documents whose class is seen. Which ones they are is found for
// 64 documents at a time and without a branch: nobody foretells who may read the next one.
func (s *segment) spread(b bitset, of *classed, seen scope.Classes) {
	class, last := of.class, uint32(of.words)
	seen = append(seen[:min(len(seen), of.words):min(len(seen), of.words)], make(scope.Classes, of.words+1-min(len(seen), of.words))...) // the last word is that of scope.Gone
	single := len(class) == s.sections()                                                                                                 // every document has one section: at least one they all have
	for at := 0; at < len(class); at += 64 {
		word := uint64(0)
		for i, c := range class[at:min(at+64, len(class))] {
			word |= seen[min(uint32(c)>>6, last)] >> (uint32(c) & 63) & 1 << i
		}
		if single {
			b[at/64] = word
			continue
		}
		for ; word != 0; word &= word - 1 {
			d := at + bits.TrailingZeros64(word)
			b.fill(s.docSec[d], s.docSec[d+1])
		}
	}
}

// classes keeps for a segment which class each of its documents has in the table that was asked
// for last. Everybody in a space asks with the same table until access changes somewhere, and then
// with one that differs from it in a few of its parts: those alone are looked up again.
type classes struct {
	now    atomic.Pointer[classed]
	making sync.Mutex
}

// A classed never changes.
type classed struct {
	table *scope.Table
	class []int32 // of each document; scope.Gone for one that the table does not hold
	words int     // that a set of all of them takes
	docs  []uint32
	from  []uint32 // where the documents of each part of the table start in docs, and one more
}

// of gives the classes of a segment's documents.
func (c *classes) of(s *segment, table *scope.Table) *classed {
	if now := c.now.Load(); now != nil && now.table == table {
		return now
	}
	c.making.Lock()
	defer c.making.Unlock()
	now := c.now.Load()
	if now != nil && now.table == table {
		return now
	}
	next := now.patched(s, table)
	if next == nil {
		next = classify(s, table)
	}
	c.now.Store(next)
	return next
}

// classify looks every document up.
func classify(s *segment, table *scope.Table) *classed {
	n := len(s.docHash)
	c := &classed{table: table, class: make([]int32, n), docs: make([]uint32, n), from: make([]uint32, scope.Parts+1)}
	part := make([]uint16, n)
	for d := range n {
		id := s.document(uint32(d))
		part[d] = uint16(table.Part(id))
		c.from[part[d]+1]++
		c.put(table, uint32(d), id)
	}
	for i := range scope.Parts {
		c.from[i+1] += c.from[i]
	}
	next := append([]uint32(nil), c.from[:scope.Parts]...)
	for d, i := range part {
		c.docs[next[i]] = uint32(d)
		next[i]++
	}
	return c
}

// patched is the same for another table, where what changed between the two is known; else nil.
func (c *classed) patched(s *segment, table *scope.Table) *classed {
	if c == nil {
		return nil
	}
	parts, ok := table.Changed(c.table)
	if !ok {
		return nil
	}
	out := *c
	out.table, out.class = table, append([]int32(nil), c.class...)
	for _, i := range parts {
		for _, d := range c.docs[c.from[i]:c.from[i+1]] {
			out.put(table, d, s.document(d))
		}
	}
	return &out
}

// put takes over the class of a document.
func (c *classed) put(table *scope.Table, d uint32, document string) {
	class, ok := table.Class(document)
	if !ok {
		class = scope.Gone
	}
	c.class[d], c.words = class, max(c.words, int(class)>>6+1)
}

// recent keeps the bitsets of the scopes that asked last.
type recent struct {
	sets map[string]bitset
	keys []string // oldest first
}

// recentScopes bounds the memory: at 100,000 sections a set takes 12 kB.
const recentScopes = 64

func (r *recent) get(key string) (bitset, bool) {
	b, ok := r.sets[key]
	return b, ok
}

func (r *recent) put(key string, b bitset) {
	if r.sets == nil {
		r.sets = map[string]bitset{}
	}
	if _, there := r.sets[key]; there {
		return
	}
	if len(r.keys) == recentScopes {
		delete(r.sets, r.keys[0])
		r.keys = r.keys[1:]
	}
	r.sets[key] = b
	r.keys = append(r.keys, key)
}
