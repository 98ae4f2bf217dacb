package pdf

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Kind says what a part is.
type Kind int

const (
	Paragraph Kind = iota
	Heading
	ListItem
	Table
)

// A Part is a piece of the text as a reader sees it.
type Part struct {
	Kind  Kind
	Level int        // of a heading, from 1
	Page  int        // from 1
	Text  string     // of all but tables; a list item begins with its marker
	Rows  [][]string // of a table
}

// parts makes the lines of all pages paragraphs, headings, list items and tables. A part
// does not reach over the end of a page, so that each has one page to point to.
func parts(pages []page) []Part {
	sizes := newSizes(pages)
	var out []Part
	for i := range pages {
		w := &joiner{page: &pages[i], sizes: sizes, pitch: pages[i].pitch()}
		w.join()
		out = append(out, w.parts...)
		pages[i].lines = nil
	}
	return out
}

// sizes tells headings by their size: those that stand out from the body, largest first.
type sizes struct {
	body     float32
	headings []float32
}

const (
	standsOut   = 1.08 // times the body's size
	headingMax  = 150  // code points
	headingRank = 4    // levels that are told apart
)

func round(size float32) float32 { return float32(math.Round(float64(size)*2) / 2) }

func newSizes(pages []page) sizes {
	letters := map[float32]int{}
	for i := range pages {
		for _, l := range pages[i].lines {
			for _, c := range l.cells {
				letters[round(c.size)] += c.n
			}
		}
	}
	var s sizes
	most := 0
	for size, n := range letters {
		if n > most || n == most && size < s.body {
			s.body, most = size, n
		}
	}
	for size := range letters {
		if size >= standsOut*s.body {
			s.headings = append(s.headings, size)
		}
	}
	slices.Sort(s.headings)
	slices.Reverse(s.headings)
	return s
}

// level is the heading level of a size, 0 for the body's and smaller ones.
func (s sizes) level(size float32) int {
	i := slices.Index(s.headings, round(size))
	return min(i+1, headingRank)
}

