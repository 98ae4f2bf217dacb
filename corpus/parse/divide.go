package parse

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// errDivided ends the reading of a table that says of each row who may read it.
var errDivided = errors.New("the table names the readers of its rows")

const (
	headRows   = 5   // of a table, in which its header is looked for
	mostPieces = 500 // that a table is divided into
)

// accessNames are the names of the column that says who may read a row, in lower case.
var accessNames = []string{"access", "访问权限"}

// accessColumns finds the cells of a header that name the column; none in a row that is no header.
func accessColumns(cells []string) []int {
	var at []int
	for i, c := range cells {
		if slices.Contains(accessNames, strings.ToLower(strings.TrimSpace(c))) {
			at = append(at, i)
		}
	}
	if len(at) > 0 && !isHeader(cells) {
		return nil
	}
	return at
}

// A Piece is what a table holds for one set of readers: the header and their rows, without the
// column that names the readers, as a file of the same kind.
type Piece struct {
	Key  string // as Divide was told
	Cell string // what the first of the rows says
	Rows int
	Body []byte
}

// Divide takes apart a table that Parse gave back as divided. Rows for which key gives the same
// are together, in the order in which each key comes first; key is given what the cell of the
// row says, without space around it, empty where it says nothing, and a line for each column
// where there are several. Rows above the header say nothing. Hidden sheets are left out.
func Divide(ctx context.Context, name string, r io.ReaderAt, size int64, l Limits, key func(cell string) string) ([]Piece, error) {
	return run(ctx, name, r, size, l, func(f *file) ([]Piece, error) {
		head := make([]byte, min(f.size, 4))
		if _, err := f.r.ReadAt(head, 0); err != nil && err != io.EOF {
			return nil, f.explain(err)
		}
		d := &divider{f: f, key: key, at: map[string]int{}}
		read := d.csv
		if bytes.HasPrefix(head, []byte("PK")) {
			read = d.xlsx
		}
		if err := read(); err != nil {
			return nil, f.explain(err)
		}
		return d.end()
	})
}

// A divider puts rows into pieces.
type divider struct {
	f      *file
	key    func(string) string
	at     map[string]int // index into pieces by key
	pieces []piece
	finish func(*piece) ([]byte, error)
	size   int64 // of what is held
}

// A piece is one on the way: its rows, sheet by sheet.
type piece struct {
	Piece
	sheets []pieceSheet
}

type pieceSheet struct {
	name   string
	rows   [][]string
	header []string // that stands above the last rows
}

// add puts a row into the piece of what its cell says, below the header of its table.
func (d *divider) add(cell, sheet string, header, row []string) error {
	k := d.key(cell)
	i, ok := d.at[k]
	if !ok {
		if i = len(d.pieces); i == mostPieces {
			return d.f.tooLarge(fmt.Sprintf("names more than %d different sets of readers", mostPieces), "Name groups in place of people, or split the file.")
		}
		d.at[k] = i
		d.pieces = append(d.pieces, piece{Piece: Piece{Key: k, Cell: cell}})
	}
	p := &d.pieces[i]
	if n := len(p.sheets); n == 0 || p.sheets[n-1].name != sheet {
		p.sheets = append(p.sheets, pieceSheet{name: sheet})
	}
	s := &p.sheets[len(p.sheets)-1]
	if header != nil && !slices.Equal(header, s.header) {
		s.rows, s.header = append(s.rows, header), header
	}
	s.rows = append(s.rows, row)
	p.Rows++
	if d.cost(row); d.tooMuch() {
		return d.f.tooLarge("holds more than "+bytesText(d.f.limits.Text)+" of text", "Split the file, or raise the limit for extracted text.")
	}
	return d.f.ctx.Err()
}

// end makes the files.
func (d *divider) end() ([]Piece, error) {
	if len(d.pieces) == 0 {
		return nil, d.f.invalid("holds no text", "There is nothing to find in it; leave it out.", nil)
	}
	out := make([]Piece, len(d.pieces))
	for i := range d.pieces {
		body, err := d.finish(&d.pieces[i])
		if err != nil {
			return nil, err
		}
		out[i] = d.pieces[i].Piece
		out[i].Body = body
		d.pieces[i].sheets = nil
	}
	return out, nil
}

// only gives what stands in some columns.
func only(row []string, columns []int) []string {
	out := make([]string, len(columns))
	for i, at := range columns {
		if at < len(row) {
			out[i] = row[at]
		}
	}
	return out
}

// without takes some cells out of a row.
func without(row []string, columns []int) []string {
	out := make([]string, 0, len(row))
	for i, c := range row {
		if !slices.Contains(columns, i) {
			out = append(out, c)
		}
	}
	return out
}

// said is what the cells of a row say of its readers; cells that say the same are one.
func said(cells []string) string {
	var all []string
	for _, c := range cells {
		if c = strings.Join(strings.Fields(c), " "); !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return strings.Join(all, "\n")
}

// cost counts what rows take: their text, and what an empty cell takes.
func (d *divider) cost(cells []string) {
	const empty = 4
	d.size += int64(len(cells) * empty)
	for _, c := range cells {
		d.size += int64(len(c))
	}
}

// tooMuch says that there is more than a file may hold.
func (d *divider) tooMuch() bool { return d.size > 2*d.f.limits.Text }

func (d *divider) csv() error {
	t, err := d.f.decode("")
	if err != nil {
		return err
	}
	comma, body := sniffComma(t.string)
	d.finish = func(p *piece) ([]byte, error) { return writeCSV(p, comma) }
	rows := csv.NewReader(strings.NewReader(body))
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord = comma, true, -1
	var header []string
	var columns []int
	for n := 0; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.f.invalid("is not a table", "Check its quotation marks, or give it the extension .txt.", err)
		}
		if found := accessColumns(row); len(found) > 0 && (n < headRows || slices.Equal(found, columns)) {
			columns, header = found, without(row, found)
			continue
		}
		if !slices.ContainsFunc(without(row, columns), func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if err := d.add(said(only(row, columns)), "", header, without(row, columns)); err != nil {
			return err
		}
	}
}

// writeCSV writes the rows of a piece. What parts the cells is said where it would not be found again.
func writeCSV(p *piece, comma rune) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = comma
	for _, s := range p.sheets {
		if err := w.WriteAll(s.rows); err != nil {
			return nil, err
		}
	}
	if found, _ := sniffComma(out.String()); found != comma {
		return append([]byte("sep="+string(comma)+"\n"), out.Bytes()...), nil
	}
	return out.Bytes(), nil
}
