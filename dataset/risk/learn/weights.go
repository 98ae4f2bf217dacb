package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"wenyuan/dataset/attack"
	"wenyuan/dataset/risk"
)

// How the weights are learned.
const (
	seed      = 1
	pull      = 2e-3 // of every weight towards zero
	honest    = 0.5  // what a text with honest mistakes counts, beside a plain one
	roundsFit = 40
)

// falsely is the share of plain questions that may be found, by the sets of signs. Of Chinese
// there are fewer kinds of questions to set it by, and names that no list has.
var falsely = map[string]float64{risk.SetEnglish: 0.025, risk.SetChinese: 0.0045, risk.SetEnglishWords: 0.005, risk.SetChineseWords: 0.01}

// shares of the words that attacks change, and rates of honest mistakes.
var (
	shares = []float64{0.2, 0.3}
	rates  = []float64{0.01, 0.02}
)

// An example is a text by its signs.
type example struct {
	x      []float64
	bad    bool
	plain  bool
	weight float64
}

// certain are ways that are seen without being weighed.
var certain = []string{"homoglyphs", "leet", "zero width", "two scripts"}

func makeWeights(plain []texts, out io.Writer) risk.Weights {
	w := risk.Weights{Scorers: map[string]risk.Scorer{}, Odds: odds(plain)}
	examples := map[string][]example{}
	add := func(text string, level attack.Level, bad, plain bool, weight float64) {
		for set, x := range risk.Signs(text, w.Odds) {
			words := set == risk.SetEnglishWords || set == risk.SetChineseWords
			if bad && words != (level == attack.Words) {
				continue
			}
			examples[set] = append(examples[set], example{x, bad, plain, weight})
		}
	}
	for _, t := range plain {
		if !t.plain {
			continue
		}
		w.Sources = append(w.Sources, t.source)
		slices.Sort(t.texts) // what many ask is one question
		for _, s := range slices.Compact(t.texts) {
			add(s, "", false, !strings.Contains(t.source.Name, "pawsx"), 1) // an encyclopedia asks nothing
			for _, m := range attack.Mistakes() {
				for _, rate := range rates {
					if m.Name != "typing" && m.Name != "homophones" {
						rate *= 10
					}
					if written, changed := m.Write(seed, s, rate); changed {
						add(written, "", false, false, honest)
					}
				}
			}
			for _, way := range attack.Ways() {
				if slices.Contains(certain, way.Name) {
					continue
				}
				for _, share := range shares {
					if spoiled, changed := way.Spoil(seed, s, share); changed && (way.Level == attack.Characters || way.Level == attack.Words) {
						add(spoiled, way.Level, true, false, 0.5)
					}
				}
			}
		}
	}
	for _, set := range []string{risk.SetEnglish, risk.SetChinese, risk.SetEnglishWords, risk.SetChineseWords} {
		w.Scorers[set] = fit(set, examples[set], out)
	}
	return w
}

// fit learns by Newton's method with a quadratic penalty, classes weighing the same, and sets
// the bias so that few plain texts score half or more.
func fit(set string, examples []example, out io.Writer) risk.Scorer {
	names := risk.Names(set)
	n := len(names) + 1
	mean, scale := moments(examples, n-1)
	good, bad := 0.0, 0.0
	for _, e := range examples {
		if e.bad {
			bad += e.weight
		} else {
			good += e.weight
		}
	}
	beta := make([]float64, n)
	z := make([]float64, n)
	for range roundsFit {
		gradient, hessian := make([]float64, n), make([][]float64, n)
		for i := range hessian {
			hessian[i] = make([]float64, n)
			hessian[i][i] = pull
			gradient[i] = -pull * beta[i]
		}
		for _, e := range examples {
			z[n-1] = 1
			s := beta[n-1]
			for i := range n - 1 {
				z[i] = (e.x[i] - mean[i]) / scale[i]
				s += beta[i] * z[i]
			}
			p := 1 / (1 + math.Exp(-s))
			weight, target := e.weight/good, 0.0
			if e.bad {
				weight, target = e.weight/bad, 1
			}
			for i := range n {
				gradient[i] += weight * (target - p) * z[i]
				for j := range i + 1 {
					hessian[i][j] += weight * p * (1 - p) * z[i] * z[j]
				}
			}
		}
		for i, d := range solve(hessian, gradient) {
			beta[i] += max(-2, min(2, d))
		}
	}
	s := risk.Scorer{Names: names, Weights: make([]float64, n-1), Bias: beta[n-1]}
	for i := range n - 1 {
		s.Weights[i] = round(beta[i] / scale[i])
		s.Bias -= s.Weights[i] * mean[i]
	}
	s.Bias = round(s.Bias - threshold(s, examples, falsely[set]))
	caught, all := 0, 0
	for _, e := range examples {
		if e.bad {
			all++
			if s.Score(e.x) >= risk.Threshold {
				caught++
			}
		}
	}
	fmt.Fprintf(out, "%s: %d examples, %.3f of %d attacks at a false-positive rate of %.3f\n", set, len(examples), float64(caught)/float64(all), all, falsely[set])
	return s
}

func round(x float64) float64 { return math.Round(x*1e5) / 1e5 }

// threshold is the logarithm of the odds that so few plain texts reach.
func threshold(s risk.Scorer, examples []example, falsely float64) float64 {
	var all []float64
	for _, e := range examples {
		if e.plain {
			p := s.Score(e.x)
			all = append(all, math.Log(max(p, 1e-15)/max(1-p, 1e-15)))
		}
	}
	slices.Sort(all)
	return all[int(float64(len(all))*(1-falsely))] + 1e-4
}

func moments(examples []example, n int) (mean, scale []float64) {
	mean, scale = make([]float64, n), make([]float64, n)
	for _, e := range examples {
		for i, x := range e.x {
			mean[i] += x / float64(len(examples))
		}
	}
	for _, e := range examples {
		for i, x := range e.x {
			scale[i] += (x - mean[i]) * (x - mean[i]) / float64(len(examples))
		}
	}
	for i := range scale {
		if scale[i] = math.Sqrt(scale[i]); scale[i] < 1e-9 {
			scale[i] = 1
		}
	}
	return mean, scale
}

// solve solves a symmetric system of which the lower half is given, by Cholesky's method.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for i := range n {
		for j := range i + 1 {
			for k := range j {
				a[i][j] -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(max(a[i][i], 1e-12))
			} else {
				a[i][j] /= a[j][j]
			}
		}
	}
	x := slices.Clone(b)
	for i := range n {
		for k := range i {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= a[k][i] * x[k]
		}
		x[i] /= a[i][i]
	}
	return x
}

// slips are ways that damage a word with letters.
var slips = []string{"swap", "delete", "insert", "keys", "deepwordbug"}

// odds learns what the estimates of words are worth.
func odds(plain []texts) risk.Odds {
	var c risk.Count
	for _, t := range plain {
		for _, s := range t.texts {
			if !t.plain || attack.Chinese(s) {
				continue
			}
			c.Add(s, s)
			for _, name := range slips {
				way, _ := attack.Named(name)
				if spoiled, changed := way.Spoil(seed, s, 0.2); changed {
					c.Add(spoiled, s)
				}
			}
		}
	}
	return c.Odds()
}
