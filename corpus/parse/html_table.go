package parse

import (
	"strconv"
	"strings"
)

// An htmlTable collects the cells of a row. A table that has another one inside is there
// for the layout, and its cells are read like sections.
type htmlTable struct {
	t       *table
	row     []string
	carried map[int]carry // cells of rows above that reach into this one, by column
	inCell  bool
	head    bool // all cells of the row are header cells
	cellBuf strings.Builder
	span    carry // of the cell being read
	wide    int   // columns of the cell being read
	layout  bool
}

type carry struct {
	text string
	rows int // that are still to be filled
}

const (
	maxSpan    = 1000 // of rows or columns, as browsers have it for columns
	maxCarried = 200  // bytes of a cell that is repeated in each row it spans
	maxColumns = 16384
)

// cell is the table whose cell takes the text, or nil.
func (w *htmlWalker) cell() *htmlTable {
	if len(w.tables) == 0 {
		return nil
	}
	if t := w.tables[len(w.tables)-1]; t.inCell && !t.layout {
		return t
	}
	return nil
}

func (t *htmlTable) write(s string) {
	if t.cellBuf.Len() > 0 {
		t.cellBuf.WriteByte(' ')
	}
	t.cellBuf.WriteString(s)
}

func (w *htmlWalker) startTable() {
	if outer := w.cell(); outer != nil {
		outer.layout = true
		if outer.t != nil {
			outer.t.end()
		}
		before := append(outer.row, outer.cellBuf.String())
		outer.row = nil
		outer.cellBuf.Reset()
		for _, s := range before {
			w.b.add(Paragraph, s)
		}
	}
	w.tables = append(w.tables, &htmlTable{carried: map[int]carry{}})
}

func (w *htmlWalker) startRow() {
	if len(w.tables) == 0 {
		return
	}
	t := w.tables[len(w.tables)-1]
	t.row, t.head = nil, true
	t.fill()
}

// fill takes over the cells that reach down into this column.
func (t *htmlTable) fill() {
	for len(t.row) < maxColumns {
		c, ok := t.carried[len(t.row)]
		if !ok {
			return
		}
		if c.rows--; c.rows == 0 {
			delete(t.carried, len(t.row))
		} else {
			t.carried[len(t.row)] = c
		}
		t.row = append(t.row, c.text)
	}
}

func (w *htmlWalker) startCell(tag startTag) {
	if len(w.tables) == 0 {
		return
	}
	t := w.tables[len(w.tables)-1]
	t.inCell = true
	t.head = t.head && (tag.name == "th" || w.inside("thead"))
	t.span = carry{rows: min(atoi(tag.rowspan), maxSpan) - 1}
	t.wide = max(1, min(atoi(tag.colspan), maxSpan))
	t.cellBuf.Reset()
}

func (w *htmlWalker) endCell() {
	if len(w.tables) == 0 {
		return
	}
	t := w.tables[len(w.tables)-1]
	if !t.inCell || t.layout {
		return
	}
	t.inCell = false
	s := strings.TrimSpace(t.cellBuf.String())
	t.cellBuf.Reset()
	for i := range t.wide {
		if len(t.row) >= maxColumns {
			break
		}
		if i > 0 {
			s = "" // the text of a wide cell stands in its first column
		}
		if t.span.rows > 0 && len(s) <= maxCarried {
			t.carried[len(t.row)] = carry{s, t.span.rows}
		}
		t.row = append(t.row, s)
	}
	t.fill()
}

func (w *htmlWalker) endRow() {
	if len(w.tables) == 0 {
		return
	}
	t := w.tables[len(w.tables)-1]
	if t.layout || len(t.row) == 0 {
		return
	}
	if t.t == nil {
		t.t = newTable(w.b)
	}
	t.t.row(t.row, t.head)
	t.row = nil
}

func (w *htmlWalker) endTable() {
	if len(w.tables) == 0 {
		return
	}
	w.endRow()
	t := w.tables[len(w.tables)-1]
	if t.t != nil && !t.layout {
		t.t.end()
	}
	w.tables = w.tables[:len(w.tables)-1]
}

func atoi(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return n
}
