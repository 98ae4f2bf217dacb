package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/dataset/form"
	"wenyuan/internal/fnv"
)

// words is a row as it is compared: everything that is said in it, in order. Instructions of the
// system are left out, as thousands of rows share them.
func words(r form.Row) string {
	var b strings.Builder
	for _, list := range [][]form.Message{r.Messages, r.Chosen, r.Rejected} {
		for _, m := range list {
			if m.Role != form.System {
				b.WriteString(m.Content)
				b.WriteByte('\n')
				b.Write(m.Calls)
			}
		}
	}
	return b.String()
}

// asked is what a row's answer is an answer to.
func asked(r form.Row) string {
	var b strings.Builder
	list := r.Messages
	if r.Kind != form.Preference && len(list) > 0 {
		list = list[:len(list)-1]
	}
	for _, m := range list {
		b.WriteString(m.Role)
		b.WriteByte(0)
		b.WriteString(m.Content)
		b.Write(m.Calls)
		b.WriteByte(0)
	}
	return b.String()
}

// tokens are the hashes of the words of a text, and of each character of Chinese, Japanese or Korean;
// letters lower, full-width forms as the usual ones, signs left out.
func tokens(text string) []uint64 {
	out := make([]uint64, 0, len(text)/5)
	word, in := fnv.Seed, false
	end := func() {
		if in {
			out = append(out, word)
			word, in = fnv.Seed, false
		}
	}
	for _, c := range text {
		if c >= 0xFF01 && c <= 0xFF5E {
			c -= 0xFEE0
		}
		switch {
		case c < utf8.RuneSelf && c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			word, in = fnv.Mix(word, c), true
		case c >= 'A' && c <= 'Z':
			word, in = fnv.Mix(word, c+'a'-'A'), true
		case c < utf8.RuneSelf:
			end()
		case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			end()
			out = append(out, fnv.Mix(fnv.Seed, c))
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			word, in = fnv.Mix(word, unicode.ToLower(c)), true
		default:
			end()
		}
	}
	end()
	return out
}

// gram is how many tokens in a row tell that a text was taken over: GPT-3 (Brown and others, 2020,
// appendix C) looked for 13 words.
const gram = 13

// grams calls f with the hash of every n tokens in a row, until it gives false. Of fewer tokens than
// n, but shortest or more, all together are one.
func grams(t []uint64, n int, f func(uint64) bool) {
	if len(t) < n {
		if len(t) >= min(n, shortest) {
			f(run(t))
		}
		return
	}
	for i := 0; i+n <= len(t); i++ {
		if !f(run(t[i : i+n])) {
			return
		}
	}
}

// shortest is how many tokens a text needs to be looked for as a whole: shorter ones are said by chance.
const shortest = 6

func run(t []uint64) uint64 {
	h := fnv.Seed
	for _, w := range t {
		h = bits.RotateLeft64(h, 23)*0x9E3779B97F4A7C15 ^ w
	}
	return h ^ h>>29
}

// How a text is sketched: MinHash (Broder, 1997) over three tokens in a row, in bands by which texts that
// resemble each other are found. Two texts whose shingles are 0.8 the same meet in a band in 91 of 100 cases, at 0.9
// in 99.
const (
	bands   = 6
	inBand  = 6
	keyed   = 5 // of a band, by which it is compared
	signs   = bands * inBand
	shingle = 3
)

// A signature is what is kept of a text: one byte of each minimum. Two texts that share nothing agree in one byte
// of 256, and in a band in one of 2⁴⁰.
type signature struct{ low [signs]byte }

// band is the part of a signature by which alike texts are found.
func (s *signature) band(i int) []byte { return s.low[i*inBand : i*inBand+keyed] }

// sign makes the signature of a text.
func sign(t []uint64) (s signature) {
	var mins [signs]uint32
	for i := range mins {
		mins[i] = ^uint32(0)
	}
	look := func(h uint64) bool {
		for i := range mins {
			h = h*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator: one permutation after the other
			if v := uint32(h >> 32); v < mins[i] {
				mins[i] = v
			}
		}
		return true
	}
	if len(t) < shingle {
		look(run(t) ^ 1)
	} else {
		for i := 0; i+shingle <= len(t); i++ {
			look(run(t[i : i+shingle]))
		}
	}
	for i, m := range mins {
		s.low[i] = byte(m)
	}
	return s
}

// alike estimates how many of all their shingles two texts share, 0 to 1.
func (s *signature) alike(o *signature) float64 {
	same := 0
	for i := range s.low {
		if s.low[i] == o.low[i] {
			same++
		}
	}
	return max(0, (float64(same)/signs-1.0/256)/(1-1.0/256))
}

// nearly is the likeness from which rows count as nearly equal.
const nearly = 0.8

// hash64 is the first 64 bits of the SHA-256 of a text.
func hash64(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:])
}
