package index

import (
	"bytes"
	"math"
)

// gone marks a section that a merge left out.
const gone = math.MaxUint32

// merge writes the living documents of some segments as one segment, in order. moved
// says for each section of each segment where it is now.
func merge(path string, parts []*part, dim int) (moved [][]uint32, err error) {
	m := merger{parts: parts, groups: map[uint64]uint32{}}
	m.out.dim = dim
	m.out.docIDAt, m.out.pasIDAt = []uint32{0}, []uint32{0}
	for _, p := range parts {
		m.moved = append(m.moved, m.documents(p))
	}
	m.terms()
	for i, p := range parts {
		m.bags(p.seg, m.moved[i], m.renamed[i])
	}
	m.out.bagAt = append(m.out.bagAt, uint32(len(m.out.bags)))
	if len(m.out.bags) > math.MaxUint32 || len(m.out.posts) > math.MaxUint32 {
		return nil, errTooLarge
	}
	return m.moved, m.out.write(path)
}

type merger struct {
	parts   []*part
	groups  map[uint64]uint32
	moved   [][]uint32
	renamed [][]uint32 // new number of each term of each segment
	out     segment
}

// documents copies what is known of the living documents of one segment.
func (m *merger) documents(p *part) []uint32 {
	s, o := p.seg, &m.out
	moved := make([]uint32, s.sections())
	for d := range s.docHash {
		from, to := s.docSec[d], s.docSec[d+1]
		if p.dead != nil && p.dead.Contains(uint32(d)) {
			for sec := from; sec < to; sec++ {
				moved[sec] = gone
			}
			continue
		}
		o.docSec = append(o.docSec, uint32(len(o.secLen)))
		ord := uint32(len(o.docHash))
		o.docHash = append(o.docHash, s.docHash[d])
		o.docIDs = append(o.docIDs, s.document(uint32(d))...)
		o.docIDAt = append(o.docIDAt, uint32(len(o.docIDs)))
		o.docGroup = append(o.docGroup, m.group(s.groups[s.docGroup[d]]))
		for sec := from; sec < to; sec++ {
			moved[sec] = uint32(len(o.secLen))
			m.section(s, sec, ord)
		}
	}
	return moved
}

func (m *merger) group(hash uint64) uint32 {
	g, ok := m.groups[hash]
	if !ok {
		g = uint32(len(m.out.groups))
		m.groups[hash] = g
		m.out.groups = append(m.out.groups, hash)
	}
	return g
}

func (m *merger) section(s *segment, sec, doc uint32) {
	o := &m.out
	now := uint32(len(o.secLen))
	o.secDoc = append(o.secDoc, doc)
	o.secPas = append(o.secPas, uint32(len(o.pasLen)))
	o.secLen = append(o.secLen, s.secLen[sec])
	o.secLetters = append(o.secLetters, s.secLetters[sec])
	o.secTitle = append(o.secTitle, s.secTitle[sec])
	for p := s.secPas[sec]; p < s.secPas[sec+1]; p++ {
		o.pasSec = append(o.pasSec, now)
		o.pasLen = append(o.pasLen, s.pasLen[p])
		o.pasIDs = append(o.pasIDs, s.passage(p)...)
		o.pasIDAt = append(o.pasIDAt, uint32(len(o.pasIDs)))
		if o.dim > 0 {
			at := len(o.vectors)
			o.vectors = append(o.vectors, make([]float32, o.dim)...)
			copy(o.vectors[at:], s.vector(p))
		}
	}
}

// terms walks the sorted terms of all segments together; terms that no living section
// has are left out.
func (m *merger) terms() {
	at := make([]uint32, len(m.parts))
	for _, p := range m.parts {
		m.renamed = append(m.renamed, make([]uint32, len(p.seg.df)))
	}
	for {
		var first []byte
		for i, p := range m.parts {
			if int(at[i]) < len(p.seg.df) {
				if t := p.seg.term(at[i]); first == nil || bytes.Compare(t, first) < 0 {
					first = t
				}
			}
		}
		if first == nil {
			break
		}
		m.term(first, at)
	}
	m.out.termAt = append(m.out.termAt, uint32(len(m.out.termText)))
	m.out.postAt = append(m.out.postAt, uint32(len(m.out.posts)))
}

// term joins the postings of one term and moves past it.
func (m *merger) term(term []byte, at []uint32) {
	o := &m.out
	start, before, df := len(o.posts), ^uint32(0), uint32(0)
	for i, p := range m.parts {
		if int(at[i]) >= len(p.seg.df) || !bytes.Equal(p.seg.term(at[i]), term) {
			continue
		}
		for ps := p.seg.postings(at[i]); ps.next(); {
			if now := m.moved[i][ps.sec]; now != gone {
				o.posts = appendPosting(o.posts, now-before, ps.tf)
				before = now
				df++
			}
		}
		m.renamed[i][at[i]] = uint32(len(o.df))
		at[i]++
	}
	if df == 0 {
		return
	}
	o.postAt = append(o.postAt, uint32(start))
	o.termAt = append(o.termAt, uint32(len(o.termText)))
	o.termText = append(o.termText, term...)
	o.df = append(o.df, df)
}

// bags writes the bags of the living sections with the new numbers of the terms.
func (m *merger) bags(s *segment, moved, renamed []uint32) {
	for sec, now := range moved {
		if now == gone {
			continue
		}
		for unit := s.titleUnit(uint32(sec)); unit < s.titleUnit(uint32(sec)+1); unit++ {
			m.out.bagAt = append(m.out.bagAt, uint32(len(m.out.bags)))
			before := ^uint32(0)
			for w := walkBag(s.bag(unit)); w.next(); {
				now := renamed[w.term]
				m.out.bags = appendBag(m.out.bags, now-before, w.tf)
				before = now
			}
		}
	}
}
