package content

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed concepts.txt
var conceptsFile string

var known = sync.OnceValue(func() *concepts {
	c, err := parseConcepts(conceptsFile)
	if err != nil {
		panic("content: the concepts that ship with the program: " + err.Error())
	}
	return c
})

// conceptsMost is how many there can be: one bit each.
const conceptsMost = 64

// concepts find which concepts a text has.
type concepts struct {
	names []string
	pairs [][]string        // marks of two concepts, pairs[a][b] with a < b
	words map[string]uint64 // of an alphabet, also phrases with single spaces
	heads map[string]int    // the first word of each, and the most words that follow from it
	han   map[string]uint64
	reach [1 << 16]uint8 // the most characters of a word that begins with this one
}

// parseConcepts reads lines of a name, a colon and words between commas.
func parseConcepts(file string) (*concepts, error) {
	c := &concepts{words: map[string]uint64{}, heads: map[string]int{}, han: map[string]uint64{}}
	at := map[string]int{}
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, list, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("line %d has no colon", n)
		}
		i, ok := at[name]
		if !ok {
			i = len(c.names)
			at[name] = i
			c.names = append(c.names, name)
		}
		if i == conceptsMost {
			return nil, fmt.Errorf("line %d: more than %d concepts", n, conceptsMost)
		}
		for word := range strings.SplitSeq(list, ",") {
			c.put(strings.TrimSpace(word), 1<<i)
		}
	}
	c.pairs = make([][]string, len(c.names))
	for a := range c.names {
		c.pairs[a] = make([]string, len(c.names))
		for b := a + 1; b < len(c.names); b++ {
			c.pairs[a][b] = c.names[a] + "+" + c.names[b]
		}
	}
	return c, nil
}

func (c *concepts) put(word string, bit uint64) {
	first, _ := utf8.DecodeRuneInString(word)
	if first >= utf8.RuneSelf {
		c.han[word] |= bit
		c.reach[first&0xffff] = max(c.reach[first&0xffff], uint8(utf8.RuneCountInString(word)))
		return
	}
	c.word(word, bit)
	if strings.Contains(word, " ") || len(word) < 3 {
		return
	}
	stem := strings.TrimSuffix(word, "e")
	for _, end := range []string{"s", "es", "d", "ed", "er", "ers"} {
		c.word(word+end, bit)
	}
	c.word(stem+"ing", bit)
	c.word(stem+"ed", bit)
}

func (c *concepts) word(word string, bit uint64) {
	c.words[word] |= bit
	head, _, _ := strings.Cut(word, " ")
	c.heads[head] = max(c.heads[head], strings.Count(word, " ")+1)
}

// in gives a bit for each concept of a folded text.
func (c *concepts) in(s string) (found uint64) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case letter(s[i]):
			end := i + wordLen(s[i:])
			if most := c.heads[s[i:end]]; most > 0 {
				found |= c.phrases(s[i:], end-i, most)
			}
			n = end - i
		case r >= utf8.RuneSelf:
			if most := c.reach[r&0xffff]; most > 0 {
				found |= c.chars(s[i:], int(most))
			}
		}
		i += n
	}
	return found
}

// phrases looks for runs of up to most words, the first of which ends at end.
func (c *concepts) phrases(s string, end, most int) (found uint64) {
	for n := 1; ; n++ {
		found |= c.words[s[:end]]
		if n == most || end+1 >= len(s) || s[end] != ' ' || !letter(s[end+1]) {
			return found
		}
		end += 1 + wordLen(s[end+1:])
	}
}

// chars looks for words of up to most characters.
func (c *concepts) chars(s string, most int) (found uint64) {
	end := 0
	for range most {
		if end >= len(s) || s[end] < utf8.RuneSelf {
			break
		}
		_, n := utf8.DecodeRuneInString(s[end:])
		end += n
		found |= c.han[s[:end]]
	}
	return found
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b == '-' }

func wordLen(s string) int {
	n := 0
	for n < len(s) && letter(s[n]) {
		n++
	}
	return n
}

// marks calls f for each concept and each two of a text, and for its script: that a thing is
// asked for and that it is to stay hidden says more than either.
func (c *concepts) marks(s string, f func(mark string)) {
	found := c.in(s)
	for a := range c.names {
		if found>>a&1 == 0 {
			continue
		}
		f(c.names[a])
		for b := a + 1; b < len(c.names); b++ {
			if found>>b&1 == 1 {
				f(c.pairs[a][b])
			}
		}
	}
	if found == 0 {
		f("nothing")
	}
}

// Marks are what the models are shown of a folded text beside its words.
func Marks(folded string) (all []string) {
	known().marks(folded, func(mark string) { all = append(all, mark) })
	return all
}