// pitch is the middle distance from line to line, in font sizes.
func (p *page) pitch() float32 {
	var all []float32
	for i := 1; i < len(p.lines); i++ {
		a, b := p.lines[i-1], p.lines[i]
		if d := (a.bottom - b.bottom) / max(b.size, 1); round(a.size) == round(b.size) && d > 0.8 && d < 2.6 {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return 1.4
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// A joiner joins the lines of a page.
type joiner struct {
	page  *page
	sizes sizes
	pitch float32
	parts []Part

	text  strings.Builder
	first line // of the paragraph
	last  line
	at    int // index of the last line
	count int
	rows  [][]string
}

func (w *joiner) join() {
	lines := w.page.lines
	for i, l := range lines {
		table := l.row || len(l.cells) > 1 && (i > 0 && len(lines[i-1].cells) > 1 && len(w.rows) > 0 || i+1 < len(lines) && len(lines[i+1].cells) > 1)
		if table {
			w.endParagraph()
			row := make([]string, len(l.cells))
			for k, c := range l.cells {
				row[k] = c.text
			}
			w.rows = append(w.rows, row)
			continue
		}
		w.endTable()
		if w.count > 0 && w.breaks(l) {
			w.endParagraph()
		}
		w.at = i
		w.addLine(l)
	}
	w.endTable()
	w.endParagraph()
}

// breaks says whether a line begins a new paragraph.
func (w *joiner) breaks(l line) bool {
	size := max(w.last.size, 1)
	right := w.columnRight(w.at)
	short := w.last.right < right-max(0.2*(right-w.first.left), 3*size)
	ended := endsSentence(w.last.text())
	drop := (w.last.bottom - l.bottom) / size
	switch {
	case round(l.size) > round(w.last.size)*1.08 || round(l.size) < round(w.last.size)*0.92:
		return true
	case startsItem(l.text()):
		return true
	case drop < 0: // the next column
		return short || ended
	case drop > 1.35*w.pitch:
		return true
	case w.sizes.level(l.size) > 0:
		return false // lines of one heading
	case short:
		return ended || !goesOn(l.text())
	case startsItem(w.first.text()):
		return l.left < w.first.left-0.5*size
	}
	indented := l.left > w.last.left+0.9*size && l.left < w.last.left+5*size
	return indented && ended
}

// columnRight is the right edge of the column in which a line stands: that of the lines
// around it which begin where it does and have its size.
func (w *joiner) columnRight(at int) float32 {
	const around = 12
	l := w.page.lines[at]
	right := l.right
	for _, o := range w.page.lines[max(0, at-around):min(len(w.page.lines), at+around+1)] {
		if len(o.cells) == 1 && max(o.left-l.left, l.left-o.left) < 4*l.size && round(o.size) == round(l.size) {
			right = max(right, o.right)
		}
	}
	return right
}

// addLine appends a line to the paragraph: a hyphen that parts a word goes, a line end is a
// space, between letters that are written without spaces nothing.
func (w *joiner) addLine(l line) {
	s := l.text()
	if w.count == 0 {
		w.first = l
	} else {
		before := w.text.String()
		end, size := utf8.DecodeLastRuneInString(before)
		begin, _ := utf8.DecodeRuneInString(s)
		switch {
		case end == softHyphen, end == '-' && unicode.IsLower(begin) && len(before) > 1 && unicode.IsLetter(lastBut(before, size)):
			w.text.Reset()
			w.text.WriteString(before[:len(before)-size])
		case wide(end) && wide(begin):
		default:
			w.text.WriteByte(' ')
		}
	}
	w.text.WriteString(s)
	w.last = l
	w.count++
}

func lastBut(s string, size int) rune {
	r, _ := utf8.DecodeLastRuneInString(s[:len(s)-size])
	return r
}

func (w *joiner) endParagraph() {
	text := strings.ReplaceAll(w.text.String(), string(rune(softHyphen)), "-")
	w.text.Reset()
	w.count = 0
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	p := Part{Kind: Paragraph, Page: w.page.number, Text: text}
	level := w.sizes.level(w.first.size)
	switch {
	case level > 0 && utf8.RuneCountInString(text) <= headingMax && strings.IndexFunc(text, unicode.IsLetter) >= 0:
		p.Kind, p.Level = Heading, level
	case startsItem(text):
		p.Kind = ListItem
		if mark, size := utf8.DecodeRuneInString(text); isBullet(string(mark)) {
			p.Text = "- " + strings.TrimSpace(text[size:])
		}
	}
	w.parts = append(w.parts, p)
}

func (w *joiner) endTable() {
	if len(w.rows) > 0 {
		w.parts = append(w.parts, Part{Kind: Table, Page: w.page.number, Rows: w.rows})
		w.rows = nil
	}
}

var (
	numberMark = regexp.MustCompile(`^(\(?\d{1,3}[.)、]|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\(?[a-zA-Z][.)]|[①-⑳])$`)
	itemStart  = regexp.MustCompile(`^(\(?\d{1,3}[.)] |\d{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\([a-z]\) |[①-⑳])\S?`)
)

func isNumberMark(s string) bool { return len(s) < 16 && numberMark.MatchString(s) }

func isBullet(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size == len(s) && strings.ContainsRune("•●○■□▪▫◦‣⁃–*-◆◇►➢✓", r)
}

func startsItem(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("•●○■□▪▫◦‣⁃◆◇►➢✓", r) {
		return true
	}
	if (r == '-' || r == '–' || r == '*') && strings.HasPrefix(s[size:], " ") {
		return true
	}
	return itemStart.MatchString(s[:min(len(s), 24)])
}

func endsSentence(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, `"'”’)）」』`))
	return strings.ContainsRune(".!?:;。！？：；…", r)
}

// goesOn says whether a line may be the middle of a sentence by its first letter.
func goesOn(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r) || unicode.Is(unicode.Lo, r)
}
