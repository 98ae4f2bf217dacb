package linear

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Options say which features are taken. A model keeps those that it was trained with.
type Options struct {
	Bits  int  `json:"bits"`            // places are 1<<Bits, 10 to 20
	Words int  `json:"words"`           // runs of up to so many words, 0 to 3
	Skip  bool `json:"skip,omitempty"`  // pairs of words with one between them
	Shape bool `json:"shape,omitempty"` // which letters of a to z a word has, in whatever order: what survives a slip of the keyboard
	Latin int  `json:"latin"`           // pieces of 2 up to so many letters within a word, its edges marked; 0 to 6
	Han   int  `json:"han"`             // pieces of up to so many characters of Han and kana, 0 to 5
	Max   int  `json:"max,omitempty"`   // bytes that are read of a text; 0 is 32 KiB
}

// Usual are the features that served best over all three models.
var Usual = Options{Bits: 18, Words: 3, Skip: true, Latin: 5, Han: 3}

const readAtMost = 32 << 10

// Features are those of one text: the places of its pieces, each once, and the marks that
// the caller adds. The zero value is ready; one that is used again allocates nothing. Not
// safe for use by several goroutines.
type Features struct {
	places []uint32
	marks  []uint32
	seen   []uint64
	mask   uint32
	word   [4]uint64 // hashes of the last words, the newest first
	runes  [8]rune   // the last characters of Han, the newest first
	now    []rune    // the letters of the word, with its edges
	met    [512]met  // words of the text, by their hash
	text   uint32    // number of the text
}

// A met is a word whose pieces a text has already.
type met struct {
	hash uint64
	text uint32
}

// Kinds of features are kept apart by their seed.
const (
	saltWord  = 0x9e3779b97f4a7c15
	saltPair  = 0xbf58476d1ce4e5b9
	saltLatin = 0x94d049bb133111eb
	saltHan   = 0xd6e8feb86659fd93
	saltPunct = 0xa0761d6478bd642f
	saltMark  = 0xe7037ed1a0b428db
	saltShape = 0x8ebc6af09c88c6e3
)

// Extract reads the features of a folded text in place of those that were there, marks
// included.
func (f *Features) Extract(folded string, o Options) {
	f.reset(o.Bits)
	most := o.Max
	if most <= 0 {
		most = readAtMost
	}
	if len(folded) > most {
		folded = folded[:most]
	}
	for i := 0; i < len(folded); {
		if folded[i] == ' ' {
			i++
			continue
		}
		r, n := runeAt(folded, i)
		switch kind(r) {
		case letter:
			i = f.latin(folded, i, &o)
		case ideograph:
			i = f.han(folded, i, &o)
		case punct:
			i = f.punct(folded, i)
		default:
			i += n
		}
	}
}

// Mark adds a sign of the caller's own: its value is whole, however long the text is.
func (f *Features) Mark(name string) {
	h := uint64(saltMark)
	for i := 0; i < len(name); i++ {
		h = step(h, uint64(name[i]))
	}
	f.marks = append(f.marks, uint32(finish(h))&f.mask)
}

// Len is how many places the text has, marks not counted.
func (f *Features) Len() int { return len(f.places) }

// reset forgets the last text. Only the bits that it had set are cleared.
func (f *Features) reset(width int) {
	words := 1 << width / 64
	if len(f.seen) != words {
		f.seen = make([]uint64, words)
	} else {
		for _, p := range f.places {
			f.seen[p/64] = 0
		}
	}
	f.mask = 1<<width - 1
	f.places, f.marks = f.places[:0], f.marks[:0]
	f.word = [4]uint64{}
	if f.text++; f.text == 0 {
		f.met, f.text = [512]met{}, 1
	}
}

func (f *Features) add(h uint64) {
	p := uint32(finish(h)) & f.mask
	if bit := uint64(1) << (p % 64); f.seen[p/64]&bit == 0 {
		f.seen[p/64] |= bit
		f.places = append(f.places, p)
	}
}

// latin reads one word of an alphabet, and returns where it ends. One that the text has already adds
// nothing by itself.
func (f *Features) latin(s string, i int, o *Options) int {
	whole, start := uint64(saltWord), i
	for i < len(s) {
		if c := letters[s[i]]; c != 0 {
			whole = step(whole, uint64(c))
			i++
			continue
		}
		if s[i] < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if kind(r) != letter {
			break
		}
		whole = step(whole, uint64(r))
		i += n
	}
	if m := &f.met[whole>>55]; m.hash != whole || m.text != f.text {
		*m = met{whole, f.text}
		f.newWord(s[start:i], o)
	}
	f.words(whole, o)
	return i
}

