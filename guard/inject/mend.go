package inject

import (
	_ "embed"
	"iter"
	"strings"
	"sync"
	"unicode/utf8"

	words "wenyuan/guard/rule"
)

//go:embed words.txt
var wordsFile string

// Bounds of mending: a word that is shorter has too many neighbours.
const (
	wordLeast, wordMost = 4, 20
	editsMost           = 256
)

// A speller puts right what was misspelled so that no word of an attack stands as it is:
// letters that were dropped, added, exchanged or changed within a word, words that were cut in
// two or into letters, and Chinese words in characters that only sound like theirs. It knows the words of
// attacks and of ordinary questions; a word that it knows it leaves alone.
type speller struct {
	words  []string            // of English, by rank: those of attacks first
	table  [tableSize]uint16   // 1 + rank, at the hash of the word or behind it; 0: none
	aims   int                 // so many of them are put in place of others
	ends   [26]uint32          // by the first letter of those that others are joined to, their last ones, a bit each
	near   map[uint32][]uint16 // words by the hash of what is left without one of their letters
	any    [nearSize / 64]uint64
	sounds map[uint64]string // Chinese words by their syllables
	pairs  [1 << 12]uint64   // which two syllables one of them begins with, a bit each
	leave  map[string]bool   // ordinary Chinese words that sound like one of those
}

var spelling = sync.OnceValue(func() *speller { return readSpeller(wordsFile) })

// readSpeller reads sections of words: "[attacks]", "[ordinary]", "[Chinese]", "[leave]".
func readSpeller(file string) *speller {
	s := &speller{near: map[uint32][]uint16{}, sounds: map[uint64]string{}, leave: map[string]bool{}}
	section := ""
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section = line
			continue
		}
		for _, w := range strings.Fields(line) {
			s.take(section, w)
		}
	}
	return s
}

func (s *speller) take(section, w string) {
	switch section {
	case "[Chinese]":
		if key := syllables(w); key != 0 && s.sounds[key] == "" {
			s.sounds[key] = w
			for key > 1<<32 {
				key >>= 16
			}
			p := pair(key)
			s.pairs[p/64] |= 1 << (p % 64)
		}
		return
	case "[leave]":
		s.leave[w] = true
		return
	}
	if _, known := s.rank(w); known {
		return
	}
	n := len(s.words)
	s.words = append(s.words, w)
	at := place(hashOf(w), tableSize)
	for s.table[at] != 0 {
		at = (at + 1) % tableSize
	}
	s.table[at] = uint16(n + 1)
	if section != "[attacks]" || len(w) < wordLeast {
		return
	}
	s.aims = n + 1
	if len(w) > wordLeast {
		s.ends[w[0]-'a'] |= 1 << (w[len(w)-1] - 'a')
	}
	for h := range hashes(w) {
		s.near[h] = append(s.near[h], uint16(n))
		p := place(h, nearSize)
		s.any[p/64] |= 1 << (p % 64)
	}
}

// Places for hashes: three times as many as there are words, and so many that a word that is near none
// seldom meets one.
const (
	tableSize = 1 << 14
	nearSize  = 1 << 16
)

// base is that of the polynomial that is the hash of a word, modulo 1<<32: of one without a letter it is
// had from that of the whole.
const base = 0x01000193

var powers = func() (t [wordMost + 1]uint32) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * base
	}
	return t
}()

func hashOf(w string) (h uint32) {
	for i := range len(w) {
		h = h*base + uint32(w[i])
	}
	return h
}

// place is that of a hash among so many, a power of two.
func place(h, of uint32) uint32 { return h * 0x9e3779b1 >> 8 & (of - 1) }

// hashes are those of a word of at most wordMost letters and of what is left of it without each of them.
func hashes(w string) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		whole, before := hashOf(w), uint32(0)
		if !yield(whole) {
			return
		}
		for i := range len(w) {
			with := before*base + uint32(w[i])
			if !yield(whole + (before-with)*powers[len(w)-1-i]) {
				return
			}
			before = with
		}
	}
}

// rank is that of a word that is known.
func (s *speller) rank(w string) (n int, known bool) { return s.ranked(w, hashOf(w)) }

// ranked is rank where the hash is at hand.
func (s *speller) ranked(w string, hash uint32) (n int, known bool) {
	for at := place(hash, tableSize); s.table[at] != 0; at = (at + 1) % tableSize {
		if n := int(s.table[at]) - 1; s.words[n] == w {
			return n, true
		}
	}
	return 0, false
}

