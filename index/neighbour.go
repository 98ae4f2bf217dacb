package index

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wenyuan/index/analysis"
)

// neighbours lists for each section the sections that are most like it.
type neighbours struct {
	at     []uint32
	to     []uint32
	cosine []float32
}

// Sections are neighbours by the cosine of their weighted words. Terms in more than a
// tenth of all sections tell little and cost most; for a large index the bound is fixed,
// so that the time stays in proportion to its size.
const (
	nearest      = 10
	nearLeast    = 0.1
	nearFrequent = 750
)

// findNeighbours walks the postings of each section's terms.
func findNeighbours(ctx context.Context, s *segment) (neighbours, error) {
	f := finder{s: s, weight: termWeights(s), norm: make([]float32, s.sections()), score: make([]float32, s.sections())}
	f.most = uint32(min(50+s.sections()/10, nearFrequent))
	f.norms()
	out := neighbours{at: []uint32{0}}
	for sec := range s.sections() {
		if sec%256 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		for _, h := range f.find(uint32(sec)) {
			out.to = append(out.to, h.sec)
			out.cosine = append(out.cosine, h.score)
		}
		out.at = append(out.at, uint32(len(out.to)))
	}
	return out, nil
}

// termWeights is the inverse document frequency of each word, 0 for what does not count.
func termWeights(s *segment) []float32 {
	out := make([]float32, len(s.df))
	for t := range out {
		if term := s.term(uint32(t)); term[0] == 'w' && !analysis.IsStop(text(term[1:])) {
			out[t] = float32(idf(float64(s.df[t]), float64(s.sections())))
		}
	}
	return out
}

type finder struct {
	s       *segment
	c       counter
	weight  []float32
	norm    []float32
	score   []float32
	touched []uint32
	most    uint32
	best    []scored
}

type scored struct {
	sec   uint32
	score float32
}

func (f *finder) norms() {
	for sec := range f.norm {
		sum := 0.0
		for _, p := range f.c.section(f.s, uint32(sec)) {
			v := logTF(p.tf) * f.weight[p.term]
			sum += float64(v * v)
		}
		f.norm[sec] = float32(math.Sqrt(sum)) + 1e-9
	}
}

// find gives the nearest sections of one, nearest first.
func (f *finder) find(sec uint32) []scored {
	for _, p := range f.c.section(f.s, sec) {
		w := f.weight[p.term]
		if w == 0 || f.s.df[p.term] >= f.most || f.s.df[p.term] < 2 {
			continue
		}
		f.add(p.term, w*w*logTF(p.tf)/f.norm[sec])
	}
	f.best = f.best[:0]
	for _, o := range f.touched {
		score := f.score[o] / f.norm[o]
		f.score[o] = 0
		if o != sec && score > nearLeast && (len(f.best) < nearest || score > f.best[nearest-1].score) {
			f.keep(scored{o, score})
		}
	}
	f.touched = f.touched[:0]
	return f.best
}

func (f *finder) add(t uint32, w float32) {
	for ps := f.s.postings(t); ps.next(); {
		if f.score[ps.sec] == 0 {
			f.touched = append(f.touched, ps.sec)
		}
		f.score[ps.sec] += w * logTF(ps.tf)
	}
}

// keep puts a section into the short list, which is sorted.
func (f *finder) keep(h scored) {
	if len(f.best) < nearest {
		f.best = append(f.best, h)
	} else {
		f.best[nearest-1] = h
	}
	slices.SortFunc(f.best, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.sec, b.sec))
	})
}

var logTable = func() (t [64]float32) {
	for i := 1; i < len(t); i++ {
		t[i] = float32(1 + math.Log(float64(i)))
	}
	return t
}()

// logTF is 1 + ln tf.
func logTF(tf uint32) float32 {
	if tf < uint32(len(logTable)) {
		return logTable[tf]
	}
	return float32(1 + math.Log(float64(tf)))
}
