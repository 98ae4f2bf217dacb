package risk

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
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

// parseLanguage reads a line of JSON, lines of English words, an empty line, and lines of Chinese
// ones. A line is how many bytes are those of the word before, the others, and the class: a
// character of '0' + twice the binary logarithm of the frequency, rounded.
func parseLanguage(file []byte) (*language, error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	l := &language{words: words{table: newTable(17)}, han: newHanWords()}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	sc.Scan()
	if err := json.Unmarshal(sc.Bytes(), &l.header); err != nil {
		return nil, err
	}
	last := ""
	for sc.Scan() && sc.Text() != "" {
		line := sc.Text()
		word := last[:line[0]-'0'] + line[1:len(line)-1]
		f := frequency(line[len(line)-1])
		l.words.put(hashWord(word), f)
		l.words.count(word, math.Log2(1+f))
		last = word
	}
	last = ""
	for sc.Scan() {
		line := sc.Text()
		last = last[:line[0]-'0'] + line[1:len(line)-1]
		l.han.put(last, frequency(line[len(line)-1]))
	}
	l.words.finish()
	l.han.finish()
	return l, sc.Err()
}

// frequency is what a class stands for.
func frequency(class byte) float64 { return math.Exp2(float64(class-'0') / 2) }

// class is that of a frequency of 1 or more.
func class(frequency float64) byte {
	return '0' + byte(min(77, math.Round(2*math.Log2(max(1, frequency)))))
}

// Pack makes the file that the package ships of English words in lower case and of Chinese ones
// in simplified script, each with its frequency of 1 or more. It is for dataset/risk/learn;
// equal input gives equal bytes.
func Pack(sources []Source, english, chinese map[string]float64) ([]byte, error) {
	head, err := json.Marshal(map[string]any{"sources": sources})
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(append(head, '\n'))
	for i, list := range []map[string]float64{english, chinese} {
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
	letters [27][27][27]float32 // how likely a letter follows two others, as logarithm
	counts  [27][27][27]float64
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

// count adds the letters of a word to what is known of their order.
func (x *words) count(w string, weight float64) {
	a, b := 26, 26
	for i := 0; i <= len(w); i++ {
		c := 26
		if i < len(w) {
			if c = int(w[i] - 'a'); c < 0 || c >= 26 {
				return
			}
		}
		x.counts[a][b][c] += weight
		a, b = b, c
	}
}

func (x *words) finish() {
	for a := range x.counts {
		for b := range x.counts[a] {
			sum := 0.0
			for _, n := range x.counts[a][b] {
				sum += n
			}
			for c, n := range x.counts[a][b] {
				x.letters[a][b][c] = float32(math.Log((n + 0.02*sum/27 + 0.5) / (1.02*sum + 13.5)))
			}
		}
	}
	x.table.finish()
}

// has is the logarithm of how likely a word is, by its hash.
func (x *table) has(h uint64) (p float32, ok bool) {
	s := spread(h)
	f := s >> (64 - filterBits)
	if x.filter[f/64]&(1<<(f%64)) == 0 {
		return 0, false
	}
	for i := s >> (64 - x.bits); x.slots[i] != 0; i = (i + 1) & (1<<x.bits - 1) {
		if x.slots[i] == h {
			return x.class[i], true
		}
	}
	return 0, false
}

// spelled is the logarithm of how likely letters stand so, as in a word that is not known.
func (x *words) spelled(w string) float64 {
	p := 0.0
	a, b := 26, 26
	for i := 0; i <= len(w); i++ {
		c := 26
		if i < len(w) {
			c = int(w[i] - 'a')
		}
		p += float64(x.letters[a][b][c])
		a, b = b, c
	}
	return p
}
