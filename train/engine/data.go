package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Rows are samples in memory.
type Rows []Sample

// Len is how many there are.
func (r Rows) Len() int { return len(r) }

// Size is the number of tokens of one.
func (r Rows) Size(i int) int { return len(r[i].Tokens) }

// At gives one.
func (r Rows) At(i int) ([]Sample, error) { return r[i : i+1], nil }

// Hash names their content.
func (r Rows) Hash() string { return hashOf(r) }

// Pairs are chosen and rejected answers in memory, each with the prompt before it.
type Pairs [][2]Sample

// Len is how many there are.
func (p Pairs) Len() int { return len(p) }

// Size is the number of tokens of both.
func (p Pairs) Size(i int) int { return len(p[i][0].Tokens) + len(p[i][1].Tokens) }

// At gives the chosen and the rejected one.
func (p Pairs) At(i int) ([]Sample, error) { return p[i][:], nil }

// Hash names their content.
func (p Pairs) Hash() string { return hashOf(p) }

// hashOf is a digest of all tokens and of which are learned.
func hashOf(d Data) string {
	h := sha256.New()
	for i := range d.Len() {
		all, err := d.At(i)
		if err != nil {
			return ""
		}
		for _, s := range all {
			buf := binary.LittleEndian.AppendUint32(nil, uint32(len(s.Tokens)))
			for k, t := range s.Tokens {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(t))
				if s.Learn == nil || s.Learn[k] {
					buf = append(buf, 1)
				} else {
					buf = append(buf, 0)
				}
			}
			h.Write(buf)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
