package cut

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/corpus/parse"
)

// Sizes are weighed so that a piece holds about as much in every script: a token
// is about one Chinese character and a half, or five Latin letters.
const (
	weightHan   = 5
	weightOther = 2
)

// What it costs to begin a piece at an atom, from 0 (a new paragraph) to
// inSentence. The packer weighs it against the distance from the aimed size.
const (
	atBlock    = 0 // between paragraphs, or after a list, table or code
	atItem     = 1 // between items, between rows
	atSentence = 2
	atLine     = 2 // of code
	afterLead  = 3 // between the line that announces a list, table or code and its beginning
	atBreak    = 5 // a line break inside a paragraph: it may be a sentence that was wrapped
	inSentence = 8
)

// headerLimit bounds, in code points, the table header that travels with each piece.
const headerLimit = 1000

// An atom is the least that is kept together: a sentence, a row, a line.
type atom struct {
	kind      parse.Kind
	page      int
	header    string // travels with a piece that begins here
	cost      int    // of beginning a piece here
	weight    int
	start     int // code points
	end       int
	byteStart int
	byteEnd   int
}

// atoms yields the atoms of a section's blocks. None weighs more than limit, so
// memory stays small however long a line is.
func atoms(text string, blocks []located, limit int) iter.Seq[atom] {
	return func(yield func(atom) bool) {
		var last parse.Kind
		for _, b := range blocks {
			s := splitter{text: text[b.from:b.to], limit: limit, yield: yield}
			s.atom = atom{kind: b.Kind, page: b.Page, cost: opening(last, b.Kind), start: b.Start, byteStart: b.from}
			if b.Kind == parse.Table {
				s.header, s.headLines = header(b.Header, s.text)
			}
			if !s.run() {
				return
			}
			last = b.Kind
		}
	}
}

// opening is the cost of beginning a piece at a block that follows one of kind last.
func opening(last, kind parse.Kind) int {
	switch kind {
	case parse.ListItem:
		if last == parse.ListItem {
			return atItem
		}
		return afterLead
	case parse.Table, parse.Code, parse.Figure:
		return afterLead
	}
	return atBlock
}

