package risk

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"unicode/utf8"
)

// modelFile holds words of English and Chinese with how often they are used, weightsFile what
// the signs in a text weigh. Both are made by dataset/risk/learn.
//
//go:embed model.gz
var modelFile []byte

//go:embed weights.json
var weightsFile []byte

// A Source is what the model or the weights were made of.
type Source struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Licence string `json:"licence"`
	Rows    int    `json:"rows"`
}

// language is what is known of English and Chinese.
type language struct {
	words  words
	han    *hanWords
	header struct {
		Sources []Source `json:"sources"`
	}
}

// known is the language as it ships, read when it is first needed. A file that cannot be read
// is a fault of the program.
var known = sync.OnceValue(func() *language {
	l, err := parseLanguage(modelFile)
	if err != nil {
		panic("dataset/risk: model.gz: " + err.Error())
	}
	return l
})

// parseLanguage reads a line of JSON, lines of English words, of Chinese ones, and of pairs of
// English ones, with an empty line between. A line is how many bytes are those of the word
// before, the others, and the class: a character of '0' + twice the binary logarithm of the
// frequency, rounded.
func parseLanguage(file []byte) (*language, error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	l := &language{words: words{table: newTable(17), pairs: newTable(19), rest: make([]float32, 1<<17), seen: make([]float32, 1<<17), letters: make([]float32, 27*19683), counts: make([]float32, 27*19683)}, han: newHanWords()}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	sc.Scan()
	if err := json.Unmarshal(sc.Bytes(), &l.header); err != nil {
		return nil, err
	}
	for word, f := range lines(sc) {
		l.words.put(hashWord(word), f)
		l.words.count(word, math.Log2(1+f))
	}
	for word, f := range lines(sc) {
		l.han.put(word, f)
	}
	for pair, f := range lines(sc) {
		l.words.pair(pair, f)
	}
	l.words.finish()
	l.han.finish()
	return l, sc.Err()
}

// lines yields the words of a part of the file with their frequencies.
func lines(sc *bufio.Scanner) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		last := ""
		for sc.Scan() && sc.Text() != "" {
			line := sc.Text()
			last = last[:line[0]-'0'] + line[1:len(line)-1]
			if !yield(last, frequency(line[len(line)-1])) {
				return
			}
		}
	}
}

// frequency is what a class stands for.
func frequency(class byte) float64 { return math.Exp2(float64(class-'0') / 2) }

// class is that of a frequency of 1 or more.
func class(frequency float64) byte {
	return '0' + byte(min(77, math.Round(2*math.Log2(max(1, frequency)))))
}

