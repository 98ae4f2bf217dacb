package rouge

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"wenyuan/internal/fnv"
	"wenyuan/internal/hanzi"
)

// tokensAtMost are read of one text.
const tokensAtMost = 1 << 14

// tokens appends the tokens of a text: a hash for each word, of letters and digits in lower
// case, and for each Chinese or Japanese character. Signs and spaces are none.
func tokens(dst []uint64, text string) []uint64 {
	h, in := fnv.Seed, false
	for i := 0; i < len(text) && len(dst) < tokensAtMost; {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		i += n
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			h, in = fnv.Mix(h, r), true
		case r >= 'A' && r <= 'Z':
			h, in = fnv.Mix(h, r+'a'-'A'), true
		case r >= utf8.RuneSelf && single(r):
			if in {
				dst, h, in = append(dst, h), fnv.Seed, false
			}
			dst = append(dst, fnv.Mix(fnv.Seed, hanzi.Simplify(r)))
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			h, in = fnv.Mix(h, unicode.ToLower(r)), true
		case in:
			dst, h, in = append(dst, h), fnv.Seed, false
		}
	}
	if in && len(dst) < tokensAtMost {
		dst = append(dst, h)
	}
	return dst
}

// single says of a character whether it is written without spaces between words.
func single(r rune) bool {
	return r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0x20000 && r <= 0x323af
}

// F is ROUGE-L's F of two texts: 2·LCS / (words of a + words of b), 0 to 1. Two texts without
// words give 0.
func F(a, b string) float64 {
	x, y := tokens(nil, a), tokens(nil, b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	var p pattern
	p.set(x)
	return 2 * float64(p.lcs(y)) / float64(len(x)+len(y))
}

// A pattern is a text prepared to be compared with many.
type pattern struct {
	n     int
	words int                 // of a bit vector
	masks map[uint64][]uint64 // where each token stands
	v     []uint64
}

func (p *pattern) set(x []uint64) {
	p.n, p.words = len(x), (len(x)+63)/64
	p.masks = make(map[uint64][]uint64, len(x))
	for i, t := range x {
		m := p.masks[t]
		if m == nil {
			m = make([]uint64, p.words)
			p.masks[t] = m
		}
		m[i/64] |= 1 << (i % 64)
	}
	p.v = make([]uint64, p.words)
}

// lcs is the length of the longest common subsequence, 64 places at a time (Hyyrö, "Bit-
// parallel LCS-length computation revisited", 2004): a zero in v is a place at which the
// length grows.
func (p *pattern) lcs(y []uint64) int {
	for i := range p.v {
		p.v[i] = ^uint64(0)
	}
	for _, t := range y {
		m, ok := p.masks[t]
		if !ok {
			continue
		}
		var carry uint64
		for i, v := range p.v {
			u := v & m[i]
			sum, c := bits.Add64(v, u, carry)
			p.v[i], carry = sum|(v&^m[i]), c
		}
	}
	n := 0
	for i, v := range p.v {
		if last := p.n - i*64; last < 64 {
			v |= ^uint64(0) << last
		}
		n += bits.OnesCount64(^v)
	}
	return n
}
