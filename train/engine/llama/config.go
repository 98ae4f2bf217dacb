// Package llama computes language models of the Llama family forward and backward: RMSNorm,
// rotary positions, grouped queries, SwiGLU, tied or own heads, Qwen's biases and norms of
// queries and keys, with LoRA beside any linear module. Batches are samples one after another
// that never see each other, so there is no padding and no mask but causality.
//
// It holds numbers by the names of the Hugging Face checkpoints and knows no files. Everything
// is written for any float, so that gradients are checked in 64 bits by the code that trains in 32.
package llama

import (
	"fmt"
	"math"
	"slices"
)

// The architectures, as general.architecture of GGUF names them. Mistral's models are Llama's
// where they have no sliding window.
const (
	Llama = "llama"
	Qwen2 = "qwen2" // biases on queries, keys and values
	Qwen3 = "qwen3" // norms on queries and keys
)

// A Config is the shape of a model.
type Config struct {
	Arch    string
	Vocab   int     // tokens
	Dim     int     // width
	Layers  int     //
	Heads   int     // of queries
	KVHeads int     // of keys and values; divides Heads
	HeadDim int     // width of a head; even
	FF      int     // width of the feed-forward part
	Context int     // tokens that the model was made for
	Theta   float64 // base of the rotary frequencies
	Eps     float64 // of the norms
	Tied    bool    // the head is the embedding
	Bias    bool    // on queries, keys and values
	QKNorm  bool    // on each head of queries and keys
	Scaling *Scaling
	Factors []float64 // each frequency is divided by its own, as GGUF keeps a scaling; nil: none
}

// Scaling stretches low rotary frequencies as Llama 3.1 does (Grattafiori et al. 2024,
// arXiv:2407.21783; the formula is that of its reference code).
type Scaling struct {
	Factor   float64 // of frequencies whose wave is longer than Original/Low
	Low      float64
	High     float64 // waves shorter than Original/High stay as they are
	Original float64 // tokens of the context before stretching
}

// Limits of what is computed here: half a billion parameters train in hours, more in days.
const (
	maxDim    = 1 << 14
	maxLayers = 256
	maxVocab  = 1 << 20
)

// Check names the first thing that cannot be.
func (c Config) Check() error {
	for _, f := range []struct {
		name    string
		v, most int
	}{{"vocabulary", c.Vocab, maxVocab}, {"width", c.Dim, maxDim}, {"layers", c.Layers, maxLayers}, {"heads", c.Heads, maxDim}, {"key heads", c.KVHeads, maxDim}, {"head width", c.HeadDim, maxDim}, {"feed-forward width", c.FF, 8 * maxDim}} {
		if f.v < 1 || f.v > f.most {
			return fmt.Errorf("%s of %d: want 1 to %d", f.name, f.v, f.most)
		}
	}
	switch {
	case c.Arch != Llama && c.Arch != Qwen2 && c.Arch != Qwen3:
		return fmt.Errorf("architecture %q: want llama, qwen2 or qwen3", c.Arch)
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("%d heads cannot share %d key heads", c.Heads, c.KVHeads)
	case c.HeadDim%2 != 0:
		return fmt.Errorf("head width %d is odd", c.HeadDim)
	case !(c.Theta > 1) || !(c.Eps > 0) || math.IsInf(c.Theta, 0):
		return fmt.Errorf("rotary base %v or epsilon %v is out of range", c.Theta, c.Eps)
	}
	if s := c.Scaling; s != nil && !(s.Factor >= 1 && s.Low > 0 && s.High > s.Low && s.Original > 0) {
		return fmt.Errorf("rotary scaling %+v is out of range", *s)
	}
	if c.Factors != nil && (len(c.Factors) != c.HeadDim/2 || slices.ContainsFunc(c.Factors, func(f float64) bool { return !(f > 0) })) {
		return fmt.Errorf("%d rotary factors for %d frequencies, or some not above 0", len(c.Factors), c.HeadDim/2)
	}
	return nil
}

// Frequencies are the angles of one position, HeadDim/2 of them (Su et al. 2021,
// arXiv:2104.09864, equation 15).
func (c Config) Frequencies() []float64 {
	f := make([]float64, c.HeadDim/2)
	for i := range f {
		f[i] = math.Pow(c.Theta, -2*float64(i)/float64(c.HeadDim))
		if c.Scaling != nil {
			f[i] = c.Scaling.stretch(f[i])
		}
		if c.Factors != nil {
			f[i] /= c.Factors[i]
		}
	}
	return f
}

func (s *Scaling) stretch(f float64) float64 {
	wave := 2 * math.Pi / f
	switch {
	case wave < s.Original/s.High:
		return f
	case wave > s.Original/s.Low:
		return f / s.Factor
	default:
		mix := (s.Original/wave - s.Low) / (s.High - s.Low)
		return (1-mix)*f/s.Factor + mix*f
	}
}

// Parameters is how many numbers a model of this shape holds.
func (c Config) Parameters() (n int64) {
	for _, s := range c.shapes() {
		n += int64(s.rows) * int64(s.cols)
	}
	return n
}
