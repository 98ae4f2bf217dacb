package check

import (
	"strings"
	"unicode"
)

// paragraph cuts the running text [a,b).
func (s *splitter) paragraph(a, b int) {
	start := a
	i := a
	for i < b && unicode.IsSpace(s.text[i]) {
		i++
	}
	i += listMark(s.text[i:b])
	for i < b {
		if c := closer(s.text, i); c != 0 {
			if e := s.partner(i, b, c); e > 0 {
				i = e
				if !s.endsInside(start, i, b) {
					continue
				}
				i = s.markers(i, b)
				s.add(start, i)
				start = i
				continue
			}
		}
		if !s.stopsAt(start, i, b) {
			i++
			continue
		}
		i = s.tail(i, b)
		s.add(start, i)
		start = i
	}
	s.add(start, b)
}

// closer is the mark that closes the quotation, bracket or code that opens at i, or 0.
func closer(t []rune, i int) rune {
	switch t[i] {
	case '“':
		return '”'
	case '‘':
		return '’'
	case '「':
		return '」'
	case '『':
		return '』'
	case '《':
		return '》'
	case '（':
		return '）'
	case '(':
		return ')'
	case '`':
		return '`'
	case '"':
		if i+1 < len(t) && !unicode.IsSpace(t[i+1]) {
			return '"'
		}
	}
	return 0
}

// partner returns the position after the mark that closes what opens at i, or 0.
func (s *splitter) partner(i, b int, c rune) int {
	for j := i + 1; j < min(b, i+longestQuote); j++ {
		if s.text[j] == c {
			return j + 1
		}
	}
	return 0
}

// endsInside says whether a sentence ends with the quotation that closes before i:
// its full stop stands inside and what follows is a beginning.
func (s *splitter) endsInside(start, i, b int) bool {
	in := s.text[i-2]
	if s.text[i-1] == '`' || !isStop(in) && !(in == '.' && i-3 > start) {
		return false
	}
	j := i
	for j < b && unicode.IsSpace(s.text[j]) {
		j++
	}
	switch {
	case j == b:
		return true
	case s.text[i-1] == ')' || s.text[i-1] == '）':
		return false // a remark in brackets belongs to what is around it
	case in == '.' || in == '!' || in == '?':
		return j > i && beginsSentence(s.text[j])
	}
	if isHan(s.text[j]) {
		return in == '。' && !strings.ContainsRune("的和与及等这那是也为", s.text[j])
	}
	return beginsSentence(s.text[j])
}

func isStop(r rune) bool {
	return r == '。' || r == '！' || r == '？' || r == '!' || r == '?' || r == '.'
}

// beginsSentence says whether a sentence may begin with r.
func beginsSentence(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsDigit(r) || isHan(r) || strings.ContainsRune("\"“‘「『《([（【`*_#$<-", r)
}

// stopsAt says whether the character at i ends a sentence that began at start.
func (s *splitter) stopsAt(start, i, b int) bool {
	t := s.text
	switch t[i] {
	case '。', '！', '？':
		return true
	case '…':
		return i+1 == b
	case '.', '!', '?':
	default:
		return false
	}
	j := i + 1
	for j < b && (isStop(t[j]) || closing(t[j])) {
		j++
	}
	if j < b && isHan(t[j]) && i > start && (isHan(t[i-1]) || t[i] != '.') {
		return true // an ASCII stop in Chinese text has no space after it
	}
	if j < b && !unicode.IsSpace(t[j]) {
		return j+1 < b && t[j] == '[' && unicode.IsDigit(t[j+1])
	}
	for j < b && unicode.IsSpace(t[j]) {
		j++
	}
	switch {
	case j == b:
		return true
	case t[i] == '.' && i+1 < b && t[i+1] == '.': // an ellipsis of dots
		return unicode.IsUpper(t[j]) || isHan(t[j])
	case !beginsSentence(t[j]):
		return false
	case t[i] == '.':
		return !abbreviated(t[start:i], t[j])
	}
	return true
}

func closing(r rune) bool { return strings.ContainsRune("\"'”’」』)）*_", r) }

// tail goes past everything that belongs to the full stop at i: more stops, closing
// marks and citation markers.
func (s *splitter) tail(i, b int) int {
	i++
	for i < b && (isStop(s.text[i]) || closing(s.text[i])) {
		i++
	}
	return s.markers(i, b)
}

// markers goes past citation markers such as "[1]", " [2][3]" or "【4】".
func (s *splitter) markers(i, b int) int {
	for {
		j := i
		for j < b && s.text[j] == ' ' {
			j++
		}
		if j >= b || s.text[j] != '[' && s.text[j] != '【' {
			return i
		}
		k := j + 1
		for k < b && (unicode.IsDigit(s.text[k]) || s.text[k] == ',' || s.text[k] == ' ') {
			k++
		}
		if k == j+1 || k >= b || s.text[k] != ']' && s.text[k] != '】' || k+1 < b && s.text[k+1] == '(' {
			return i
		}
		i = k + 1
	}
}

// Words that a full stop follows without ending the sentence. Those in mayEnd do
// end it when a capital follows.
var (
	abbreviations = setOf("e.g i.e vs cf mr mrs ms dr prof st jr sr no nos fig figs eq sec ch vol pp ed al approx resp est dept u.s u.k gen col lt capt rev jan feb mar apr jun jul aug sep sept oct nov dec")
	mayEnd        = setOf("etc inc ltd co corp a.m p.m u.s u.k jr sr ph.d al")
)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// abbreviated says whether the full stop after head belongs to an abbreviation, an
// initial or the number of a list item, given the first character after it.
func abbreviated(head []rune, next rune) bool {
	i := len(head)
	for i > 0 && (unicode.IsLetter(head[i-1]) && !isHan(head[i-1]) || unicode.IsDigit(head[i-1]) || head[i-1] == '.') {
		i--
	}
	word := strings.ToLower(string(head[i:]))
	switch {
	case word == "":
		return false
	case mayEnd[word] && unicode.IsUpper(next):
		return false
	case abbreviations[word] || mayEnd[word]:
		// "No." is a number's mark; "no." ends a sentence.
		return word != "no" || unicode.IsDigit(next)
	case len(word) == 1 && unicode.IsLetter(rune(word[0])):
		return unicode.IsUpper(head[i]) && word != "i" && unicode.IsUpper(next) // an initial
	}
	return len(trim(head[:i])) == 0 && strings.Trim(word, "0123456789") == "" // "1." at the beginning
}

// Settled says whether the sentence text[:end] stays one whatever is written behind text: no
// quotation, bracket or code is open in it that a mark to come could still close.
func Settled(text []rune, end int) bool {
	s := splitter{text: text}
	for i := 0; i < end; {
		c := closer(text, i)
		if c == 0 {
			i++
			continue
		}
		e := s.partner(i, len(text), c)
		if e == 0 && len(text)-i < longestQuote {
			return false
		}
		i = max(e, i+1)
	}
	return true
}
