package risk

import (
	"math"
	"sync"
	"unicode/utf8"

	"wenyuan/guard/rule"
	"wenyuan/internal/hanzi"
)

// hanWords are words of Chinese, in simplified script, of one to four characters.
type hanWords struct {
	table
	inside map[rune]float64 // how often a character is a part of a longer word
}

func newHanWords() *hanWords { return &hanWords{newTable(19), map[rune]float64{}} }

func (h *hanWords) put(word string, freq float64) {
	var x uint64
	for _, r := range word {
		x = x*radix + uint64(r)
	}
	h.table.put(x, freq)
	if len(word) > utf8.UTFMax {
		for _, r := range word {
			h.inside[r] += freq
		}
	}
}

// bound is how much more often a character is a part of a word than a word itself, as
// logarithm; 0 at least and 9 at most.
func (h *hanWords) bound(r rune, alone float64) float64 {
	in := h.inside[r]
	if in == 0 {
		return 0
	}
	return max(0, min(9, math.Log(in/h.total)-alone))
}

const (
	longestHan  = 4
	unknownHan  = -18.0 // logarithm of how likely a character is that is no word
	confusedLog = -4.5  // of how likely one character stands for another
)

// word is how likely a row of characters is as a word; not ok where it is none. A single
// character always is.
func (h *hanWords) word(rs []rune) (p float64, ok bool) {
	var x uint64
	for _, r := range rs {
		x = x*radix + uint64(r)
	}
	q, ok := h.has(x)
	switch {
	case ok:
		return float64(q), true
	case len(rs) == 1:
		return unknownHan, true
	}
	return math.Inf(-1), false
}

// A cutting is a row of characters cut into its likeliest words.
type cutting struct {
	rs     []rune
	before []float64 // likelihood of what stands before each place, as logarithm
	behind []float64 // of what stands from each place on
	size   []int     // of the word that each character is in
	first  []int     // where that word begins
}

// cut finds the likeliest words of a row of characters.
func (h *hanWords) cut(rs []rune) cutting {
	n := len(rs)
	c := cutting{rs: rs, before: make([]float64, n+1), behind: make([]float64, n+1), size: make([]int, n), first: make([]int, n)}
	for i := n - 1; i >= 0; i-- {
		c.behind[i] = math.Inf(-1)
		for k := 1; k <= min(longestHan, n-i); k++ {
			if p, ok := h.word(rs[i : i+k]); ok && p+c.behind[i+k] > c.behind[i] {
				c.behind[i], c.size[i] = p+c.behind[i+k], k
			}
		}
	}
	for i := 1; i <= n; i++ {
		c.before[i] = math.Inf(-1)
		for k := 1; k <= min(longestHan, i); k++ {
			if p, ok := h.word(rs[i-k : i]); ok {
				c.before[i] = max(c.before[i], p+c.before[i-k])
			}
		}
	}
	for i := 0; i < n; {
		k := c.size[i]
		for j := range k {
			c.size[i+j], c.first[i+j] = k, i
		}
		i += k
	}
	return c
}

// instead is the likelihood, as logarithm, of the whole with another character at a place, if
// that makes a word of two characters or more with its neighbours.
func (h *hanWords) instead(c cutting, i int, r rune) float64 {
	best := math.Inf(-1)
	was := c.rs[i]
	c.rs[i] = r
	for from := max(0, i-longestHan+1); from <= i; from++ {
		for to := max(i+1, from+2); to <= min(len(c.rs), from+longestHan); to++ {
			if p, ok := h.word(c.rs[from:to]); ok {
				best = max(best, c.before[from]+p+c.behind[to])
			}
		}
	}
	c.rs[i] = was
	return best
}

// confusions are what characters may stand for: those of the same sound, and those that share
// a part.
type confusions struct {
	sound  map[uint16][]rune // characters by syllable
	part   map[rune][]rune   // by a part
	whole  map[string]rune   // characters by the parts they are taken apart into
	pinyin map[string]uint16 // syllables as they are written
}

// meant is how likely a character is at least, as logarithm, that anybody means.
const meant = -13.0

var confused = sync.OnceValue(func() *confusions {
	c := &confusions{sound: map[uint16][]rune{}, part: map[rune][]rune{}, whole: map[string]rune{}, pinyin: map[string]uint16{}}
	h := known().han
	for r := rune(0x4e00); r <= 0x9fff; r++ {
		if p, ok := h.has(uint64(r)); !ok || p < meant || hanzi.Simplify(r) != r {
			continue
		}
		if s := rule.Syllable(r); s != 0 {
			c.sound[s] = append(c.sound[s], r)
			c.pinyin[rule.Pinyin(r)] = s
		}
		if parts := rule.Parts(r); parts != "" {
			c.whole[parts] = r
			for _, p := range parts {
				c.part[p] = append(c.part[p], r)
			}
		}
	}
	return c
})
