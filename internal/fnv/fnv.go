// Package fnv hashes characters by FNV-1a, 64 bits (Fowler, Noll, Vo), a character at a time, so that a
// text can be hashed while it is folded. It is for tables of words, never against whoever means harm.
package fnv

// Seed is the hash of nothing.
const Seed uint64 = 14695981039346656037

// Mix is the hash of what h is of, and one character more.
func Mix(h uint64, r rune) uint64 { return (h ^ uint64(r)) * 1099511628211 }

// Runes is the hash of characters.
func Runes(all []rune) uint64 {
	h := Seed
	for _, c := range all {
		h = Mix(h, c)
	}
	return h
}
