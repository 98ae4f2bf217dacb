package index

import (
	"cmp"
	"math"
	"slices"

	"wenyuan/index/analysis"
)

// kinds are the first byte of a term in a segment.
var kinds = [...]byte{analysis.Word: 'w', analysis.Whole: 'i', analysis.Part: 'p', analysis.Letters: 'l'}

// A builder turns entries into a segment file. It holds the segment in memory as
// numbers; the texts are not kept.
type builder struct {
	scan  analysis.Scanner
	key   []byte
	terms *vocabulary         // kind and text
	spell map[string][]uint32 // the letters of a piece, as term numbers
	runs  []string

	count   []uint32 // of the current unit, by term number
	touched []uint32 // terms of the current unit
	letters uint32   // runs of letters of the current unit
	words   uint32   // words of the current unit
	secTF   []uint32 // of the current section, by term number
	secHas  []uint32 // terms of the current section

	bags    []pair // of all units, unit after unit
	bagEnds []int
	posts   []pair // of all sections, section after section
	secEnds []int

	groups map[string]uint32
	seg    segment // arrays that are filled while entries come
}

// A pair is a term number and how often it is there.
type pair struct{ term, tf uint32 }

func newBuilder(dim int) *builder {
	b := &builder{terms: newVocabulary(), spell: map[string][]uint32{}, groups: map[string]uint32{}}
	b.seg.dim = dim
	b.seg.docIDAt, b.seg.pasIDAt = []uint32{0}, []uint32{0}
	return b
}

// Term implements analysis.Sink.
func (b *builder) Term(kind analysis.Kind, term []byte) {
	b.key = append(append(b.key[:0], kinds[kind]), term...)
	b.add(b.number(b.key))
	if kind == analysis.Word {
		b.words++
	}
}

// Spelling implements analysis.Sink.
func (b *builder) Spelling(piece []byte) {
	runs, ok := b.spell[string(piece)]
	if !ok {
		b.runs = analysis.AppendLetters(b.runs[:0], piece)
		runs = make([]uint32, len(b.runs))
		for i, r := range b.runs {
			b.key = append(append(b.key[:0], kinds[analysis.Letters]), r...)
			runs[i] = b.number(b.key)
		}
		b.spell[string(piece)] = runs
	}
	for _, t := range runs {
		b.add(t)
	}
	b.letters += uint32(len(runs))
}

func (b *builder) number(key []byte) uint32 {
	t, fresh := b.terms.number(key)
	if fresh {
		b.count = append(b.count, 0)
		b.secTF = append(b.secTF, 0)
	}
	return t
}

func (b *builder) add(t uint32) {
	if b.count[t] == 0 {
		b.touched = append(b.touched, t)
	}
	b.count[t]++
}

// document takes all entries of one document.
func (b *builder) document(entries []Entry) {
	s := &b.seg
	ord := uint32(len(s.docHash))
	id := entries[0].Document
	s.docHash = append(s.docHash, hash64([]byte(id)))
	s.docIDs = append(s.docIDs, id...)
	s.docIDAt = append(s.docIDAt, uint32(len(s.docIDs)))
	s.docSec = append(s.docSec, uint32(len(s.secLen)))
	s.docGroup = append(s.docGroup, b.group(cmp.Or(entries[0].Group, id)))
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Section == entries[0].Section {
			n++
		}
		b.section(ord, entries[:n])
		entries = entries[n:]
	}
}

func (b *builder) group(name string) uint32 {
	g, ok := b.groups[name]
	if !ok {
		g = uint32(len(b.seg.groups))
		b.groups[name] = g
		b.seg.groups = append(b.seg.groups, hash64([]byte(name)))
	}
	return g
}

func (b *builder) section(doc uint32, entries []Entry) {
	s := &b.seg
	sec := uint32(len(s.secLen))
	s.secDoc = append(s.secDoc, doc)
	s.secPas = append(s.secPas, uint32(len(s.pasLen)))
	title, letters := b.unit(entries[0].Title)
	length := title
	for _, e := range entries {
		w, l := b.unit(e.Text)
		length, letters = length+w, letters+l
		s.pasSec = append(s.pasSec, sec)
		s.pasLen = append(s.pasLen, w)
		s.pasIDs = append(s.pasIDs, e.Passage...)
		s.pasIDAt = append(s.pasIDAt, uint32(len(s.pasIDs)))
		b.vector(e.Vector)
	}
	s.secLen = append(s.secLen, length)
	s.secLetters = append(s.secLetters, letters)
	s.secTitle = append(s.secTitle, title)
	for _, t := range b.secHas {
		b.posts = append(b.posts, pair{t, b.secTF[t]})
		b.secTF[t] = 0
	}
	b.secHas = b.secHas[:0]
	b.secEnds = append(b.secEnds, len(b.posts))
}

// unit takes a title or a passage and gives its length in words and in letters.
func (b *builder) unit(text string) (words, letters uint32) {
	b.words, b.letters = 0, 0
	b.scan.Scan(text, b)
	for _, t := range b.touched {
		n := b.count[t]
		b.count[t] = 0
		if b.secTF[t] == 0 {
			b.secHas = append(b.secHas, t)
		}
		b.secTF[t] += n
		if b.terms.bytes[b.terms.at[t]] != kinds[analysis.Letters] {
			b.bags = append(b.bags, pair{t, n})
		}
	}
	b.touched = b.touched[:0]
	b.bagEnds = append(b.bagEnds, len(b.bags))
	return b.words, b.letters
}

