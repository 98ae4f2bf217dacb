package llama

import (
	"slices"

	"wenyuan/train/engine/tensor"
)

// Backward adds the gradients of all trained parameters for the batch of the last Forward that
// kept, from what Predict and Judge have put back on its hidden states.
func (p *Pass[T]) Backward() {
	for l, ly := range slices.Backward(p.Model.layers) {
		p.layerBack(&ly, &p.acts[l], l == 0 && !p.below())
	}
	d := p.Model.Config.Dim
	if p.Model.embed.trained() {
		for i, t := range p.batch.Tokens {
			tensor.AddScaled(p.Model.embed.G[int(t)*d:][:d], p.dx[i*d:(i+1)*d], 1)
		}
	}
}

// below says whether anything before the first layer's modules is trained.
func (p *Pass[T]) below() bool {
	return p.Model.embed.trained() || p.Model.layers[0].norm1.trained()
}

// layerBack turns dx, the gradient of the layer's result, into that of what went in. The last
// one back may stop at its modules.
func (p *Pass[T]) layerBack(ly *layer[T], a *activations[T], stop bool) {
	c, n := &p.Model.Config, len(p.batch.Tokens)
	at := p.temp.here()
	defer p.temp.back(at)
	h, dh := p.temp.take(n*c.Dim), p.temp.take(n*c.Dim)
	p.feedBack(ly, a, h, dh)
	p.normBack(p.dx, a.mid, dh, ly.norm2, a.inv2, c.Dim)

	do := p.temp.take(len(a.o))
	p.linearBack(a, ly.mods[moduleO], a.o, p.dx, do, false)
	dq, dk, dv := p.temp.take(len(a.q)), p.temp.take(len(a.k)), p.temp.take(len(a.v))
	p.attendBack(a, do, dq, dk, dv)
	p.rotate(dq, c.Heads, true)
	p.rotate(dk, c.KVHeads, true)
	if c.QKNorm {
		dq = p.normHeadsBack(dq, a.q0, ly.qNorm, a.qInv)
		dk = p.normHeadsBack(dk, a.k0, ly.kNorm, a.kInv)
	}
	p.norm(h, a.x, ly.norm1.W, a.inv1, c.Dim)
	if stop {
		dh = nil
	}
	p.linearBack(a, ly.mods[moduleQ], h, dq, dh, false)
	p.linearBack(a, ly.mods[moduleK], h, dk, dh, true)
	p.linearBack(a, ly.mods[moduleV], h, dv, dh, true)
	if !stop {
		p.normBack(p.dx, a.x, dh, ly.norm1, a.inv1, c.Dim)
	}
}

// feedBack sets dh, the gradient of the second norm's result, and leaves that result in h.
func (p *Pass[T]) feedBack(ly *layer[T], a *activations[T], h, dh []T) {
	c := &p.Model.Config
	at := p.temp.here()
	defer p.temp.back(at)
	act, dact := p.temp.take(len(a.gate)), p.temp.take(len(a.gate))
	p.w.Ranges(len(act), rows*c.FF, func(i, j int) { tensor.SwiGLU(act[i:j], a.gate[i:j], a.up[i:j]) })
	p.linearBack(a, ly.mods[moduleDown], act, p.dx, dact, false)
	p.w.Ranges(len(act), rows*c.FF, func(i, j int) { tensor.SwiGLUBack(a.gate[i:j], a.up[i:j], dact[i:j]) })
	p.norm(h, a.mid, ly.norm2.W, a.inv2, c.Dim)
	p.linearBack(a, ly.mods[moduleGate], h, a.gate, dh, false)
	p.linearBack(a, ly.mods[moduleUp], h, a.up, dh, true)
}

// linearBack adds the gradients of a module's parameters and sets dx, or adds to it; nil where
// nobody wants it.
func (p *Pass[T]) linearBack(a *activations[T], l *linear[T], x, dy, dx []T, add bool) {
	n := len(x) / l.weight.Cols
	in, out, back := tensor.Of(x, n, l.weight.Cols), tensor.Of(dy, n, l.weight.Rows), tensor.Of(dx, n, l.weight.Cols)
	if dx != nil {
		tensor.Multiply(p.w, back, out, l.weight.mat(), add)
	}
	if l.weight.trained() {
		tensor.Multiply(p.w, l.weight.grad(), out.T(), in, true)
	}
	if l.bias.trained() {
		for i := range n {
			tensor.AddScaled(l.bias.G, dy[i*out.Cols:(i+1)*out.Cols], 1)
		}
	}
	pair := p.pair(l)
	if pair == nil {
		return
	}
	at := p.temp.here()
	defer p.temp.back(at)
	rank := p.Adapter.Rank
	if pair.B.trained() {
		tensor.Multiply(p.w, pair.B.grad(), out.T(), tensor.Of(a.low[l.id%modules], n, rank), true)
	}
	low := tensor.Of(p.temp.take(n*rank), n, rank)
	tensor.Multiply(p.w, low, out, pair.B.mat(), false)
	tensor.Scale(low.Data, p.Adapter.scale())
	if pair.A.trained() {
		tensor.Multiply(p.w, pair.A.grad(), low.T(), in, true)
	}
	if dx != nil {
		tensor.Multiply(p.w, back, low, pair.A.mat(), true)
	}
}

// normBack adds to dx what the norm of x passes back of g, and to the gradient of its weight.
func (p *Pass[T]) normBack(dx, x, g []T, w *Param[T], inv []T, d int) {
	p.w.Ranges(len(inv), rows, func(from, to int) {
		for i := from; i < to; i++ {
			tensor.NormBack(dx[i*d:(i+1)*d], x[i*d:(i+1)*d], g[i*d:(i+1)*d], w.W, inv[i])
		}
	})
	if !w.trained() {
		return
	}
	for i, s := range inv { // one order for any number of workers
		for k, v := range g[i*d : (i+1)*d] {
			w.G[k] += v * x[i*d+k] * s
		}
	}
}

// normHeadsBack is the gradient of what normHeads was given.
func (p *Pass[T]) normHeadsBack(g, before []T, w *Param[T], inv []T) []T {
	dx := p.temp.zeros(len(g))
	p.normBack(dx, before, g, w, inv, p.Model.Config.HeadDim)
	return dx
}
