package index

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// A vocabulary numbers terms in order of first use. It is a hash table with open
// places over one row of bytes: most of the time of indexing is spent asking it.
type vocabulary struct {
	table []uint32 // number plus 1
	hash  []uint32
	at    []uint32 // where each term starts, and one more
	bytes []byte
}

func newVocabulary() *vocabulary {
	return &vocabulary{table: make([]uint32, 1<<12), at: []uint32{0}}
}

func (v *vocabulary) len() int { return len(v.hash) }

func (v *vocabulary) term(t uint32) []byte { return v.bytes[v.at[t]:v.at[t+1]] }

// number finds a term or gives it the next number.
func (v *vocabulary) number(term []byte) (t uint32, fresh bool) {
	h := quickHash(term)
	mask := uint32(len(v.table) - 1)
	i := h & mask
	for ; v.table[i] != 0; i = (i + 1) & mask {
		t := v.table[i] - 1
		if v.hash[t] == h && string(v.term(t)) == string(term) {
			return t, false
		}
	}
	t = uint32(len(v.hash))
	v.hash = append(v.hash, h)
	v.bytes = append(v.bytes, term...)
	v.at = append(v.at, uint32(len(v.bytes)))
	v.table[i] = t + 1
	if 2*len(v.hash) > len(v.table) {
		v.grow()
	}
	return t, true
}

func (v *vocabulary) grow() {
	v.table = make([]uint32, 4*len(v.table))
	mask := uint32(len(v.table) - 1)
	for t, h := range v.hash {
		i := h & mask
		for v.table[i] != 0 {
			i = (i + 1) & mask
		}
		v.table[i] = uint32(t + 1)
	}
}

// quickHash reads eight bytes at a time; it is never stored.
func quickHash(b []byte) uint32 {
	h := uint64(len(b)) * 0x9e3779b97f4a7c15
	for len(b) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	tail := uint64(0)
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	h = mix(h^tail) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// order sorts the terms by text; rank is the inverse.
func (v *vocabulary) order() (order, rank []uint32) {
	type entry struct {
		prefix uint64 // the first eight bytes, which decide nearly always
		term   uint32
	}
	entries := make([]entry, v.len())
	for t := range entries {
		var first [8]byte
		copy(first[:], v.term(uint32(t)))
		entries[t] = entry{binary.BigEndian.Uint64(first[:]), uint32(t)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return cmp.Compare(text(v.term(a.term)), text(v.term(b.term)))
	})
	order, rank = make([]uint32, len(entries)), make([]uint32, len(entries))
	for i, e := range entries {
		order[i] = e.term
		rank[e.term] = uint32(i)
	}
	return order, rank
}
