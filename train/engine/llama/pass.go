package llama

import (
	"math"

	"wenyuan/train/engine/tensor"
)

// A Batch is samples one after another.
type Batch struct {
	Tokens []int32
	Ends   []int // sample i ends before Ends[i], where the next one begins
}

// Add puts a sample at the end and gives where it begins.
func (b *Batch) Add(tokens []int32) int {
	from := len(b.Tokens)
	b.Tokens = append(b.Tokens, tokens...)
	b.Ends = append(b.Ends, len(b.Tokens))
	return from
}

// start is where sample i begins.
func (b *Batch) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.Ends[i-1]
}

// A Pass computes one batch at a time, forward and perhaps backward; its memory is used again.
// It belongs to one goroutine, which shares the work among workers.
type Pass[T tensor.Float] struct {
	Model   *Model[T]
	Adapter *Adapter[T] // nil: the base alone

	w         *tensor.Workers
	keep      arena[T] // what the way back needs
	temp      arena[T]
	cos, sin  []T // by position and frequency
	positions int

	states []*State[T] // of Extend: what stands before each sample
	batch  Batch
	offset []int // position of each token
	acts   []activations[T]
	x      []T // of the last layer
	dx     []T // the gradient that goes back
}

// activations are what the way back needs of a layer. What is cheap is computed again.
type activations[T tensor.Float] struct {
	x, mid     []T // before attention and before the feed-forward part
	inv1, inv2 []T // of the norms
	q, k, v, o []T
	q0, k0     []T // before their norms
	qInv, kInv []T
	log        []T // of the sums of exponentials, by head and token
	gate, up   []T
	low        [modules][]T // A x, scaled
}

// NewPass makes a pass over a model with an adapter, or nil.
func NewPass[T tensor.Float](m *Model[T], a *Adapter[T], w *tensor.Workers) *Pass[T] {
	return &Pass[T]{Model: m, Adapter: a, w: w, acts: make([]activations[T], len(m.layers))}
}

// rows is how much elementwise work is handed out at once.
const rows = 16

// Forward computes the last hidden states of a batch. With keep, Backward may follow.
func (p *Pass[T]) Forward(b Batch, keep bool) {
	p.states = nil
	p.forward(b, keep)
}

func (p *Pass[T]) forward(b Batch, keep bool) {
	c := &p.Model.Config
	p.batch = b
	p.place()
	p.keep.back(mark{})
	p.temp.back(mark{})
	n := len(b.Tokens)
	x := p.keep.take(n * c.Dim)
	for i, t := range b.Tokens {
		copy(x[i*c.Dim:(i+1)*c.Dim], p.Model.embed.W[int(t)*c.Dim:])
	}
	other := x
	if !keep {
		other = p.keep.take(n * c.Dim)
	}
	for l := range p.Model.layers {
		at := p.keep.here()
		y := other
		if keep {
			y = p.keep.take(n * c.Dim)
		}
		p.layer(l, x, y)
		if !keep {
			p.keep.back(at)
			other = x
		}
		x = y
	}
	p.x = x
}

// place sets the positions, which start anew with each sample, and their angles.
func (p *Pass[T]) place() {
	p.offset = p.offset[:0]
	longest := 0
	for i, end := range p.batch.Ends {
		first := 0
		if p.states != nil {
			first = p.states[i].n
		}
		n := end - p.batch.start(i)
		for t := range n {
			p.offset = append(p.offset, first+t)
		}
		longest = max(longest, first+n)
	}
	p.angles(longest)
}

// angles makes the table for n positions.
func (p *Pass[T]) angles(n int) {
	if n <= p.positions {
		return
	}
	n = max(n, 2*p.positions)
	freq := p.Model.Config.Frequencies()
	p.cos, p.sin = make([]T, n*len(freq)), make([]T, n*len(freq))
	for t := range n {
		for i, f := range freq {
			s, c := math.Sincos(float64(t) * f)
			p.cos[t*len(freq)+i], p.sin[t*len(freq)+i] = T(c), T(s)
		}
	}
	p.positions = n
}

