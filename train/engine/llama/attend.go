package llama

import "wenyuan/train/engine/tensor"

// queries are how many rows of scores are made at once: the memory of attention then grows
// with the length of a sample and not with its square (Dao et al. 2022, arXiv:2205.14135).
const queries = 128

// heads is one sample's view of one head of queries and its keys and values.
type heads[T tensor.Float] struct {
	from, n    int // tokens
	h, kh      int
	dim, q, kv int // width of a head, of all queries, of all keys
}

// view is the head's columns of the sample's tokens i to j.
func (h heads[T]) view(x []T, i, j int) tensor.Matrix[T] {
	return tensor.Strided(x[(h.from+i)*h.q+h.h*h.dim:], j-i, h.dim, h.q)
}

// kview is view for keys and values.
func (h heads[T]) kview(x []T, i, j int) tensor.Matrix[T] {
	return tensor.Strided(x[(h.from+i)*h.kv+h.kh*h.dim:], j-i, h.dim, h.kv)
}

func (p *Pass[T]) heads(sample, h int) heads[T] {
	c := &p.Model.Config
	from := p.batch.start(sample)
	return heads[T]{from: from, n: p.batch.Ends[sample] - from, h: h, kh: h / (c.Heads / c.KVHeads), dim: c.HeadDim, q: c.Heads * c.HeadDim, kv: c.KVHeads * c.HeadDim}
}

// attend computes causal attention within each sample.
func (p *Pass[T]) attend(a *activations[T]) {
	c := &p.Model.Config
	p.w.Each(len(p.batch.Ends)*c.Heads, func(i int) {
		h := p.heads(i/c.Heads, i%c.Heads)
		log := a.log[i%c.Heads*len(p.batch.Tokens)+h.from:]
		scratch := tensor.Take[T](min(queries, h.n) * h.n)
		defer tensor.Give(scratch)
		for from := 0; from < h.n; from += queries {
			to := min(from+queries, h.n)
			s := tensor.Of((*scratch)[:(to-from)*to], to-from, to)
			tensor.Multiply(nil, s, h.view(a.q, from, to), h.kview(a.k, 0, to).T(), false)
			for t := from; t < to; t++ {
				row := s.Data[(t-from)*to:][:to]
				log[t] = tensor.Softmax(row[:t+1], T(c.scale64()))
				clear(row[t+1:])
			}
			tensor.Multiply(nil, h.view(a.o, from, to), s, h.kview(a.v, 0, to), false)
		}
	})
}

// attendBack sets dq, dk and dv from do, the gradient of o. The weights are made again.
func (p *Pass[T]) attendBack(a *activations[T], do, dq, dk, dv []T) {
	c := &p.Model.Config
	share := c.Heads / c.KVHeads
	clear(dk)
	clear(dv)
	p.w.Each(len(p.batch.Ends)*c.KVHeads, func(i int) {
		for h := range share { // these add to the same keys and values
			p.headBack(a, p.heads(i/c.KVHeads, i%c.KVHeads*share+h), do, dq, dk, dv)
		}
	})
}

func (p *Pass[T]) headBack(a *activations[T], h heads[T], do, dq, dk, dv []T) {
	scale := p.Model.Config.scale64()
	log := a.log[h.h*len(p.batch.Tokens)+h.from:]
	size := min(queries, h.n) * h.n
	scratch := tensor.Take[T](2 * size)
	defer tensor.Give(scratch)
	for from := 0; from < h.n; from += queries {
		to := min(from+queries, h.n)
		s := tensor.Of((*scratch)[:(to-from)*to], to-from, to)
		d := tensor.Of((*scratch)[size:][:(to-from)*to], to-from, to)
		q, g, o := h.view(a.q, from, to), h.view(do, from, to), h.view(a.o, from, to)
		tensor.Multiply(nil, s, q, h.kview(a.k, 0, to).T(), false)
		for t := from; t < to; t++ {
			row := s.Data[(t-from)*to:][:to]
			tensor.ExpSum(row[:t+1], T(scale), log[t])
			clear(row[t+1:])
		}
		tensor.Multiply(nil, h.kview(dv, 0, to), s.T(), g, true)
		tensor.Multiply(nil, d, g, h.kview(a.v, 0, to).T(), false)
		for t := from; t < to; t++ {
			r := t - from
			delta := tensor.Dot(g.Data[r*g.Row:][:h.dim], o.Data[r*o.Row:][:h.dim])
			row := d.Data[r*to:][:to]
			tensor.SoftmaxBack(row[:t+1], s.Data[r*to:][:t+1], delta, T(scale))
			clear(row[t+1:])
		}
		tensor.Multiply(nil, h.view(dq, from, to), d, h.kview(a.k, 0, to), false)
		tensor.Multiply(nil, h.kview(dk, 0, to), d.T(), q, true)
	}
}
