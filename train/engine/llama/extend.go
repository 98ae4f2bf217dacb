package llama

import "wenyuan/train/engine/tensor"

// A State is the keys and values of a text so far, so that it goes on without being read again.
type State[T tensor.Float] struct {
	n    int // tokens
	k, v [][]T
}

// NewState is the state of nothing.
func (p *Pass[T]) NewState() *State[T] {
	return &State[T]{k: make([][]T, len(p.Model.layers)), v: make([][]T, len(p.Model.layers))}
}

// Len is how many tokens the state holds.
func (s *State[T]) Len() int { return s.n }

// Extend reads more tokens, at least one, of each of some texts, and gives the logits of what
// follows each: a row of the vocabulary for each text, until the pass is used again.
func (p *Pass[T]) Extend(states []*State[T], tokens [][]int32) tensor.Matrix[T] {
	var b Batch
	last := make([]int, len(tokens))
	for i, t := range tokens {
		b.Add(t)
		last[i] = len(b.Tokens) - 1
	}
	p.states = states
	p.forward(b, false)
	for i, s := range states {
		s.n += len(tokens[i])
	}
	c := &p.Model.Config
	x, inv := p.hidden(last)
	h := p.temp.take(len(x))
	p.norm(h, x, p.Model.norm.W, inv, c.Dim)
	out := tensor.Of(p.temp.take(len(last)*c.Vocab), len(last), c.Vocab)
	tensor.Multiply(p.w, out, tensor.Of(h, len(last), c.Dim), p.Model.head.mat().T(), false)
	return out
}

// attendCached is attend over what the states hold and the new tokens, which it puts there.
func (p *Pass[T]) attendCached(l int, a *activations[T]) {
	c := &p.Model.Config
	kv := c.KVHeads * c.HeadDim
	for i, s := range p.states {
		from, to := p.batch.start(i)*kv, p.batch.Ends[i]*kv
		s.k[l], s.v[l] = append(s.k[l], a.k[from:to]...), append(s.v[l], a.v[from:to]...)
	}
	p.w.Each(len(p.states)*c.Heads, func(i int) {
		h, s := p.heads(i/c.Heads, i%c.Heads), p.states[i/c.Heads]
		before := heads[T]{n: s.n + h.n, kh: h.kh, dim: h.dim, kv: h.kv}
		scratch := tensor.Take[T](min(queries, h.n) * before.n)
		defer tensor.Give(scratch)
		for from := 0; from < h.n; from += queries {
			to := min(from+queries, h.n)
			end := s.n + to
			w := tensor.Of((*scratch)[:(to-from)*end], to-from, end)
			tensor.Multiply(nil, w, h.view(a.q, from, to), before.kview(s.k[l], 0, end).T(), false)
			for t := from; t < to; t++ {
				row := w.Data[(t-from)*end:][:end]
				tensor.Softmax(row[:s.n+t+1], T(c.scale64()))
				clear(row[s.n+t+1:])
			}
			tensor.Multiply(nil, h.view(a.o, from, to), w, before.kview(s.v[l], 0, end), false)
		}
	})
}
