package check

import (
	"strings"
	"unicode"

	"wenyuan/internal/fnv"
)

// A token is one unit of comparison: a word, a Chinese word or character, a value
// with its unit, a version, an identifier. Two tokens say the same when their ids are
// equal; alt is a looser key (a value without its unit, a direction without its word).
type token struct {
	id, alt      uint64
	val          float64
	w            float32 // how much it weighs in coverage
	class        class
	dim          uint8 // of the unit
	capital      bool  // begins with a capital at the start of a sentence
	optional     bool  // a modal verb that may as well be missing
	group        int16
	src          int16 // which evidence
	context      bool  // in its context rather than its text
	sent, clause int32
	start, end   int32 // code points of the text
}

// A scanner cuts folded text into tokens. Its buffers are reused from call to call.
type scanner struct {
	buf  []rune
	pos  []int32
	word []byte // the Latin word being read, in lower case

	src          int16
	context      bool
	sent, clause int32
	out          []token
	raw          []uint64 // all words in order, silent ones too
	silent       []uint64 // the silent words
	marks        []mark   // how far each evidence reaches
	personal     int      // first and second persons
	questions    int      // question marks
	hans, latins int      // Chinese characters and Latin words
}

func (s *scanner) reset() {
	s.src, s.context, s.sent, s.clause, s.personal, s.questions, s.hans, s.latins = 0, false, 0, 0, 0, 0, 0, 0
	s.out, s.raw, s.silent = s.out[:0], s.raw[:0], s.silent[:0]
}

// rawBreak stands in raw where a sentence ends, so that no pair of words spans it.
const rawBreak = 0

// scan appends the tokens of one text; begins says whether it begins a sentence.
func (s *scanner) scan(text string, begins bool) {
	s.fold(text)
	from := len(s.out)
	for i := 0; i < len(s.buf); {
		switch r := s.buf[i]; {
		case isDigit(r):
			i = s.digits(i, 1)
		case isHan(r):
			s.hans++
			i = s.han(i)
		case isWordRune(r):
			s.latins++
			i = s.latin(i, begins)
		case s.signed(i):
			i = s.digits(i+1, -1)
		default:
			if next, ok := s.currency(i); ok {
				i = next
				break
			}
			begins = s.punctuation(i) || begins && !isPause(r)
			i++
			continue
		}
		begins = false
	}
	s.breakSentence()
	s.bounds(from)
}

func isPause(r rune) bool { return r == ',' || r == ':' || r == ';' }

func (s *scanner) breakSentence() {
	s.sent++
	s.clause++
	s.raw = append(s.raw, rawBreak)
}

// punctuation ends clauses and sentences, and reads signs of comparison. It reports
// whether a sentence ended.
func (s *scanner) punctuation(i int) bool {
	switch r := s.buf[i]; r {
	case '?':
		s.questions++
		fallthrough
	case '。', '!', ';', '\n':
		s.breakSentence()
		return true
	case '.':
		if (i+1 >= len(s.buf) || s.buf[i+1] == ' ' || s.buf[i+1] == '\n') && !s.titled(i) {
			s.breakSentence()
			return true
		}
	case ',', '、', ':', '(', ')', '|':
		s.clause++
	case ' ':
		if i > 0 && i+1 < len(s.buf) && isHan(s.buf[i-1]) && isHan(s.buf[i+1]) && !numeral(s.buf[i-1]) && !numeral(s.buf[i+1]) {
			s.clause++ // Chinese has no spaces between words
		}
	case '≥', '≤', '>', '<', '=':
		s.comparison(i)
	}
	return false
}

// personTitles stand before a name, with a full stop that ends no sentence.
var personTitles = map[uint64]bool{hash("dr"): true, hash("mr"): true, hash("mrs"): true, hash("ms"): true, hash("prof"): true, hash("st"): true}

// titled says whether the full stop at i belongs to the title of a person.
func (s *scanner) titled(i int) bool {
	if i+2 >= len(s.buf) || s.buf[i+1] != ' ' || s.buf[i+2] < 'A' || s.buf[i+2] > 'Z' {
		return false
	}
	k := i
	for k > 0 && i-k < 5 && isWordRune(s.buf[k-1]) {
		k--
	}
	return k < i && s.buf[k] >= 'A' && s.buf[k] <= 'Z' && personTitles[s.hashLower(k, i)]
}

// numeral says whether a Chinese character writes a number; some people set it off with
// blanks as they do a figure.
func numeral(r rune) bool { return hanDigit(r) >= 0 || hanPower(r) > 0 }

