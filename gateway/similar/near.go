package similar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"

	"wenyuan"
	"wenyuan/internal/lang"
)

// wordsMeasure names distances by words alone. It changes when the list does.
const wordsMeasure = "words/1"

// How an embedder is asked.
const (
	mostEmbedded = 8               // candidates whose vectors are looked at
	embedTime    = 2 * time.Second // that a request waits for them at most
	// mostExcused is how far two vectors may be apart at most, as 1 minus the cosine, for a word of little
	// meaning to cost less than by words alone; see [reach].
	mostExcused = .06
)

// nearer measures the candidates with an embedder, where there is one. It excuses words that one of
// the questions has more, in proportion to how near the vectors are; a word in the place of another it
// does not excuse.
func (x *Index) nearer(ctx context.Context, space, question string, all []candidate, m Match, d float64) (Match, float64) {
	if x.c.Embedder == nil {
		return m, d
	}
	e, ok := x.c.Embedder()
	if !ok {
		return m, d
	}
	all = all[:min(len(all), mostEmbedded)]
	own, others, reach, err := x.measure(ctx, e, question, all)
	if err != nil || reach <= 0 {
		return m, d
	}
	best, at, near := d, -1, 0.
	for i := range all {
		n := cosine(own, others[i])
		if o := excused(all[i].comparison, n, reach); o < best {
			best, at, near = o, i, n
		}
	}
	if at < 0 {
		return m, d
	}
	m, d = x.judge(ctx, space, all[at], best, e.Version())
	m.Similarity = near
	return m, d
}

// measure asks an embedder about a question and candidates, unless it rests. Where its reach is 0 it says
// nothing of them.
func (x *Index) measure(ctx context.Context, e wenyuan.Embedder, question string, all []candidate) (own []float32, others [][]float32, reach float64, err error) {
	if !x.rest.ready() {
		return nil, nil, 0, nil
	}
	begun := time.Now()
	within, cancel := context.WithTimeout(ctx, embedTime)
	defer cancel()
	if reach, err = x.reaches.of(within, e, lang.Of(question)); err == nil && reach > 0 {
		own, others, err = x.measured(within, e, question, all)
	}
	if ctx.Err() == nil { // else it is the asker who left
		x.rest.came(begun, err, x.c.Log)
	}
	return own, others, reach, err
}

// excused is the distance of two questions whose vectors have a cosine, by an embedder of some reach.
func excused(c comparison, cosine, reach float64) float64 {
	return c.fixed + c.alone*min(1, max(0, 1-cosine)/reach)
}

// cosine of two vectors; 0 where one is empty or they are not of one length.
func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// nearOf names the neighbourhood of a question: by a hash, so that what was learned tells nobody what
// was asked.
func nearOf(question string) string {
	h := sha256.New()
	for _, r := range question {
		h.Write([]byte(string(fold(r))))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
