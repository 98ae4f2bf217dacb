// Package pack lays samples of many lengths into rows of one capacity with hardly a gap, and
// orders anything at random without remembering the order: both are functions of a seed and a number, so
// that a run that was killed goes on from an integer.
package pack

import (
	"math/bits"
	"slices"
)

// Rows are samples by row: those of row r are Items[Starts[r]:Starts[r+1]].
type Rows struct {
	Items  []int32
	Starts []int32 // one more than rows
	Used   int64   // the sum of all lengths
	room   int
}

// Len is how many rows there are.
func (r *Rows) Len() int { return len(r.Starts) - 1 }

// Row is the samples of one row.
func (r *Rows) Row(i int) []int32 { return r.Items[r.Starts[i]:r.Starts[i+1]] }

// Fill is how full the rows are, 0 to 1.
func (r *Rows) Fill() float64 {
	if r.Len() == 0 {
		return 0
	}
	return float64(r.Used) / float64(r.Len()) / float64(r.room)
}

// Best packs samples whose lengths are 1 to room, longest first, each into the row with the least room
// that still takes it (Ding et al. 2024, arXiv:2404.10830; the rule is Johnson's of 1973). Among
// samples of one length the order is the seed's, so that another seed brings other neighbours
// together. A length out of range is left out.
func Best(lengths []int32, room int, seed uint64) *Rows {
	order := sorted(lengths, room, seed)
	f := newFree(room)
	row := make([]int32, len(order)) // of each sample, by its place in the order
	var left []int32                 // of each row
	var count []int32                // samples of each row
	next := make([]int32, 0, room)   // the next row with as much room, by row
	heads := make([]int32, room+1)   // the first row with as much room; -1: none
	for i := range heads {
		heads[i] = -1
	}
	r := &Rows{room: room}
	for i, s := range order {
		n := int(lengths[s])
		r.Used += int64(n)
		have := f.least(n)
		var at int32
		if have < 0 {
			at, have = int32(len(left)), room
			left, count, next = append(left, 0), append(count, 0), append(next, -1)
		} else {
			at = heads[have]
			if heads[have] = next[at]; heads[have] < 0 {
				f.remove(have)
			}
		}
		row[i] = at
		count[at]++
		if have -= n; have > 0 {
			if heads[have] < 0 {
				f.insert(have)
			}
			next[at], heads[have] = heads[have], at
		}
	}
	return r.gather(order, row, count)
}

// gather turns the rows of samples into the samples of rows.
func (r *Rows) gather(order, row, count []int32) *Rows {
	r.Starts = make([]int32, len(count)+1)
	for i, c := range count {
		r.Starts[i+1] = r.Starts[i] + c
	}
	r.Items = make([]int32, len(order))
	at := slices.Clone(r.Starts)
	for i, s := range order {
		r.Items[at[row[i]]] = s
		at[row[i]]++
	}
	return r
}

// sorted are the samples from long to short, by counting, in the seed's order within a length.
func sorted(lengths []int32, room int, seed uint64) []int32 {
	at := make([]int32, room+2)
	n := 0
	for _, l := range lengths {
		if l >= 1 && int(l) <= room {
			at[room-int(l)+1]++
			n++
		}
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	out := make([]int32, n)
	perm := NewOrder(len(lengths), seed)
	for i := range lengths {
		s := perm.At(i)
		if l := lengths[s]; l >= 1 && int(l) <= room {
			out[at[room-int(l)]] = int32(s)
			at[room-int(l)]++
		}
	}
	return out
}

// free is the set of rooms that some row has: a tree of bits with 64 branches, whose least member
// not under a bound is found in as many steps as it has levels.
type free struct{ levels [][]uint64 }

func newFree(room int) *free {
	f := &free{}
	for n := room + 1; ; n = (n + 63) / 64 {
		f.levels = append(f.levels, make([]uint64, (n+63)/64))
		if n <= 64 {
			return f
		}
	}
}

func (f *free) insert(v int) {
	for _, l := range f.levels {
		l[v>>6] |= 1 << (v & 63)
		v >>= 6
	}
}

func (f *free) remove(v int) {
	for _, l := range f.levels {
		l[v>>6] &^= 1 << (v & 63)
		if l[v>>6] != 0 {
			return
		}
		v >>= 6
	}
}

// least is the smallest member that is at least v; -1 where there is none.
func (f *free) least(v int) int {
	for h := 0; h < len(f.levels); h++ {
		l := f.levels[h]
		if v>>6 >= len(l) {
			return -1
		}
		if word := l[v>>6] >> (v & 63); word != 0 {
			v += bits.TrailingZeros64(word)
			for h--; h >= 0; h-- {
				v = v<<6 + bits.TrailingZeros64(f.levels[h][v])
			}
			return v
		}
		v = v>>6 + 1
	}
	return -1
}
