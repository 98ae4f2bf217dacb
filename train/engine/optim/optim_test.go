package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"wenyuan/train/engine/tensor"
)

// TestStep holds two steps against AdamW as its paper writes it.
func TestStep(t *testing.T) {
	t.Parallel()
	a := AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, WeightDecay: 0.1, Clip: 1}
	w := &Weight[float64]{W: []float64{1, -2}, G: []float64{3, 4}, M: make([]float64, 2), V: make([]float64, 2), Decay: true}
	x, m, v := []float64{1, -2}, make([]float64, 2), make([]float64, 2)
	for step := 1; step <= 2; step++ {
		norm := Norm(nil, []*Weight[float64]{w})
		if math.Abs(norm-5) > 1e-12 {
			t.Fatalf("norm %v, want 5", norm)
		}
		for i, g := range []float64{3. / 5, 4. / 5} {
			m[i], v[i] = 0.9*m[i]+0.1*g, 0.95*v[i]+0.05*g*g
			x[i] -= 0.01 * (m[i]/(1-math.Pow(0.9, float64(step)))/(math.Sqrt(v[i]/(1-math.Pow(0.95, float64(step))))+1e-8) + 0.1*x[i])
		}
		Step(nil, a, step, 0.01, norm, []*Weight[float64]{w})
		for i := range x {
			if math.Abs(x[i]-w.W[i]) > 1e-9 || w.G[i] != 0 {
				t.Errorf("step %d: %v, want %v; gradient %v", step, w.W, x, w.G)
			}
		}
		copy(w.G, []float64{3, 4})
	}
}

// TestWorkersAgree: norm and step have the same bits for any number of workers.
func TestWorkersAgree(t *testing.T) {
	t.Parallel()
	run := func(n int) (float64, []float32) {
		r := rand.New(rand.NewPCG(1, 2))
		w := &Weight[float32]{W: make([]float32, 100_001), G: make([]float32, 100_001), M: make([]float32, 100_001), V: make([]float32, 100_001)}
		for i := range w.G {
			w.G[i] = float32(r.NormFloat64())
		}
		all := []*Weight[float32]{w}
		norm := Norm(tensor.NewWorkers(n), all)
		Step(tensor.NewWorkers(n), AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Clip: 1}, 1, 0.1, norm, all)
		return norm, w.W
	}
	norm, want := run(1)
	for _, n := range []int{2, 5} {
		if got, w := run(n); got != norm || !slices.Equal(w, want) {
			t.Errorf("%d workers give other bits", n)
		}
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind string
		want [6]float64 // at 0, 4, 9, 10, 60, 200
	}{{"cosine", [6]float64{0.1, 0.5, 1, 1, 0.55, 0.1}}, {"linear", [6]float64{0.1, 0.5, 1, 1, 0.55, 0.1}}, {"constant", [6]float64{0.1, 0.5, 1, 1, 1, 1}}} {
		s := Schedule{Kind: c.kind, High: 1, Low: 0.1, Warmup: 10, Steps: 110}
		for i, at := range []int{0, 4, 9, 10, 60, 200} {
			if got := s.At(at); math.Abs(got-c.want[i]) > 1e-9 {
				t.Errorf("%s at %d: %v, want %v", c.kind, at, got, c.want[i])
			}
		}
	}
}
