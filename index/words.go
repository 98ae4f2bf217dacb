package index

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// BM25 as in Robertson and Zaragoza (2009), with one setting for all texts.
const k1, b = 1.2, 0.75

// A weighed is a term of a question with what one occurrence is worth in this snapshot.
type weighed struct {
	ords  []uint32 // number plus 1 of the term in each part; 0 where the part does not have it
	worth float32
	df    int
}

// weigh looks the terms of a question up; terms that no living section has fall away.
func (s *snapshot) weigh(terms []queryTerm) []weighed {
	out := make([]weighed, 0, len(terms))
	ords := make([]uint32, len(terms)*len(s.parts))
	for i, t := range terms {
		w := weighed{ords: ords[i*len(s.parts) : (i+1)*len(s.parts)]}
		df := s.frequency(t.key, w.ords)
		if df == 0 {
			continue
		}
		w.df = df
		w.worth = float32(t.weight * idf(float64(df), float64(s.sections)) * (k1 + 1))
		out = append(out, w)
	}
	return out
}

// frequency is how many living sections have a term; ords gets its number plus 1 in each part.
func (s *snapshot) frequency(key string, ords []uint32) (df int) {
	for i, p := range s.parts {
		if t, ok := p.seg.find([]byte(key)); ok {
			ords[i] = t + 1
			df += int(p.df(t))
		}
	}
	return df
}

// A field is what BM25 needs of one kind of length: words or letters.
type field struct {
	fixed, perTerm float32 // k1(1-b), and k1 b over the mean length
}

func newField(total uint64, texts int) field {
	mean := float64(total) / float64(max(1, texts))
	return field{fixed: k1 * (1 - b), perTerm: float32(k1 * b / max(mean, 1e-9))}
}

// add adds BM25 of one term to the scores of the sections of part i, and marks the
// sections that got any; only nil means all of them.
func (w *scratch) add(scores []float32, touched bitset, i int, t weighed, lengths []uint32, f field, only bitset) {
	if t.ords[i] == 0 {
		return
	}
	seg, o := w.s.parts[i].seg, t.ords[i]-1
	list := seg.posts[seg.postAt[o]:seg.postAt[o+1]]
	scores = scores[w.s.base[i]:w.s.base[i+1]]
	if only == nil {
		addPostings(scores, touched, list, t.worth, lengths, f)
	} else {
		addSome(scores, touched, list, t.worth, lengths, f, only)
	}
}

// addPostings is the innermost loop of a search, so it decodes where it stands; see
// postings.next for the form.
func addPostings(scores []float32, touched bitset, list []byte, worth float32, lengths []uint32, f field) {
	lengths = lengths[:len(scores)]
	sec := ^uint32(0)
	for at := 0; at < len(list); {
		v := uint32(list[at])
		at++
		if v >= 0x80 {
			v &= 0x7f
			for shift := 7; ; shift += 7 {
				c := uint32(list[at])
				at++
				v |= c & 0x7f << shift
				if c < 0x80 {
					break
				}
			}
		}
		sec += v >> 2
		tf := float32(v&3 + 1)
		if v&3 == 3 {
			more, n := binary.Uvarint(list[at:])
			at += n
			tf += float32(more)
		}
		if int(sec) >= len(scores) {
			return
		}
		scores[sec] += worth * tf / (tf + f.fixed + f.perTerm*float32(lengths[sec]))
		touched[sec/64] |= 1 << (sec % 64)
	}
}

// rarest keeps the rarest terms that have so many postings together.
func rarest(terms []weighed, budget int) []weighed {
	slices.SortStableFunc(terms, func(a, b weighed) int { return cmp.Compare(a.df, b.df) })
	for i, t := range terms {
		if budget -= t.df; budget < 0 {
			return terms[:i]
		}
	}
	return terms
}

// addSome is addPostings for the sections of a set.
func addSome(scores []float32, touched bitset, list []byte, worth float32, lengths []uint32, f field, only bitset) {
	lengths = lengths[:len(scores)]
	sec := ^uint32(0)
	for at := 0; at < len(list); {
		v := uint32(list[at])
		at++
		if v >= 0x80 {
			v &= 0x7f
			for shift := 7; ; shift += 7 {
				c := uint32(list[at])
				at++
				v |= c & 0x7f << shift
				if c < 0x80 {
					break
				}
			}
		}
		sec += v >> 2
		tf := float32(v&3 + 1)
		if v&3 == 3 {
			more, n := binary.Uvarint(list[at:])
			at += n
			tf += float32(more)
		}
		if int(sec) >= len(scores) {
			return
		}
		if only[sec/64]>>(sec%64)&1 == 0 {
			continue
		}
		scores[sec] += worth * tf / (tf + f.fixed + f.perTerm*float32(lengths[sec]))
		touched[sec/64] |= 1 << (sec % 64)
	}
}

// A passageScorer gives BM25 of single passages of one part, with the title counted to each.
type passageScorer struct {
	seg   *segment
	terms []passageTerm // by number
	f     field
	title []uint32
}

type passageTerm struct {
	ord   uint32
	worth float32
}

func newPassageScorer(s *snapshot, i int, terms []weighed) *passageScorer {
	c := &passageScorer{seg: s.parts[i].seg, f: newField(s.passageLengths, s.passages)}
	for _, t := range terms {
		if t.ords[i] > 0 {
			c.terms = append(c.terms, passageTerm{t.ords[i] - 1, t.worth})
		}
	}
	slices.SortFunc(c.terms, func(a, b passageTerm) int { return cmp.Compare(a.ord, b.ord) })
	c.title = make([]uint32, len(c.terms))
	return c
}

// count adds how often the terms are in a unit. It decodes where it stands, since a
// search reads hundreds of bags; see bagWalk.next for the form.
func (c *passageScorer) count(unit uint32, tf []uint32) {
	if len(c.terms) == 0 {
		return
	}
	bag, term, i := c.seg.bag(unit), ^uint32(0), 0
	wanted := c.terms[0].ord
	for at := 0; at < len(bag); {
		v := uint32(bag[at])
		at++
		if v >= 0x80 {
			v &= 0x7f
			for shift := 7; ; shift += 7 {
				b := uint32(bag[at])
				at++
				v |= b & 0x7f << shift
				if b < 0x80 {
					break
				}
			}
		}
		n := uint32(1)
		if v&1 == 1 {
			more, size := binary.Uvarint(bag[at:])
			at += size
			n = uint32(more)
		}
		term += v >> 1
		for term >= wanted {
			if term == wanted {
				tf[i] += n
			}
			if i++; i == len(c.terms) {
				return
			}
			wanted = c.terms[i].ord
		}
	}
}

// section appends the scores of the passages of a section.
func (c *passageScorer) section(sec uint32, out []float32) []float32 {
	clear(c.title)
	c.count(c.seg.titleUnit(sec), c.title)
	var buf [64]uint32
	for p := c.seg.secPas[sec]; p < c.seg.secPas[sec+1]; p++ {
		tf := append(buf[:0], c.title...)
		c.count(c.seg.passageUnit(p), tf)
		norm := c.f.fixed + c.f.perTerm*float32(c.seg.secTitle[sec]+c.seg.pasLen[p])
		score := float32(0)
		for i, n := range tf {
			if n > 0 {
				score += c.terms[i].worth * float32(n) / (float32(n) + norm)
			}
		}
		out = append(out, score)
	}
	return out
}
