package llama

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"wenyuan/internal/testenv"
	"wenyuan/train/engine/tensor"
)

// smol is the shape of SmolLM2-135M with four of its thirty layers and a sixth of its vocabulary.
var smol = Config{Arch: Llama, Vocab: 8192, Dim: 576, Layers: 4, Heads: 9, KVHeads: 3, HeadDim: 64, FF: 1536, Context: 2048, Theta: 1e5, Eps: 1e-5, Tied: true}

// BenchmarkStep trains LoRA on four samples of 256 tokens, with one worker. of_bare is how much of
// the speed remains that the same products reach alone, in CPU time.
func BenchmarkStep(b *testing.B) {
	m, err := New[float32](smol, 1)
	if err != nil {
		b.Fatal(err)
	}
	const rank, length, samples = 16, 256, 4
	a := NewAdapter(m, rank, 32, []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, false, 1)
	Train(a.Params())
	batch := texts(rand.New(rand.NewPCG(1, 1)), smol.Vocab, slices.Repeat([]int{length}, samples)...)
	n := len(batch.Tokens)
	at, want, coef := make([]int, n), make([]int32, n), make([]float32, n)
	for i := range at {
		at[i], want[i], coef[i] = i, batch.Tokens[(i+1)%n], -1.0/1024
	}
	p := NewPass(m, a, nil)
	list := products(m, n, rank, length, samples)
	flops := 0.0
	for _, s := range list {
		flops += 2 * float64(s.m) * float64(s.n) * float64(s.k) * float64(s.times)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var step, bare time.Duration
	for b.Loop() {
		from := testenv.ThreadTime(b)
		p.Forward(batch, true)
		p.Predict(at, want, coef)
		p.Backward()
		mid := testenv.ThreadTime(b)
		for _, s := range list {
			for range s.times {
				tensor.Multiply(nil, s.c, s.a, s.b, false)
			}
		}
		step, bare = step+mid-from, bare+testenv.ThreadTime(b)-mid
	}
	b.ReportMetric(flops*float64(b.N)/step.Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(flops*float64(b.N)/bare.Seconds()/1e9, "bare_GFLOP/s")
	b.ReportMetric(bare.Seconds()/step.Seconds(), "of_bare")
	b.ReportMetric(float64(n*b.N)/step.Seconds(), "tokens/s")
}

// A product is one shape that a step multiplies, and how often.
type product struct {
	m, n, k, times int
	c, a, b        tensor.Matrix[float32]
}

// products are those of a step with LoRA on all modules of a model whose weights stay.
func products(m *Model[float32], tokens, rank, length, samples int) (all []product) {
	add := func(times, m, n, k int, turnA, turnB bool) {
		s := product{m: m, n: n, k: k, times: times, c: tensor.Of(make([]float32, m*n), m, n), a: tensor.Of(make([]float32, m*k), m, k), b: tensor.Of(make([]float32, k*n), k, n)}
		if turnA {
			s.a = tensor.Of(s.a.Data, k, m).T()
		}
		if turnB {
			s.b = tensor.Of(s.b.Data, n, k).T()
		}
		all = append(all, s)
	}
	c := m.Config
	for _, l := range m.layers[0].mods {
		in, out := l.weight.Cols, l.weight.Rows
		add(c.Layers, tokens, out, in, false, true)    // y = x W'
		add(c.Layers, tokens, in, out, false, false)   // dx = dy W
		add(c.Layers, tokens, rank, in, false, true)   // x A'
		add(c.Layers, tokens, out, rank, false, true)  // low B'
		add(c.Layers, out, rank, tokens, true, false)  // B's gradient
		add(c.Layers, tokens, rank, out, false, false) // dy B
		add(c.Layers, rank, in, tokens, true, false)   // A's gradient
		add(c.Layers, tokens, in, rank, false, false)  // low A
	}
	add(1, tokens, c.Vocab, c.Dim, false, true)
	add(1, tokens, c.Dim, c.Vocab, false, false)
	heads := c.Layers * c.Heads * samples
	for from := 0; from < length; from += queries { // forward, made again, and the four of the way back
		to := min(from+queries, length)
		add(3*heads, to-from, to, c.HeadDim, false, true)
		add(2*heads, to-from, c.HeadDim, to, false, false)
		add(2*heads, to, c.HeadDim, to-from, true, false)
	}
	return all
}