// header gives what travels of a table's header and how many lines of the table it takes up.
func header(h, table string) (travels string, lines int) {
	if h == "" {
		return "", 0
	}
	lines = 1 + strings.Count(h, "\n")
	rest := table
	for range lines {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	rule, _, _ := strings.Cut(rest, "\n")
	if rule != "" && strings.Trim(rule, "|:-+= \t") == "" {
		lines++
	}
	if utf8.RuneCountInString(h) > headerLimit {
		h = string([]rune(h)[:headerLimit]) + "…"
	}
	return h, lines
}

// A splitter cuts one block into atoms in one pass.
type splitter struct {
	text  string // of the block
	limit int
	yield func(atom) bool

	atom             // the one that is open
	header    string // of the table
	headLines int    // lines of the table that are its head
	lines     int    // seen so far
	clause    mark   // the last place in the open atom where a clause ended
	space     mark   // the last place where a word ended
	end       ending
	prev      rune
}

// A mark is a place inside the open atom.
type mark struct{ byteAt, runes, weight int }

// run yields the atoms of the block; false when the consumer wants no more.
func (s *splitter) run() bool {
	base, runes := s.byteStart, 0
	for i, r := range s.text {
		if cost, ok := s.boundary(r); ok && i > s.byteStart-base {
			if !s.close(mark{base + i, runes, s.weight}, cost) {
				return false
			}
			runes = 0
		}
		w := weigh(r)
		if s.weight+w > s.limit && (isPlain(r) || !unicode.Is(unicode.M, r) && r != 0x200d) {
			m := s.weakest(mark{base + i, runes, s.weight})
			if !s.close(m, inSentence) {
				return false
			}
			runes -= m.runes
		}
		s.weight += w
		runes++
		s.note(r, mark{base + i + size(s.text[i:], r), runes, s.weight})
		s.prev = r
	}
	return s.close(mark{base + len(s.text), runes, s.weight}, atBlock)
}

// close yields the open atom up to m and opens the next one there.
func (s *splitter) close(m mark, cost int) bool {
	a := s.atom
	a.end, a.byteEnd, a.weight = a.start+m.runes, m.byteAt, m.weight
	s.atom.start, s.atom.byteStart = a.end, a.byteEnd
	s.atom.weight -= m.weight
	s.atom.cost = cost
	s.atom.header = ""
	if s.headLines > 0 && s.lines >= s.headLines {
		s.atom.header = s.header
	}
	s.clause, s.space = mark{}, mark{}
	return s.yield(a)
}

// weakest is the best place to cut inside a sentence that is too long: after a
// clause, else after a word, else here.
func (s *splitter) weakest(here mark) mark {
	if s.clause.weight > here.weight/2 {
		return s.clause
	}
	if s.space.weight > here.weight/2 {
		return s.space
	}
	return here
}

// note remembers places where a long sentence could be cut.
func (s *splitter) note(r rune, m mark) {
	switch {
	case isPlain(r):
	case strings.ContainsRune(",;:，；：、|)）", r):
		s.clause = m
	case unicode.IsSpace(r):
		s.space = m
	}
}

// boundary says whether an atom may begin at r, and at what cost.
func (s *splitter) boundary(r rune) (cost int, ok bool) {
	newLine := s.prev == '\n' && r != '\n'
	if newLine {
		s.lines++
	}
	ended := s.end.before(r)
	switch {
	case s.kind == parse.Table && newLine:
		if s.lines < s.headLines {
			return inSentence, true
		}
		if s.lines == s.headLines {
			return afterLead, true
		}
		return atItem, true
	case s.kind == parse.Code && newLine:
		return atLine, true
	case s.kind == parse.Table || s.kind == parse.Code:
		return 0, false
	case s.kind == parse.ListItem && newLine:
		return atItem, true
	case ended:
		return atSentence, true
	case newLine:
		return atBreak, true
	}
	return 0, false
}

// size is the length in bytes of r, which begins text; a broken byte has one.
func size(text string, r rune) int {
	if r == utf8.RuneError {
		_, n := utf8.DecodeRuneInString(text)
		return n
	}
	return utf8.RuneLen(r)
}

// isPlain tells letters, digits and Chinese characters from what parts them.
func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 0x4e00 && r <= 0x9fff
}

// weigh is the weight of one code point.
func weigh(r rune) int {
	if r >= 0x1100 && (r <= 0x11ff || r >= 0x2e80 && r <= 0xd7ff || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xffef || r >= 0x20000 && r <= 0x3ffff) {
		return weightHan
	}
	return weightOther
}

// An ending notices where sentences end. It needs no more than this room needs: a
// cut that misses a sentence's end costs a little, a cut inside one more.
type ending struct {
	hard  bool // after 。！？ and the like
	soft  bool // after . ! ? which may belong to a number or an abbreviation
	space bool // white space followed
	word  int  // letters before the mark
}

// before says whether a sentence ended before r.
func (e *ending) before(r rune) bool {
	switch {
	case isPlain(r): // most of a text
	case strings.ContainsRune("。！？；…", r):
		e.hard = true
		return false
	case strings.ContainsRune(".!?", r):
		e.soft = e.soft || r != '.' || e.word > 1
		e.space, e.word = false, 0
		return false
	case strings.ContainsRune("”’」』】）)\"'", r) && (e.hard || e.soft) && !e.space:
		return false
	case unicode.IsSpace(r):
		e.space, e.word = true, 0
		return false
	}
	ended := e.hard || e.soft && e.space && !unicode.IsLower(r)
	if e.space || e.hard {
		e.word = 0
	}
	e.hard, e.soft, e.space = false, false, false
	e.word++
	return ended
}