// vector keeps a given vector at length 1.
func (b *builder) vector(v []float32) {
	if b.seg.dim == 0 {
		return
	}
	at := len(b.seg.vectors)
	b.seg.vectors = append(b.seg.vectors, make([]float32, b.seg.dim)...)
	copy(b.seg.vectors[at:], v)
	normalize(b.seg.vectors[at:])
}

// write makes the segment file.
func (b *builder) write(path string) error {
	s := &b.seg
	order, rank := b.terms.order()
	b.encodeBags(order, rank)
	b.encodePosts(order, rank)
	for _, t := range order {
		s.termAt = append(s.termAt, uint32(len(s.termText)))
		s.termText = append(s.termText, b.terms.term(t)...)
	}
	s.termAt = append(s.termAt, uint32(len(s.termText)))
	return s.write(path)
}

// encodeBags sorts each bag by term, by counting: the bags are turned into lists of units
// by term, and walking those in order fills the bags in order.
func (b *builder) encodeBags(order, rank []uint32) {
	at := make([]uint32, len(order)+1)
	for _, p := range b.bags {
		at[rank[p.term]+1]++
	}
	for t := range order {
		at[t+1] += at[t]
	}
	byTerm := make([]pair, len(b.bags)) // unit and count
	free := slices.Clone(at)
	from := 0
	for unit, end := range b.bagEnds {
		for _, p := range b.bags[from:end] {
			t := rank[p.term]
			byTerm[free[t]] = pair{uint32(unit), p.tf}
			free[t]++
		}
		from = end
	}
	next := make([]int, len(b.bagEnds))
	for unit := 1; unit < len(next); unit++ {
		next[unit] = b.bagEnds[unit-1]
	}
	for t := range order {
		for _, p := range byTerm[at[t]:at[t+1]] {
			b.bags[next[p.term]] = pair{uint32(t), p.tf}
			next[p.term]++
		}
	}
	b.writeBags()
}

// writeBags writes the sorted bags.
func (b *builder) writeBags() {
	s, from := &b.seg, 0
	for _, end := range b.bagEnds {
		s.bagAt = append(s.bagAt, uint32(len(s.bags)))
		before := ^uint32(0)
		for _, p := range b.bags[from:end] {
			s.bags = appendBag(s.bags, p.term-before, p.tf)
			before = p.term
		}
		from = end
	}
	s.bagAt = append(s.bagAt, uint32(len(s.bags)))
}

// encodePosts sorts the postings by term, keeping the order of sections, by counting.
func (b *builder) encodePosts(order, rank []uint32) {
	s := &b.seg
	s.df = make([]uint32, len(order))
	for _, p := range b.posts {
		s.df[rank[p.term]]++
	}
	at := make([]uint32, len(order)+1)
	for t, n := range s.df {
		at[t+1] = at[t] + n
	}
	sorted := make([]pair, len(b.posts)) // section and count
	free := slices.Clone(at)
	from := 0
	for sec, end := range b.secEnds {
		for _, p := range b.posts[from:end] {
			t := rank[p.term]
			sorted[free[t]] = pair{uint32(sec), p.tf}
			free[t]++
		}
		from = end
	}
	for t := range order {
		s.postAt = append(s.postAt, uint32(len(s.posts)))
		before := ^uint32(0)
		for _, p := range sorted[at[t]:at[t+1]] {
			s.posts = appendPosting(s.posts, p.term-before, p.tf)
			before = p.term
		}
	}
	s.postAt = append(s.postAt, uint32(len(s.posts)))
}

// write writes the arrays of a segment; tables, codes and closing offsets are made here.
func (s *segment) write(path string) error {
	if len(s.posts) > math.MaxUint32 || len(s.bags) > math.MaxUint32 || len(s.termText) > math.MaxUint32 {
		return errTooLarge
	}
	s.docSec = append(s.docSec, uint32(len(s.secLen)))
	s.secPas = append(s.secPas, uint32(len(s.pasLen)))
	s.docTable = hashTable(s.docHash)
	hashes := make([]uint64, len(s.df))
	for t := range s.df {
		hashes[t] = hash64(s.term(uint32(t)))
	}
	s.termTable = hashTable(hashes)
	s.encode()
	w, err := createFile(path, segmentKind, segmentVersion)
	if err != nil {
		return err
	}
	for _, p := range [segmentParts][]byte{
		raw(s.docHash), raw(s.docIDAt), s.docIDs, raw(s.docSec), raw(s.docGroup), raw(s.groups), raw(s.docTable),
		raw(s.secDoc), raw(s.secPas), raw(s.secLen), raw(s.secLetters), raw(s.secTitle),
		raw(s.pasSec), raw(s.pasLen), raw(s.pasIDAt), s.pasIDs, raw(s.bagAt), s.bags,
		raw(s.termAt), s.termText, raw(s.termTable), raw(s.df), raw(s.postAt), s.posts,
		raw(s.vectors), raw(s.codes), raw(s.centre),
	} {
		w.part(p)
	}
	return w.finish()
}

// encode takes the signs of the given vectors around their mean.
func (s *segment) encode() {
	if len(s.vectors) == 0 {
		return
	}
	s.centre = make([]float32, s.dim)
	for at := 0; at < len(s.vectors); at += s.dim {
		axpy(s.centre, 1/float32(len(s.pasLen)), s.vectors[at:at+s.dim])
	}
	for at := 0; at < len(s.vectors); at += s.dim {
		s.codes = appendCode(s.codes, s.vectors[at:at+s.dim], s.centre)
	}
}
