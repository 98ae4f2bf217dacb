package llama

import (
	"math/rand/v2"
	"slices"
	"testing"

	"wenyuan/train/engine/tensor"
)

// TestExtend: a text that is read in parts has the logits of one that is read at once.
func TestExtend(t *testing.T) {
	t.Parallel()
	for name, c := range small() {
		m, err := New[float64](c, 5)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(2, 3))
		b := texts(r, c.Vocab, 150, 12)
		p := NewPass(m, nil, tensor.NewWorkers(2))
		states := []*State[float64]{p.NewState(), p.NewState()}
		one, two := b.Tokens[:150], b.Tokens[150:]
		p.Extend(states, [][]int32{one[:140], two[:1]})
		p.Extend(states[:1], [][]int32{one[140:141]})
		got := slices.Clone(p.Extend(states, [][]int32{one[141:], two[1:]}).Data)
		if states[0].Len() != 150 || states[1].Len() != 12 {
			t.Fatalf("%s: states of %d and %d tokens", name, states[0].Len(), states[1].Len())
		}
		p.Forward(b, false)
		for i, at := range []int{149, 161} {
			row := got[i*c.Vocab : (i+1)*c.Vocab]
			log := tensor.LogSum(slices.Clone(row))
			for v := range c.Vocab {
				want := p.Predict([]int{at}, []int32{int32(v)}, nil)[0]
				if d := row[v] - log - want; d > 1e-10 || d < -1e-10 {
					t.Fatalf("%s: text %d, token %d: %v, want %v", name, i, v, row[v]-log, want)
				}
			}
		}
	}
}