// Pack makes the file that the package ships of English words in lower case and of Chinese ones
// in simplified script, and of pairs of English ones with a space between, each with its
// frequency of 1 or more. It is for dataset/risk/learn; equal input gives equal bytes.
func Pack(sources []Source, english, chinese, pairs map[string]float64) ([]byte, error) {
	head, err := json.Marshal(map[string]any{"sources": sources})
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(append(head, '\n'))
	for i, list := range []map[string]float64{english, chinese, pairs} {
		if i > 0 {
			b.WriteByte('\n')
		}
		last := ""
		for _, word := range slices.Sorted(maps.Keys(list)) {
			n := 0
			for n < min(len(last), len(word), 60) && last[n] == word[n] {
				n++
			}
			for n > 0 && n < len(word) && !utf8.RuneStart(word[n]) {
				n--
			}
			b.WriteString(string(rune('0'+n)) + word[n:] + string(rune(class(list[word]))) + "\n")
			last = word
		}
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b.Bytes()); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// A table says of words, by their hashes, how likely each is.
type table struct {
	bits   int
	slots  []uint64 // open addressing: the hash of a word
	class  []float32
	filter []uint64 // of all hashes
	n      int
	total  float64
}

// words are those of English.
type words struct {
	table
	pairs   table     // two words one behind the other
	rest    []float32 // of each word: logarithm of what is left for words that no pair names, beside their own frequency
	start   beside    // the beginning of a sentence
	seen    []float32 // while it is read: frequencies of the words that pairs name behind each
	letters []float32 // how likely a letter follows three others, as logarithm; 27 is the base of the place
	counts  []float32
}

// filterBits are those of the filter, as a power of two.
const filterBits = 21

// newTable makes a table with so many slots, as a power of two.
func newTable(bits int) table {
	return table{bits: bits, slots: make([]uint64, 1<<bits), class: make([]float32, 1<<bits), filter: make([]uint64, 1<<filterBits/64)}
}

// radix is the base of the hash of a word, a sum of its letters by powers: parts of a word can
// be put together from their hashes.
const radix = 0x9E3779B97F4A7C15 | 1

func hashWord(w string) (h uint64) {
	for i := 0; i < len(w); i++ {
		h = h*radix + uint64(w[i])
	}
	return h
}

func spread(h uint64) uint64 { return (h ^ h>>31) * 0xbf58476d1ce4e5b9 }

func (x *table) put(h uint64, freq float64) {
	if x.n++; x.n > len(x.slots)*7/8 {
		return
	}
	s := spread(h)
	f := s >> (64 - filterBits)
	x.filter[f/64] |= 1 << (f % 64)
	i := s >> (64 - x.bits)
	for x.slots[i] != 0 {
		i = (i + 1) & (1<<x.bits - 1)
	}
	x.slots[i], x.class[i] = h, float32(freq)
	x.total += freq
}

// finish makes logarithms of frequencies.
func (x *table) finish() {
	for i, f := range x.class {
		if f > 0 {
			x.class[i] = float32(math.Log(float64(f) / x.total))
		}
	}
}

// ends stands for what is before and behind the letters of a word.
const ends = 26

// count adds the letters of a word to what is known of their order.
func (x *words) count(w string, weight float64) {
	at := ends*729 + ends*27 + ends
	for i := 0; i <= len(w); i++ {
		c := ends
		if i < len(w) {
			if c = int(w[i]) - 'a'; c < 0 || c >= 26 {
				return
			}
		}
		at = at%19683*27 + c
		x.counts[at] += float32(weight)
	}
}

// finishLetters makes logarithms of how likely a letter follows three others; where few are known
// to do so, of how likely it follows the last two, or one (Witten and Bell, "The zero-frequency
// problem", 1991).
func (x *words) finishLetters() {
	fewer := make([][]float32, 4) // counts of the last letters: of one, two, three, four
	fewer[3] = x.counts
	for n := 2; n >= 0; n-- {
		fewer[n] = make([]float32, len(fewer[n+1])/27)
		for i, c := range fewer[n+1] {
			fewer[n][i%len(fewer[n])] += c
		}
	}
	lower := make([]float32, 27)
	for i := range lower {
		lower[i] = 1.0 / 27
	}
	for _, counts := range fewer {
		p := make([]float32, len(counts))
		for at := 0; at < len(counts); at += 27 {
			var sum, kinds float32
			for _, c := range counts[at : at+27] {
				if sum += c; c > 0 {
					kinds += 8 // words of the list are seen 8 times in the mean
				}
			}
			for c, n := range counts[at : at+27] {
				p[at+c] = (n + (kinds+1)*lower[(at+c)%len(lower)]) / (sum + kinds + 1)
			}
		}
		lower = p
	}
	for i, p := range lower {
		x.letters[i] = float32(math.Log(float64(p)))
	}
	x.counts = nil
}

func (x *words) finish() {
	x.finishLetters()
	x.finishPairs()
	x.start = x.beside(Begin)
}

// has is the logarithm of how likely a word is, by its hash.
func (x *table) has(h uint64) (p float32, ok bool) {
	if i, ok := x.find(h); ok {
		return x.class[i], true
	}
	return 0, false
}

// find is the slot of a word by its hash.
func (x *table) find(h uint64) (i uint64, ok bool) {
	s := spread(h)
	f := s >> (64 - filterBits)
	if x.filter[f/64]&(1<<(f%64)) == 0 {
		return 0, false
	}
	for i := s >> (64 - x.bits); x.slots[i] != 0; i = (i + 1) & (1<<x.bits - 1) {
		if x.slots[i] == h {
			return i, true
		}
	}
	return 0, false
}

// spelled is the logarithm of how likely letters stand so, as in a word that is not known.
func (x *words) spelled(w string) float64 {
	p := 0.0
	at := ends*729 + ends*27 + ends
	for i := 0; i <= len(w); i++ {
		c := ends
		if i < len(w) {
			c = int(w[i]-'a') % 27
		}
		at = at%19683*27 + c
		p += float64(x.letters[at])
	}
	return p
}
