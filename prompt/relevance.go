package prompt

import (
	"math"
	"slices"

	"wenyuan/index/analysis"
)

// A bag is the set of terms of a text, as sorted hashes: stems of words, parts of names,
// pairs of Chinese characters.
type bag []uint32

// A bagger makes bags.
type bagger struct {
	scanner analysis.Scanner
	terms   []uint32
}

// Term takes a term of the scanner. Words that every question has say nothing.
func (b *bagger) Term(kind analysis.Kind, term []byte) {
	if kind == analysis.Whole || analysis.IsStop(string(term)) {
		return
	}
	h := uint32(2166136261) // FNV-1a
	for _, c := range term {
		h = (h ^ uint32(c)) * 16777619
	}
	b.terms = append(b.terms, h)
}

// Spelling is not needed here.
func (b *bagger) Spelling([]byte) {}

// of makes the bag of a text.
func (b *bagger) of(texts ...string) bag {
	b.terms = b.terms[:0]
	for _, t := range texts {
		b.scanner.Scan(t, b)
	}
	slices.Sort(b.terms)
	return slices.Clone(slices.Compact(b.terms))
}

// shared counts what two bags have in common.
func shared(a, b bag) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// alike is the cosine of two sets: 1 for equal ones, 0 for such that share nothing.
func alike(a, b bag) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	return float64(shared(a, b)) / math.Sqrt(float64(len(a))*float64(len(b)))
}

// A rarity weighs terms by how few of the candidates have them: log(1 + candidates/having).
type rarity struct {
	having map[uint32]int
	total  int
}

func rarityOf(candidates []bag) rarity {
	r := rarity{map[uint32]int{}, len(candidates)}
	for _, c := range candidates {
		for _, t := range c {
			r.having[t]++
		}
	}
	return r
}

// weight of a term; one that no candidate has weighs as much as one that a single one has.
func (r rarity) weight(t uint32) float64 {
	return math.Log1p(float64(max(r.total, 1)) / float64(max(r.having[t], 1)))
}

// covers is the part of a's weight that b holds, 0 to 1.
func (r rarity) covers(a, b bag) float64 {
	var all, held float64
	for _, t := range a {
		w := r.weight(t)
		if all += w; holds(b, t) {
			held += w
		}
	}
	if all == 0 {
		return 0
	}
	return held / all
}

func holds(b bag, t uint32) bool {
	_, ok := slices.BinarySearch(b, t)
	return ok
}

// near is how near two texts are, 0 to 1: the geometric mean of what each holds of the
// other, weighed by rarity.
func (r rarity) near(a, b bag) float64 { return math.Sqrt(r.covers(a, b) * r.covers(b, a)) }
