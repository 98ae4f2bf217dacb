package parse

import (
	"slices"
	"strconv"
	"strings"
)

// readXLSX takes an Excel workbook: each sheet is a heading, each run of rows below each
// other a table. Rows are read as a stream; hidden sheets, rows, columns and cells are left out and
// counted.
func readXLSX(f *file) (*Document, error) {
	p, err := openPack(f)
	if err != nil {
		return nil, err
	}
	x := &xlsx{b: newBuilder(f, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
	x.b.charset = "UTF-8"
	if x.b.title, err = p.properties(x.b); err != nil {
		return nil, err
	}
	if strings.TrimSpace(x.b.title) == "" {
		x.b.title = f.stem() // rather than the name of the first sheet
	}
	if err := x.readWorkbook(p); err != nil {
		return nil, err
	}
	for _, s := range x.sheets {
		if p.parts[strings.ToLower(s.part)] == nil {
			continue // a chart
		}
		if !s.hidden {
			x.b.heading(1, s.name)
		}
		r := &sheetReader{xlsx: x, name: s.name, hidden: s.hidden, offset: maxColumns}
		if err := p.read(s.part, r); err != nil {
			return nil, err
		}
		r.endTable()
		if !x.b.ok() {
			break
		}
	}
	if err := x.readRemarks(p); err != nil {
		return nil, err
	}
	return x.b.document()
}

type xlsx struct {
	b       *builder
	sheets  []sheet
	strings sharedStrings
	formats []numberFormat // by style index
	epoch   int            // 1904 on old Macs
}

type sheet struct {
	name, part string
	hidden     bool
}

// readWorkbook reads what the sheets need: their names, the shared strings and the number
// formats.
func (x *xlsx) readWorkbook(p *pack) error {
	const workbook = "xl/workbook.xml"
	targets, err := p.relations(workbook)
	if err != nil {
		return err
	}
	err = p.read(workbook, xmlFuncs{start: func(name string, a attributes) bool {
		switch name {
		case "sheet":
			x.sheets = append(x.sheets, sheet{a.get("name"), targets[relationID(a)], a.get("state") != "" && a.get("state") != "visible"})
		case "workbookPr":
			if v := a.get("date1904"); v == "1" || v == "true" {
				x.epoch = 1904
			}
		}
		return true
	}})
	if err != nil {
		return err
	}
	if err := p.read("xl/sharedStrings.xml", &x.strings); err != nil {
		return err
	}
	if int64(len(x.strings.text)) > x.b.f.limits.Text {
		return x.b.f.tooLarge("holds more than "+bytesText(x.b.f.limits.Text)+" of text", "Split the file, or raise the limit for extracted text.")
	}
	return x.readStyles(p)
}

// relationID is r:id, which shares its local name with nothing else on a sheet element.
func relationID(a attributes) string { return a.get("id") }

// sharedStrings are kept in one piece with their ends, so that millions of empty ones
// cost little.
type sharedStrings struct {
	text   []byte
	ends   []uint32
	inText bool
}

func (s *sharedStrings) Start(name string, _ attributes) bool {
	s.inText = name == "t"
	return name != "rPh" // how to pronounce it
}

func (s *sharedStrings) End(name string) {
	s.inText = false
	if name == "si" {
		s.ends = append(s.ends, uint32(len(s.text)))
	}
}

func (s *sharedStrings) Text(t string) {
	if s.inText {
		s.text = append(s.text, t...)
	}
}

func (s *sharedStrings) at(i int) string {
	if i < 0 || i >= len(s.ends) {
		return ""
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return string(s.text[start:s.ends[i]])
}

// A sheetReader turns rows into tables.
type sheetReader struct {
	*xlsx
	name   string // of the sheet
	hidden bool
	shut   columns // that are hidden
	away   bool    // the row is hidden
	t      *table
	header string // of the last table, for rows that go on below an empty one
	offset int    // first column that is used
	row    []string
	rowNum int // of the last row, from 1
	inRun  int // rows of this run before this one, up to headRows

	// The filled cells of the row with their columns, from 0, however wide the gaps.
	at     []int
	cells  []string
	each   func(row sheetRow) // gets the rows in place of the builder, where it is set
	merged []string           // the ranges that are one cell

	column int
	kind   string // t of the cell
	style  int
	inText bool
	value  strings.Builder
}

func (r *sheetReader) Start(name string, a attributes) bool {
	switch name {
	case "dimension":
		if column, ok := columnOf(a.get("ref")); ok {
			r.offset = column
		}
	case "col":
		if v := a.get("hidden"); v == "1" || v == "true" {
			r.shut.add(atoi(a.get("min"))-1, atoi(a.get("max"))-1)
		}
	case "row":
		v := a.get("hidden")
		r.away = v == "1" || v == "true"
		n := atoi(a.get("r"))
		if n == 0 {
			n = r.rowNum + 1
		}
		if n > r.rowNum+1 {
			r.endTable() // an empty row stands between
		}
		if n != r.rowNum+1 {
			r.inRun = 0
		}
		r.rowNum = n
		r.row, r.column = r.row[:0], -1
		r.at, r.cells = r.at[:0], r.cells[:0]
	case "mergeCell":
		r.merged = append(r.merged, a.get("ref"))
	case "c":
		if column, ok := columnOf(a.get("r")); ok {
			r.column = column
		} else {
			r.column++
		}
		r.kind, r.style = a.get("t"), atoi(a.get("s"))
		r.value.Reset()
	case "v", "t":
		r.inText = true
	case "f", "rPh":
		return false
	}
	return true
}

func (r *sheetReader) Text(s string) {
	if r.inText {
		r.value.WriteString(s)
	}
}

func (r *sheetReader) End(name string) {
	switch name {
	case "v", "t":
		r.inText = false
	case "c":
		r.endCell()
	case "row":
		r.endRow()
	}
}

func (r *sheetReader) endCell() {
	value := r.value.String()
	switch r.kind {
	case "s":
		if value != "" {
			value = r.strings.at(atoi(value))
		}
	case "b":
		value = map[string]string{"1": "TRUE", "0": "FALSE"}[value]
	case "", "n":
		value = r.number(value, r.style)
	}
	if strings.TrimSpace(value) == "" || r.column >= maxColumns {
		return
	}
	if why := r.veil(); why != "" && !r.tells(value) {
		r.b.hide(why, r.name+"!"+columnName(r.column)+strconv.Itoa(r.rowNum), value)
		return
	}
	r.at, r.cells = append(r.at, r.column), append(r.cells, value)
	if r.each != nil {
		return
	}
	// A gap of more columns than anybody leaves is not filled: rows can be made that cost
	// thousands of empty cells each.
	const widestGap = 100
	r.offset = min(r.offset, r.column)
	for gap := 0; len(r.row) < r.column-r.offset && gap < widestGap; gap++ {
		r.row = append(r.row, "")
	}
	r.row = append(r.row, value)
}

func (r *sheetReader) endRow() {
	if r.each != nil {
		r.each(sheetRow{r.rowNum, slices.Clone(r.at), slices.Clone(r.cells)})
		return
	}
	if len(r.row) > 0 && r.inRun < headRows {
		r.inRun++
		if len(accessColumns(r.cells)) > 0 {
			r.b.fail(errDivided)
			return
		}
	}
	if len(r.row) == 0 {
		r.inRun = 0
		r.endTable()
		return
	}
	cells := r.row
	if r.hidden {
		r.b.drop("hidden sheets", joinCells(cells))
		r.b.beside(HiddenPart, r.name, joinCells(cells))
		return
	}
	if r.t == nil && !slices.ContainsFunc(cells[:len(cells)-1], filled) {
		r.b.add(Paragraph, cells[len(cells)-1]) // a title above a table, or a remark
		return
	}
	if r.t == nil {
		r.t = newTable(r.b)
		r.t.over = !isHeader(cells)
	}
	r.t.row(cells, false)
}

func filled(s string) bool { return s != "" }

func (r *sheetReader) endTable() {
	if r.t == nil {
		return
	}
	r.t.end()
	if n := len(r.b.blocks); n > 0 && r.b.err == nil {
		if block := &r.b.blocks[n-1]; block.Header == "" {
			block.Header = r.header
		} else {
			r.header = block.Header
		}
	}
	r.t = nil
}

// columnOf reads the column, from 0, of a reference such as "AB12" or "A1:C3".
func columnOf(ref string) (int, bool) {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > maxColumns {
			return 0, false
		}
	}
	return n - 1, n > 0
}
