package wire

import (
	"fmt"
	"math"
)

// Embed sends texts out in batches by a dialect's request, which answers for one batch with as
// many vectors that passed [Call.CheckVectors]. All vectors have one length.
func (s *Server) Embed(texts []string, request func(batch []string) ([][]float32, error)) ([][]float32, error) {
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(s.Batch, len(texts))
		vectors, err := request(texts[:n])
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && len(vectors[0]) != len(out[0]) {
			return nil, s.rubbish(fmt.Errorf("vectors of %d and of %d numbers", len(out[0]), len(vectors[0])))
		}
		out, texts = append(out, vectors...), texts[n:]
	}
	return out, nil
}

// CheckVectors looks whether vectors can be used: as many as texts, of one length that is
// not zero, without NaN and infinity.
func (k *Call) CheckVectors(vectors [][]float32, want int) error {
	if len(vectors) != want {
		return k.Rubbish(fmt.Errorf("%d vectors for %d texts", len(vectors), want))
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return k.Rubbish(fmt.Errorf("a vector of %d numbers beside one of %d", len(v), len(vectors[0])))
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return k.Rubbish(fmt.Errorf("a vector holds %v", x))
			}
		}
	}
	return nil
}
