package indirect

import (
	"strings"
	"unicode/utf8"
)

// A sort is what a segment looks like on the page.
type sort uint8

const (
	prose   sort = iota
	item         // of a list
	heading      // a line marked as one
	row          // of a table, without a cell that says much
	cell         // of a table, long enough to say something
	code         // a line of a program or of a log
	comment      // what a program, a page or a fenced block says in words
	field        // a line of a letter's head: "subject: ..."
	sorts
)

// A segment is a piece of a text that is judged alone.
type segment struct {
	start, end int // bytes of the folded text
	line       int
	sort       sort
	form       form
	words      []uint32 // places of its words in the sketch
	hidden     bool     // it stands in a comment of HTML
	talk       bool     // its line begins with who says it
}

const (
	sentenceAtMost = 320 // bytes: what has no full stop is cut at a space
	cellAtLeast    = 18  // bytes: shorter cells are names and figures
)

// cut divides a folded text into segments.
func (p *page) cut(text string) {
	p.text, p.segments, p.remark = text, p.segments[:0], false
	fenced, line := false, 0
	for start := 0; start < len(text); line++ {
		end := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			end = start + n
		}
		if from, to := trim(text, start, end); from < to {
			if strings.HasPrefix(text[from:to], "```") {
				fenced = !fenced
			} else {
				p.line(line, from, to, fenced)
			}
		}
		start = end + 1
	}
}

func (p *page) line(line, from, to int, fenced bool) {
	s := p.text[from:to]
	if p.remark {
		p.remarked(line, from, to, fenced)
		return
	}
	if c := strings.Index(s, "<!--"); c >= 0 && !fenced {
		if c > 0 {
			p.line(line, from, from+c, fenced)
		}
		p.remark = true
		p.remarked(line, from+c+4, to, fenced)
		return
	}
	switch {
	case strings.Count(s, "|") >= 2 || s[0] == '|':
		p.cells(line, from, to, '|')
	case values(s):
		p.cells(line, from, to, ',')
	case s[0] == '#' && !fenced:
		p.add(line, from, to, heading)
	case strings.HasPrefix(s, "//") || strings.HasPrefix(s, "/*") || strings.HasPrefix(s, "* ") && fenced || strings.HasPrefix(s, "-- ") || s[0] == '#':
		p.sentences(line, from, to, comment)
	case programmed(s, fenced):
		p.program(line, from, to)
	case fenced:
		p.sentences(line, from, to, comment)
	case letterhead(s):
		p.sentences(line, from, to, field)
	case listed(s) > 0:
		p.sentences(line, from+listed(s), to, item)
	default:
		p.sentences(line, from, to, prose)
	}
}

// remarked adds what stands in a comment of HTML, up to its end.
func (p *page) remarked(line, from, to int, fenced bool) {
	end, after := to, to
	if n := strings.Index(p.text[from:to], "-->"); n >= 0 {
		end, after, p.remark = from+n, from+n+3, false
	}
	n := len(p.segments)
	if from < end {
		p.sentences(line, from, end, comment)
	}
	for i := n; i < len(p.segments); i++ {
		p.segments[i].hidden = true
	}
	if from, to = trim(p.text, after, to); from < to {
		p.line(line, from, to, fenced)
	}
}

// cells adds the long cells of a row each for itself, and the rest of the row once.
func (p *page) cells(line, from, to int, by byte) {
	before := len(p.segments)
	for at := from; at < to; {
		end := to
		if n := strings.IndexByte(p.text[at:to], by); n >= 0 {
			end = at + n
		}
		if f, t := trim(p.text, at, end); says(p.text[f:t]) {
			p.sentences(line, f, t, cell)
		}
		at = end + 1
	}
	if len(p.segments) == before {
		p.add(line, from, to, row)
	}
}

// says says whether a cell is long enough to ask for anything, and no title in quotes.
func says(s string) bool {
	if n := len(s); n > 2 && s[0] == '"' && s[n-1] == '"' {
		return false
	}
	return len(s) >= cellAtLeast && strings.Contains(s, " ") || han(s) >= 6
}

// program adds a line of a program, and what it says behind a sign of comment.
func (p *page) program(line, from, to int) {
	s := p.text[from:to]
	for _, sign := range []string{" // ", " # ", " -- ", " /* "} {
		if i := strings.Index(s, sign); i > 0 {
			p.add(line, from, from+i, code)
			p.sentences(line, from+i+len(sign), to, comment)
			return
		}
	}
	p.add(line, from, to, code)
}

// sentences divides at full stops, question and exclamation marks.
func (p *page) sentences(line, from, to int, as sort) {
	quoted := false
	for start, i := from, from; i < to; {
		r, n := rune(p.text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(p.text[i:to])
		}
		i += n
		if r == '"' {
			quoted = !quoted
		}
		if !p.stops(r, i, start, to, quoted) {
			continue
		}
		for i < to && strings.IndexByte(`"')!?`, p.text[i]) >= 0 {
			quoted = quoted != (p.text[i] == '"')
			i++
		}
		p.add(line, start, i, as)
		start = i
		if i >= to {
			return
		}
		if rest := to - i; rest > 0 {
			continue
		}
	}
	if n := len(p.segments); n == 0 || p.segments[n-1].line != line || p.segments[n-1].end < to {
		start := from
		if n > 0 && p.segments[n-1].line == line && p.segments[n-1].end > from {
			start = p.segments[n-1].end
		}
		p.add(line, start, to, as)
	}
}

// stops says whether a sentence ends with the character before byte i.
func (p *page) stops(r rune, i, start, to int, quoted bool) bool {
	switch r {
	case '。':
		return !quoted
	case '!', '?':
		return !quoted && (i >= to || p.text[i] >= utf8.RuneSelf || strings.IndexByte(" \"')!?*", p.text[i]) >= 0)
	case '.':
		return !quoted && i < to && p.text[i] == ' ' && i-start > 3 && !short(p.text[start:i-1])
	case ' ':
		return i-start > sentenceAtMost
	}
	return i-start > 2*sentenceAtMost
}

// short says whether a full stop after this is of an abbreviation or of a number.
func short(s string) bool {
	word := s[strings.LastIndexAny(s, " (")+1:]
	switch word {
	case "e.g", "i.e", "etc", "mr", "mrs", "ms", "dr", "no", "vs", "st", "fig", "prof", "inc", "approx":
		return true
	}
	return len(word) == 1
}

func (p *page) add(line, from, to int, as sort) {
	if from, to = trim(p.text, from, to); from >= to {
		return
	}
	n := len(p.segments)
	if n < cap(p.segments) {
		p.segments = p.segments[:n+1] // its slice of words is used again
		words := p.segments[n].words[:0]
		p.segments[n] = segment{words: words}
	} else {
		p.segments = append(p.segments, segment{})
	}
	s := &p.segments[n]
	s.start, s.end, s.line, s.sort = from, to, line, as
}

func trim(s string, from, to int) (int, int) {
	for from < to && s[from] <= ' ' {
		from++
	}
	for from < to && s[to-1] <= ' ' {
		to--
	}
	return from, to
}
