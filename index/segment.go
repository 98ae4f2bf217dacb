package index

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"wenyuan/index/analysis"
)

// A segment is an immutable piece of the index: some documents with all their
// sections and passages, numbered from 0 in the order they came. The same document is
// never alive in two segments.
//
// Two kinds of lists say which term is where. The postings of a term name the sections
// that have it, with how often; they are read to find. The bag of a unit names the
// terms of a section's title or of one passage, with how often; bags are read to score
// single passages and to learn. Letters have postings only.
type segment struct {
	*mapped
	name string

	docHash  []uint64 // hash of each document's id
	docIDAt  []uint32
	docIDs   []byte
	docSec   []uint32 // first section of each document, and one more
	docGroup []uint32 // page of each document, an ordinal of groups
	groups   []uint64 // hash of each page's name
	docTable []uint32 // document ordinal plus 1 by hash

	secDoc     []uint32
	secPas     []uint32 // first passage of each section, and one more
	secLen     []uint32 // words, with those of the title
	secLetters []uint32 // runs of letters, with those of the title
	secTitle   []uint32 // words of the title

	pasSec  []uint32
	pasLen  []uint32 // words, without those of the title
	pasIDAt []uint32
	pasIDs  []byte

	bagAt []uint32 // of units: each section's title, then its passages
	bags  []byte

	termAt    []uint32
	termText  []byte // kind and text of each term, sorted
	termTable []uint32
	df        []uint32
	postAt    []uint32
	posts     []byte

	dim     int
	vectors []float32 // of passages, of length 1; zero where a passage has none
	codes   []uint64  // signs of the vectors after centring
	centre  []float32

	classes classes // of its documents, as scopes ask
}

const (
	segmentKind    = "segm"
	segmentVersion = 1<<16 | analysis.Version // format of the file, and of its terms below
	segmentParts   = 27
)

// openSegment opens and verifies a segment file.
func openSegment(path, name string, dim int) (*segment, error) {
	m, err := openFile(path, segmentKind, segmentVersion, segmentParts)
	if err != nil {
		return nil, err
	}
	s := &segment{mapped: m, name: name, dim: dim}
	p := m.parts
	s.docHash, s.docIDAt, s.docIDs, s.docSec = array[uint64](p[0]), array[uint32](p[1]), p[2], array[uint32](p[3])
	s.docGroup, s.groups, s.docTable = array[uint32](p[4]), array[uint64](p[5]), array[uint32](p[6])
	s.secDoc, s.secPas, s.secLen = array[uint32](p[7]), array[uint32](p[8]), array[uint32](p[9])
	s.secLetters, s.secTitle = array[uint32](p[10]), array[uint32](p[11])
	s.pasSec, s.pasLen, s.pasIDAt, s.pasIDs = array[uint32](p[12]), array[uint32](p[13]), array[uint32](p[14]), p[15]
	s.bagAt, s.bags = array[uint32](p[16]), p[17]
	s.termAt, s.termText, s.termTable = array[uint32](p[18]), p[19], array[uint32](p[20])
	s.df, s.postAt, s.posts = array[uint32](p[21]), array[uint32](p[22]), p[23]
	s.vectors, s.codes, s.centre = array[float32](p[24]), array[uint64](p[25]), array[float32](p[26])
	if !s.fits() {
		m.release()
		return nil, errors.Join(errDamaged, errors.New(name+": its parts do not fit together"))
	}
	return s, nil
}

// fits says whether the parts have the lengths they must have.
func (s *segment) fits() bool {
	docs, secs, pas, terms := len(s.docHash), len(s.secLen), len(s.pasLen), len(s.df)
	return len(s.docIDAt) == docs+1 && len(s.docSec) == docs+1 && len(s.docGroup) == docs &&
		len(s.secDoc) == secs && len(s.secPas) == secs+1 && len(s.secLetters) == secs && len(s.secTitle) == secs &&
		len(s.pasSec) == pas && len(s.pasIDAt) == pas+1 && len(s.bagAt) == secs+pas+1 &&
		len(s.termAt) == terms+1 && len(s.postAt) == terms+1 &&
		len(s.docTable) > docs && len(s.termTable) > terms &&
		(len(s.vectors) == 0 || len(s.vectors) == pas*s.dim && len(s.codes) == pas*codeWords(s.dim) && len(s.centre) == s.dim)
}

func (s *segment) sections() int { return len(s.secLen) }

func (s *segment) document(d uint32) string { return text(s.docIDs[s.docIDAt[d]:s.docIDAt[d+1]]) }

func (s *segment) passage(p uint32) string { return text(s.pasIDs[s.pasIDAt[p]:s.pasIDAt[p+1]]) }

func (s *segment) term(t uint32) []byte { return s.termText[s.termAt[t]:s.termAt[t+1]] }

// vector is the given vector of a passage; nil where the segment has none.
func (s *segment) vector(p uint32) []float32 {
	if len(s.vectors) == 0 {
		return nil
	}
	return s.vectors[int(p)*s.dim : (int(p)+1)*s.dim]
}

