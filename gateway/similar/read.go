package similar

import (
	"strings"
	"sync"
	"unicode"

	"wenyuan/internal/fnv"

	"wenyuan/check"
)

// A token is one word of a question.
type token struct {
	id    uint64
	part  part
	group int16
	w     float32
	at    int32 // code point of the question
	size  int32
	face  uint64 // as it is written
	mate  int32  // its partner in the other question, from 1; 0 has none
}

// A reader reads questions. Its buffers are used again.
type reader struct {
	folded []rune
	marks  []check.Mark
	tokens []token
	asks   bool // a question mark stands in it
	full   bool // it ends as a statement does
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// longestQuestion is up to how many code points a question is compared; a longer one is a text.
const longestQuestion = 600

// read cuts a question into the words that say something. It is false for one that is too long, or
// that has more words than are compared.
func (r *reader) read(text string) bool {
	r.folded, r.tokens, r.asks, r.full = r.folded[:0], r.tokens[:0], false, false
	if len(text) > 4*longestQuestion {
		return false
	}
	for _, c := range text {
		r.folded = append(r.folded, fold(c))
	}
	if len(r.folded) > longestQuestion {
		return false
	}
	r.marks = check.Marks(r.marks[:0], text)
	m := 0
	for i := 0; i < len(r.folded); {
		for m < len(r.marks) && r.marks[m].Start < i {
			m++
		}
		i = r.next(i, m)
	}
	r.ending()
	return len(r.tokens) <= mostTokens
}

const mostTokens = 250

// ending reads 怎么样 for what it means where nothing comes after it: how good, not in what way.
func (r *reader) ending() {
	if n := len(r.tokens); n > 0 && r.tokens[n-1].part == ask && r.tokens[n-1].group == askHow && isHan(r.folded[r.tokens[n-1].at]) {
		r.tokens[n-1].group, r.tokens[n-1].id = askAbout, uint64(askAbout)
	}
}

// The kinds of questions that are told apart by where their word stands.
var askHow, askAbout, askWhatIs, askWhy, askWhether = lex.kind("how"), lex.kind("how about"), lex.kind("what is"), lex.kind("why"), lex.kind("whether")

// next reads what begins at i, where the checks' word m may begin too, and says where it ends.
func (r *reader) next(i, m int) int {
	var at *check.Mark
	if m < len(r.marks) && r.marks[m].Start == i {
		at = &r.marks[m]
	}
	if at != nil && (at.Kind == check.Number || at.Kind == check.Version || at.Kind == check.Identifier) {
		return r.value(at)
	}
	c := r.folded[i]
	switch {
	case isHan(c):
		return r.han(i, at)
	case isLetter(c):
		return r.latin(i, at)
	}
	if c == '?' || c == '？' {
		r.asks = true
	}
	if !unicode.IsSpace(c) {
		r.full = c == '.' || c == '。' || c == '!' || c == '！' || r.full && c == '"' || r.full && c == '”'
	}
	if at != nil && at.End > i { // a sign of comparison
		r.closed(at)
		return at.End
	}
	if unicode.IsSymbol(c) || c == '#' || c == '%' || c == '*' || c == '/' || c == '@' || c == '&' {
		r.emit(token{id: uint64(c), part: content, w: 1}, i, i+1)
	}
	return i + 1
}

func (r *reader) emit(t token, from, to int) {
	r.full = false
	t.at, t.size, t.face = int32(from), int32(to-from), fnv.Runes(r.folded[from:to])
	r.tokens = append(r.tokens, t)
}

func (r *reader) value(m *check.Mark) int {
	r.emit(token{id: m.ID, part: number, w: 1}, m.Start, m.End)
	return m.End
}

// listed reads the longest listed word at i; 0 where there is none.
func (r *reader) listed(i, j int, h uint64) bool {
	e, ok := lex.words[h]
	if !ok {
		return false
	}
	if r.idle(e.part, i, j, h) {
		r.full = false
		return true
	}
	if e.part == nothing || e.part == request || e.part == greeting {
		e = entry{id: h, part: content, w: 1}
	}
	r.emit(token{id: e.id, part: e.part, group: e.group, w: e.w}, i, j)
	return true
}

// idle says whether a listed word says nothing where it stands.
func (r *reader) idle(p part, i, j int, h uint64) bool {
	switch p {
	case nothing:
		return !verbs[h] || !r.ends(j)
	case request:
		return len(r.tokens) == 0
	case greeting:
		return r.ends(j) && (len(r.tokens) == 0 || r.apart(i))
	}
	return false
}

// apart says whether a mark ends what stands before i.
func (r *reader) apart(i int) bool {
	for i > 0 && unicode.IsSpace(r.folded[i-1]) {
		i--
	}
	return i == 0 || strings.ContainsRune(".?!,;。？！，；", r.folded[i-1])
}

// verbs help another one, but where a question ends with one it is what is asked of: what does it do?
var verbs = map[uint64]bool{hash("do"): true, hash("does"): true, hash("is"): true, hash("are"): true, hash("be"): true}

// ends says whether nothing but marks and blanks comes from i on, up to the end of a sentence.
func (r *reader) ends(i int) bool {
	for i < len(r.folded) && unicode.IsSpace(r.folded[i]) {
		i++
	}
	return i >= len(r.folded) || strings.ContainsRune(".?!,;。？！，；", r.folded[i])
}

// han reads a Chinese word at i: the longest that is listed here, else the checks' word, else the
// character.
func (r *reader) han(i int, at *check.Mark) int {
	for n := min(int(lex.longest[r.folded[i]]), len(r.folded)-i); n > 0; n-- {
		if at != nil && at.Kind != check.Word && at.End-at.Start > n {
			break
		}
		if r.listed(i, i+n, fnv.Runes(r.folded[i:i+n])) {
			return i + n
		}
	}
	if at != nil && at.Kind != check.Word {
		return r.closed(at)
	}
	r.emit(token{id: uint64(r.folded[i]), part: content, w: .6}, i, i+1)
	return i + 1
}

// latin reads a word at i, or the longest phrase that is listed here.
func (r *reader) latin(i int, at *check.Mark) int {
	end := r.wordEnd(i)
	h := fnv.Runes(r.folded[i:end])
	var ends [8]int
	n, j := 1, end
	ends[0] = end
	for n < min(int(lex.begins[h]), len(ends)) && j+1 < len(r.folded) && r.folded[j] == ' ' && isLetter(r.folded[j+1]) {
		j = r.wordEnd(j + 1)
		ends[n] = j
		n++
	}
	for ; n > 0; n-- {
		if at != nil && at.Kind != check.Word && at.Kind != check.Name && at.End > ends[n-1] {
			break
		}
		if r.listed(i, ends[n-1], fnv.Runes(r.folded[i:ends[n-1]])) {
			return ends[n-1]
		}
	}
	if at == nil {
		r.emit(token{id: h, part: content, w: .6}, i, end)
		return end
	}
	return r.closed(at)
}

// wordEnd is where the Latin word at i ends; an apostrophe inside belongs to it.
func (r *reader) wordEnd(i int) int {
	for i < len(r.folded) && (isLetter(r.folded[i]) || (r.folded[i] == '\'' || r.folded[i] == '-') && i+1 < len(r.folded) && isLetter(r.folded[i+1])) {
		i++
	}
	return i
}

// closed takes over a word as the checks read it.
func (r *reader) closed(m *check.Mark) int {
	t := token{id: m.ID, group: m.Group, w: 1}
	switch m.Kind {
	case check.Negation:
		t.part = denial
	case check.Quantity:
		t.part = amount
	case check.Modality:
		t.part = must
	case check.Direction:
		t.part = side
	case check.Link:
		t.part = link
	case check.Name:
		t.part = name
	case check.Word:
		if m.Capital {
			t.part = name
		}
	}
	r.emit(t, m.Start, m.End)
	return m.End
}
