// Package optim moves weights along their gradients: AdamW with the gradient's norm held under a
// bound, and learning rates that rise and fall with the step. All sums are made in one order, so
// that a step has the same bits for any number of workers.
package optim

import (
	"math"

	"wenyuan/train/engine/tensor"
)

// A Weight is a parameter with its gradient and the moments of it.
type Weight[T tensor.Float] struct {
	W, G  []T
	M, V  []T  // zero at first; part of a checkpoint
	Decay bool // false for norms and biases, which decay does no good
}

// AdamW is the optimiser of Loshchilov and Hutter (2017, arXiv:1711.05101).
type AdamW struct {
	Beta1, Beta2, Eps float64
	WeightDecay       float64
	Clip              float64 // the greatest norm of the gradient; not above 0: any
}

// part is how many numbers a worker takes at once.
const part = 1 << 14

// A piece is a part of a weight.
type piece struct{ weight, from, to int }

func pieces[T tensor.Float](all []*Weight[T]) (ps []piece) {
	for i, w := range all {
		for from := 0; from < len(w.W); from += part {
			ps = append(ps, piece{i, from, min(from+part, len(w.W))})
		}
	}
	return ps
}

// Norm is the Euclidean norm of all gradients together.
func Norm[T tensor.Float](w *tensor.Workers, all []*Weight[T]) float64 {
	ps := pieces(all)
	sums := make([]float64, len(ps))
	w.Each(len(ps), func(i int) {
		g := all[ps[i].weight].G[ps[i].from:ps[i].to]
		const short = 1024 // summed in the type's own precision
		for k := 0; k < len(g); k += short {
			s := g[k:min(k+short, len(g))]
			sums[i] += float64(tensor.Dot(s, s))
		}
	})
	var total float64
	for _, s := range sums {
		total += s
	}
	return math.Sqrt(total)
}

// factors are what a step is made with, the same for all weights.
func (a AdamW) factors(step int, rate, norm float64) (clip, r, root float64) {
	clip = 1
	if a.Clip > 0 && norm > a.Clip {
		clip = a.Clip / norm
	}
	return clip, rate / (1 - math.Pow(a.Beta1, float64(step))), 1 / math.Sqrt(1-math.Pow(a.Beta2, float64(step)))
}

// Step moves weights with the gradients that they hold, whose norm is given, and clears these. step
// counts from 1.
func Step[T tensor.Float](w *tensor.Workers, a AdamW, step int, rate, norm float64, all []*Weight[T]) {
	clip, r, root := a.factors(step, rate, norm)
	ps := pieces(all)
	w.Each(len(ps), func(i int) {
		p, x := ps[i], all[ps[i].weight]
		k := tensor.Adam[T]{Beta1: T(a.Beta1), Beta2: T(a.Beta2), Clip: T(clip), Rate: T(r), Root: T(root), Eps: T(a.Eps)}
		if x.Decay {
			k.Decay = T(rate * a.WeightDecay)
		}
		k.Step(x.W[p.from:p.to], x.G[p.from:p.to], x.M[p.from:p.to], x.V[p.from:p.to])
		clear(x.G[p.from:p.to])
	})
}

// A Schedule is a learning rate by step: a linear rise over Warmup steps to High, then down to Low at
// step Steps, along a half cosine (Loshchilov and Hutter 2016, arXiv:1608.03983) or a line, or not at all.
type Schedule struct {
	Kind      string // cosine, linear or constant
	High, Low float64
	Warmup    int
	Steps     int
}

// At is the rate of a step, counted from 0.
func (s Schedule) At(step int) float64 {
	if step < s.Warmup {
		return s.High * float64(step+1) / float64(s.Warmup)
	}
	if s.Steps <= s.Warmup || s.Kind == "constant" {
		return s.High
	}
	done := min(float64(step-s.Warmup)/float64(s.Steps-s.Warmup), 1)
	left := 1 - done
	if s.Kind == "cosine" {
		left = (1 + math.Cos(math.Pi*done)) / 2
	}
	return s.Low + (s.High-s.Low)*left
}
