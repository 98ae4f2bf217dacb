package rule

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
)

// maxForms are the written forms of all words of a matcher, variants among them.
const maxForms = 4_000_000

// A Matcher finds the rules of its sets. It is safe for concurrent use.
type Matcher struct {
	sets    []*Set
	rules   []*rule
	setOf   []int32 // set of a rule, by its index
	slots   []slot  // by group, those of one side by side
	slotsOf []int32 // where the slots of a group begin; one more at the end
	entries []entry
	globs   []*glob
	trie    trie
	sounds  []sounding
	screen  screen
	ahead   []int32 // by rule: bytes of folded text behind a match that may still decide on it
	reach   int     // bytes of the longest match, with what may stand beside it and decide on it
}

// A slot is what a hit means for a rule.
type slot struct {
	rule int32
	term int32 // its term, or one of the two below
}

const (
	isException int32 = -1
	isUnless    int32 = -2
)

// Compile makes a matcher of sets. The same word in several rules is a hit of each. It
// fails with code TooLarge when the words have too many forms.
func Compile(sets ...*Set) (*Matcher, error) {
	b := &builder{m: &Matcher{sets: sets}, shared: map[sharedTerm]int32{}}
	for i, set := range sets {
		for j := range set.rules {
			b.add(int32(i), &set.rules[j])
		}
		if len(b.m.entries) > maxForms {
			return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the rules have more than %d words with their variants", maxForms),
				Hint: "switch variants off for long lists of words"}
		}
	}
	b.finish()
	return b.m, nil
}

type builder struct {
	m      *Matcher
	shared map[sharedTerm]int32
	uses   []slotUse
	groups int32
}

// A sharedTerm is a list that several rules use alike: it is matched once.
type sharedTerm struct {
	first    *word
	size     int
	variants variant
}

type slotUse struct {
	group int32
	slot
}

func (b *builder) add(set int32, r *rule) {
	n := int32(len(b.m.rules))
	b.m.rules, b.m.setOf = append(b.m.rules, r), append(b.m.setOf, set)
	for i, t := range r.terms {
		b.use(t, r.variants, slot{n, int32(i)})
	}
	b.use(r.except, r.variants&separators, slot{n, isException})
	b.use(r.unless, r.variants&separators, slot{n, isUnless})
	b.measure(r)
}

// use gives a term a group, the same one as before where it is the same list.
func (b *builder) use(t term, v variant, s slot) {
	if len(t) == 0 {
		return
	}
	key := sharedTerm{&t[0], len(t), v}
	group, ok := b.shared[key]
	if !ok || len(t) == 1 {
		group = b.groups
		b.groups++
		if len(t) > 1 {
			b.shared[key] = group
		}
		for i := range t {
			b.word(t[i], v, group)
		}
	}
	b.uses = append(b.uses, slotUse{group, s})
}

func (b *builder) word(w word, v variant, group int32) {
	e := entry{group: group, glob: -1}
	if v&separators != 0 {
		e.flags |= gaps
	}
	if w.glob != nil {
		e.key, e.glob = w.text, int32(len(b.m.globs))
		b.m.globs = append(b.m.globs, w.glob)
		if len(w.glob.before) == 0 && w.glob.start {
			e.flags |= borderBefore
		}
		b.m.entries = append(b.m.entries, e)
		return
	}
	forms(w.text, v, func(form string) {
		e.key = form
		b.m.entries = append(b.m.entries, e.bordered())
	})
	for _, syllables := range soundings(w, v) {
		b.m.sounds = append(b.m.sounds, sounding{syllables, group, e.flags})
	}
}

// bordered wants borders where the rims of a form are letters.
func (e entry) bordered() entry {
	if r, _ := utf8.DecodeRuneInString(e.key); spelled(r) {
		e.flags |= borderBefore
	}
	if r, _ := utf8.DecodeLastRuneInString(e.key); spelled(r) {
		e.flags |= borderAfter
	}
	return e
}

// finish sorts what was gathered into tables.
func (b *builder) finish() {
	m := b.m
	m.slotsOf = make([]int32, b.groups+1)
	for _, u := range b.uses {
		m.slotsOf[u.group+1]++
	}
	for i := range b.groups {
		m.slotsOf[i+1] += m.slotsOf[i]
	}
	m.slots = make([]slot, len(b.uses))
	at := append([]int32(nil), m.slotsOf...)
	for _, u := range b.uses {
		m.slots[at[u.group]] = u.slot
		at[u.group]++
	}
	m.trie = newTrie(m.entries)
	m.screen = newScreen(m.entries, m.sounds)
}

// Bytes of folded text that a character or a gap may take.
const (
	charBytes = 4
	gapBytes  = 3 * charBytes
)

// measure keeps how far apart the things may lie that decide on a match of a rule.
func (b *builder) measure(r *rule) {
	span, after, beside := 0, 0, longest(r.except)
	for i, t := range r.terms {
		span += longest(t)
		if i == 1 {
			span += charBytes * int(r.within)
		}
		for _, w := range t {
			if w.glob != nil {
				after = max(after, charBytes*len(w.glob.after))
			}
			beside = max(beside, alternative(t, w))
		}
	}
	if len(r.unless) > 0 {
		beside = max(beside, charBytes*int(r.within)+longest(r.unless))
	}
	b.m.ahead = append(b.m.ahead, int32(max(beside, after)))
	b.m.reach = max(b.m.reach, span+beside+2*charBytes)
}

// longest is how many bytes the longest word of a term may take, with gaps and variants.
func longest(t term) (n int) {
	for _, w := range t {
		size := len(w.text)
		if w.glob != nil {
			size += charBytes * (len(w.glob.before) + len(w.glob.after))
		} else {
			size += utf8.RuneCountInString(w.text) * (gapBytes + len("zhuang"))
		}
		n = max(n, size)
	}
	return n
}

// alternative is how much longer another word of the term is that begins like this one, and
// would take its place.
func alternative(t term, w word) (n int) {
	for _, x := range t[:min(len(t), 256)] {
		if len(x.text) > len(w.text) && strings.Contains(x.text, w.text) {
			n = max(n, longest(term{x}))
		}
	}
	return n
}
