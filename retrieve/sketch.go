package retrieve

import (
	"slices"

	"wenyuan/index/analysis"
)

// sketchSize is how many hashes stand for a text. The error of a resemblance is about
// 1/sqrt(sketchSize): 6 %.
const sketchSize = 256

// A sketch is the smallest hashes of a set, in ascending order (bottom-k MinHash).
type sketch []uint64

// shingles is the sketch of the runs of three terms: equal wording in equal order.
func shingles(terms []string) sketch {
	if len(terms) < 3 {
		return newSketch(terms)
	}
	runs := make([]string, 0, len(terms))
	for i := 0; i+3 <= len(terms); i++ {
		runs = append(runs, terms[i]+" "+terms[i+1]+" "+terms[i+2])
	}
	return newSketch(runs)
}

// termsOf are the terms of a passage, taken once for both sketches.
func (c *candidate) termsOf() []string {
	if c.terms == nil {
		c.terms = analysis.Terms(c.passage.Text)
	}
	return c.terms
}

func newSketch(items []string) sketch {
	s := make(sketch, len(items))
	for i, t := range items {
		s[i] = hash(t)
	}
	slices.Sort(s)
	s = slices.Compact(s)
	return s[:min(len(s), sketchSize)]
}

// resemblance estimates what part of two sets together is in both, 0 to 1.
func (s sketch) resemblance(t sketch) float64 {
	both, union := 0, 0
	for i, j := 0, 0; union < sketchSize && (i < len(s) || j < len(t)); union++ {
		switch {
		case j == len(t) || i < len(s) && s[i] < t[j]:
			i++
		case i == len(s) || t[j] < s[i]:
			j++
		default:
			both++
			i, j = i+1, j+1
		}
	}
	if union == 0 {
		return 0
	}
	return float64(both) / float64(union)
}

// hash is FNV-1a with the finisher of MurmurHash3, so that small hashes are chosen
// evenly; it is the same in every process, and so are the passages kept.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// within estimates what part of one set another has as well, 0 to 1. Where sets are larger
// than a sketch their sizes are not known, and are taken to be equal.
func (s sketch) within(t sketch) float64 {
	if len(s) == 0 || len(t) == 0 {
		return 0
	}
	r := s.resemblance(t)
	return min(1, r*float64(len(s)+len(t))/(1+r)/float64(len(s)))
}
