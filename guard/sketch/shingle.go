package sketch

import (
	"unicode"
	"unicode/utf8"
)

// A shingle weighs this much: a letter or digit weighs 1, a character of Chinese, Japanese
// or Korean 2.
const shingleWeight = 6

// ring holds the characters of a shingle and the one that is added to it.
const ring = 8

// longest is how many shingles of one text are made; what comes after them is not read.
const longest = 1 << 17

// shingles returns the hashes of the shingles of a text in their order, and the hash of the
// whole. Only letters and digits count.
func shingles(folded string) ([]uint32, uint64) {
	hashes := make([]uint32, 0, min(len(folded), longest))
	var (
		row     [ring]rune // the last characters
		weights [ring]int
		first   int // of the row, counted from the beginning of the text
		next    int
		weight  int
	)
	whole := uint64(offset)
	for i := 0; i < len(folded); {
		r, size := rune(folded[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(folded[i:])
		}
		i += size
		w := weigh(r)
		if w == 0 {
			continue
		}
		whole = mix(whole, r)
		row[next%ring], weights[next%ring] = r, w
		next++
		weight += w
		for weight-weights[first%ring] >= shingleWeight {
			weight -= weights[first%ring]
			first++
		}
		if weight < shingleWeight || len(hashes) == longest {
			continue
		}
		h := uint64(offset)
		for j := first; j < next; j++ {
			h = mix(h, row[j%ring])
		}
		hashes = append(hashes, uint32(h>>32))
	}
	return hashes, final(whole)
}

// weigh says what a character counts for: 0 for signs and spaces.
func weigh(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return 1
		}
		return 0
	case r >= 0x3040 && r < 0xA000 || r >= 0xAC00 && r < 0xD7B0 || r >= 0x20000 && r < 0x30000:
		return 2
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return 1
	}
	return 0
}

// mix adds a character to a hash: multiplication by an odd number near 2^64 divided by the
// golden ratio, as Knuth has it, with the high bits brought down. final spreads the bits
// (the finaliser of MurmurHash3).
const (
	offset = 14695981039346656037
	prime  = 0x9E3779B97F4A7C15
)

func mix(h uint64, r rune) uint64 {
	h = (h ^ uint64(r)) * prime
	return h ^ h>>29
}

func final(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// Whole is the hash of a folded text: of its letters and digits, without signs and spaces.
func Whole(folded string) uint64 {
	whole := uint64(offset)
	for i := 0; i < len(folded); {
		c := folded[i]
		if c < utf8.RuneSelf {
			i++
			if c-'a' < 26 || c-'0' < 10 || c-'A' < 26 {
				whole = mix(whole, rune(c))
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(folded[i:])
		if i += size; weigh(r) > 0 {
			whole = mix(whole, r)
		}
	}
	return final(whole)
}

// nothing is the hash of a text without letters and digits, which is like no other.
var nothing = final(offset)
