package inject

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"wenyuan/guard/reading"
)

//go:embed rules.txt
var rulesFile string

// rules are the heuristics: phrases stand for concepts, and a rule is some concepts near
// each other in an order.
type rules struct {
	phrases []phrase
	starts  [1 << 12][]uint16 // phrases by the hash of their first three bytes
	any     [1 << 6]uint64    // which of starts there are, a bit each
	first   [256]bool         // bytes that a phrase begins with
	names   []string          // of the concepts
	uses    [][]use           // by concept: where rules need it
	list    []rule
}

type phrase struct {
	text    string
	concept uint8
	whole   bool // ends where a word ends
	word    bool // begins where a word begins
	stem    bool // the word may go on
	label   bool // ends with a colon: names who speaks, where a line or a sentence begins
}

type rule struct {
	kind   string
	name   string // the kind with its concepts: what the model knows it by
	weight float64
	gap    int
	length int
	at     int // of its first step among all steps
}

type use struct{ rule, step uint16 }

// builtIn are the rules that ship, read with the first text: they take longer to read than
// many a command takes.
var builtIn = sync.OnceValue(func() *rules { return mustRules(rulesFile) })

func mustRules(file string) *rules {
	r, err := parseRules(file)
	if err != nil {
		panic("inject: rules.txt: " + err.Error()) // it ships with the program
	}
	return r
}

