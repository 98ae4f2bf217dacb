package scope

import (
	"hash/maphash"
	"maps"
	"strconv"
	"sync/atomic"
)

// Classes is a set of classes: bit n of word n/64 stands for class n.
type Classes []uint64

// Has says whether a class is in the set.
func (c Classes) Has(class int32) bool {
	i := int(class) >> 6
	return class >= 0 && i < len(c) && c[i]&(1<<(class&63)) != 0
}

// Add puts a class into the set and gives the set back, which may have moved.
func (c Classes) Add(class int32) Classes {
	for i := int(class) >> 6; i >= len(c); {
		c = append(c, 0)
	}
	c[class>>6] |= 1 << (class & 63)
	return c
}

func (c Classes) and(o Classes) Classes {
	out := make(Classes, min(len(c), len(o)))
	for i := range out {
		out[i] = c[i] & o[i]
	}
	return out
}

// shards is into how many parts a table is cut, so that a change copies one of them alone.
const shards = 256

// A Table says of which class each document of a space is: documents of one class have the
// same readers. It never changes; With gives another one. The zero Table holds nothing.
type Table struct {
	seed   maphash.Seed
	number uint64
	parts  [shards]map[string]int32
	stamps [shards]uint64 // number of the table that last changed each part
	size   int
}

// numbers tells tables apart, so that a key made of one is never that of another.
var numbers atomic.Uint64

// NewTable is a table without documents.
func NewTable() *Table { return &Table{seed: maphash.MakeSeed(), number: numbers.Add(1)} }

// Gone stands in a change for a document that is in no class any more, and so is seen by nobody.
const Gone int32 = -1

// With is the table after some documents were given another class, or Gone. It takes time by the
// parts that are touched, 256 at most.
func (t *Table) With(changed map[string]int32) *Table {
	out := *t
	out.number = numbers.Add(1)
	var own [shards]bool
	for id, class := range changed {
		n := maphash.String(t.seed, id) % shards
		if !own[n] {
			own[n] = true
			out.stamps[n] = out.number
			if out.parts[n] = maps.Clone(t.parts[n]); out.parts[n] == nil {
				out.parts[n] = map[string]int32{}
			}
		}
		_, there := out.parts[n][id]
		switch {
		case class != Gone:
			out.parts[n][id] = class
			if !there {
				out.size++
			}
		case there:
			delete(out.parts[n], id)
			out.size--
		}
	}
	return &out
}

// Class is the class of a document; ok is false for one that the table does not hold.
func (t *Table) Class(document string) (class int32, ok bool) {
	if t == nil || t.size == 0 {
		return 0, false
	}
	class, ok = t.parts[maphash.String(t.seed, document)%shards][document]
	return class, ok
}

// Parts is into how many parts a table is cut.
const Parts = shards

// Part says in which part of the table, from 0 to Parts-1, a document's class stands, if anywhere.
// It is the same in all tables that With made from one.
func (t *Table) Part(document string) int {
	return int(maphash.String(t.seed, document) % shards)
}

// Changed lists the parts in which a table may differ from another one that With made of it, or it
// of that one; ok is false where they have no table in common that they were made of, and so
// nothing that can be compared. It saves whoever keeps something for a table to look at all of it again.
func (t *Table) Changed(from *Table) (parts []int, ok bool) {
	if from == nil || t.seed != from.seed {
		return nil, false
	}
	for n := range t.parts {
		if t.stamps[n] != from.stamps[n] {
			parts = append(parts, n)
		}
	}
	return parts, true
}

// Len is how many documents and corpora the table holds.
func (t *Table) Len() int { return t.size }

func (t *Table) name() string { return strconv.FormatUint(t.number, 10) }