// layer computes y from x and leaves what the way back needs.
func (p *Pass[T]) layer(l int, x, y []T) {
	c, ly, a := &p.Model.Config, &p.Model.layers[l], &p.acts[l]
	n := len(p.batch.Tokens)
	at := p.temp.here()
	defer p.temp.back(at)
	a.x = x
	h := p.temp.take(n * c.Dim)
	a.inv1 = p.keep.take(n)
	p.norm(h, x, ly.norm1.W, a.inv1, c.Dim)
	a.q, a.k, a.v = p.project(a, ly.mods[moduleQ], h), p.project(a, ly.mods[moduleK], h), p.project(a, ly.mods[moduleV], h)
	if c.QKNorm {
		a.q0, a.qInv = p.normHeads(a.q, ly.qNorm, c.Heads)
		a.k0, a.kInv = p.normHeads(a.k, ly.kNorm, c.KVHeads)
	}
	p.rotate(a.q, c.Heads, false)
	p.rotate(a.k, c.KVHeads, false)
	a.o = p.keep.take(n * c.Heads * c.HeadDim)
	a.log = p.keep.take(n * c.Heads)
	if p.states != nil {
		p.attendCached(l, a)
	} else {
		p.attend(a)
	}
	a.mid = p.project(a, ly.mods[moduleO], a.o)
	p.add(a.mid, x)
	a.inv2 = p.keep.take(n)
	p.norm(h, a.mid, ly.norm2.W, a.inv2, c.Dim)
	a.gate, a.up = p.project(a, ly.mods[moduleGate], h), p.project(a, ly.mods[moduleUp], h)
	act := p.temp.take(n * c.FF)
	p.w.Ranges(len(act), rows*c.FF, func(i, j int) { tensor.SwiGLU(act[i:j], a.gate[i:j], a.up[i:j]) })
	p.linear(a, ly.mods[moduleDown], act, y)
	p.add(y, a.mid)
}

// project is linear into kept memory.
func (p *Pass[T]) project(a *activations[T], l *linear[T], x []T) []T {
	y := p.keep.take(len(x) / l.weight.Cols * l.weight.Rows)
	p.linear(a, l, x, y)
	return y
}

// linear sets y = W x + bias + Scale B A x for each row of x.
func (p *Pass[T]) linear(a *activations[T], l *linear[T], x, y []T) {
	n := len(x) / l.weight.Cols
	in, out := tensor.Of(x, n, l.weight.Cols), tensor.Of(y, n, l.weight.Rows)
	tensor.Multiply(p.w, out, in, l.weight.mat().T(), false)
	if l.bias != nil {
		for i := range n {
			tensor.AddScaled(y[i*out.Cols:(i+1)*out.Cols], l.bias.W, 1)
		}
	}
	if pair := p.pair(l); pair != nil {
		low := p.keep.take(n * p.Adapter.Rank)
		m := tensor.Of(low, n, p.Adapter.Rank)
		tensor.Multiply(p.w, m, in, pair.A.mat().T(), false)
		tensor.Scale(low, p.Adapter.scale())
		tensor.Multiply(p.w, out, m, pair.B.mat().T(), true)
		a.low[l.id%modules] = low
	}
}

// pair is the adapter's part beside a module; nil where there is none.
func (p *Pass[T]) pair(l *linear[T]) *Pair[T] {
	if p.Adapter == nil {
		return nil
	}
	return p.Adapter.Pairs[l.id]
}

// norm sets y to the RMS norm of each row of x (Zhang and Sennrich 2019, arXiv:1910.07467).
func (p *Pass[T]) norm(y, x, w, inv []T, d int) {
	eps := p.Model.Config.Eps
	p.w.Ranges(len(inv), rows, func(from, to int) {
		for i := from; i < to; i++ {
			r := x[i*d : (i+1)*d]
			inv[i] = T(1 / math.Sqrt(float64(tensor.Dot(r, r))/float64(d)+eps))
			tensor.Norm(y[i*d:(i+1)*d], r, w, inv[i])
		}
	})
}

// normHeads norms each head of q in place and gives what was there before.
func (p *Pass[T]) normHeads(q []T, w *Param[T], heads int) (before, inv []T) {
	before = p.keep.take(len(q))
	copy(before, q)
	inv = p.keep.take(len(q) / p.Model.Config.HeadDim)
	p.norm(q, before, w.W, inv, p.Model.Config.HeadDim)
	return before, inv
}

// rotate turns the heads of each token by its position, or back.
func (p *Pass[T]) rotate(x []T, heads int, back bool) {
	d := p.Model.Config.HeadDim
	p.w.Ranges(len(p.offset), rows, func(from, to int) {
		turned := make([]T, d/2)
		for i := from; i < to; i++ {
			cos, sin := p.cos[p.offset[i]*d/2:][:d/2], p.sin[p.offset[i]*d/2:][:d/2]
			if back {
				for k, s := range sin {
					turned[k] = -s
				}
				sin = turned
			}
			for h := range heads {
				tensor.Rotate(x[(i*heads+h)*d:][:d], cos, sin)
			}
		}
	})
}

// add sets y += x.
func (p *Pass[T]) add(y, x []T) {
	p.w.Ranges(len(y), 1<<14, func(i, j int) { tensor.AddScaled(y[i:j], x[i:j], 1) })
}