func parseRules(file string) (*rules, error) {
	r, names, steps := &rules{}, map[string]int{}, 0
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimSpace(line)
		var err error
		switch {
		case line == "" || line[0] == '#' && !strings.HasPrefix(line, "##"):
		case line[0] == '@':
			err = r.concept(line[1:], names)
		default:
			steps, err = r.rule(line, names, steps)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return r, nil
}

func (r *rules) concept(line string, names map[string]int) error {
	name, list, ok := strings.Cut(line, "=")
	if !ok {
		return fmt.Errorf("a concept is @name = phrase | phrase")
	}
	name = strings.TrimSpace(name)
	id, known := names[name]
	if !known {
		id = len(names)
		names[name] = id
		r.uses = append(r.uses, nil)
		r.names = append(r.names, "has "+name)
	}
	for _, text := range strings.Split(list, " | ") {
		text = strings.TrimSpace(text)
		stem := strings.HasSuffix(text, "*")
		text = strings.TrimSpace(reading.Fold(strings.TrimSuffix(text, "*")).Folded)
		if len(text) < 3 {
			return fmt.Errorf("%q is shorter than three bytes", text)
		}
		r.phrases = append(r.phrases, newPhrase(text, id, stem))
		r.first[text[0]] = true
		i := uint16(len(r.phrases) - 1)
		h := start(text)
		r.starts[h] = append(r.starts[h], i)
		r.any[h/64] |= 1 << (h % 64)
	}
	return nil
}

func newPhrase(text string, concept int, stem bool) phrase {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	return phrase{text: text, concept: uint8(concept), word: spaced(first), whole: spaced(last) && !stem, stem: stem, label: last == ':'}
}

func (r *rules) rule(line string, names map[string]int, steps int) (int, error) {
	head, list, ok := strings.Cut(line, ":")
	f := strings.Fields(head)
	if !ok || len(f) != 3 {
		return steps, fmt.Errorf("a rule is kind weight gap: concepts")
	}
	weight, err := strconv.ParseFloat(f[1], 64)
	if err != nil {
		return steps, err
	}
	gap, err := strconv.Atoi(f[2])
	if err != nil {
		return steps, err
	}
	concepts := strings.Fields(list)
	for i, name := range concepts {
		id, ok := names[name]
		if !ok {
			return steps, fmt.Errorf("there is no concept %q", name)
		}
		r.uses[id] = append(r.uses[id], use{uint16(len(r.list)), uint16(i)})
	}
	r.list = append(r.list, rule{f[0], f[0] + ":" + list, weight, gap, len(concepts), steps})
	return steps + len(concepts), nil
}

func start(s string) uint32 {
	return (uint32(s[0])*2654435761 ^ uint32(s[1])*40503 ^ uint32(s[2])*2246822519) >> 20
}

// spaced: letters of scripts whose words stand apart.
func spaced(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0xc0 && r < 0x0e00
}

// A found is a rule that holds, with the bytes of the text between its ends.
type found struct {
	rule       *rule
	start, end int
}

type partial struct {
	start, end int
	ok         bool
}

// A search is one walk through a text: how far each rule has come.
type search struct {
	*rules
	state []partial
	done  []bool
	has   uint64 // concepts that were met, a bit each
	found []found
}

// find gives the first place of each rule that holds, and the concepts that were met.
func (r *rules) find(text string) (out []found, has uint64) {
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.begin(r)
	for i := 0; i+3 <= len(text); {
		c := text[i]
		if r.first[c] {
			s.begins(text, i)
		}
		if i++; wordBytes[c] { // within a word no phrase begins that begins with a letter
			for i < len(text) && wordBytes[text[i]] {
				i++
			}
		}
	}
	out, s.found = s.found, nil // the caller's now
	return out, s.has
}

// begins takes the phrases that stand at a byte of the text.
func (s *search) begins(text string, i int) {
	h := start(text[i:])
	if s.any[h/64]>>(h%64)&1 == 0 {
		return
	}
	for _, p := range s.starts[h] {
		if ph := &s.phrases[p]; strings.HasPrefix(text[i:], ph.text) && ph.stands(text, i) {
			s.event(ph.concept, i, ph.ends(text, i+len(ph.text)))
		}
	}
}

// wordBytes are those that words of ASCII have.
var wordBytes = func() (t [256]bool) {
	for i := range t {
		c := byte(i)
		t[i] = c-'a' < 26 || c-'0' < 10
	}
	return t
}()

// searches are used again: a walk through a short text costs less than the room for it.
var searches = sync.Pool{New: func() any { return new(search) }}

// begin readies a search for another text.
func (s *search) begin(r *rules) {
	last := r.list[len(r.list)-1]
	if s.rules != r {
		*s = search{rules: r, state: make([]partial, last.at+last.length), done: make([]bool, len(r.list))}
	}
	clear(s.state)
	clear(s.done)
	s.has, s.found = 0, nil
}

// stands tells whether the phrase is cut off from the letters around it.
func (p *phrase) stands(text string, i int) bool {
	if p.word && i > 0 {
		if before, _ := utf8.DecodeLastRuneInString(text[:i]); spaced(before) {
			return false
		}
	}
	if p.label && !begins(text[:i]) {
		return false
	}
	if end := i + len(p.text); p.whole && end < len(text) {
		if after, _ := utf8.DecodeRuneInString(text[end:]); spaced(after) {
			return false
		}
	}
	return true
}

// begins says whether a line or a sentence begins after the text.
func begins(before string) bool {
	before = strings.TrimRight(before, " #*->|\"'([{<=“「『")
	last, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || strings.ContainsRune("\n.。!?;)]}\"”", last)
}

// ends is where the word ends that a stem begins.
func (p *phrase) ends(text string, i int) int {
	for p.stem && i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !spaced(r) {
			break
		}
		i += n
	}
	return i
}

// event moves every rule on that waits for the concept.
func (s *search) event(concept uint8, start, end int) {
	s.has |= 1 << concept
	for _, u := range s.uses[concept] {
		rule := &s.list[u.rule]
		if s.done[u.rule] {
			continue
		}
		now := partial{start, end, true}
		if u.step > 0 {
			before := s.state[rule.at+int(u.step)-1]
			if !before.ok || start < before.end || start-before.end > rule.gap {
				continue
			}
			now.start = before.start
		}
		s.state[rule.at+int(u.step)] = now
		if int(u.step) == rule.length-1 {
			s.done[u.rule] = true
			s.found = append(s.found, found{rule, now.start, end})
		}
	}
}