// newWord adds what a word has by itself.
func (f *Features) newWord(word string, o *Options) {
	f.lettersOf(word)
	f.pieces(o.Latin)
	if !o.Shape {
		return
	}
	which := uint64(0)
	for _, r := range f.now {
		if 'a' <= r && r <= 'z' {
			which |= 1 << (r - 'a')
		}
	}
	if bits.OnesCount64(which) > 3 {
		f.add(step(saltShape, which))
	}
}

// lettersOf takes the letters of a word apart, its edges marked.
func (f *Features) lettersOf(word string) {
	f.now = append(f.now[:0], edge)
	for i := 0; i < len(word); {
		r, n := runeAt(word, i)
		if r < utf8.RuneSelf {
			r = rune(letters[r])
		}
		f.now = append(f.now, r)
		i += n
	}
	f.now = append(f.now, edge)
}

// letters are those of ASCII as words have them: numbers say nothing but that they are there. 0 is none.
var letters = func() (t [256]uint8) {
	for c := range ascii {
		if t[c] = uint8(c); '0' <= c && c <= '9' {
			t[c] = '0'
		}
		if ascii[c] != letter {
			t[c] = 0
		}
	}
	return t
}()

// edge stands before and behind a word.
const edge = '\x02'

// pieces adds the pieces of the word, by where they end. Shorter ones are of two.
func (f *Features) pieces(most int) {
	for i := 1; i < len(f.now); i++ {
		h := step(saltLatin, uint64(f.now[i]))
		for k := 1; k <= min(i, most-1); k++ {
			h = step(h, uint64(f.now[i-k]))
			f.add(h)
		}
	}
}

func (f *Features) words(whole uint64, o *Options) {
	w := [4]uint64{whole, f.word[0], f.word[1], f.word[2]}
	f.word = w
	h := whole
	for n := 1; n <= o.Words; n++ {
		f.add(h)
		if w[n&3] == 0 {
			break
		}
		h = step(h, w[n&3])
	}
	if o.Skip && w[2] != 0 {
		f.add(step(step(saltPair, whole), w[2]))
	}
}

// han reads a run of characters that are written without spaces.
func (f *Features) han(s string, i int, o *Options) int {
	have := 0
	for i < len(s) {
		r, n := runeAt(s, i)
		if kind(r) != ideograph {
			break
		}
		copy(f.runes[1:6], f.runes[:5])
		f.runes[0] = r
		have = min(have+1, 6)
		h := uint64(saltHan)
		for k := range min(have, o.Han) {
			h = step(h, uint64(f.runes[k]))
			f.add(h)
		}
		if o.Skip && have > 2 {
			f.add(step(step(saltPair, uint64(r)), uint64(f.runes[2])))
		}
		i += n
	}
	f.words(step(saltHan, 1), o) // a word stands there, whatever it is
	return i
}

// punct reads a run of signs, of which up to four count: "###", "<|", "]]".
func (f *Features) punct(s string, i int) int {
	h, n := uint64(saltPunct), 0
	for i < len(s) {
		r, size := runeAt(s, i)
		if kind(r) != punct {
			break
		}
		if n++; n <= 4 {
			h = step(h, uint64(r))
		}
		i += size
	}
	f.add(h)
	return i
}

const (
	space = iota
	letter
	ideograph
	punct
)

var ascii = func() (t [128]uint8) {
	for c := range t {
		switch r := rune(c); {
		case r == '\n' || r <= ' ' || r == 0x7f:
			t[c] = space
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			t[c] = letter
		default:
			t[c] = punct
		}
	}
	return t
}()

func kind(r rune) uint8 {
	switch {
	case r < 128:
		return ascii[r]
	case r >= 0x3040 && r <= 0x30ff, r >= 0x3400 && r <= 0x9fff, r >= 0x20000 && r <= 0x323af:
		return ideograph
	case r >= 0xac00 && r <= 0xd7a3, unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
		return letter
	case unicode.IsSpace(r):
		return space
	}
	return punct
}

func runeAt(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

func step(h, x uint64) uint64 {
	return (bits.RotateLeft64(h, 23) ^ x) * 0x9fb21c651e98df25
}

func finish(h uint64) uint64 { return (h ^ h>>29) * saltPair >> 32 }
