package risk

import (
	"math"
)

// wordSigns names what is measured of how usual the words of a text are.
var wordSigns = []string{"rare", "very rare", "mean", "least", "words", "two rare"}

// latinRareness measures how usual the words of an English text are. A word that stands for
// another is mostly rarer than it; that is all which shows.
func latinRareness(text string) []float64 {
	var p []float64
	for _, t := range tokensOf(text) {
		if t.kind != latinWord || t.upper && !t.begins || len(t.text) < 4 {
			continue
		}
		if q, ok := known().words.has(hashWord(t.text)); ok {
			p = append(p, float64(q))
		}
	}
	return rareness(p, -12, -14)
}

// hanRareness is latinRareness of a Chinese text.
func hanRareness(text string) []float64 {
	t := &hanText{words: known().han}
	t.read(text)
	var p []float64
	for i := 0; i < len(t.rs); {
		j := t.run(i)
		if j > i {
			c := t.words.cut(t.rs[i:j])
			for k := 0; k < j-i; k += c.size[k] {
				if c.size[k] > 1 {
					q, _ := t.words.word(c.rs[k : k+c.size[k]])
					p = append(p, q)
				}
			}
		}
		i = max(j, i+1)
	}
	return rareness(p, -13, -15)
}

func rareness(p []float64, rare, very float64) []float64 {
	var few, least, sum, fewest float64
	for _, q := range p {
		if q < rare {
			few++
		}
		if q < very {
			fewest++
		}
		least = min(least, q)
		sum += q
	}
	n := max(1, float64(len(p)))
	two := 0.0
	if few > 1 {
		two = 1
	}
	return []float64{few / n, fewest / n, sum / n, least, math.Log1p(float64(len(p))), two}
}