var comparisons = map[rune]entry{
	'≥': lex.words[hash("at least")], '≤': lex.words[hash("at most")],
	'>': lex.words[hash("more than")], '<': lex.words[hash("less than")],
}

// comparison reads a sign of comparison that stands before a number; arrows and angle
// brackets are left alone.
func (s *scanner) comparison(i int) {
	r := s.buf[i]
	j := i + 1
	if r != '≥' && r != '≤' {
		if j < len(s.buf) && s.buf[j] == '=' && r != '=' {
			r = map[bool]rune{true: '≥', false: '≤'}[r == '>']
			j++
		}
		for j < len(s.buf) && s.buf[j] == ' ' {
			j++
		}
		if j >= len(s.buf) || !isDigit(s.buf[j]) || i > 0 && (s.buf[i-1] == '-' || s.buf[i-1] == '=') {
			return
		}
	}
	if e, ok := comparisons[r]; ok {
		s.listed(e, i, i+1)
	}
}

func (s *scanner) signed(i int) bool {
	if s.buf[i] != '-' || i+1 >= len(s.buf) || !isDigit(s.buf[i+1]) {
		return false
	}
	return !s.afterNumber(i) && (i == 0 || s.buf[i-1] == ' ' || s.buf[i-1] == '(' || s.buf[i-1] == '=' || isHan(s.buf[i-1]))
}

// emit appends a token for buf[a:b].
func (s *scanner) emit(t token, a, b int) {
	t.sent, t.clause, t.src, t.context = s.sent, s.clause, s.src, s.context
	t.start, t.end = s.pos[a], s.pos[b-1]+1
	s.out = append(s.out, t)
	s.raw = append(s.raw, t.id)
}

var hashThen, hashOnly = hash("才"), hash("only")

// onlyThen says whether the 才 at i says "only then", as in 只有…，才…: the clause before
// holds the condition. In 人才 and 才子 it is another word, and 只有一张 counts.
func (s *scanner) onlyThen(i int) bool {
	if i > 0 && strings.ContainsRune("人天刚方奇英口", s.buf[i-1]) || i+1 < len(s.buf) && strings.ContainsRune("子华干女气智", s.buf[i+1]) {
		return false
	}
	for k := len(s.out) - 1; k >= 0 && s.out[k].sent == s.sent && s.out[k].clause >= s.clause-1; k-- {
		if t := &s.out[k]; t.class == quantity && t.group == lex.only && t.clause == s.clause-1 && t.end-t.start == 2 {
			return k+1 < len(s.out) && s.out[k+1].class != number
		}
	}
	return false
}

// listed emits a word that is in a list and stands at buf[a:b].
func (s *scanner) listed(e entry, a, b int) {
	t := token{id: e.id, class: e.class, group: e.group}
	size := float32(b - a)
	if !isHan(s.buf[a]) {
		size = 2
	}
	if e.id == hashThen && s.onlyThen(a) {
		e = lex.words[hashOnly]
		t.id, t.class, t.group = e.id, e.class, e.group
	}
	switch e.class {
	case silent:
		s.silent = append(s.silent, e.id)
		s.raw = append(s.raw, e.id)
		return
	case negation:
		t.w = .6
	case quantity, modality:
		t.w = .5
	case link:
		t.w = .1
	case direction:
		t.w, t.alt = min(.5*size, 1), 0xd1<<32+uint64(e.group)
	case source:
		t.w = .4
	default:
		t.w = min(.5*size, 1)
	}
	s.emit(t, a, b)
}

// han reads a Chinese numeral, listed word or character at i.
func (s *scanner) han(i int) int {
	if j := s.hanValue(i, true); j > i {
		return j
	}
	b := s.buf
	if b[i] < 1<<16 {
		for n := min(int(lex.longest[b[i]]), len(b)-i); n > 1; n-- {
			if e, ok := lex.find(fnv.Runes(b[i : i+n])); ok {
				s.listed(e, i, i+n)
				return i + n
			}
		}
	}
	if j := s.hanValue(i, false); j > i {
		return j
	}
	h := fnv.Mix(fnv.Seed, b[i])
	if e, ok := lex.find(h); ok && b[i] < 1<<16 && lex.longest[b[i]] > 0 {
		s.listed(e, i, i+1)
	} else {
		s.emit(token{id: h, class: han, w: .5}, i, i+1)
	}
	return i + 1
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isWordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || isDigit(r) || r == '_' || r > 0x7f && !isHan(r) && unicode.IsLetter(r)
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 32
	}
	if r > 0x7f {
		return unicode.ToLower(r)
	}
	return r
}