// syllables joins those of a Chinese word of 2 to 4 characters; 0 where one is not known.
func syllables(w string) (key uint64) {
	n := 0
	for _, r := range w {
		one := words.Syllable(r)
		if n++; one == 0 || n > 4 {
			return 0
		}
		key = key<<16 | uint64(one)
	}
	if n < 2 {
		return 0
	}
	return key
}

// An edit says what stood in a text and what was put in its place.
type edit struct {
	start, end int    // bytes of the text
	to         string // what stands there now
	at         int    // byte of the mended text
}

// pair numbers two syllables.
func pair(key uint64) uint64 { return key>>16&511<<9 | key&511 }

// mend puts a folded text right, and returns it with what was changed; "" where so little
// was that the text may stand as it is. Its time grows with the text alone.
func (s *speller) mend(text string) (string, []edit) {
	var edits []edit
	var known [recalls]recalled
	last := 0 // where the word before began
	for i := 0; i < len(text) && len(edits) < editsMost; {
		switch c := text[i]; {
		case c-'a' < 26:
			hash, end := uint32(0), i
			for ; end < len(text) && text[end]-'a' < 26; end++ {
				hash = hash*base + uint32(text[end])
			}
			if r := &known[place(hash, recalls)]; r.known && r.word == text[i:end] && end-i > 1 {
				last, i = i, end
				continue
			}
			if e, ok := apart(text, i, end); ok {
				edits = append(edits, e)
				end = e.end
			} else if e, ok := s.word(&known, text, last, i, end, hash); ok && (len(edits) == 0 || edits[len(edits)-1].end <= e.start) {
				edits = append(edits, e)
				end = max(end, e.end)
			}
			last, i = i, end
		case c < utf8.RuneSelf:
			i++
		default:
			e, n := s.han(text[i:])
			if e.to != "" {
				e.start, e.end = i, i+n
				edits = append(edits, e)
			}
			i += n
		}
	}
	if !several(text, edits) {
		return "", nil
	}
	return apply(text, edits), edits
}

// several says whether a text was edited in more than one way: one slip by itself the model knows from its
// training, and a word that is taken for another again and again ("valve" for "value") is what a text is about.
// Words that were cut or joined, and those of Chinese, are seldom taken for another by chance: each counts.
func several(text string, edits []edit) bool {
	for i := 1; i < len(edits); i++ {
		e, first := edits[i], edits[0]
		if was := text[e.start:e.end]; was != text[first.start:first.end] || !oneWord(was) {
			return true
		}
	}
	return false
}

func oneWord(s string) bool {
	for i := range len(s) {
		if s[i]-'a' >= 26 {
			return false
		}
	}
	return true
}

func apply(text string, edits []edit) string {
	var b strings.Builder
	size, from := len(text), 0
	for i := range edits {
		size += len(edits[i].to) - (edits[i].end - edits[i].start)
	}
	b.Grow(size)
	for i := range edits {
		e := &edits[i]
		b.WriteString(text[from:e.start])
		e.at = b.Len()
		b.WriteString(e.to)
		from = e.end
	}
	b.WriteString(text[from:])
	return b.String()
}

// apart joins a word whose letters stand apart, with one and the same sign between them.
func apart(text string, start, end int) (e edit, ok bool) {
	if end-start > 1 || end == len(text) || text[end] <= ' ' {
		return e, false
	}
	_, n := utf8.DecodeRuneInString(text[end:])
	sign, i := text[end:end+n], end
	word := []byte{text[start]}
	for i+n < len(text) && text[i:i+n] == sign && 'a' <= text[i+n] && text[i+n] <= 'z' && len(word) < wordMost {
		if next := i + n + 1; next < len(text) && 'a' <= text[next] && text[next] <= 'z' {
			break // a word begins there
		}
		word = append(word, text[i+n])
		i += n + 1
	}
	return edit{start: start, end: i, to: string(word)}, len(word) > 1
}

// recalls is how many of its words a text recalls: a power of two.
const recalls = 64

// A recalled word is one that stood in the text before.
type recalled struct {
	word, to string // to is the word of attacks that it is taken for; "" for none
	known    bool
}

