package check

import (
	"strings"
	"unicode/utf8"

	"wenyuan/internal/hanzi"
)

// fold writes text into s.buf in one form: half width, simplified script, straight
// apostrophes, no quotation marks, and without the marks of Markdown and HTML. s.pos
// holds for each character the code point of the text it came from.
func (s *scanner) fold(text string) {
	s.buf, s.pos = s.buf[:0], s.pos[:0]
	line := true // at the beginning of a line
	at := int32(0)
	for i := 0; i < len(text); {
		if line {
			n := markLength(text[i:])
			at += int32(utf8.RuneCountInString(text[i : i+n]))
			i += n
			if line = false; i >= len(text) {
				break
			}
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == '*' && i > 0 && i+1 < len(text) && isDigit(rune(text[i-1])) && isDigit(rune(text[i+1])) {
			r = ' ' // a product, not emphasis
		}
		if r < 0x80 {
			if c, skip := markup(text[i:]); skip > 0 {
				if c != 0 {
					s.buf, s.pos = append(s.buf, c), append(s.pos, at)
				}
				at += int32(utf8.RuneCountInString(text[i : i+skip]))
				i += skip
				continue
			}
		}
		if c := foldRune(r); c != 0 {
			s.buf, s.pos = append(s.buf, c), append(s.pos, at)
		}
		line = r == '\n'
		i += n
		at++
	}
	s.pos = append(s.pos, at)
}

// foldRune maps one character; 0 drops it.
func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		if r == '`' || r == '*' || r == '"' || r == '\\' || r == '\r' {
			return 0
		}
		if r == '[' || r == ']' {
			return ' '
		}
		return r
	case r >= 0xff01 && r <= 0xff5e:
		return foldRune(r - 0xfee0)
	case r == '’' || r == '‘' || r == 'ʼ':
		return '\''
	case r == 0x3000 || r == 0xa0 || r == 0x2009 || r == 0x202f:
		return ' '
	case r == '“' || r == '”' || r == '「' || r == '」' || r == '『' || r == '』' || r == '《' || r == '》' || r == 0xfeff || r == 0x200b || r == 0xad:
		return 0
	case r == '–' || r == '—' || r == '‑' || r == '‐' || r == '−':
		return '-'
	case r == '，':
		return ','
	case r == '【' || r == '】':
		return ' '
	}
	return hanzi.Simplify(r)
}

// markLength is the length in bytes of the Markdown marks at the beginning of a line:
// blanks, quote marks, heading marks and one list mark.
func markLength(t string) int {
	i := 0
	for i < len(t) && (t[i] == ' ' || t[i] == '\t' || t[i] == '>' && i+1 < len(t) && t[i+1] == ' ') {
		i++
	}
	j := i
	for j < len(t) && t[j] == '#' {
		j++
	}
	if j > i && j < len(t) && t[j] == ' ' {
		i = j + 1
	}
	var head [8]rune
	n, size := 0, 0
	for _, r := range t[i:] {
		if head[n] = r; n == len(head)-1 {
			break
		}
		n++
	}
	for _, r := range head[:listMark(head[:n])] {
		size += utf8.RuneLen(r)
	}
	return i + min(size, len(t)-i)
}

// entities are those HTML entities that stay in extracted Markdown.
var entities = []struct {
	text string
	r    rune
}{{"&nbsp;", ' '}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", 0}, {"&#39;", '\''}}

// tags are the HTML elements that are taken out; anything else in angle brackets is
// part of the text, such as <topicName>.
var tags = setOf("br p b i em strong code pre a img div span ul ol li table tr td th tbody thead h1 h2 h3 h4 h5 h6 sub sup font center details summary kbd")

// longestTag is the length in bytes up to which a tag is taken out. Cleaned text has
// only bare ones left over; a long one may be cut in two by a sentence.
const longestTag = 32

// markup recognises what stands for one character or none: the target of a link, an
// entity, an HTML tag. It returns that character and how many bytes to skip.
func markup(t string) (rune, int) {
	switch t[0] {
	case ']':
		if strings.HasPrefix(t, "](") {
			if n := strings.IndexAny(t, ")\n"); n > 0 && t[n] == ')' {
				return 0, n + 1
			}
		}
	case '!':
		if strings.HasPrefix(t, "![") {
			return 0, 1
		}
	case '\\':
		switch {
		case len(t) == 1 || t[1] >= 0x80:
			return 0, 1
		case t[1] == '*':
			return ' ', 2
		case strings.IndexByte("_[]()#+-.!{}<>|~", t[1]) >= 0:
			return rune(t[1]), 2
		}
	case '&':
		if n := strings.IndexByte(t, ';'); n > 3 && n < 8 && t[1] == '#' && t[2] != '3' {
			return ' ', n + 1
		}
		for _, e := range entities {
			if strings.HasPrefix(t, e.text) {
				return e.r, len(e.text)
			}
		}
	case '<':
		n := strings.IndexAny(t, ">\n")
		if n < 2 || n > longestTag || t[n] != '>' {
			return 0, 0
		}
		el, _, _ := strings.Cut(strings.Trim(t[1:n], "/"), " ")
		if tags[strings.ToLower(el)] {
			return ' ', n + 1
		}
	}
	return 0, 0
}
