package parse

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A sheetRow is the filled cells of a row with their columns, from 0.
type sheetRow struct {
	number int // from 1
	at     []int
	cells  []string
}

// widestHole is how many empty columns in a row are kept: rows can be made that cost thousands
// of empty cells each.
const widestHole = 100

// line spreads the cells over their columns, without some of these.
func (r sheetRow) line(without []int) []string {
	var out []string
	next := 0
	for i, at := range r.at {
		if slices.Contains(without, at) {
			next = max(next, at+1)
			continue
		}
		for hole := next; hole < at && hole < next+widestHole; hole++ {
			if !slices.Contains(without, hole) {
				out = append(out, "")
			}
		}
		out, next = append(out, r.cells[i]), at+1
	}
	return out
}

// of gives what stands in some columns.
func (r sheetRow) of(columns []int) []string {
	out := make([]string, len(columns))
	for i, at := range r.at {
		if k := slices.Index(columns, at); k >= 0 {
			out[k] = r.cells[i]
		}
	}
	return out
}

func (d *divider) xlsx() error {
	d.finish = writeXLSX
	p, err := openPack(d.f)
	if err != nil {
		return err
	}
	x := &xlsx{b: newBuilder(d.f, "")}
	if err := x.readWorkbook(p); err != nil {
		return err
	}
	for _, s := range x.sheets {
		if s.hidden || p.parts[strings.ToLower(s.part)] == nil {
			continue
		}
		var rows []sheetRow
		r := &sheetReader{xlsx: x, each: func(row sheetRow) {
			if d.cost(row.cells); !d.tooMuch() {
				rows = append(rows, row)
			}
		}}
		if err := p.read(s.part, r); err != nil {
			return err
		}
		if d.tooMuch() {
			return d.f.tooLarge("holds more than "+bytesText(d.f.limits.Text)+" of text", "Split the file, or raise the limit for extracted text.")
		}
		if err := d.sheet(s.name, rows, r.merged); err != nil {
			return err
		}
	}
	return nil
}

// sheet divides one sheet. Once a header has named the column it holds for what follows, also
// behind an empty row, until another header names one.
func (d *divider) sheet(name string, rows []sheetRow, merged []string) error {
	fill, ok := spread(rows, merged)
	if !ok {
		return d.f.tooLarge("joins too many cells", "Undo the joining of cells in the column that names readers.")
	}
	var header []string
	var columns []int
	last, inRun := 0, 0
	for _, r := range rows {
		if r.number != last+1 || len(r.cells) == 0 {
			inRun = 0
		}
		last = r.number
		if len(r.cells) == 0 {
			continue
		}
		inRun++
		if found := accessColumns(r.cells); len(found) > 0 && (inRun <= headRows || columns != nil) {
			columns = columns[:0:0]
			for _, i := range found {
				columns = append(columns, r.at[i])
			}
			header = r.line(columns)
			continue
		}
		readers := r.of(columns)
		for i, at := range columns {
			if above, ok := fill[[2]int{r.number, at}]; ok {
				readers[i] = above
			}
		}
		rest := r.line(columns)
		if len(rest) == 0 {
			continue
		}
		if err := d.add(said(readers), name, header, rest); err != nil {
			return err
		}
	}
	return nil
}

// maxSpread is how many rows and cells merged ranges are spread over.
const maxSpread = 1 << 20

// spread gives the value of each cell, by row and column, that lies under a merged range; ok is
// false where there are too many.
func spread(rows []sheetRow, merged []string) (out map[[2]int]string, ok bool) {
	out, at, steps := map[[2]int]string{}, map[int]int{}, 0
	for i, r := range rows {
		at[r.number] = i
	}
	for _, ref := range merged {
		from, to, ok := strings.Cut(ref, ":")
		left, ok1 := columnOf(from)
		right, ok2 := columnOf(to)
		if !ok || !ok1 || !ok2 {
			continue
		}
		top, bottom := rowOf(from), rowOf(to)
		value := ""
		if i, ok := at[top]; ok {
			for k, column := range rows[i].at {
				if column == left {
					value = rows[i].cells[k]
				}
			}
		}
		for row := top; row <= bottom; row++ {
			if steps++; steps > maxSpread {
				return nil, false
			}
			if _, there := at[row]; !there {
				continue
			}
			for column := left; column <= right; column++ {
				if steps++; steps > maxSpread {
					return nil, false
				}
				out[[2]int{row, column}] = value
			}
		}
	}
	return out, true
}

func rowOf(ref string) int { return atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) }

// writeXLSX writes a workbook that holds the rows as text, and nothing else of the file that
// they come from.
func writeXLSX(p *piece) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	var types, list, links strings.Builder
	for i, s := range p.sheets {
		n := strconv.Itoa(i + 1)
		types.WriteString(`<Override PartName="/xl/worksheets/sheet` + n + `.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`)
		list.WriteString(`<sheet name="` + escaped(s.name) + `" sheetId="` + n + `" r:id="rId` + n + `"/>`)
		links.WriteString(`<Relationship Id="rId` + n + `" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet` + n + `.xml"/>`)
		if err := zipped(z, "xl/worksheets/sheet"+n+".xml", sheetXML(s.rows)); err != nil {
			return nil, err
		}
	}
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + links.String() + `</Relationships>`},
	} {
		if err := zipped(z, part[0], part[1]); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// zipped adds a part. Its time is fixed, so that the same rows make the same bytes.
func zipped(z *zip.Writer, name, content string) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + content))
	return err
}

func sheetXML(rows [][]string) string {
	var out strings.Builder
	out.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	for i, row := range rows {
		fmt.Fprintf(&out, `<row r="%d">`, i+1)
		for k, cell := range row {
			if cell != "" {
				fmt.Fprintf(&out, `<c r="%s%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, columnName(k), i+1, escaped(cell))
			}
		}
		out.WriteString(`</row>`)
	}
	out.WriteString(`</sheetData></worksheet>`)
	return out.String()
}

// columnName is the letters of a column, from 0: A, Z, AA.
func columnName(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

func escaped(s string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(s)) // a Builder takes everything
	return out.String()
}
