package rule

import (
	"unicode/utf8"
)

// An event is a word of a group that was met.
type event struct {
	group      int32
	start, end int32 // bytes of the folded text
}

// A scan goes over a folded text for the words of one layer.
type scan struct {
	m      *Matcher
	l      *layer
	s      string
	events []event
}

// events are the words that stand in a folded text: those of the first layer, and those of
// the second that lie beside them.
func (m *Matcher) events(s string) []event {
	sc := scan{m: m, l: &m.first, s: s}
	sc.run(0, len(s))
	if len(m.context.entries) == 0 {
		return sc.events
	}
	sc.l = &m.context
	done := 0
	for _, w := range m.windows(sc.events, s) {
		if w.to > done {
			sc.run(max(done, w.from), w.to)
			done = w.to
		}
	}
	return sc.events
}

// run adds the words that begin from one place to another.
func (sc *scan) run(from, to int) {
	if len(sc.l.entries) == 0 {
		return
	}
	for i := from; i < to; {
		if sc.s[i] < utf8.RuneSelf {
			i = sc.ascii(i, to)
		} else {
			i = sc.wide(i, to)
		}
	}
}

// ascii looks at the places of a run of ASCII, and returns where it ends.
func (sc *scan) ascii(i, to int) int {
	s, sn := sc.s, &sc.l.screen
	word := i > 0 && alnum(s[i-1])
	for i < to && s[i] < utf8.RuneSelf {
		kind := sn.kind[s[i]]
		if kind == 0 || kind == inWord && word {
			word = kind != 0
			i++
			continue
		}
		word = kind&inWord != 0
		if i+4 > len(s) {
			sc.walk(i, 0, i, false)
		} else if four := first4(s, i); sn.four.has(hash(four)) || sn.short && sn.three.has(hash(four&0xffffff)) {
			sc.walk(i, 0, i, false)
		}
		i++
	}
	return i
}

// wide looks at the places of a run of other characters.
func (sc *scan) wide(i, to int) int {
	s, sn := sc.s, &sc.l.screen
	r0, n := utf8.DecodeRuneInString(s[i:])
	p := (*phonetics)(nil)
	if len(sc.l.sounds) > 0 {
		p = sounds()
	}
	for {
		if sn.single.has(hash(uint32(r0))) {
			sc.walk(i, 0, i, false)
		}
		after := i + n
		if after >= len(s) {
			return after
		}
		if s[after] < utf8.RuneSelf && sn.wide.has(hash2(uint32(r0), uint32(s[after]))) {
			sc.walk(i, 0, i, false)
		}
		at := after
		if s[at] < utf8.RuneSelf || s[at] == 0xc2 || s[at] == 0xe2 || s[at] == 0xe3 {
			at = over(s, at)
		}
		var r1 rune
		n1 := 0
		if at < len(s) && s[at] >= utf8.RuneSelf {
			r1, n1 = decode(s, at)
			if sn.wide.has(hash2(uint32(r0), uint32(r1))) {
				sc.walk(i, 0, i, false)
			}
			if p != nil {
				sc.sound(p, i, r0, r1)
			}
		}
		if at != after || n1 == 0 || at >= to {
			return after
		}
		i, r0, n = at, r1, n1
	}
}

// decode reads a character that is not ASCII. Nearly all of them have three bytes.
func decode(s string, i int) (rune, int) {
	if i+2 < len(s) && s[i]&0xf0 == 0xe0 {
		return rune(s[i]&15)<<12 | rune(s[i+1]&63)<<6 | rune(s[i+2]&63), 3
	}
	return utf8.DecodeRuneInString(s[i:])
}

// walk goes down the trie from a place. Where a gap stands, the ways with and without it are
// both gone.
func (sc *scan) walk(start int, node uint32, at int, gapped bool) {
	t, s := &sc.l.trie, sc.s
	for {
		if out := t.out[node]; out != 0 {
			sc.found(out-1, start, at, gapped)
		}
		if at >= len(s) {
			return
		}
		c := s[at]
		if end := at; c < utf8.RuneSelf && !isSeparator[c] && c != '\n' || c > 0xe3 {
			// a letter or Han character, as nearly always
		} else if end = over(s, at); end > at {
			if next := t.child(node, ' '); next != 0 {
				sc.walk(start, next, end, gapped)
			}
			if node != 0 && s[at-1] >= utf8.RuneSelf && end < len(s) && s[end] >= utf8.RuneSelf {
				if next := t.child(node, s[end]); next != 0 {
					sc.walk(start, next, end+1, true)
				}
				return
			}
			if c == ' ' {
				return
			}
		}
		node = t.child(node, c)
		if node == 0 {
			return
		}
		at++
	}
}

// found keeps the entries of one key that hold where it was met.
func (sc *scan) found(i int32, start, end int, gapped bool) {
	l, key := sc.l, sc.l.entries[i].key
	for ; int(i) < len(l.entries) && l.entries[i].key == key; i++ {
		e := &l.entries[i]
		if gapped && e.flags&gaps == 0 ||
			e.flags&borderBefore != 0 && !bordered(sc.s, start, false) ||
			e.flags&borderAfter != 0 && !bordered(sc.s, end, true) {
			continue
		}
		from, to := start, end
		if e.glob >= 0 {
			var ok bool
			if from, to, ok = sc.m.globs[e.glob].match(sc.s, start, end); !ok {
				continue
			}
		}
		sc.events = append(sc.events, event{e.group, int32(from), int32(to)})
	}
}

// sound looks for homophones from a place whose first two characters are given.
func (sc *scan) sound(p *phonetics, start int, r0, r1 rune) {
	a, b := p.of(r0), p.of(r1)
	if a == 0 || b == 0 {
		return
	}
	key := uint32(a)<<16 | uint32(b)
	if !sc.l.screen.pairs.has(hash(key)) {
		return
	}
	for _, i := range sc.l.screen.byPair[key] {
		w := &sc.l.sounds[i]
		if end := sounded(p, sc.s, start, w); end > 0 {
			sc.events = append(sc.events, event{w.group, int32(start), int32(end)})
		}
	}
}

// sounded returns where a text that sounds like a word ends, 0 where it sounds otherwise.
func sounded(p *phonetics, s string, at int, w *sounding) int {
	for i, want := range w.syllables {
		if i > 0 && w.flags&gaps != 0 {
			at = over(s, at)
		}
		if at >= len(s) || s[at] < utf8.RuneSelf {
			return 0
		}
		r, n := decode(s, at)
		if p.of(r) != want {
			return 0
		}
		at += n
	}
	return at
}
