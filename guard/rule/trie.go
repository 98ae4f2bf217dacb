package rule

import (
	"slices"
	"strings"
)

// An entry is one written form of a word.
type entry struct {
	key   string
	group int32 // whose hit it is
	glob  int32 // index of its pattern, or -1
	flags uint8
}

const (
	borderBefore uint8 = 1 << iota
	borderAfter
	gaps // separators between Han characters count as nothing
)

// A trie holds the entries by their bytes. Nodes are numbered by breadth, so that the
// children of one lie side by side: node n has the labels from first[n] to first[n+1], and
// the child over label i is node i+1. It takes nine bytes a node.
type trie struct {
	first  []uint32
	labels []byte
	out    []int32 // first entry that ends here, from 1; 0 where none does
	root   [256]uint32
}

// newTrie sorts the entries and builds the trie over them.
func newTrie(entries []entry) trie {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	type span struct{ lo, hi, depth int32 }
	var t trie
	queue := []span{{0, int32(len(entries)), 0}}
	for n := 0; n < len(queue); n++ {
		s := queue[n]
		t.first = append(t.first, uint32(len(t.labels)))
		out := int32(0)
		if s.lo < s.hi && len(entries[s.lo].key) == int(s.depth) {
			out = s.lo + 1
			for s.lo < s.hi && len(entries[s.lo].key) == int(s.depth) {
				s.lo++
			}
		}
		t.out = append(t.out, out)
		for lo := s.lo; lo < s.hi; {
			c, hi := entries[lo].key[s.depth], lo+1
			for hi < s.hi && entries[hi].key[s.depth] == c {
				hi++
			}
			t.labels = append(t.labels, c)
			queue = append(queue, span{lo, hi, s.depth + 1})
			lo = hi
		}
	}
	t.first = append(t.first, uint32(len(t.labels)))
	for i := t.first[0]; i < t.first[1]; i++ {
		t.root[t.labels[i]] = i + 1
	}
	return t
}

// child is the node below one over a byte, 0 where there is none.
func (t *trie) child(node uint32, c byte) uint32 {
	if node == 0 {
		return t.root[c]
	}
	lo, hi := t.first[node], t.first[node+1]
	for hi-lo > 8 {
		mid := (lo + hi) / 2
		if t.labels[mid] <= c {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if t.labels[lo] == c {
			return lo + 1
		}
	}
	return 0
}
