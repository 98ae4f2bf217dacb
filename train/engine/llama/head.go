package llama

import (
	"math"

	"wenyuan/train/engine/tensor"
)

// logits is how many numbers of a head's result are made at once: 128 MiB in 32 bits, whatever
// the vocabulary.
const logits = 1 << 25

// Predict gives the natural logarithm of the probability of want[i] after the token at rows[i],
// in the batch of the last Forward. With coef, it also puts back the gradient of the sum of
// coef[i] times them, which Backward takes further.
func (p *Pass[T]) Predict(at []int, want []int32, coef []T) []T {
	out := make([]T, len(at))
	if coef != nil {
		p.goBack()
	}
	step := max(logits/p.Model.Config.Vocab, 1)
	for from := 0; from < len(at); from += step {
		to := min(from+step, len(at))
		var k []T
		if coef != nil {
			k = coef[from:to]
		}
		p.predict(at[from:to], want[from:to], k, out[from:to])
	}
	return out
}

// goBack makes room for the gradient of the hidden states.
func (p *Pass[T]) goBack() { p.dx = p.temp.zeros(len(p.x)) }

func (p *Pass[T]) predict(at []int, want []int32, coef, out []T) {
	c, m := &p.Model.Config, p.Model
	mk := p.temp.here()
	defer p.temp.back(mk)
	n := len(at)
	x, inv := p.hidden(at)
	h := p.temp.take(n * c.Dim)
	p.norm(h, x, m.norm.W, inv, c.Dim)
	l := tensor.Of(p.temp.take(n*c.Vocab), n, c.Vocab)
	tensor.Multiply(p.w, l, tensor.Of(h, n, c.Dim), m.head.mat().T(), false)
	p.w.Each(n, func(i int) {
		row := l.Data[i*c.Vocab : (i+1)*c.Vocab]
		y := row[want[i]]
		out[i] = y - tensor.LogSum(row)
		if coef != nil {
			tensor.Scale(row, -coef[i])
			row[want[i]] += coef[i]
		}
	})
	if coef == nil {
		return
	}
	dh := p.temp.take(n * c.Dim)
	tensor.Multiply(p.w, tensor.Of(dh, n, c.Dim), l, m.head.mat(), false)
	if m.head.trained() {
		tensor.Multiply(p.w, m.head.grad(), l.T(), tensor.Of(h, n, c.Dim), true)
	}
	p.hiddenBack(at, x, dh, inv)
}

// hidden gathers the last hidden states of some tokens.
func (p *Pass[T]) hidden(at []int) (x, inv []T) {
	d := p.Model.Config.Dim
	x = p.temp.take(len(at) * d)
	for i, t := range at {
		copy(x[i*d:(i+1)*d], p.x[t*d:])
	}
	return x, p.temp.take(len(at))
}

// hiddenBack takes the gradient dh of their norm back to where they came from.
func (p *Pass[T]) hiddenBack(at []int, x, dh, inv []T) {
	d := p.Model.Config.Dim
	dx := p.temp.zeros(len(x))
	p.normBack(dx, x, dh, p.Model.norm, inv, d)
	for i, t := range at {
		tensor.AddScaled(p.dx[t*d:(t+1)*d], dx[i*d:(i+1)*d], 1)
	}
}

// Judge gives the scalar of a reward model at some tokens of the batch of the last Forward. With
// coef, it also puts back the gradient of the sum of coef[i] times them.
func (p *Pass[T]) Judge(at []int, coef []T) []T {
	d, score := p.Model.Config.Dim, p.Adapter.Score
	if coef != nil {
		p.goBack()
	}
	mk := p.temp.here()
	defer p.temp.back(mk)
	x, inv := p.hidden(at)
	h := p.temp.take(len(x))
	p.norm(h, x, p.Model.norm.W, inv, d)
	out := make([]T, len(at))
	for i := range at {
		out[i] = tensor.Dot(h[i*d:(i+1)*d], score.W)
	}
	if coef == nil {
		return out
	}
	dh := p.temp.zeros(len(x))
	for i := range at {
		tensor.AddScaled(dh[i*d:(i+1)*d], score.W, coef[i])
		if score.trained() {
			tensor.AddScaled(score.G, h[i*d:(i+1)*d], coef[i])
		}
	}
	p.hiddenBack(at, x, dh, inv)
	return out
}

// scale64 is what scores are multiplied by before the softmax.
func (c *Config) scale64() float64 { return 1 / math.Sqrt(float64(c.HeadDim)) }
