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

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9fff || r >= 0x20000 && r < 0x32000 }
