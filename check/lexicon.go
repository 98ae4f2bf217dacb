package check

import (
	"embed"
	"strconv"
	"strings"

	"wenyuan/internal/fnv"

	"wenyuan/internal/hanzi"
)

//go:embed lists/*.txt
var lists embed.FS

// A class says what part a word plays in a sentence.
type class uint8

const (
	silent     class = iota // carries no claim: articles, pronouns, particles
	word                    // a plain content word
	han                     // a Chinese character that is in no list
	number                  // a value, with its unit
	version                 // 5.1.0
	identifier              // camelCase, snake_case, a.b.c, x86
	name                    // capitalised inside a sentence
	negation
	quantity
	modality
	direction
	link   // and, or, if, unless
	source // names where something is said
)

// An entry is what the lists say about a word. Words of one group have one id;
// directions of one pair have groups that differ in the lowest bit.
type entry struct {
	id    uint64
	class class
	group int16
}

type unit struct {
	dim   uint8 // 0 for none
	scale float64
}

// A lexicon holds the word lists, keyed by the hash of the word in lower case.
type lexicon struct {
	words    map[uint64]entry
	phrases  map[uint64]bool // first words of English phrases
	empty    map[uint64]bool // words of sentences that claim nothing
	units    map[uint64]unit
	relative [256]bool      // dimensions that are shares or multiples
	longest  [1 << 16]uint8 // length of the longest listed word that begins with this Chinese character
	unitLen  [1 << 16]uint8 // the same for units
	maybe    [1 << 16]bool  // filter over the hashes of all listed words; most words are in no list
	groups   int16
	only     int16 // the group of "only"
	usually  int16 // the group of "usually", which only hedges
	several  int16 // the group of "multiple", which stands against a number
	bound    boundWords
	titles   map[uint64]bool // words that stand with the name of a person, by their ids
	answers  map[uint64]bool // words that answer alone; true for those that affirm
}

// boundWords are the words that bounds are put into one form with.
type boundWords struct {
	atLeast, atMost, more, less, before, after, can, must entry
	forbidden, cannot, may, shall, should                 int16 // groups
	utmost                                                map[uint64]entry
	inside                                                uint64 // the id of 内
}

var lex = loadLexicon()

// loadLexicon reads the embedded lists. They are part of the program, so that a
// mistake in them is found by the first test and may panic.
func loadLexicon() *lexicon {
	l := &lexicon{words: map[uint64]entry{}, phrases: map[uint64]bool{}, empty: map[uint64]bool{}, units: map[uint64]unit{}}
	l.loadClosed()
	l.loadOpposites()
	l.loadSources()
	for _, line := range listLines("alike.txt") {
		ws := strings.Fields(line)
		for _, w := range ws {
			l.put(w, entry{id: hash(stem(ws[0])), class: word})
		}
	}
	for _, line := range listLines("silent.txt") {
		for _, w := range strings.Fields(line) {
			l.put(w, entry{id: hash(w), class: silent})
		}
	}
	for _, line := range listLines("compound.txt") {
		for _, w := range strings.Fields(line) {
			l.put(w, entry{id: hash(w), class: han})
		}
	}
	l.loadUnits()
	l.loadEmpty()
	l.loadTitles()
	l.fillFilter()
	for _, w := range []string{"%", "‰", "倍"} {
		l.relative[l.units[hash(w)].dim] = true
	}
	l.usually = l.words[hash("usually")].group
	l.only, l.several = l.words[hash("only")].group, l.words[hash("multiple")].group
	l.loadBounds()
	l.loadAnswers()
	return l
}

func (l *lexicon) loadBounds() {
	word := func(w string) entry { return l.words[hash(w)] }
	l.bound = boundWords{word("at least"), word("at most"), word("more than"), word("less than"), word("before"), word("after"), word("can"), word("must"),
		word("forbidden").group, word("不能").group, word("may").group, word("应").group, word("should").group, map[uint64]entry{}, word("内").id}
	for w, to := range map[string]entry{"最高": l.bound.atMost, "最长": l.bound.atMost, "最低": l.bound.atLeast, "最短": l.bound.atLeast, "内": l.bound.atMost} {
		l.bound.utmost[word(w).id] = to
	}
}

// loadTitles marks words by the id they get when they are read.
func (l *lexicon) loadTitles() {
	l.titles = map[uint64]bool{}
	for _, line := range listLines("title.txt") {
		for _, w := range strings.Fields(line) {
			l.put(w, entry{id: hash(stem(w)), class: word})
			l.titles[l.words[hash(w)].id] = true
		}
	}
}