// titleUnit and passageUnit number the bags.
func (s *segment) titleUnit(sec uint32) uint32 { return s.secPas[sec] + sec }

func (s *segment) passageUnit(p uint32) uint32 { return p + s.pasSec[p] + 1 }

func (s *segment) bag(unit uint32) []byte { return s.bags[s.bagAt[unit]:s.bagAt[unit+1]] }

// find looks a term up; ok is false where the segment does not have it.
func (s *segment) find(term []byte) (ord uint32, ok bool) {
	mask := uint64(len(s.termTable) - 1)
	for i := hash64(term) & mask; ; i = (i + 1) & mask {
		t := s.termTable[i]
		if t == 0 {
			return 0, false
		}
		if string(s.term(t-1)) == string(term) {
			return t - 1, true
		}
	}
}

// findDocument looks a document up.
func (s *segment) findDocument(id string) (ord uint32, ok bool) {
	h := hash64([]byte(id))
	mask := uint64(len(s.docTable) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		d := s.docTable[i]
		if d == 0 {
			return 0, false
		}
		if s.docHash[d-1] == h && s.document(d-1) == id {
			return d - 1, true
		}
	}
}

// hashTable places ordinals by hash, less than two thirds full.
func hashTable(hashes []uint64) []uint32 {
	size := 2
	for size*2 < len(hashes)*3+3 {
		size *= 2
	}
	table := make([]uint32, size)
	for ord, h := range hashes {
		i := h & uint64(size-1)
		for table[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		table[i] = uint32(ord + 1)
	}
	return table
}

// hash64 is stored in files, so it must never change: FNV-1a with a final mix.
func hash64(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// A posting list is a row of numbers: the distance to the section before, times four,
// plus how often the term is there less one, where 3 means that a second number adds to
// it. Nearly all postings take one byte.

func appendPosting(b []byte, gap, tf uint32) []byte {
	if tf < 4 {
		return binary.AppendUvarint(b, uint64(gap)<<2|uint64(tf-1))
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(gap)<<2|3), uint64(tf-4))
}

// A postings walks a posting list.
type postings struct {
	b   []byte
	sec uint32
	tf  uint32
}

func (s *segment) postings(t uint32) postings {
	return postings{b: s.posts[s.postAt[t]:s.postAt[t+1]], sec: ^uint32(0)}
}

// next moves to the next section that has the term.
func (p *postings) next() bool {
	if len(p.b) == 0 {
		return false
	}
	v := uint64(p.b[0])
	n := 1
	if v >= 0x80 {
		v, n = binary.Uvarint(p.b)
	}
	p.sec += uint32(v >> 2)
	p.tf = uint32(v&3) + 1
	if v&3 == 3 {
		more, m := binary.Uvarint(p.b[n:])
		p.tf += uint32(more)
		n += m
	}
	p.b = p.b[n:]
	return true
}

// A bag is a row of numbers: the distance to the term before, times two, plus 1 where
// the term is there more than once and a second number says how often.

func appendBag(b []byte, gap, tf uint32) []byte {
	if tf == 1 {
		return binary.AppendUvarint(b, uint64(gap)<<1)
	}
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(gap)<<1|1), uint64(tf))
}

// A bagWalk walks a bag.
type bagWalk struct {
	b    []byte
	term uint32
	tf   uint32
}

func walkBag(b []byte) bagWalk { return bagWalk{b: b, term: ^uint32(0)} }

func (w *bagWalk) next() bool {
	if len(w.b) == 0 {
		return false
	}
	v, n := uint64(w.b[0]), 1
	if v >= 0x80 {
		v, n = binary.Uvarint(w.b)
	}
	w.term += uint32(v >> 1)
	w.tf = 1
	if v&1 == 1 {
		tf, m := binary.Uvarint(w.b[n:])
		w.tf = uint32(tf)
		n += m
	}
	w.b = w.b[n:]
	return true
}

// codeWords is how many words of 64 bits the signs of a vector take.
func codeWords(dim int) int { return (dim + 63) / 64 }

// appendCode appends the signs of a vector after centring.
func appendCode(codes []uint64, v, centre []float32) []uint64 {
	at := len(codes)
	codes = append(codes, make([]uint64, codeWords(len(v)))...)
	for i, x := range v {
		if x > centre[i] {
			codes[at+i/64] |= 1 << (i % 64)
		}
	}
	return codes
}

// A bitset is a set of ordinals.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint32)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i uint32) bool { return b[i/64]>>(i%64)&1 == 1 }

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// fill puts in from up to but not to.
func (b bitset) fill(from, to uint32) {
	for ; from < to && from%64 != 0; from++ {
		b.set(from)
	}
	for ; from+64 <= to; from += 64 {
		b[from/64] = ^uint64(0)
	}
	for ; from < to; from++ {
		b.set(from)
	}
}
