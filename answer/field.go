package answer

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"wenyuan/index/analysis"
)

// The bounds below which a question is of no expert's field, where the assistant names none. Questions of a field and
// the lines that describe it rarely share half of their words; their vectors are near one another even where they are of
// different fields.
const (
	floorWords   = 0.3 // share of the question's words, by how well they tell experts apart
	floorVectors = 0.6 // cosine
)

// Fields are what the lines about experts were made into, for each version of an assistant.
type fields struct {
	mu    sync.Mutex
	known map[string]*aboutness // by the assistant's hash, and the embedder's version where there is one
}

// maxKnown is how many versions are remembered.
const maxKnown = 64

// An aboutness is what an assistant's experts are about, as it is compared.
type aboutness struct {
	words   []map[string]bool // of each expert
	among   map[string]int    // in how many of them a word is
	vectors [][][]float32     // of each line of each expert, of the length 1; nil without an embedder
}

// about gives what the experts of an assistant are about, with vectors where there are some and they can be had.
func (a *Answerer) about(ctx context.Context, as Assistant, embedder string) *aboutness {
	key := as.Hash + " " + embedder
	a.fields.mu.Lock()
	k := a.fields.known[key]
	a.fields.mu.Unlock()
	if k != nil {
		return k
	}
	k = wordsOf(as.Experts)
	if embedder != "" {
		var err error
		if k.vectors, err = a.vectorsOf(ctx, as.Experts); err != nil {
			a.Log.Info("what experts are about is compared by words: the embedder did not answer", "assistant", as.Name, "reason", err)
			return k
		}
	}
	a.fields.mu.Lock()
	defer a.fields.mu.Unlock()
	if a.fields.known == nil || len(a.fields.known) >= maxKnown {
		a.fields.known = map[string]*aboutness{}
	}
	a.fields.known[key] = k
	return k
}

func wordsOf(experts []Expert) *aboutness {
	k := &aboutness{among: map[string]int{}}
	for _, e := range experts {
		words := map[string]bool{}
		for _, w := range meant(strings.Join(e.About, "\n")) {
			words[w] = true
		}
		for w := range words {
			k.among[w]++
		}
		k.words = append(k.words, words)
	}
	return k
}

// meant are the words of a text that carry meaning, each once.
func meant(text string) []string {
	seen := map[string]bool{}
	for _, w := range analysis.Terms(text) {
		if !analysis.IsStop(w) {
			seen[w] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (a *Answerer) vectorsOf(ctx context.Context, experts []Expert) (out [][][]float32, err error) {
	for _, e := range experts {
		var vectors [][]float32
		if len(e.About) > 0 {
			if vectors, _, err = a.Retriever.Vectors(ctx, e.About); err != nil {
				return nil, err
			}
			for i, v := range vectors {
				vectors[i] = unit(v)
			}
		}
		out = append(out, vectors)
	}
	return out, nil
}

// byWords is how much of a question's words each expert's lines have, 0 to 1. A word that several have tells them less
// apart, and counts less.
func (k *aboutness) byWords(question string) []float64 {
	out, all := make([]float64, len(k.words)), 0.0
	for _, w := range meant(question) {
		weight := 1 / float64(max(1, k.among[w]))
		all += weight
		for i, has := range k.words {
			if has[w] {
				out[i] += weight
			}
		}
	}
	for i := range out {
		if all > 0 {
			out[i] /= all
		}
	}
	return out
}

// byVectors is how near the nearest line of each expert is to a question, as a cosine, and which line that is.
func (k *aboutness) byVectors(question []float32) (near []float64, line []int) {
	question = unit(question)
	near, line = make([]float64, len(k.vectors)), make([]int, len(k.vectors))
	for i, lines := range k.vectors {
		for n, v := range lines {
			if c := dot(question, v); c > near[i] {
				near[i], line[i] = c, n
			}
		}
	}
	return near, line
}

// unit is a vector of the length 1; that of nothing is nothing.
func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square == 0 {
		return nil
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(square))
	}
	return out
}

// dot is the cosine of two vectors of the length 1; 0 where they are not of one space.
func dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return 0
	}
	var s [4]float32 // apart, as each sum waits for the one before
	for ; len(a) >= 4 && len(b) >= 4; a, b = a[4:], b[4:] {
		s[0], s[1], s[2], s[3] = s[0]+a[0]*b[0], s[1]+a[1]*b[1], s[2]+a[2]*b[2], s[3]+a[3]*b[3]
	}
	for i, x := range a {
		s[0] += x * b[i]
	}
	return float64(s[0] + s[1] + s[2] + s[3])
}
