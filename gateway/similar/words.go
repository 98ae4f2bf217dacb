package similar

import (
	"embed"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"wenyuan/internal/fnv"

	"wenyuan/internal/hanzi"
)

//go:embed lists/words.txt
var lists embed.FS

// A part is what a word plays in a question.
type part uint8

const (
	content  part = iota // carries the meaning
	nothing              // articles, particles: left out
	request              // "could you tell me", 请问: left out where a question begins
	greeting             // "hello", 谢谢: left out where it stands apart, at the beginning or the end
	light                // may come or go at a small cost
	speaker              // I and you: the same, but who stands where matters
	ask                  // what is asked for
	when                 // a time
	person               // he, she, girl, husband
	number               // a value, a version, an identifier
	name                 // capitalised
	denial               // not, without, 没有
	amount               // all, only, at least
	must                 // must, may not, 必须
	side                 // one of two that stand against each other
	link                 // or, if, unless
)

// parts are the headings of the list; any other one is a kind of question.
var parts = map[string]part{"nothing": nothing, "request": request, "greeting": greeting, "light": light, "speaker": speaker, "time": when, "person": person, "same": content, "keep": content}

// An entry is what the list says about a word or phrase.
type entry struct {
	id    uint64
	part  part
	group int16 // of a kind of question
	w     float32
	own   bool // it says the same as no other word of its line
}

// A lexicon holds the list, keyed by the hash of the folded words.
type lexicon struct {
	words   map[uint64]entry
	begins  map[uint64]int8 // words of the longest phrase that begins with this Latin word
	longest map[rune]int8   // characters of the longest word that begins with this Chinese character
	asks    []string        // the kinds of questions
}

var lex = loadLexicon()

// loadLexicon reads the embedded list. It is part of the program, so that a mistake in it is found by
// the first test and may panic.
func loadLexicon() *lexicon {
	b, err := lists.ReadFile("lists/words.txt")
	if err != nil {
		panic(err) // embedded
	}
	l := &lexicon{words: map[uint64]entry{}, begins: map[uint64]int8{}, longest: map[rune]int8{}}
	var e entry
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			e = l.heading(line[1 : len(line)-1])
			continue
		}
		l.group(e, strings.Fields(line))
	}
	return l
}

// group enters the words of a line.
func (l *lexicon) group(e entry, words []string) {
	first := words[0]
	for _, w := range words {
		if e.own {
			first = w
		}
		e.id = hash(first)*31 + uint64(e.part)
		if e.part == ask {
			e.id = uint64(e.group)
		}
		l.put(w, e)
	}
}

// kind is the number of a kind of question.
func (l *lexicon) kind(name string) int16 { return int16(slices.Index(l.asks, name) + 1) }

// heading reads what stands between the brackets: a part, and what its words cost where it is not 1.
func (l *lexicon) heading(h string) entry {
	head, cost, _ := strings.Cut(h, " ")
	p, ok := parts[head]
	if !ok {
		l.asks = append(l.asks, h)
		return entry{part: ask, group: int16(len(l.asks)), w: 1}
	}
	e := entry{part: p, w: 1, own: head == "keep"}
	if cost != "" {
		w, err := strconv.ParseFloat(cost, 32)
		if err != nil {
			panic(err) // embedded
		}
		e.w = float32(w)
	}
	return e
}

// put enters a word or phrase; the first heading that has it wins.
func (l *lexicon) put(w string, e entry) {
	w = strings.ReplaceAll(w, "_", " ")
	h := hash(w)
	if _, ok := l.words[h]; ok {
		return
	}
	l.words[h] = e
	r := []rune(w)
	if isHan(r[0]) {
		l.longest[r[0]] = max(l.longest[r[0]], int8(len(r)))
		return
	}
	first, _, _ := strings.Cut(w, " ")
	n := int8(strings.Count(w, " ") + 1)
	l.begins[hash(first)] = max(l.begins[hash(first)], n)
}

// hash is FNV-1a over the characters of a folded text.
func hash(s string) uint64 {
	h := fnv.Seed
	for _, r := range s {
		h = fnv.Mix(h, fold(r))
	}
	return h
}

// fold writes a character in half width, small and simplified; one for one, so that places stay.
func fold(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 32
	case r < 0x80:
		return r
	case r >= 0xff01 && r <= 0xff5e:
		return fold(r - 0xfee0)
	case r == '’' || r == '‘' || r == 'ʼ':
		return '\''
	case r == 0x3000 || r == 0xa0:
		return ' '
	}
	return hanzi.Simplify(unicode.ToLower(r))
}

func isHan(r rune) bool { return r >= 0x3400 && unicode.Is(unicode.Han, r) }

// isLetter says whether a folded character is part of a Latin word; an apostrophe inside one is too.
func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r > 0x7f && !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
