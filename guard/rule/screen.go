package rule

import "unicode/utf8"

// A screen decides by the first characters of a place whether anything can begin there. It
// never misses an entry; what it lets through needlessly costs a few steps in the trie.
type screen struct {
	kind   [256]uint8 // by byte below 0x80
	four   bitmap     // first four bytes of ASCII entries that have so many before a space
	three  bitmap     // first three bytes of the shorter ones
	wide   bitmap     // first two characters of the others
	single bitmap     // first character of those whose second is a space, or is none
	pairs  bitmap     // first two syllables of homophones
	byPair map[uint32][]int32
	short  bool // there are entries in three
}

// Kinds of a byte.
const (
	inWord   uint8 = 1 << iota // a letter or digit: entries begin where a word begins
	anywhere                   // entries begin with it at any place
)

// A bitmap is a set of hashes.
type bitmap struct {
	bits  []uint64
	shift uint8
}

// newBitmap has at least sixteen bits for each of n members, so that at most one hash in
// sixteen is let through needlessly.
func newBitmap(n int) bitmap {
	b := bitmap{shift: 32 - 12}
	for 32-b.shift < 24 && 16*n > 1<<(32-b.shift) {
		b.shift--
	}
	b.bits = make([]uint64, 1<<(32-b.shift)/64)
	return b
}

func (b *bitmap) add(h uint32) {
	h >>= b.shift
	b.bits[h/64] |= 1 << (h % 64)
}

func (b *bitmap) has(h uint32) bool {
	h >>= b.shift
	i := h / 64
	return int(i) < len(b.bits) && b.bits[i]>>(h%64)&1 == 1
}

// Hashes by multiplication (Knuth, The Art of Computer Programming, vol. 3, 6.4): the high
// bits are the good ones.
func hash(a uint32) uint32     { return a * 2654435769 }
func hash2(a, b uint32) uint32 { return (a*2246822519 ^ b) * 2654435769 }

func newScreen(entries []entry, sounds []sounding) screen {
	s := screen{four: newBitmap(len(entries)), three: newBitmap(min(len(entries), 4096)), wide: newBitmap(len(entries)),
		single: newBitmap(min(len(entries), 8192)), pairs: newBitmap(len(sounds)), byPair: map[uint32][]int32{}}
	for c := range s.kind {
		if alnum(byte(c)) {
			s.kind[c] = inWord
		}
	}
	for i := range entries {
		s.add(&entries[i])
	}
	for i, w := range sounds {
		key := uint32(w.syllables[0])<<16 | uint32(w.syllables[1])
		s.pairs.add(hash(key))
		s.byPair[key] = append(s.byPair[key], int32(i))
	}
	return s
}

func (s *screen) add(e *entry) {
	if e.key[0] < utf8.RuneSelf {
		s.addASCII(e)
		return
	}
	r0, n := utf8.DecodeRuneInString(e.key)
	if n == len(e.key) || e.key[n] == ' ' {
		s.single.add(hash(uint32(r0)))
		return
	}
	r1, _ := utf8.DecodeRuneInString(e.key[n:])
	s.wide.add(hash2(uint32(r0), uint32(r1)))
}

func (s *screen) addASCII(e *entry) {
	if e.flags&borderBefore == 0 || !alnum(e.key[0]) {
		s.kind[e.key[0]] |= anywhere
	}
	n := 0
	for n < len(e.key) && n < 4 && e.key[n] != ' ' {
		n++
	}
	switch {
	case n == 4:
		s.four.add(hash(first4(e.key, 0)))
	default:
		s.short = true
		s.addShort(uint32(e.key[0]), e.key[1:], 8)
	}
}

// addShort adds all that the first three bytes may be, where some are not given: a space
// stands for any separator, and behind the end anything may follow.
func (s *screen) addShort(bytes uint32, rest string, shift int) {
	if shift == 24 {
		s.three.add(hash(bytes))
		return
	}
	for c := range uint32(256) {
		switch {
		case rest == "":
			s.addShort(bytes|c<<shift, "", shift+8)
		case rest[0] == ' ' && (c == 0xc2 || c == 0xe2 || c == 0xe3): // separators of several bytes
			s.addShort(bytes|c<<shift, "", shift+8)
		case rest[0] == ' ' && (c == '\n' || c < utf8.RuneSelf && isSeparator[c]):
			s.addShort(bytes|c<<shift, rest, shift+8)
			s.addShort(bytes|c<<shift, rest[1:], shift+8)
		case c == uint32(rest[0]):
			s.addShort(bytes|c<<shift, rest[1:], shift+8)
		}
	}
}

func first4(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}
