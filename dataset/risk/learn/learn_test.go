package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan/dataset/risk"
	"wenyuan/internal/testenv"
)

// TestSourcesAreThoseOfTheWeights: the weights that ship were made of these files.
func TestSourcesAreThoseOfTheWeights(t *testing.T) {
	t.Parallel()
	plain, err := readPlain(testenv.NamedData(t))
	if err != nil {
		t.Fatal(err)
	}
	var sources []risk.Source
	for _, p := range plain {
		if p.plain {
			sources = append(sources, p.source)
		}
	}
	file, err := os.ReadFile("../weights.json")
	if err != nil {
		t.Fatal(err)
	}
	var w risk.Weights
	if err := json.Unmarshal(file, &w); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w.Sources, sources); d != "" {
		t.Errorf("make the weights again: %s", d)
	}
}

// TestFit: weights tell two kinds of examples apart, with as many false ones as asked for.
func TestFit(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	var all []example
	n := len(risk.Names(risk.SetEnglishWords))
	for i := range 4000 {
		x := make([]float64, n)
		for j := range x {
			x[j] = rng.NormFloat64()
		}
		bad := i%2 == 0
		if bad {
			x[1] += 6
		}
		all = append(all, example{x, bad, !bad, 1})
	}
	s := fit(risk.SetEnglishWords, all, io.Discard)
	caught, falsely := 0, 0
	for _, e := range all {
		if s.Score(e.x) >= risk.Threshold {
			if e.bad {
				caught++
			} else {
				falsely++
			}
		}
	}
	if caught < 1950 || falsely > 20 {
		t.Errorf("%d of 2000 caught, %d falsely", caught, falsely)
	}
}
