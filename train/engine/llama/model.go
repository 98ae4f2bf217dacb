package llama

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"wenyuan/train/engine/tensor"
)

// A Param is a named matrix; a vector has one row.
type Param[T tensor.Float] struct {
	Name       string
	Rows, Cols int
	W          []T
	G          []T // the gradient; nil where it is not wanted
}

func (p *Param[T]) mat() tensor.Matrix[T]  { return tensor.Of(p.W, p.Rows, p.Cols) }
func (p *Param[T]) grad() tensor.Matrix[T] { return tensor.Of(p.G, p.Rows, p.Cols) }

// trained says whether gradients are wanted.
func (p *Param[T]) trained() bool { return p != nil && p.G != nil }

// Modules are the linear modules of a layer in the order they are numbered, with their place.
var Modules = []string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}

const (
	moduleQ = iota
	moduleK
	moduleV
	moduleO
	moduleGate
	moduleUp
	moduleDown
	modules
)

// A shape is a parameter that a model has.
type shape struct {
	name       string
	rows, cols int
	kind       int // of its first numbers
}

const (
	kindMatrix = iota
	kindOne    // a norm
	kindZero   // a bias
	kindEmbed
)

// shapes are all parameters in order.
func (c Config) shapes() []shape {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	all := []shape{{"model.embed_tokens.weight", c.Vocab, c.Dim, kindEmbed}}
	for l := range c.Layers {
		at := func(name string) string { return fmt.Sprintf("model.layers.%d.%s", l, name) }
		all = append(all, shape{at("input_layernorm.weight"), 1, c.Dim, kindOne})
		sizes := [modules][2]int{{q, c.Dim}, {kv, c.Dim}, {kv, c.Dim}, {c.Dim, q}, {c.FF, c.Dim}, {c.FF, c.Dim}, {c.Dim, c.FF}}
		for i, name := range Modules {
			all = append(all, shape{at(name + ".weight"), sizes[i][0], sizes[i][1], kindMatrix})
			if c.Bias && i <= moduleV {
				all = append(all, shape{at(name + ".bias"), 1, sizes[i][0], kindZero})
			}
		}
		if c.QKNorm {
			all = append(all, shape{at("self_attn.q_norm.weight"), 1, c.HeadDim, kindOne}, shape{at("self_attn.k_norm.weight"), 1, c.HeadDim, kindOne})
		}
		all = append(all, shape{at("post_attention_layernorm.weight"), 1, c.Dim, kindOne})
	}
	all = append(all, shape{"model.norm.weight", 1, c.Dim, kindOne})
	if !c.Tied {
		all = append(all, shape{"lm_head.weight", c.Vocab, c.Dim, kindEmbed})
	}
	return all
}

// A linear is a module with a weight and perhaps a bias.
type linear[T tensor.Float] struct {
	id           int // layer times modules, plus which
	weight, bias *Param[T]
}

type layer[T tensor.Float] struct {
	norm1, norm2, qNorm, kNorm *Param[T]
	mods                       [modules]*linear[T]
}

// A Model is weights. While nobody trains them all, it may be used from several goroutines.
type Model[T tensor.Float] struct {
	Config Config
	Params []*Param[T] // in the order of the checkpoint

	embed, norm, head *Param[T]
	layers            []layer[T]
}

// Load builds a model from its parameters by name.
func Load[T tensor.Float](c Config, get func(name string, rows, cols int) ([]T, error)) (*Model[T], error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	m := &Model[T]{Config: c, layers: make([]layer[T], c.Layers)}
	byName := map[string]*Param[T]{}
	for _, s := range c.shapes() {
		w, err := get(s.name, s.rows, s.cols)
		if err != nil {
			return nil, err
		}
		if len(w) != s.rows*s.cols {
			return nil, fmt.Errorf("%s has %d numbers: want %d x %d", s.name, len(w), s.rows, s.cols)
		}
		p := &Param[T]{Name: s.name, Rows: s.rows, Cols: s.cols, W: w}
		m.Params = append(m.Params, p)
		byName[s.name] = p
	}
	m.embed, m.norm, m.head = byName["model.embed_tokens.weight"], byName["model.norm.weight"], byName["lm_head.weight"]
	if c.Tied {
		m.head = m.embed
	}
	for l := range m.layers {
		at := func(name string) *Param[T] { return byName[fmt.Sprintf("model.layers.%d.%s", l, name)] }
		ly := &m.layers[l]
		ly.norm1, ly.norm2 = at("input_layernorm.weight"), at("post_attention_layernorm.weight")
		ly.qNorm, ly.kNorm = at("self_attn.q_norm.weight"), at("self_attn.k_norm.weight")
		for i, name := range Modules {
			ly.mods[i] = &linear[T]{id: l*modules + i, weight: at(name + ".weight"), bias: at(name + ".bias")}
		}
	}
	return m, nil
}

