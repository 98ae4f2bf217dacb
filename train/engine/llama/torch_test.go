package llama

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"wenyuan/train/engine/tensor"
	"wenyuan/train/engine/weights"
)

var torch = flag.String("torch", "", "folder to leave a model, a batch, its loss and gradients in, for testdata/compare.py")

// TestTorch writes what testdata/compare.py computes again with PyTorch.
func TestTorch(t *testing.T) {
	if *torch == "" {
		t.Skip("no folder is given")
	}
	for name, c := range small() {
		m, err := New[float32](c, 3)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(3, 4))
		a := NewAdapter(m, 3, 5, []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, false, 4)
		all := slices.Concat(m.Params, a.Params())
		stir(all, r)
		Train(all)
		b := texts(r, c.Vocab, 5, 40, 9)
		var at []int
		var want []int32
		for i := range b.Tokens {
			if !slices.Contains(b.Ends, i+1) {
				at, want = append(at, i), append(want, b.Tokens[i+1])
			}
		}
		p := NewPass(m, a, tensor.NewWorkers(2))
		p.Forward(b, true)
		loss := 0.0
		for _, v := range p.Predict(at, want, slices.Repeat([]float32{-1 / float32(len(at))}, len(at))) {
			loss -= float64(v) / float64(len(at))
		}
		p.Backward()
		var out []weights.Tensor
		for _, q := range all {
			out = append(out, weights.Tensor{Name: q.Name, Shape: []int{q.Rows, q.Cols}, Data: q.W}, weights.Tensor{Name: "grad " + q.Name, Shape: []int{q.Rows, q.Cols}, Data: q.G})
		}
		text, err := json.Marshal(map[string]any{"config": c, "frequencies": c.Frequencies(), "tokens": b.Tokens, "ends": b.Ends, "loss": loss, "scale": a.scale()})
		if err != nil {
			t.Fatal(err)
		}
		if err := weights.WriteSafetensors(filepath.Join(*torch, name+".safetensors"), nil, out); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*torch, name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
