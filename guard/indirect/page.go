package indirect

import (
	"strings"
	"unicode/utf8"
)

// A page is a text in its segments, with what is known of all of them together. It is used
// again and again: what it holds is good until the next text.
type page struct {
	text     string
	segments []segment
	remark   bool    // a comment of HTML is open
	sketch   []uint8 // in how many segments a word stands, by its place; at most 255
	last     []int32 // the segment that a place was last seen in, plus one
	asked    []bool  // places of the words of the question
	used     []uint32

	groups    [groups]int // segments of each group
	imperious int         // segments that ask something to be done
	questions int
	hans      int
	latin     int // segments of an alphabet with at least six words
	plain     int // of these, those with English words of function
	spoken    int // segments that speak to somebody, or of the writer or of a machine
	genre     int
	script    bool           // most lines are talk of people
	names     map[string]int // of who talks
	telling   bool           // it is about attacks, or reports what was done about something
}

const places = 1 << 12

// groups of sorts: what stands beside what without being strange.
const (
	groupProse = iota
	groupTable
	groupCode
	groupList
	groups
)

var groupOf = [sorts]int{prose: groupProse, field: groupProse, comment: groupProse, item: groupList, heading: groupList, row: groupTable, cell: groupTable, code: groupCode}

func newPage() *page {
	return &page{sketch: make([]uint8, places), last: make([]int32, places), asked: make([]bool, places), names: map[string]int{}}
}

// read cuts a text and counts what its segments have in common.
func (p *page) read(question, text string) {
	p.forget()
	p.cut(text)
	p.words(question, func(w uint32) { p.asked[w] = true; p.used = append(p.used, w) })
	for i := range p.segments {
		s := &p.segments[i]
		part := text[s.start:s.end]
		if s.sort != row && s.sort != code {
			s.form = lookAt(part)
		}
		p.words(part, func(w uint32) {
			s.words = append(s.words, w)
			if p.last[w] != int32(i+1) {
				p.last[w] = int32(i + 1)
				p.sketch[w] = min(p.sketch[w], 254) + 1
				p.used = append(p.used, w)
			}
		})
		p.count(s, 1)
	}
	p.script, p.telling = p.scripted(), aboutAttacks(text) || reported(text)
	if p.genre = head(text); p.genre == unheaded && len(question) <= headsAtMost {
		p.genre = genreOf(question)
	}
}

// judged says whether a segment can be what Find looks for: words that ask for something.
func (s *segment) judged() bool {
	if s.sort == row || s.sort == code || s.sort == cell && s.form.ask == none && s.form.strange {
		return false
	}
	return !s.form.idle()
}

// titled says whether a cell of a table is the title of a work: most of its longer words
// begin with a capital, and nothing in it speaks to a model.
func (s *segment) titled(raw string) bool {
	if s.sort != cell || s.form.signs&(output|turn|machine|address) != 0 {
		return false
	}
	long, capital := 0, 0
	for w := range strings.FieldsSeq(raw) {
		w = strings.TrimLeft(w, `"'(`)
		if len(w) < 4 {
			continue
		}
		if long++; 'A' <= w[0] && w[0] <= 'Z' {
			capital++
		}
	}
	return long >= 2 && capital*4 >= long*3 || long == 1 && capital == 1
}

func (p *page) forget() {
	for _, w := range p.used {
		p.sketch[w], p.last[w], p.asked[w] = 0, 0, false
	}
	p.used = p.used[:0]
	p.groups, p.imperious, p.questions, p.hans, p.latin, p.plain, p.spoken = [groups]int{}, 0, 0, 0, 0, 0, 0
}

// count adds a segment to what is known of all, or takes it away.
func (p *page) count(s *segment, by int) {
	p.groups[groupOf[s.sort]] += by
	f := &s.form
	switch {
	case f.ask >= which:
		p.questions += by
	case f.ask != none:
		p.imperious += by
	}
	if f.ask != none || f.signs&(you|me|machine|turn|output) != 0 {
		p.spoken += by
	}
	switch {
	case f.han:
		p.hans += by
	case f.words >= 6:
		p.latin += by
		if f.signs&function != 0 {
			p.plain += by
		}
	}
}

// words gives the place of each word that carries a subject: the first six letters of words
// of four or more, and pairs of characters of Han.
func (p *page) words(s string, f func(uint32)) {
	var before rune
	for i := 0; i < len(s); {
		if s[i] >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r >= 0x3400 && before >= 0x3400 && !particle(r) && !particle(before) {
				f(place(uint32(before)*0x9e37 ^ uint32(r)*0x85eb))
			}
			before = r
			i += n
			continue
		}
		before = 0
		if !lower(s[i]) && !digit(s[i]) {
			i++
			continue
		}
		start, h := i, uint32(2166136261)
		for i < len(s) && (lower(s[i]) || digit(s[i])) {
			if i-start < 6 {
				h = (h ^ uint32(s[i])) * 16777619
			}
			i++
		}
		if i-start >= 4 && !common[s[start:i]] || digit(s[start]) && i-start >= 2 {
			f(place(h))
		}
	}
}

func place(h uint32) uint32 { return (h ^ h>>15) * 0x2c1b3c6d >> 20 }
func digit(c byte) bool     { return '0' <= c && c <= '9' }

// particles are a bit for each character of Chinese that carries no subject.
var particles = func() (t [0xa000 / 64]uint64) {
	for _, r := range "的了是在和有不我你他请这那为与及或把将就也都" {
		t[r/64] |= 1 << (r % 64)
	}
	return t
}()

func particle(r rune) bool { return r < 0xa000 && particles[r/64]>>(r%64)&1 == 1 }

// common words say nothing of a subject.
var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("this that with from your have will what when which where there their they them then than into about after before also been were does more most some such only other over very each make made many much must need should could would these those using used http https html just like please between because while") {
		m[w] = true
	}
	return m
}()
