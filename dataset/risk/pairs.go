package risk

import (
	"math"
	"strings"
)

// pairHash is that of two words one behind the other, by theirs.
func pairHash(a, b uint64) uint64 { return spread(a)*3 ^ b }

// Begin stands for the beginning of a sentence, before its first word.
const Begin = "^"

// rarestPair is the frequency of the rarest pair of words that the list counts.
const rarestPair = 480

// pair takes two words with a space between them.
func (x *words) pair(two string, freq float64) {
	a, b, _ := strings.Cut(two, " ")
	x.pairs.put(pairHash(hashWord(a), hashWord(b)), freq)
	if i, ok := x.find(hashWord(a)); ok {
		x.rest[i] += float32(freq)
		if j, ok := x.find(hashWord(b)); ok {
			x.seen[i] += x.class[j]
		}
	}
}

// finishPairs makes logarithms of frequencies: those of words, and of pairs the share of the
// first word which the second follows. What the pairs of a word leave over is for those that
// it is not seen with (Katz, "Estimation of probabilities from sparse data", 1987).
func (x *words) finishPairs() {
	for i, f := range x.class {
		if f > 0 {
			left := max(0.02, 1-float64(x.rest[i])/float64(f)) / max(0.02, 1-float64(x.seen[i])/x.total)
			x.rest[i] = float32(math.Log(min(left, 1)))
		}
	}
	x.seen = nil
	x.table.finish()
	for i, f := range x.pairs.class {
		if f > 0 {
			x.pairs.class[i] = float32(math.Log(float64(f) / x.total))
		}
	}
}

// A beside is a word that another stands beside.
type beside struct {
	hash uint64
	slot uint64
	ok   bool // it is known
}

func (x *words) beside(w string) beside {
	h := hashWord(w)
	i, ok := x.find(h)
	return beside{h, i, ok}
}

// behind is how much likelier a word becomes by the one before it, as logarithm; p is how
// likely it is by itself.
func (x *words) behind(before beside, h uint64, p float32) float64 {
	if !before.ok {
		return 0
	}
	first := x.class[before.slot]
	if q, ok := x.pairs.has(pairHash(before.hash, h)); ok {
		return float64(q - first - p)
	}
	return min(float64(x.rest[before.slot]), math.Log(rarestPair/x.total)-float64(first+p))
}

// around is how much likelier a word becomes by those before and behind it.
func (x *words) around(before, after beside, h uint64, slot uint64, p float32) float64 {
	g := x.behind(before, h, p)
	if after.ok {
		g += x.behind(beside{h, slot, true}, after.hash, x.class[after.slot])
	}
	return g
}
