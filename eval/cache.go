package eval

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/gateway/similar"
)

// MaxCacheQuestion is the most bytes that one question of a pair may have.
const MaxCacheQuestion = 100_000

// A CachePair is two questions: an answer to A is kept, B is asked.
type CachePair struct {
	A    string
	B    string
	May  bool // the answer to A may serve B
	Lang string
}

// CacheOptions say how pairs are measured.
type CacheOptions struct {
	Embedder wenyuan.Embedder // nil: by words alone
	Wrong    float64          // share of the hits that may be wrong; 0: [similar.DefaultWrong]
	// Learn tells what serves, after each pair that it did not serve, whether it might have: pairs of one
	// kept question then stand for one neighbourhood, in the order of the file. Without it each pair is
	// judged by what ships, and the labels are used for counting alone.
	Learn    bool
	Progress func(step string, done, total int) // nil: nobody looks
}

// CacheFigures count what became of pairs.
type CacheFigures struct {
	HitRate      float64     `json:"hit_rate" doc:"hits over pairs"`
	WrongHitRate float64     `json:"wrong_hit_rate" doc:"hits that may not serve, over hits; 0 where there is no hit"`
	Pairs        int         `json:"pairs"`
	Hits         int         `json:"hits"`
	Wrong        int         `json:"wrong" doc:"of the hits"`
	May          int         `json:"may" doc:"pairs that may serve"`
	WrongCI      *[2]float64 `json:"wrong_hit_rate_ci,omitempty" doc:"Wilson's interval at 95 %"`
}

func (f *CacheFigures) add(hit, may bool) {
	f.Pairs++
	if may {
		f.May++
	}
	if hit {
		f.Hits++
	}
	if hit && !may {
		f.Wrong++
	}
}

func (f *CacheFigures) finish() {
	if f.Pairs > 0 {
		f.HitRate = float64(f.Hits) / float64(f.Pairs)
	}
	var share *float64
	if share, f.WrongCI = rate(f.Wrong, f.Hits); share != nil {
		f.WrongHitRate = *share
	}
}

// A CacheReport says how well kept answers serve questions that mean the same.
type CacheReport struct {
	CacheFigures
	Exact   CacheFigures             `json:"exact" doc:"what equal strings alone would give: every pair of equal strings is a hit"`
	By      map[string]*CacheFigures `json:"by" doc:"by language"`
	Measure string                   `json:"measure" doc:"how near two questions are: the version of the embedder, or words"`
	P50     float64                  `json:"p50_us" doc:"of one look, microseconds"`
	P99     float64                  `json:"p99_us"`
}

// LoadCachePairs reads JSON lines {"a", "b", "label", "lang"}; label 1 says that the answer to a may
// serve b, 0 that it may not.
func LoadCachePairs(path string) ([]CachePair, error) {
	var all []CachePair
	err := readRowsOf(path, func(n int, line []byte) error {
		p, err := parseCachePair(path, n, line)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: path + " holds no row", Hint: `give JSON lines such as {"a": "...", "b": "...", "label": 1, "lang": "en"}`}
	}
	return all, nil
}

func parseCachePair(path string, n int, line []byte) (CachePair, error) {
	var in struct {
		A     string          `json:"a"`
		B     string          `json:"b"`
		Label json.RawMessage `json:"label"`
		Lang  any             `json:"lang"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return CachePair{}, invalid(path, n, "is no JSON object with a and b as texts", err)
	}
	label := string(bytes.Trim(in.Label, `" `))
	switch {
	case in.A == "" || in.B == "":
		return CachePair{}, invalid(path, n, "has no text in a or in b", nil)
	case len(in.A) > MaxCacheQuestion || len(in.B) > MaxCacheQuestion:
		return CachePair{}, invalid(path, n, fmt.Sprintf("has a text of more than %d bytes", MaxCacheQuestion), nil)
	case label != "0" && label != "1":
		return CachePair{}, invalid(path, n, fmt.Sprintf("has the label %q; it is 1 where the answer to a may serve b, else 0", label), nil)
	}
	return CachePair{A: in.A, B: in.B, May: label == "1", Lang: word(in.Lang)}, nil
}

// Cache measures what serves in a running house: for each pair, a is kept in a place of its own and b
// is looked for there. Pairs of equal strings are looked for like the others; Exact shows what they
// alone would give.
func Cache(ctx context.Context, pairs []CachePair, o CacheOptions) (CacheReport, error) {
	c := similar.Config{Wrong: o.Wrong, Entries: len(pairs), Chance: func() float64 { return 1 }}
	r := CacheReport{By: map[string]*CacheFigures{}, Measure: "words"}
	if o.Embedder != nil {
		c.Embedder = func() (wenyuan.Embedder, bool) { return o.Embedder, true }
		r.Measure = o.Embedder.Version()
	}
	x := similar.Open(c)
	took := make([]time.Duration, 0, len(pairs))
	for i, p := range pairs {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		hit, d, err := look(ctx, x, i, p, o.Learn)
		if err != nil {
			return r, err
		}
		took = append(took, d)
		r.count(p, hit)
		if o.Progress != nil {
			o.Progress("compare", i+1, len(pairs))
		}
	}
	r.finish()
	r.Exact.finish()
	for _, f := range r.By {
		f.finish()
	}
	slices.Sort(took)
	r.P50, r.P99 = 1e3*percentile(took, .5), 1e3*percentile(took, .99)
	return r, nil
}

// look keeps a and looks for b, as one request does after another.
func look(ctx context.Context, x *similar.Index, n int, p CachePair, learn bool) (hit bool, took time.Duration, err error) {
	w := similar.Where{Space: "eval"}
	binary.LittleEndian.PutUint64(w.Place[:], uint64(n))
	x.Add(ctx, w, p.A, w.Place, time.Now().Add(time.Hour))
	begun := time.Now()
	m, ok := x.Find(ctx, w, p.B)
	took = time.Since(begun)
	if ok && !m.Serve && learn {
		err = x.Learn(ctx, w.Space, m, p.May)
	}
	x.Forget(w.Space, w.Place)
	return ok && m.Serve, took, err
}

func (r *CacheReport) count(p CachePair, hit bool) {
	r.add(hit, p.May)
	r.Exact.add(p.A == p.B, p.May)
	f := r.By[p.Lang]
	if f == nil {
		f = &CacheFigures{}
		r.By[p.Lang] = f
	}
	f.add(hit, p.May)
}
