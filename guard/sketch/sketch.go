// Package sketch remembers texts by a few bytes each and finds again what is made from
// them: the same text with small changes, with something before or after it, or inside a
// longer one.
//
// A text is cut into shingles: overlapping rows of six letters or three Chinese characters. A
// sketch keeps the smallest hashes of them, which is a fair sample of the text (Broder,
// "On the resemblance and containment of documents", 1997), and one hash of the whole. It
// does not keep the text. Texts are given folded, as guard/reading folds them; signs and
// spaces make no difference. What is said of resemblance is an estimate.
package sketch

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

const (
	// Kept is how many hashes of shingles a sketch keeps at most. The standard deviation of
	// an estimate is at most 0.09.
	Kept = 32
	// Fewest is how many different shingles a text must have to be found by resemblance:
	// about fourteen letters or eleven Chinese characters. A shorter one is found only when
	// it is the whole text.
	Fewest = 9

	headBytes = 12
	maxBytes  = headBytes + 4*Kept
)

// A Sketch is what is kept of a text: 12 bytes and 4 for each hash, 140 at most.
type Sketch struct {
	whole uint64   // hash of the whole text
	n     uint32   // shingles of the text, with repetitions
	mins  []uint32 // the smallest hashes, rising
}

// Of makes the sketch of a folded text.
func Of(folded string) Sketch {
	hashes, whole := shingles(folded)
	s := Sketch{whole: whole, n: uint32(len(hashes))}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	s.mins = slices.Clone(hashes[:min(len(hashes), Kept)])
	return s
}

// ErrBroken says that a text is no sketch.
var ErrBroken = errors.New("sketch: not a sketch")

// String returns a sketch as base64, at most 187 characters. Parse reads it.
func (s Sketch) String() string {
	b := make([]byte, 0, maxBytes)
	b = binary.LittleEndian.AppendUint64(b, s.whole)
	b = binary.LittleEndian.AppendUint32(b, s.n)
	for _, h := range s.mins {
		b = binary.LittleEndian.AppendUint32(b, h)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// Parse reads what String wrote.
func Parse(text string) (Sketch, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || // which the decoder passes over
		len(b) < headBytes || len(b) > maxBytes || len(b)%4 != 0 {
		return Sketch{}, ErrBroken
	}
	s := Sketch{whole: binary.LittleEndian.Uint64(b), n: binary.LittleEndian.Uint32(b[8:])}
	for b = b[headBytes:]; len(b) > 0; b = b[4:] {
		h := binary.LittleEndian.Uint32(b)
		if n := len(s.mins); n > 0 && h <= s.mins[n-1] {
			return Sketch{}, ErrBroken
		}
		s.mins = append(s.mins, h)
	}
	return s, nil
}

// Similarity estimates how much two texts resemble each other: how many of all their
// different shingles they share, 0 to 1. The same text gives 1.
func Similarity(a, b Sketch) float64 {
	if a.whole == b.whole && a.whole != nothing {
		return 1
	}
	shared, all := 0, 0
	for i, j := 0, 0; (i < len(a.mins) || j < len(b.mins)) && all < Kept; all++ {
		switch {
		case j == len(b.mins) || i < len(a.mins) && a.mins[i] < b.mins[j]:
			i++
		case i == len(a.mins) || b.mins[j] < a.mins[i]:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(shared) / float64(all)
}
