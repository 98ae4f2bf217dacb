package rule

import (
	_ "embed"
	"fmt"
	"unicode/utf8"

	"wenyuan"
)

// maxForms are the written forms of all words of a matcher, variants among them.
const maxForms = 2_000_000

// A Matcher finds the rules of its sets. It is safe for concurrent use.
type Matcher struct {
	sets    []*Set
	rules   []*rule
	setOf   []int32 // set of a rule, by its index
	slots   []slot  // by group, those of one side by side
	slotsOf []int32 // where the slots of a group begin; one more at the end
	groups  int32
	needs   []int32 // by rule: bytes beside its first parts where the others may lie; 0 where there are none
	firsts  []uint8 // by rule: which of its parts are in the first layer
	globs   []*glob
	first   layer   // words of rules that have one part, and the telling parts of the others
	context layer   // everything else: looked for where all telling parts of a rule are
	ahead   []int32 // by rule: bytes of folded text behind a match that may still decide on it
	reach   int     // bytes of the longest match, with what may stand beside it and decide on it
}

// A layer is words that are looked for together.
type layer struct {
	entries []entry
	trie    trie
	sounds  []sounding
	screen  screen
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
	b := &builder{m: &Matcher{sets: sets}, shared: map[sharedTerm]int32{}, lists: map[*word]bool{}, used: map[string]int{}}
	for _, set := range sets {
		for i := range set.rules {
			b.count(set.rules[i].terms)
		}
	}
	for i, set := range sets {
		for j := range set.rules {
			b.add(int32(i), &set.rules[j])
			if len(b.m.first.entries)+len(b.m.context.entries) > maxForms {
				return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the rules have more than %d words with their variants", maxForms),
					Hint: "switch variants off for long lists of words"}
			}
		}
	}
	b.finish()
	return b.m, nil
}

type builder struct {
	m      *Matcher
	shared map[sharedTerm]int32
	lists  map[*word]bool // terms that were counted
	used   map[string]int // terms of combinations by word
	uses   []slotUse
}

// A sharedTerm is a list that several rules use alike: it is matched once.
type sharedTerm struct {
	first    *word
	size     int
	variants variant
	context  bool
}

type slotUse struct {
	group int32
	slot
}

func (b *builder) add(set int32, r *rule) {
	m, n := b.m, int32(len(b.m.rules))
	m.rules, m.setOf = append(m.rules, r), append(m.setOf, set)
	telling := b.telling(r.terms)
	for i, t := range r.terms {
		v := r.variants
		if telling>>i&1 == 0 {
			v &= separators // what hides is written otherwise, not what asks for it
		}
		b.use(t, v, slot{n, int32(i)}, telling>>i&1 == 0)
	}
	b.use(r.except, r.variants&separators, slot{n, isException}, true)
	b.use(r.unless, r.variants&separators, slot{n, isUnless}, true)
	need := b.measure(r)
	if telling == 1<<len(r.terms)-1 && len(r.except)+len(r.unless) == 0 {
		need = 0
	}
	m.needs, m.firsts = append(m.needs, int32(need)), append(m.firsts, telling)
}

// use gives a term a group, the same one as before where it is the same list.
func (b *builder) use(t term, v variant, s slot, context bool) {
	if len(t) == 0 {
		return
	}
	key := sharedTerm{&t[0], len(t), v, context}
	group, ok := b.shared[key]
	if !ok || len(t) == 1 {
		group = b.m.groups
		b.m.groups++
		if len(t) > 1 {
			b.shared[key] = group
		}
		l := &b.m.first
		if context {
			l = &b.m.context
		}
		for i := range t {
			b.word(l, t[i], v, group)
		}
	}
	b.uses = append(b.uses, slotUse{group, s})
}

func (b *builder) word(l *layer, w word, v variant, group int32) {
	e := entry{group: group, glob: -1}
	if v&separators != 0 {
		e.flags |= gaps
	}
	if w.glob != nil {
		e.key, e.glob = w.text, int32(len(b.m.globs))
		b.m.globs = append(b.m.globs, w.glob)
		if w.glob.startsWord() {
			e.flags |= borderBefore
		}
		l.entries = append(l.entries, e)
		return
	}
	forms(w.text, v, func(form string) {
		e.key = form
		l.entries = append(l.entries, e.bordered())
	})
	for _, syllables := range soundings(w, v) {
		l.sounds = append(l.sounds, sounding{syllables, group, e.flags})
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
	m.slotsOf = make([]int32, m.groups+1)
	for _, u := range b.uses {
		m.slotsOf[u.group+1]++
	}
	for i := range m.groups {
		m.slotsOf[i+1] += m.slotsOf[i]
	}
	m.slots = make([]slot, len(b.uses))
	at := append([]int32(nil), m.slotsOf...)
	for _, u := range b.uses {
		m.slots[at[u.group]] = u.slot
		at[u.group]++
	}
	m.first.finish()
	m.context.finish()
}

func (l *layer) finish() {
	l.trie = newTrie(l.entries)
	l.screen = newScreen(l.entries, l.sounds)
}
