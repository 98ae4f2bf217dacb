package main

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/check"
)

// A sample is a row with its features.
type sample struct {
	row
	source   string // rows of one source weigh as much as those of another: "begin", "edits en", "edits zh"
	features check.Features
	prepared *check.Prepared

	score   float64
	verdict wenyuan.Verdict
}

func (s *sample) good() bool { return s.Label == supported }

// measureAll fills in the features.
func measureAll(rows []row, source func(*row) string) []sample {
	out := make([]sample, len(rows))
	for i := range rows {
		s := &out[i]
		s.row, s.source = rows[i], source(&rows[i])
		ev := make([]check.Evidence, len(s.Evidence))
		for k, e := range s.Evidence {
			ev[k] = check.Evidence{N: k + 1, Text: e}
		}
		s.prepared = check.Prepare(ev)
		s.features, _ = s.prepared.Measure(s.Claim, nil, &check.Weights{})
	}
	return out
}

// The features each head is learned on. The sign of every weight is fixed: coverage
// speaks for a claim and what is left over against it. Without this, weights cancel
// each other out and break on text from elsewhere.
var (
	supportFor     = names("coverage", "best sentence", "bag", "runs", "silent words", "pairs", "triples")
	supportAgainst = names("personal words", "questions", "briefness", "negation parity", "opposite in best", "number changed", "number new", "number elsewhere", "identifier new", "name new", "negation added", "negation dropped", "quantity added", "direction changed")
	changeFor      = names("coverage", "coverage over .5", "coverage over .8", "full coverage")
	changeAgainst  = leftovers()
)

func names(list ...string) map[int]bool {
	out := map[int]bool{}
	for _, n := range list {
		i := slices.Index(check.FeatureNames[:], n)
		if i < 0 {
			panic("no feature " + n)
		}
		out[i] = true
	}
	return out
}

// leftovers are the kinds of difference, and whether there is a hard one.
func leftovers() map[int]bool {
	out := map[int]bool{}
	for i := slices.Index(check.FeatureNames[:], "hard difference"); i < check.NumFeatures; i++ {
		out[i] = true
	}
	return out
}

// How the regression goes: Adam with a penalty on large weights.
const (
	rounds  = 400
	rate    = .15
	penalty = 2e-4
)

// fit is a logistic regression on some features with the sign of each weight fixed. The
// two labels of a source weigh the same, whatever their numbers.
func fit(samples []sample, in, against map[int]bool) check.Features {
	var w, m, v, g check.Features
	count := map[string]float64{}
	for i := range samples {
		count[samples[i].source+samples[i].Label]++
	}
	active := make([][]int, len(samples))
	share := make([]float64, len(samples))
	for i := range samples {
		share[i] = 1 / count[samples[i].source+samples[i].Label]
		for k, x := range samples[i].features {
			if x != 0 && (k == 0 || in[k] || against[k]) {
				active[i] = append(active[i], k)
			}
		}
	}
	for t := 1; t <= rounds; t++ {
		g = check.Features{}
		for i := range samples {
			s := &samples[i]
			z, y := 0.0, 0.0
			if s.good() {
				y = 1
			}
			for _, k := range active[i] {
				z += w[k] * s.features[k]
			}
			d := (1/(1+math.Exp(-z)) - y) * share[i]
			for _, k := range active[i] {
				g[k] += d * s.features[k]
			}
		}
		step := rate / (1 + float64(t)/150)
		for k := range w {
			gk := g[k] + penalty*w[k]
			m[k] = .9*m[k] + .1*gk
			v[k] = .999*v[k] + .001*gk*gk
			w[k] -= step * (m[k] / (1 - math.Pow(.9, float64(t)))) / (math.Sqrt(v[k]/(1-math.Pow(.999, float64(t)))) + 1e-8)
			if in[k] && w[k] < 0 || against[k] && w[k] > 0 {
				w[k] = 0
			}
		}
	}
	return w
}

// Shares and margins that the thresholds are set by.
const (
	strayBelow  = .0005 // share of the rewritings that may fall below the support threshold: that head is not there to find edits
	strayMargin = 1
	falseCost   = 3 // edits that may pass for one rewriting that is not flagged
	hardFrom    = .55
	changeShare = .3
)

// learn fits the support head on the labelled sentences and the change head on the
// edits, and sets the thresholds on the harmless rewritings.
func learn(samples []sample) *check.Weights {
	w := &check.Weights{HardFrom: hardFrom, ChangeShare: changeShare}
	isEdit := func(s *sample) bool { return strings.HasPrefix(s.source, "edits") }
	if begin := keep(samples, func(s *sample) bool { return !isEdit(s) }); len(begin) > 0 {
		w.Support = fit(begin, supportFor, supportAgainst)
	}
	made := keep(samples, isEdit)
	w.Change = fit(made, changeFor, changeAgainst)
	var support []float64
	var bad, good []float64
	for i := range made {
		s := &made[i]
		a, b := s.features.Heads(w)
		if s.good() {
			support, good = append(support, a), append(good, b)
		} else {
			bad = append(bad, b)
		}
	}
	w.SupportFrom = quantile(support, strayBelow) - strayMargin
	w.ChangeFrom = threshold(bad, good)
	return w
}

// threshold is the value that parts the edits from the rewritings best, where one
// rewriting flagged costs as much as falseCost edits passed over. It lies in the middle
// of a gap: most rewritings share one value, nothing left over, and a threshold on that
// value would flag them all at the next rounding.
func threshold(bad, good []float64) float64 {
	slices.Sort(bad)
	slices.Sort(good)
	best, at := math.Inf(-1), 0.0
	for i := range good {
		if i > 0 && good[i] == good[i-1] {
			continue
		}
		// flag what is below good[i]
		n, _ := slices.BinarySearch(bad, good[i])
		gain := float64(n)/float64(len(bad)) - falseCost*float64(i)/float64(len(good))
		if gain > best {
			below := good[i] - 2
			if n > 0 {
				below = max(below, bad[n-1])
			}
			if i > 0 {
				below = max(below, good[i-1])
			}
			best, at = gain, (below+good[i])/2
		}
	}
	return at
}

func quantile(v []float64, share float64) float64 {
	slices.Sort(v)
	return v[min(len(v)-1, int(share*float64(len(v))))]
}

func keep(samples []sample, f func(*sample) bool) (out []sample) {
	for i := range samples {
		if f(&samples[i]) {
			out = append(out, samples[i])
		}
	}
	return out
}

// apply judges the samples by weights.
func apply(samples []sample, w *check.Weights) {
	for i := range samples {
		s := &samples[i]
		_, conflicts := s.prepared.Measure(s.Claim, nil, w)
		s.verdict, s.score = w.Judge(&s.features, conflicts)
	}
}

// auroc is the chance that a supported sample scores higher than another, ties counting
// half.
func auroc(samples []sample) float64 {
	s := slices.Clone(samples)
	slices.SortFunc(s, func(a, b sample) int { return cmp.Compare(a.score, b.score) })
	var pos, neg, ranks float64
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j].score == s[i].score {
			j++
		}
		for k := i; k < j; k++ {
			if s[k].good() {
				pos++
				ranks += float64(i+j+1) / 2
			} else {
				neg++
			}
		}
		i = j
	}
	return (ranks - pos*(pos+1)/2) / (pos * neg)
}
