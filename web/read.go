package web

import (
	"strings"

	"wenyuan"
)

// A piece is what stands between two passage boundaries on paper: a heading, or blocks
// of the same passages, with how many answers used them.
type piece struct {
	Heading *shown
	Blocks  []shown
	Answers int
	Depth   int // of the strip, 0 to 10
	Used    bool
}

// A shown is a block ready to be laid out. Start names its place on the page.
type shown struct {
	Kind  string
	Level int // 2 to 6 of a heading
	Start int
	Page  int // when a new page begins here
	Lang  string
	Code  string
	Runs  []lit
	Rows  [][][]lit // of a table: rows of cells of runs
	Head  int       // rows of the table that are its head
}

// Pieces lays out the part of the document that is looked at.
func (p DocumentPage) Pieces() []piece {
	most := 0
	for _, u := range p.Passages {
		most = max(most, u.Answers)
	}
	var out []piece
	lastPage, lastKey := 0, -1
	first := true
	shownBlocks := p.blocksShown()
	part := window(p.Text, shownBlocks)
	for _, b := range shownBlocks {
		s := p.show(part, b)
		if b.Page != 0 && b.Page != lastPage {
			lastPage, s.Page = b.Page, b.Page
		}
		if b.Kind == "heading" {
			out, lastKey = append(out, piece{Heading: &s}), -1
			first = false
			continue
		}
		lo, hi, answers := p.passagesOf(b)
		loose := lo < 0 && len(out) > 0 && out[len(out)-1].Heading == nil && !out[len(out)-1].Used
		if first || !loose && (lastKey < 0 || lo > lastKey || lo < 0) {
			out = append(out, piece{})
			first = false
		}
		q := &out[len(out)-1]
		q.Blocks = append(q.Blocks, s)
		q.Answers = max(q.Answers, answers)
		q.Used = lo >= 0
		if most > 0 {
			q.Depth = (q.Answers*10 + most - 1) / most
		}
		lastKey = hi
	}
	lead(out)
	return out
}

// lead names the first lit run, which the address of a citation leads to.
func lead(pieces []piece) {
	first := func(runs []lit) bool {
		for i := range runs {
			if runs[i].By != nil {
				runs[i].Lead = true
				return true
			}
		}
		return false
	}
	for _, p := range pieces {
		if p.Heading != nil && first(p.Heading.Runs) {
			return
		}
		for _, b := range p.Blocks {
			if first(b.Runs) {
				return
			}
			for _, row := range b.Rows {
				for _, cell := range row {
					if first(cell) {
						return
					}
				}
			}
		}
	}
}

// passagesOf is the range of passages, by index, that a block shares; -1 for none.
func (p DocumentPage) passagesOf(b Block) (lo, hi, answers int) {
	lo, hi = -1, -1
	for i, u := range p.Passages {
		if u.Start < b.End && b.Start < u.End {
			if lo < 0 {
				lo = i
			}
			hi, answers = i, max(answers, u.Answers)
		}
	}
	return lo, hi, answers
}

// A view is a run of a text, with the code point it begins at. Only the part that is shown
// is ever taken apart: a text may have hundreds of megabytes.
type view struct {
	runes []rune
	start int
}

// window is the text that blocks in reading order span.
func window(text string, blocks []Block) view {
	if len(blocks) == 0 {
		return view{}
	}
	start, end := blocks[0].Start, blocks[len(blocks)-1].End
	rest := text[byteAt(text, start):]
	return view{[]rune(rest[:byteAt(rest, end-start)]), start}
}

// byteAt is where code point n of a text begins, its length when it has fewer.
func byteAt(text string, n int) int {
	for i := range text {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(text)
}

func (v view) text(b Block) string {
	start, end := clamp(b.Start-v.start, len(v.runes)), clamp(b.End-v.start, len(v.runes))
	return string(v.runes[start:max(start, end)])
}

func (p DocumentPage) show(v view, b Block) shown {
	s := shown{Kind: b.Kind, Start: b.Start, Code: b.Lang, Level: min(max(b.Level, 1)+1, 6)}
	text := v.text(b)
	s.Lang = langOf(text)
	if b.Kind == "table" {
		s.Rows, s.Head = p.rows(text, b.Start, b.Header)
		return s
	}
	s.Runs = p.lightRuns(text, b.Start)
	return s
}

func (p DocumentPage) lightRuns(text string, start int) []lit {
	var marks []mark
	if p.Lit.End > p.Lit.Start {
		marks = append(marks, mark{p.Lit.Start, p.Lit.End, 1})
	}
	return light(text, start, marks)
}

// rows cuts a table's text into cells. A row is a line; cells stand between tabs or,
// where there are none, between bars.
func (p DocumentPage) rows(text string, start int, header string) ([][][]lit, int) {
	var out [][][]lit
	head, at := 0, start
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" {
			out = append(out, p.cells(line, at))
			if header != "" && strings.Contains(header, strings.TrimSpace(line)) && head == len(out)-1 {
				head = len(out)
			}
		}
		at += len([]rune(line)) + 1
	}
	return out, head
}

func (p DocumentPage) cells(line string, start int) [][]lit {
	sep := "\t"
	if !strings.Contains(line, sep) {
		sep = "|"
	}
	parts := strings.Split(line, sep)
	var out [][]lit
	at := start
	for i, cell := range parts {
		edge := sep == "|" && (i == 0 || i == len(parts)-1) && strings.TrimSpace(cell) == ""
		if !edge {
			trimmed := strings.TrimLeft(cell, " ")
			lead := len([]rune(cell)) - len([]rune(trimmed))
			out = append(out, p.lightRuns(strings.TrimRight(trimmed, " "), at+lead))
		}
		at += len([]rune(cell)) + 1
	}
	return out
}

func clamp(n, limit int) int { return min(max(n, 0), limit) }

// Earlier says that the shown revision is not the current one.
func (p DocumentPage) Earlier() bool {
	return p.Document.Revision != "" && p.Revision != p.Document.Revision
}

// IsLit says whether words are lit.
func (p DocumentPage) IsLit() bool { return p.Lit != wenyuan.Span{} }
