package parse

import "strings"

func (d *docx) startTablePart(name string, a attributes) {
	if len(d.tables) == 0 {
		return
	}
	t := d.tables[len(d.tables)-1]
	switch name {
	case "tr":
		t.row, t.head = nil, false
	case "tc":
		t.cell, t.span, t.merge, t.shade = nil, 1, "", ""
	case "tblStyle":
		t.style = a.get("val")
	case "tblHeader":
		t.head = a.on()
	case "gridSpan":
		t.span = max(1, min(atoi(a.get("val")), maxSpan))
	case "vMerge":
		if t.merge = a.get("val"); t.merge == "" {
			t.merge = "continue"
		}
	}
}

func (d *docx) endTablePart(name string) {
	if len(d.tables) == 0 {
		return
	}
	t := d.tables[len(d.tables)-1]
	switch name {
	case "tc":
		t.endCell()
	case "tr":
		d.endRow(t)
	case "tbl":
		d.tables = d.tables[:len(d.tables)-1]
		d.endTable(t)
	}
}

// endCell adds the cell to its row. A cell that reaches over rows is repeated in each of
// them when it is short, so that every row says what it is about.
func (t *wordTable) endCell() {
	text := strings.TrimSpace(strings.Join(t.cell, " "))
	column := len(t.row)
	switch t.merge {
	case "restart":
		if len(text) <= maxCarried {
			t.above[column] = text
		}
	case "continue":
		if text == "" {
			text = t.above[column]
		}
	default:
		delete(t.above, column)
	}
	t.row = append(t.row, text)
	for i := 1; i < t.span && len(t.row) < maxColumns; i++ {
		t.row = append(t.row, "")
	}
}

// endRow lays the row down. A table in a cell of another becomes text of that cell, one
// in a text box paragraphs behind the one the box hangs on.
func (d *docx) endRow(t *wordTable) {
	t.rows++
	line := joinCells(t.row)
	switch {
	case line == "":
	case len(d.tables) > 1 && d.tables[len(d.tables)-2].outside == t.outside:
		outer := d.tables[len(d.tables)-2]
		outer.cell = append(outer.cell, line)
	case len(d.paras) > 0:
		host := d.paras[len(d.paras)-1]
		p := wordPara{}
		p.text.WriteString(line)
		host.later = append(host.later, p)
	default:
		if t.t == nil {
			d.endCode()
			t.t = newTable(d.b)
		}
		t.t.row(t.row, t.head)
	}
}

// endTable closes the table; one of a single cell is a frame around a paragraph.
func (d *docx) endTable(t *wordTable) {
	if t.t == nil {
		return
	}
	t.t.end()
	if n := len(d.b.blocks); t.rows == 1 && len(t.row) == 1 && n > 0 && d.b.err == nil {
		d.b.blocks[n-1].Kind = Paragraph
	}
}
