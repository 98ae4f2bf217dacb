package pdf

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A box is a rectangle in points; the origin is the bottom left of the page.
type box struct{ left, bottom, right, top float32 }

func (b box) width() float32  { return b.right - b.left }
func (b box) height() float32 { return b.top - b.bottom }

func (b *box) add(c box) {
	if *b == (box{}) {
		*b = c
		return
	}
	b.left, b.bottom = min(b.left, c.left), min(b.bottom, c.bottom)
	b.right, b.top = max(b.right, c.right), max(b.top, c.top)
}

// beside says whether two boxes stand on the same line of writing.
func (b box) beside(c box) bool {
	overlap := min(b.top, c.top) - max(b.bottom, c.bottom)
	return overlap > 0.5*min(b.height(), c.height())
}

// A segment is a run of letters on one line without a gap that parts columns.
type segment struct {
	box
	text    string
	size    float32 // of the font, in points as they appear
	n       int     // code points
	rotated bool
}

// A line is what stands on one height of one column: one segment, or the cells of a
// table's row.
type line struct {
	box
	cells []segment
	size  float32
	row   bool // it is the row of a table for certain
}

func (l line) text() string {
	parts := make([]string, len(l.cells))
	for i, c := range l.cells {
		parts[i] = c.text
	}
	return strings.Join(parts, " ")
}

// A page is what was read of one page.
type page struct {
	number        int // from 1
	width, height float32
	lines         []line
	good, garbled int  // letters that say which letter they are, and that do not
	unread        bool // it could not be opened
	hidden        []Hidden
	notes         []string // remarks
}

// columnGap is the gap, in font sizes, from which two words are two cells. Justified
// text stays below it.
const columnGap = 1.8

// read puts the letters, in the order of the page's program, into lines.
func (p *page) read(letters []letter) {
	segments := p.segments(letters, nil)
	if edges := cellEdges(segments); len(edges) > 0 {
		p.good, p.garbled = 0, 0
		segments = p.segments(letters, edges)
	}
	segments = inReadingOrder(segments, p.width)
	at := 0
	for _, rows := range grids(segments) {
		p.addLines(segments[at:rows[0].from])
		edges := columnEdges(rows)
		for _, r := range rows {
			p.lines = append(p.lines, r.line(edges))
		}
		at = rows[len(rows)-1].to
	}
	p.addLines(segments[at:])
}

// addLines puts segments into lines by their places.
func (p *page) addLines(segments []segment) {
	from := len(p.lines)
	for _, s := range segments {
		if n := len(p.lines); n > from {
			last := &p.lines[n-1]
			if last.beside(s.box) && s.left >= last.right-0.3*s.size && !s.rotated {
				last.append(s)
				continue
			}
		}
		p.lines = append(p.lines, line{box: s.box, cells: []segment{s}, size: s.size})
	}
	for i := range p.lines[from:] {
		p.lines[from+i].joinMarker()
	}
}

// append adds what stands further right on the line: a word to the last cell, or a cell.
func (l *line) append(s segment) {
	last := &l.cells[len(l.cells)-1]
	if gap := s.left - last.right; gap < columnGap*max(s.size, last.size) {
		if gap > 0.15*s.size {
			last.text += " "
		}
		last.text += s.text
		last.n = utf8.RuneCountInString(last.text)
		last.add(s.box)
	} else {
		l.cells = append(l.cells, s)
	}
	l.add(s.box)
}

// segments joins letters that follow each other on a line.
func (p *page) segments(letters []letter, edges map[int]bool) []segment {
	var out []segment
	var text strings.Builder
	var cur segment
	var last letter
	space, upright := false, 0
	flush := func() {
		if cur.text = strings.TrimSpace(text.String()); cur.text != "" {
			cur.n = utf8.RuneCountInString(cur.text)
			if upright > 0 { // what is written along the edge is no heading
				cur.size /= float32(upright)
			}
			out = append(out, cur)
		}
		text.Reset()
		cur, space, upright = segment{}, false, 0
	}
	for _, l := range letters {
		switch {
		case l.r == '\n' && last.rotated:
			continue // PDFium ends the line after each letter
		case l.r == '\n':
			flush()
			continue
		case l.r == ' ' || l.r == '\t' || l.r == 0xa0 || l.r == 0x3000:
			space = true
			continue
		case meaningless(l.r):
			p.garbled++
			continue
		case unicode.IsControl(l.r) && l.r != softHyphen:
			continue
		}
		p.good++
		if text.Len() > 0 && apart(cur.box, last, l, edges) {
			flush()
		}
		if space && l.rotated {
			space = max(l.bottom-last.top, last.bottom-l.top) > 0.15*l.size
		}
		if space && text.Len() > 0 && !(wide(last.r) && wide(l.r) && l.left-last.right < 0.5*l.size) {
			text.WriteByte(' ')
		}
		space = false
		text.WriteRune(l.r)
		cur.add(l.box)
		if cur.rotated = l.rotated; !l.rotated {
			cur.size += l.size // the middle of all: a sign may be larger than its line
			upright++
		}
		last = l
	}
	flush()
	return out
}

// apart says whether a letter belongs to another segment than the one before it.
func apart(cur box, last, l letter, edges map[int]bool) bool {
	if l.rotated || last.rotated {
		return l.rotated != last.rotated || max(l.bottom-last.top, last.bottom-l.top, l.left-last.right) > columnGap*l.size
	}
	gap := l.left - last.right
	return !cur.beside(l.box) || gap > columnGap*l.size || l.right < last.left || gap > cellGap*l.size && edges[int(l.left+0.5)]
}

// cellGap is the gap, in font sizes, from which a word begins a cell where other cells
// begin too. Spaces between words are a quarter to a third.
const cellGap = 0.4

// cellEdges are the places, in whole points, where the cells of a table begin: three or
// more segments that have something to their left do.
func cellEdges(s []segment) map[int]bool {
	count := map[int]int{}
	for i := 1; i < len(s); i++ {
		if s[i].left > s[i-1].right && s[i-1].left < s[i].left {
			count[int(s[i].left+0.5)]++
		}
	}
	edges := map[int]bool{}
	for at, n := range count {
		if n >= 3 {
			edges[at] = true
		}
	}
	return edges
}

// joinMarker puts a bullet or number that stands in a column of its own before its text.
func (l *line) joinMarker() {
	if len(l.cells) < 2 || !(isBullet(l.cells[0].text) || isNumberMark(l.cells[0].text)) {
		return
	}
	next := l.cells[1]
	next.text = l.cells[0].text + " " + next.text
	next.left = l.cells[0].left
	next.n = utf8.RuneCountInString(next.text)
	l.cells = slices.Delete(l.cells, 0, 1)
	l.cells[0] = next
}

// wide are letters that are written without spaces between them.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}