// loadAnswers reads two lines, of the words that affirm and of those that deny.
func (l *lexicon) loadAnswers() {
	l.answers = map[uint64]bool{}
	for i, line := range listLines("answer.txt") {
		for _, w := range strings.Fields(line) {
			l.answers[hash(strings.ReplaceAll(w, "_", " "))] = i == 0
		}
	}
}

// listLines returns the lines of a list without comments and empty lines.
func listLines(file string) []string {
	b, err := lists.ReadFile("lists/" + file)
	if err != nil {
		panic(err) // embedded
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// put enters a word; the first list that has it wins.
func (l *lexicon) put(w string, e entry) {
	w = strings.ReplaceAll(w, "_", " ")
	h := hash(w)
	if _, ok := l.words[h]; ok {
		return
	}
	l.words[h] = e
	if r := []rune(w); isHan(r[0]) {
		l.longest[r[0]] = max(l.longest[r[0]], uint8(len(r)))
	} else if i := strings.IndexByte(w, ' '); i > 0 {
		l.phrases[hash(w[:i])] = true
	}
}

func (l *lexicon) loadClosed() {
	classes := map[string]class{"[negation]": negation, "[quantity]": quantity, "[modality]": modality, "[link]": link}
	var c class
	for _, line := range listLines("closed.txt") {
		if line[0] == '[' {
			c = classes[line]
			continue
		}
		l.groups++
		for _, w := range strings.Fields(line) {
			l.put(w, entry{id: uint64(c)<<32 + uint64(l.groups), class: c, group: l.groups})
		}
	}
}

func (l *lexicon) loadOpposites() {
	for i, line := range listLines("opposites.txt") {
		for side, half := range strings.Split(line, " / ") {
			for _, w := range strings.Fields(half) {
				l.put(w, entry{id: hash(stem(strings.ReplaceAll(w, "_", " "))), class: direction, group: int16(2*(i+1) + side)})
			}
		}
	}
}

// Groups of the words that name a source.
const (
	sourceDocument = iota + 1
	sourceSaying
)

func (l *lexicon) loadSources() {
	groups := map[string]int16{"[document]": sourceDocument, "[saying]": sourceSaying}
	var g int16
	for _, line := range listLines("source.txt") {
		if line[0] == '[' {
			g = groups[line]
			continue
		}
		for _, w := range strings.Fields(line) {
			l.put(w, entry{id: hash(stem(w)), class: source, group: g})
		}
	}
}

func (l *lexicon) loadUnits() {
	dims := map[string]uint8{}
	for _, line := range listLines("units.txt") {
		f := strings.Fields(line)
		if dims[f[0]] == 0 {
			dims[f[0]] = uint8(len(dims) + 1)
		}
		scale, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			panic(err) // embedded
		}
		for _, w := range f[2:] {
			w = strings.ReplaceAll(w, "_", " ")
			l.units[hash(w)] = unit{dims[f[0]], scale}
			if r := []rune(w); isHan(r[0]) {
				l.unitLen[r[0]] = max(l.unitLen[r[0]], uint8(len(r)))
			}
		}
	}
}

// loadEmpty marks words by the id they get when they are read.
func (l *lexicon) loadEmpty() {
	for _, line := range listLines("empty.txt") {
		for _, w := range strings.Fields(line) {
			w = strings.ReplaceAll(w, "_", " ")
			if e, ok := l.words[hash(w)]; ok {
				l.empty[e.id] = true
			} else if r := []rune(w); isHan(r[0]) {
				l.put(w, entry{id: hash(w), class: han})
				l.empty[hash(w)] = true
			} else {
				l.empty[hash(stem(w))] = true
			}
		}
	}
}

// fillFilter marks every hash that any table knows, so that a word in none of them is
// passed over with one look.
func (l *lexicon) fillFilter() {
	for h := range l.words {
		l.maybe[filterSlot(h)] = true
	}
	for h := range l.phrases {
		l.maybe[filterSlot(h)] = true
	}
	for _, table := range []map[uint64]float64{numberWords, months, shortMonths, ordinals} {
		for h := range table {
			l.maybe[filterSlot(h)] = true
		}
	}
	for _, w := range []string{"a", "dozen", "minus", "cannot", "e.g", "i.e"} {
		l.maybe[filterSlot(hash(w))] = true
	}
}

func filterSlot(h uint64) uint64 { return (h * 0x9e3779b97f4a7c15) >> 48 }

// find looks a word up by its hash.
func (l *lexicon) find(h uint64) (entry, bool) {
	if !l.maybe[filterSlot(h)] {
		return entry{}, false
	}
	e, ok := l.words[h]
	return e, ok
}

// hash is FNV-1a over the characters of a string.
func hash(s string) uint64 {
	h := fnv.Seed
	for _, r := range s {
		h = fnv.Mix(h, hanzi.Simplify(r))
	}
	return h
}