// New makes a model of random weights, which depend on the seed and the names alone: normal
// with a deviation of 0.02 for embeddings and of 1/sqrt(columns) for matrices, half of it for those that add
// to the residual stream.
func New[T tensor.Float](c Config, seed uint64) (*Model[T], error) {
	kinds := map[string]int{}
	for _, s := range c.shapes() {
		kinds[s.name] = s.kind
	}
	return Load(c, func(name string, rows, cols int) ([]T, error) {
		w := make([]T, rows*cols)
		r, deviation := stream(seed, name), 1/math.Sqrt(float64(cols))
		switch kinds[name] {
		case kindZero:
			return w, nil
		case kindOne:
			for i := range w {
				w[i] = 1
			}
			return w, nil
		case kindEmbed:
			deviation = 0.02
		default:
			if hasSuffix(name, "o_proj.weight") || hasSuffix(name, "down_proj.weight") {
				deviation /= 2
			}
		}
		for i := range w {
			w[i] = T(r.NormFloat64() * deviation)
		}
		return w, nil
	})
}

func hasSuffix(s, end string) bool { return len(s) >= len(end) && s[len(s)-len(end):] == end }

// stream is a source of chance for a name.
func stream(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Clone is a model with weights of its own.
func (m *Model[T]) Clone() *Model[T] {
	byName := map[string][]T{}
	for _, p := range m.Params {
		byName[p.Name] = p.W
	}
	c, err := Load(m.Config, func(name string, _, _ int) ([]T, error) { return slices.Clone(byName[name]), nil })
	if err != nil {
		panic("llama: a model that was loaded cannot be loaded again: " + err.Error())
	}
	return c
}

// A Pair is what LoRA adds beside a module: Scale B A x.
type Pair[T tensor.Float] struct{ A, B *Param[T] }

// An Adapter is LoRA for a model, and the head of a reward model.
type Adapter[T tensor.Float] struct {
	Rank    int
	Alpha   float64
	Targets []string   // last parts of Modules
	Score   *Param[T]  // one row; nil where it is no reward model
	Pairs   []*Pair[T] // by layer times 7 plus module; nil where there is none
}

// scale is what the product is multiplied by.
func (a *Adapter[T]) scale() T { return T(a.Alpha / float64(a.Rank)) }

// Params are all matrices in order.
func (a *Adapter[T]) Params() (all []*Param[T]) {
	for _, p := range a.Pairs {
		if p != nil {
			all = append(all, p.A, p.B)
		}
	}
	if a.Score != nil {
		all = append(all, a.Score)
	}
	return all
}

// NewAdapter makes an adapter that changes nothing yet: A is uniform within 1/sqrt(columns), as PEFT
// makes it, B is zero.
func NewAdapter[T tensor.Float](m *Model[T], rank int, alpha float64, targets []string, score bool, seed uint64) *Adapter[T] {
	a := &Adapter[T]{Rank: rank, Alpha: alpha, Targets: slices.Clone(targets), Pairs: make([]*Pair[T], len(m.layers)*modules)}
	for l, ly := range m.layers {
		for i, lin := range ly.mods {
			if !slices.Contains(targets, last(Modules[i])) {
				continue
			}
			name := fmt.Sprintf("model.layers.%d.%s", l, Modules[i])
			pa := &Param[T]{Name: name + ".lora_A.weight", Rows: rank, Cols: lin.weight.Cols, W: make([]T, rank*lin.weight.Cols)}
			pb := &Param[T]{Name: name + ".lora_B.weight", Rows: lin.weight.Rows, Cols: rank, W: make([]T, rank*lin.weight.Rows)}
			r, bound := stream(seed, pa.Name), 1/math.Sqrt(float64(pa.Cols))
			for k := range pa.W {
				pa.W[k] = T((2*r.Float64() - 1) * bound)
			}
			a.Pairs[lin.id] = &Pair[T]{pa, pb}
		}
	}
	if score {
		a.Score = &Param[T]{Name: "score.weight", Rows: 1, Cols: m.Config.Dim, W: make([]T, m.Config.Dim)}
	}
	return a
}

// last is the name of a module without its place.
func last(module string) string {
	for i := len(module) - 1; i >= 0; i-- {
		if module[i] == '.' {
			return module[i+1:]
		}
	}
	return module
}

// Clone is an adapter with matrices of its own.
func (a *Adapter[T]) Clone() *Adapter[T] {
	c := *a
	c.Targets = slices.Clone(a.Targets)
	c.Pairs = make([]*Pair[T], len(a.Pairs))
	own := func(p *Param[T]) *Param[T] {
		return &Param[T]{Name: p.Name, Rows: p.Rows, Cols: p.Cols, W: slices.Clone(p.W)}
	}
	for i, p := range a.Pairs {
		if p != nil {
			c.Pairs[i] = &Pair[T]{own(p.A), own(p.B)}
		}
	}
	if a.Score != nil {
		c.Score = own(a.Score)
	}
	return &c
}

// Merged is a model whose weights hold the adapter's change.
func (m *Model[T]) Merged(w *tensor.Workers, a *Adapter[T]) *Model[T] {
	c := m.Clone()
	for _, ly := range c.layers {
		for _, lin := range ly.mods {
			p := a.Pairs[lin.id]
			if p == nil {
				continue
			}
			b := slices.Clone(p.B.W)
			tensor.Scale(b, a.scale())
			tensor.Multiply(w, lin.weight.mat(), tensor.Of(b, p.B.Rows, p.B.Cols), p.A.mat(), true)
		}
	}
	return c
}

// Train makes room for the gradients of parameters.
func Train[T tensor.Float](params []*Param[T]) {
	for _, p := range params {
		p.G = make([]T, len(p.W))
	}
}
