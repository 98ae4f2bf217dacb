package llama

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"wenyuan/train/engine/tensor"
)

// small are shapes that between them have everything that a model may have.
func small() map[string]Config {
	base := Config{Arch: Llama, Vocab: 31, Dim: 12, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 4, FF: 20, Context: 64, Theta: 10000, Eps: 1e-5}
	with := func(f func(*Config)) Config { c := base; f(&c); return c }
	return map[string]Config{
		"llama":  with(func(c *Config) {}),
		"tied":   with(func(c *Config) { c.Tied = true; c.KVHeads = 4 }),
		"scaled": with(func(c *Config) { c.Scaling = &Scaling{Factor: 8, Low: 1, High: 4, Original: 16}; c.KVHeads = 1 }),
		"qwen2":  with(func(c *Config) { c.Arch, c.Bias, c.Theta = Qwen2, true, 1e6 }),
		"qwen3":  with(func(c *Config) { c.Arch, c.QKNorm, c.HeadDim, c.Layers = Qwen3, true, 6, 1 }),
	}
}

// stir makes every parameter count: norms that are not one, biases and B that are not zero.
func stir[T tensor.Float](params []*Param[T], r *rand.Rand) {
	for _, p := range params {
		for i := range p.W {
			p.W[i] += T(r.NormFloat64() * 0.2)
		}
	}
}

// texts are samples of these lengths in one batch.
func texts(r *rand.Rand, vocab int, lengths ...int) (b Batch) {
	for _, n := range lengths {
		t := make([]int32, n)
		for i := range t {
			t[i] = int32(r.IntN(vocab))
		}
		b.Add(t)
	}
	return b
}

// within holds an analytic gradient against central differences of a loss.
func within(t *testing.T, params []*Param[float64], loss func() float64, r *rand.Rand) {
	t.Helper()
	worst := 0.0
	for _, p := range params {
		for range 3 {
			i := r.IntN(len(p.W))
			const step = 1e-5
			was := p.W[i]
			p.W[i] = was + step
			up := loss()
			p.W[i] = was - step
			down := loss()
			p.W[i] = was
			want := (up - down) / (2 * step)
			off := math.Abs(want-p.G[i]) / (1e-3 + math.Abs(want))
			worst = max(worst, off)
			if off > 1e-5 {
				t.Errorf("%s[%d]: gradient %v, by differences %v", p.Name, i, p.G[i], want)
			}
		}
	}
	t.Logf("worst relative difference %.2g", worst)
}

// TestGradients: of all weights and of an adapter, through everything, over samples that share
// a batch, for one shape also longer than a block of queries.
func TestGradients(t *testing.T) {
	t.Parallel()
	for name, c := range small() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, 8))
			m, err := New[float64](c, 3)
			if err != nil {
				t.Fatal(err)
			}
			a := NewAdapter(m, 3, 5, []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, true, 4)
			all := slices.Concat(m.Params, a.Params())
			stir(all, r)
			Train(all)
			lengths := []int{5, 1, 17, 9}
			if name == "llama" {
				lengths[2] = queries + 7 // more than one block
			}
			b := texts(r, c.Vocab, lengths...)
			var at []int
			var want []int32
			var coef []float64
			for i := range b.Tokens {
				if r.IntN(8) == 0 || i < 6 {
					at, want, coef = append(at, i), append(want, int32(r.IntN(c.Vocab))), append(coef, r.NormFloat64())
				}
			}
			p := NewPass(m, a, tensor.NewWorkers(2))
			sum := func(w, x []float64) float64 { return tensor.Dot(w, x) }
			p.Forward(b, true)
			p.Predict(at, want, coef)
			p.Backward()
			within(t, slices.Concat(m.Params, a.Params()[:len(a.Params())-1]), func() float64 {
				p.Forward(b, false)
				return sum(p.Predict(at, want, nil), coef)
			}, r)

			for _, q := range all {
				clear(q.G)
			}
			p.Forward(b, true)
			p.Judge(at, coef)
			p.Backward()
			within(t, slices.Concat(m.Params[1:len(m.Params)-1], a.Params()), func() float64 {
				p.Forward(b, false)
				return sum(p.Judge(at, nil), coef)
			}, r)
		})
	}
}

// TestAlone: a sample has the same log-probabilities in a batch and by itself, to the bit, with
// and without what the way back keeps.
func TestAlone(t *testing.T) {
	t.Parallel()
	c := small()["llama"]
	m, err := New[float32](c, 5)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 9))
	b := texts(r, c.Vocab, 30, 47, 200, 28)
	score := func(b Batch, w int, keep bool) []float32 {
		p := NewPass(m, nil, tensor.NewWorkers(w))
		p.Forward(b, keep)
		at, want := make([]int, len(b.Tokens)), make([]int32, len(b.Tokens))
		for i := range at {
			at[i], want[i] = i, b.Tokens[max(i-1, 0)]
			if i == 0 || slices.Contains(b.Ends, i) {
				want[i] = b.Tokens[i]
			}
		}
		return p.Predict(at, want, nil)
	}
	together := score(b, 2, true)
	if !slices.Equal(together, score(b, 3, false)) {
		t.Error("with three workers and nothing kept, other bits")
	}
	for i := range b.Ends {
		var one Batch
		one.Add(b.Tokens[b.start(i):b.Ends[i]])
		if got := score(one, 1, false); !slices.Equal(got, together[b.start(i):b.Ends[i]]) {
			t.Errorf("sample %d sees its neighbours", i)
		}
	}
}

// TestConfig: what cannot be is named.
func TestConfig(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Config){
		"architecture": func(c *Config) { c.Arch = "gemma" },
		"share":        func(c *Config) { c.KVHeads = 3 },
		"odd":          func(c *Config) { c.HeadDim = 3 },
		"vocabulary":   func(c *Config) { c.Vocab = 0 },
		"width":        func(c *Config) { c.Dim = 1 << 20 },
		"base":         func(c *Config) { c.Theta = math.NaN() },
		"scaling":      func(c *Config) { c.Scaling = &Scaling{} },
	} {
		c := small()["llama"]
		spoil(&c)
		if err := c.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestParameters counts.
func TestParameters(t *testing.T) {
	t.Parallel()
	for name, c := range small() {
		m, err := New[float32](c, 1)
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for _, p := range m.Params {
			n += int64(len(p.W))
		}
		if n != c.Parameters() {
			t.Errorf("%s: %d numbers, %d said", name, n, c.Parameters())
		}
	}
}