// recall looks a word of at most wordMost letters up by its hash, once where it comes again soon.
func (s *speller) recall(all *[recalls]recalled, w string, hash uint32) *recalled {
	r := &all[place(hash, recalls)]
	if r.word == w {
		return r
	}
	*r = recalled{word: w}
	if _, r.known = s.ranked(w, hash); !r.known && len(w) >= wordLeast {
		r.to = s.nearest(w)
	}
	return r
}

// word puts one word right: by itself, or joined with the one before or after it.
func (s *speller) word(all *[recalls]recalled, text string, before, start, end int, hash uint32) (edit, bool) {
	w := text[start:end]
	if len(w) > wordMost {
		return edit{}, false
	}
	r := s.recall(all, w, hash)
	switch {
	case r.known:
		return edit{}, false
	case r.to != "":
		return edit{start: start, end: end, to: r.to}, true
	}
	if start > 1 && text[start-1] == ' ' && before < start-1 && start-before < wordMost {
		if to := s.aim(text[before:start-1], w); to != "" {
			return edit{start: before, end: end, to: to}, true
		}
	}
	if end < len(text) && text[end] == ' ' {
		next := end + 1
		for next < len(text) && 'a' <= text[next] && text[next] <= 'z' && next-end < wordMost {
			next++
		}
		if next > end+1 {
			if to := s.aim(w, text[end+1:next]); to != "" {
				return edit{start: start, end: next, to: to}, true
			}
		}
	}
	return edit{}, false
}

// aim is the word of attacks that two parts make; "" where they make none.
func (s *speller) aim(a, b string) string {
	first, last := a[0]-'a', b[len(b)-1]-'a'
	if first >= 26 || last >= 26 || s.ends[first]>>last&1 == 0 {
		return ""
	}
	var room [2 * wordMost]byte
	n, known := s.rank(string(append(append(room[:0], a...), b...)))
	if !known || n >= s.aims || len(a)+len(b) <= wordLeast {
		return ""
	}
	return s.words[n]
}

// nearest is the word of attacks that is one slip away, the most frequent of them.
func (s *speller) nearest(w string) string {
	best := s.aims
	for h := range hashes(w) {
		if p := place(h, nearSize); s.any[p/64]>>(p%64)&1 == 0 {
			continue
		}
		for _, n := range s.near[h] {
			if int(n) < best && slip(w, s.words[n]) {
				best = int(n)
			}
		}
	}
	if best == s.aims {
		return ""
	}
	return s.words[best]
}

// slip says whether one letter less, more, other, or exchanged with its neighbour makes one
// word of the other (Damerau 1964). Short words must begin alike.
func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 6 && a[0] != b[0] {
		return false
	}
	i, j := 0, 0 // alike from the front, and from the back
	for i < len(a) && a[i] == b[i] {
		i++
	}
	for j < len(a)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	if len(a) < len(b) {
		return i+j == len(a)
	}
	rest := len(a) - i - j
	return rest <= 1 || rest == 2 && a[i] == b[i+1] && a[i+1] == b[i]
}

// han looks whether a Chinese word of attacks is meant where the text begins, and how many
// bytes to go on by.
func (s *speller) han(text string) (edit, int) {
	var key [4]uint64
	var ends [4]int
	n, at := 0, 0
	for n < 4 && at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		one := words.Syllable(r)
		if n == 0 && one == 0 {
			return edit{}, size
		}
		if one == 0 {
			break
		}
		at += size
		key[n], ends[n] = uint64(one), at
		if n > 0 {
			key[n] |= key[n-1] << 16
		}
		if n++; n == 2 {
			if p := pair(key[1]); s.pairs[p/64]>>(p%64)&1 == 0 {
				return edit{}, ends[0]
			}
		}
	}
	for n--; n > 0; n-- {
		to, is := s.sounds[key[n]], text[:ends[n]]
		switch {
		case to == "":
		case to == is:
			return edit{}, ends[n]
		case !s.leave[is]:
			return edit{to: to}, ends[n]
		}
	}
	return edit{}, ends[0]
}

// unmend is the place in the text of a place in the mended one; last where an end is meant.
func unmend(edits []edit, i int, last bool) int {
	moved := 0
	for _, e := range edits {
		if i < e.at || last && i == e.at {
			break
		}
		if i < e.at+len(e.to) || last && i == e.at+len(e.to) {
			if last {
				return e.end
			}
			return e.start
		}
		moved = e.end - e.at - len(e.to)
	}
	return i + moved
}
