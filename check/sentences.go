package check

import (
	"slices"
	"strings"
	"unicode"

	"wenyuan"
)

// Limits of the splitter, in code points.
const (
	// longestQuote is how far a closing quotation mark or bracket is looked for; an
	// opening one without a partner in this distance opens nothing.
	longestQuote = 240
	// wrapped is how long a line without a full stop must be for the next line to
	// go on with its sentence; shorter ones are titles and labels.
	wrapped = 40
)

// Sentences cuts text into sentences and returns their ranges in code points, in
// order, without the white space between them. Both languages may be mixed.
//
// It keeps whole: decimals, versions, file names and abbreviations; what stands in
// quotation marks, brackets or code marks; a fenced code block; a table row; a
// heading; a list item's mark together with its first sentence; and the citation
// markers ([1]) that follow a full stop with the sentence they belong to.
func Sentences(text string) []wenyuan.Span {
	s := splitter{text: []rune(text)}
	for at := 0; at < len(s.text); {
		at = s.block(at)
	}
	return s.out
}

type splitter struct {
	text []rune
	out  []wenyuan.Span
}

// line returns the end of the line at i, without its newline.
func (s *splitter) line(i int) int {
	if n := slices.Index(s.text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s.text)
}

// add keeps a range after trimming it, unless nothing is left.
func (s *splitter) add(a, b int) {
	for a < b && unicode.IsSpace(s.text[a]) {
		a++
	}
	for b > a && unicode.IsSpace(s.text[b-1]) {
		b--
	}
	if a < b {
		s.out = append(s.out, wenyuan.Span{Start: a, End: b})
	}
}

// block cuts one code block, single-line unit or paragraph at i and returns where
// the next one begins.
func (s *splitter) block(i int) int {
	end := s.line(i)
	switch kind := lineKind(s.text[i:end]); kind {
	case fenceLine:
		end = s.fence(i, end)
		s.add(i, end)
	case blankLine, tableLine, headingLine:
		s.add(i, end)
	default:
		for end < len(s.text) {
			next := s.line(end + 1)
			if !s.goesOn(s.text[i:end], s.text[end+1:next]) {
				break
			}
			end = next
		}
		s.paragraph(i, end)
	}
	return min(end+1, len(s.text))
}

// fence finds the end of the code block whose opening line is [i,end); one that is
// never closed ends with the text.
func (s *splitter) fence(i, end int) int {
	mark := strings.TrimSpace(string(s.text[i:end]))[:3]
	for end < len(s.text) {
		next := s.line(end + 1)
		closing := strings.HasPrefix(strings.TrimSpace(string(s.text[end+1:next])), mark)
		end = next
		if closing {
			break
		}
	}
	return end
}

type lineType int

const (
	proseLine lineType = iota
	blankLine
	fenceLine
	tableLine
	headingLine
	itemLine
)

// lineKind tells the lines that stand for themselves from prose.
func lineKind(line []rune) lineType {
	t := strings.TrimSpace(string(line))
	switch {
	case t == "":
		return blankLine
	case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
		return fenceLine
	case strings.HasPrefix(t, "|"), strings.Contains(t, " | ") && strings.Count(t, "|") > 1:
		return tableLine
	case isHeading(t):
		return headingLine
	case listMark([]rune(t)) > 0, strings.HasPrefix(t, ">"):
		return itemLine
	}
	return proseLine
}

func isHeading(t string) bool {
	rest := strings.TrimLeft(t, "#")
	n := len(t) - len(rest)
	return n > 0 && n <= 6 && strings.HasPrefix(rest, " ")
}

// listMark is the length of the list mark a line begins with, its space included:
// "- ", "* ", "1. ", "(2) ", "a) ", "3、", "（四）", "①".
func listMark(t []rune) int {
	i := 0
	if i < len(t) && (t[i] == '(' || t[i] == '（') {
		i++
	}
	from := i
	for i < len(t) && i-from < 3 && (t[i] >= '0' && t[i] <= '9' || strings.ContainsRune("一二三四五六七八九十", t[i])) {
		i++
	}
	if i == from && i+1 < len(t) && t[i] < 0x80 && unicode.IsLetter(t[i]) && t[i+1] == ')' {
		i++
	}
	rest := string(t[i:min(i+2, len(t))])
	switch {
	case i > from && (strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") ")):
		return i + 2
	case i > from && (strings.HasPrefix(rest, "、") || strings.HasPrefix(rest, "）") || strings.HasPrefix(rest, "．")):
		return i + 1
	case i > from && from == 1 && strings.HasPrefix(rest, ")"):
		return i + 1
	case i > from || from > 0 || len(t) == 0:
		return 0
	case t[0] >= '①' && t[0] <= '⑳' || t[0] == '•' || t[0] == '·':
		return 1
	case strings.ContainsRune("-*+", t[0]) && len(t) > 1 && t[1] == ' ':
		return 2
	}
	return 0
}

// goesOn says whether a sentence may run from one line into the next: both are
// prose, and the first is long enough to have been wrapped or the second does not
// look like a beginning.
func (s *splitter) goesOn(line, next []rune) bool {
	if lineKind(next) != proseLine {
		return false
	}
	last := line
	if n := lastIndex(line, '\n'); n >= 0 {
		last = line[n+1:]
	}
	a, b := trim(last), trim(next)
	if len(a) == 0 || isStop(a[len(a)-1]) || strings.ContainsRune(":：;；", a[len(a)-1]) {
		return false
	}
	width := len(a)
	if isHan(a[len(a)-1]) {
		width *= 2 // a Chinese character is two columns wide
	}
	return unicode.IsLower(b[0]) || width >= wrapped && (unicode.IsLetter(b[0]) || unicode.IsDigit(b[0]))
}

func lastIndex(r []rune, c rune) int {
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] == c {
			return i
		}
	}
	return -1
}

func trim(r []rune) []rune { return []rune(strings.TrimSpace(string(r))) }

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

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9fff || r >= 0x20000 && r < 0x32000 }
