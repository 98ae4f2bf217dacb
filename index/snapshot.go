package index

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
)

// A part is a segment as one or more snapshots see it: with its dead documents and its
// learned vectors. It never changes.
type part struct {
	seg   *segment
	feats *features       // nil before the first learning
	dead  *roaring.Bitmap // ordinals of documents; nil when all live
	live  bitset          // of sections

	documents, sections, passages  int
	words, letters, passageLengths uint64 // sums over what lives

	mu      sync.Mutex
	dfs     map[uint32]uint32 // living sections that have a term, where some are dead
	allowed recent            // sections a scope sees, by the key of the scope
	often   map[uint32]frequent
	dense   int // bytes of the counts in often
}

func newPart(seg *segment, feats *features, dead *roaring.Bitmap) *part {
	p := &part{seg: seg, feats: feats, dead: dead, live: newBitset(seg.sections()), dfs: map[uint32]uint32{}, often: map[uint32]frequent{}}
	if dead != nil && dead.IsEmpty() {
		p.dead = nil
	}
	for d := range seg.docHash {
		if p.dead != nil && p.dead.Contains(uint32(d)) {
			continue
		}
		from, to := seg.docSec[d], seg.docSec[d+1]
		p.documents++
		p.live.fill(from, to)
		p.count(from, to)
	}
	return p
}

// count adds living sections to the sums.
func (p *part) count(from, to uint32) {
	s := p.seg
	p.sections += int(to - from)
	p.passages += int(s.secPas[to] - s.secPas[from])
	for sec := from; sec < to; sec++ {
		p.words += uint64(s.secLen[sec])
		p.letters += uint64(s.secLetters[sec])
		p.passageLengths += uint64(s.secTitle[sec]) * uint64(s.secPas[sec+1]-s.secPas[sec])
	}
	for pas := s.secPas[from]; pas < s.secPas[to]; pas++ {
		p.passageLengths += uint64(s.pasLen[pas])
	}
}

// df is how many living sections have a term.
func (p *part) df(t uint32) uint32 {
	if p.dead == nil {
		return p.seg.df[t]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.dfs[t]
	if !ok {
		for ps := p.seg.postings(t); ps.next(); {
			if p.live.has(ps.sec) {
				n++
			}
		}
		p.dfs[t] = n
	}
	return n
}

// A snapshot is all of the index at one moment. Whoever searches holds it, and it holds
// its files.
type snapshot struct {
	change  int64
	parts   []*part
	base    []uint32 // first section of each part in the numbers of the snapshot, and one more
	learned *model   // nil before the first learning
	refs    atomic.Int32

	documents, sections, passages  int
	words, letters, passageLengths uint64

	pages func() pages
}

// pages numbers the pages of all parts together.
type pages struct {
	of    [][]uint32 // by part and the segment's own number; nil for a single part
	size  []uint32   // living sections of each page
	count int

	section []uint32 // page of each section of the snapshot; alone for the only one of its page
	from    []uint32 // where the sections of each page start in list, and one more
	list    []uint32
}

// members are the living sections of a page.
func (g *pages) members(page uint32) []uint32 { return g.list[g.from[page]:g.from[page+1]] }

// alone marks a section that is a page by itself.
const alone = ^uint32(0)

func newSnapshot(change int64, parts []*part, learned *model) *snapshot {
	s := &snapshot{change: change, parts: parts, base: []uint32{0}, learned: learned}
	s.refs.Store(1)
	for _, p := range parts {
		s.base = append(s.base, s.base[len(s.base)-1]+uint32(p.seg.sections()))
		s.documents += p.documents
		s.sections += p.sections
		s.passages += p.passages
		s.words += p.words
		s.letters += p.letters
		s.passageLengths += p.passageLengths
		p.seg.retain()
		if p.feats != nil {
			p.feats.retain()
		}
	}
	if learned != nil {
		learned.retain()
	}
	s.pages = sync.OnceValue(s.numberPages)
	return s
}

// release lets go; the last one frees the files.
func (s *snapshot) release() {
	if s.refs.Add(-1) > 0 {
		return
	}
	for _, p := range s.parts {
		p.seg.release()
		if p.feats != nil {
			p.feats.release()
		}
	}
	if s.learned != nil {
		s.learned.release()
	}
}

// numberPages finds which pages of different parts are the same.
func (s *snapshot) numberPages() pages {
	var g pages
	if len(s.parts) == 1 {
		g.count = len(s.parts[0].seg.groups)
	} else {
		g.join(s.parts)
	}
	g.size = make([]uint32, max(1, g.count)) // a dead section may name page 0
	g.section = make([]uint32, s.base[len(s.parts)])
	for i, p := range s.parts {
		walk(p.live, func(sec uint32) {
			n := p.seg.docGroup[p.seg.secDoc[sec]]
			if g.of != nil {
				n = g.of[i][n]
			}
			g.size[n]++
			g.section[s.base[i]+sec] = n
		})
	}
	g.gather(s)
	for sec, n := range g.section {
		if g.size[n] == 1 {
			g.section[sec] = alone
		}
	}
	return g
}

// gather lists the living sections of each page.
func (g *pages) gather(s *snapshot) {
	g.from = make([]uint32, len(g.size)+1)
	for n, size := range g.size {
		g.from[n+1] = g.from[n] + size
	}
	g.list = make([]uint32, g.from[len(g.size)])
	free := slices.Clone(g.from)
	for i, p := range s.parts {
		walk(p.live, func(sec uint32) {
			n := &free[g.section[s.base[i]+sec]]
			g.list[*n] = s.base[i] + sec
			*n++
		})
	}
}

// join gives equal pages of several parts one number.
func (g *pages) join(parts []*part) {
	all := map[uint64]uint32{}
	g.of = make([][]uint32, len(parts))
	for i, p := range parts {
		g.of[i] = make([]uint32, len(p.seg.groups))
		for j, h := range p.seg.groups {
			n, ok := all[h]
			if !ok {
				n = uint32(len(all))
				all[h] = n
			}
			g.of[i][j] = n
		}
	}
	g.count = len(all)
}
