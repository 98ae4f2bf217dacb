package attack

import (
	_ "embed"
	"strings"
	"sync"

	"wenyuan/guard/rule"
)

//go:embed common.txt
var commonText string

//go:embed alike.txt
var alikeText string

//go:embed synonyms.txt
var synonymText string

// tables are the lists, read when they are first needed.
type tables struct {
	alike    map[rune][]rune     // characters that look like one
	sounds   map[uint16][]rune   // common characters by syllable, the commonest first
	synonyms map[string][]string // words that may stand for one
	longest  int                 // characters of a Chinese word that has synonyms
}

var lists = sync.OnceValue(func() *tables {
	t := &tables{alike: map[rune][]rune{}, sounds: map[uint16][]rune{}, synonyms: map[string][]string{}}
	for line := range lines(commonText) {
		for _, r := range line {
			if s := rule.Syllable(r); s != 0 {
				t.sounds[s] = append(t.sounds[s], r)
			}
		}
	}
	for line := range lines(alikeText) {
		for group := range strings.FieldsSeq(line) {
			t.group([]rune(group))
		}
	}
	for line := range lines(synonymText) {
		words := strings.Fields(line)
		for i, w := range words[:2] { // nobody writes the rare ones to have them replaced
			for j, other := range words {
				if i != j {
					t.synonyms[w] = append(t.synonyms[w], other)
				}
			}
			if r := []rune(w); isHan(r[0]) {
				t.longest = max(t.longest, len(r))
			}
		}
	}
	return t
})

func (t *tables) group(rs []rune) {
	for i, r := range rs {
		for j, other := range rs {
			if i != j {
				t.alike[r] = append(t.alike[r], other)
			}
		}
	}
}

// lines yields the lines of a list without its comments.
func lines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// soundsLike are the common characters that sound as one does, tones aside.
func soundsLike(r rune) []rune {
	var out []rune
	for _, other := range lists().sounds[rule.Syllable(r)] {
		if other != r {
			out = append(out, other)
		}
	}
	return out
}
