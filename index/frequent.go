package index

// A frequent is what a part keeps in memory of a term that many sections have, made when a
// question first uses the term.
type frequent struct {
	perTerm float32 // of the field that top was computed for
	top     float32 // the most that one section gets from the term, worth being 1
	counts  []uint8 // how often each section has it; nil where some count or the memory does not fit
}

// What is kept in memory of frequent terms: counts of those that at least one section in
// denseFrom has, up to denseBytes for each part.
const (
	lookFrom   = 512 // postings from which on a term is worth the trouble
	denseFrom  = 96
	denseBytes = 32 << 20
)

// frequent gives what is known of a term of the part; the counts of rarer terms are nil.
func (p *part) frequent(t uint32, f field) frequent {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.often[t]
	if ok && known.perTerm <= f.perTerm { // a longer mean length makes every section worth more
		return known
	}
	fresh := p.survey(t, f)
	if !ok && (int(p.seg.df[t])*denseFrom < p.seg.sections() || p.dense+len(fresh.counts) > denseBytes) {
		fresh.counts = nil
	}
	if ok {
		fresh.counts = known.counts
	}
	if !ok {
		p.dense += len(fresh.counts)
	}
	p.often[t] = fresh
	return fresh
}

// survey walks the postings of a term once.
func (p *part) survey(t uint32, f field) frequent {
	out := frequent{perTerm: f.perTerm, counts: make([]uint8, p.seg.sections())}
	fits := true
	for ps := p.seg.postings(t); ps.next(); {
		tf := float32(ps.tf)
		out.top = max(out.top, tf/(tf+f.fixed+f.perTerm*float32(p.seg.secLen[ps.sec])))
		fits = fits && ps.tf < 256
		out.counts[ps.sec] = uint8(ps.tf)
	}
	if !fits {
		out.counts = nil
	}
	return out
}

// most is what one section gets from a term at most.
func (w *scratch) most(t weighed) float64 {
	if t.df < lookFrom {
		return float64(t.worth)
	}
	top := float32(0)
	for i, p := range w.s.parts {
		if t.ords[i] > 0 {
			top = max(top, p.frequent(t.ords[i]-1, w.wordField).top)
		}
	}
	return float64(t.worth * top)
}
