package web

import (
	"slices"
	"strings"

	"wenyuan"
)

// partSize is how many code points of a long document are laid out on one page: about
// a hundred printed pages, which a phone still scrolls without waiting.
const partSize = 200_000

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
	runes := []rune(p.Text)
	most := 0
	for _, u := range p.Passages {
		most = max(most, u.Answers)
	}
	var out []piece
	lastPage, lastKey := 0, -1
	first := true
	for _, b := range p.blocksShown() {
		s := p.show(runes, b)
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

func (p DocumentPage) show(runes []rune, b Block) shown {
	start, end := clamp(b.Start, len(runes)), clamp(b.End, len(runes))
	if end < start {
		end = start
	}
	s := shown{Kind: b.Kind, Start: start, Code: b.Lang, Level: min(max(b.Level, 1)+1, 6)}
	text := string(runes[start:end])
	s.Lang = langOf(text)
	if b.Kind == "table" {
		s.Rows, s.Head = p.rows(text, start, b.Header)
		return s
	}
	s.Runs = p.lightRuns(text, start)
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

// starts are the first blocks of the parts that a long text is laid out in.
func (p DocumentPage) starts() []int {
	out := []int{0}
	from := 0
	for i, b := range p.Blocks {
		if b.Start-from >= partSize {
			out, from = append(out, i), b.Start
		}
	}
	return out
}

// Parts is how many parts the text has.
func (p DocumentPage) Parts() int { return len(p.starts()) }

// At is the part that is shown, from 1.
func (p DocumentPage) At() int {
	starts := p.starts()
	if p.Part > 0 {
		return min(p.Part, len(starts))
	}
	at := 1
	for i, first := range starts {
		if first < len(p.Blocks) && p.Blocks[first].Start <= p.Lit.Start {
			at = i + 1
		}
	}
	return at
}

func (p DocumentPage) blocksShown() []Block {
	starts, at := p.starts(), p.At()
	if at < len(starts) {
		return p.Blocks[starts[at-1]:starts[at]]
	}
	return p.Blocks[starts[at-1]:]
}

// An entry is a heading in the outline.
type entry struct {
	Text  string
	Level int
	Start int
	Here  bool
	Part  int // of the text; 0 when it is the shown one
}

// Outline lists the headings, the finest levels left out where there are too many to read.
func (p DocumentPage) Outline() []entry {
	runes := []rune(p.Text)
	var out []entry
	for _, b := range p.Blocks {
		if b.Kind == "heading" && b.End > b.Start {
			out = append(out, entry{Text: string(runes[clamp(b.Start, len(runes)):clamp(b.End, len(runes))]), Level: b.Level, Start: b.Start})
		}
	}
	for level := 6; len(out) > 40 && level > 1; level-- {
		out = slices.DeleteFunc(out, func(e entry) bool { return e.Level >= level })
	}
	p.markHere(out)
	return out[:min(len(out), 60)]
}

func (p DocumentPage) markHere(out []entry) {
	here := -1
	starts := p.starts()
	for i := range out {
		if p.Lit.End > 0 && out[i].Start <= p.Lit.Start {
			here = i
		}
		for k, first := range starts {
			if first < len(p.Blocks) && p.Blocks[first].Start <= out[i].Start {
				out[i].Part = k + 1
			}
		}
		if out[i].Part == p.At() {
			out[i].Part = 0
		}
	}
	if here >= 0 {
		out[here].Here = true
	}
}

// Earlier says that the shown revision is not the current one.
func (p DocumentPage) Earlier() bool {
	return p.Document.Revision != "" && p.Revision != p.Document.Revision
}

// IsLit says whether words are lit.
func (p DocumentPage) IsLit() bool { return p.Lit != wenyuan.Span{} }
