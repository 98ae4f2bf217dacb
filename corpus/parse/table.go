package parse

import (
	"strings"
)

// A table is laid down row by row: a row is a line, cells are parted by " | ". The first
// row is the header unless rows are marked as one.
type table struct {
	b      *builder
	rows   int
	header []string
	over   bool // the header has ended, or there is none
}

func newTable(b *builder) *table {
	b.begin(Table)
	return &table{b: b}
}

// row writes one row; an empty one is left out.
func (t *table) row(cells []string, head bool) {
	line := joinCells(cells)
	if line == "" || !t.b.ok() {
		return
	}
	if t.b.open != Table { // text stood between the rows
		t.b.begin(Table)
		t.rows = 0
	}
	if t.rows > 0 {
		line = "\n" + line
	}
	t.b.write(line)
	t.rows++
	if t.over = t.over || !head && t.rows > 1; !t.over && (head || t.rows == 1) {
		t.header = append(t.header, strings.TrimPrefix(line, "\n"))
	}
}

// end closes the table. A header that is the whole table is none.
func (t *table) end() {
	block := t.b.end()
	if block == nil || t.rows <= len(t.header) {
		return
	}
	block.Header = clean(strings.Join(t.header, "\n"), map[string]int{})
}

// joinCells makes a row a line; empty cells at its end are left out.
func joinCells(cells []string) string {
	last := len(cells)
	for last > 0 && strings.TrimSpace(cells[last-1]) == "" {
		last--
	}
	if last == 0 {
		return ""
	}
	var out strings.Builder
	for i, c := range cells[:last] {
		if i > 0 {
			out.WriteString(" | ")
		}
		writeFields(&out, c)
	}
	return strings.TrimLeft(out.String(), " ")
}

// writeFields writes s with its runs of space made one.
func writeFields(out *strings.Builder, s string) {
	first := true
	for field := range strings.FieldsSeq(s) {
		if !first {
			out.WriteByte(' ')
		}
		out.WriteString(field)
		first = false
	}
}
