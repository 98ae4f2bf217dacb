package parse

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
)

// readCSV takes comma-separated values, whatever the comma is.
func readCSV(f *file) (*Document, error) {
	t, err := f.decode("")
	if err != nil {
		return nil, err
	}
	mediatype := "text/csv"
	comma, body := sniffComma(t.string)
	if comma == '\t' {
		mediatype = "text/tab-separated-values"
	}
	b := newTextBuilder(f, mediatype, t)
	b.title = f.stem()
	rows := csv.NewReader(strings.NewReader(body))
	rows.Comma, rows.LazyQuotes, rows.FieldsPerRecord, rows.ReuseRecord = comma, true, -1, true
	table := newTable(b)
	for n := 0; b.ok(); n++ {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, f.invalid("is not a table", "Check its quotation marks, or give it the extension .txt.", err)
		}
		if n < headRows && len(accessColumns(cells)) > 0 {
			return nil, errDivided
		}
		if n == 0 {
			table.over = !isHeader(cells)
		}
		table.row(cells, false)
	}
	table.end()
	return b.document()
}

// sniffComma finds what parts the cells: the mark that stands equally often, and oftenest,
// in the first lines, outside quotes. Excel may say it in a line of its own.
func sniffComma(s string) (comma rune, body string) {
	if rest, ok := strings.CutPrefix(s, "sep="); ok {
		if mark, body, ok := strings.Cut(rest, "\n"); ok && len(mark) == 1 && strings.Contains(",;\t|", mark) {
			return rune(mark[0]), body
		}
	}
	best, score := ',', 0
	for _, c := range ",\t;|" {
		if n := commaScore(s, c); n > score {
			best, score = c, n
		}
	}
	return best, s
}

// commaScore counts the marks in the lines that have as many as the first one.
func commaScore(s string, comma rune) int {
	const lines, bytes = 30, 64 << 10
	first, count, total, line, quoted := -1, 0, 0, 0, false
	for _, r := range s[:min(len(s), bytes)] {
		switch {
		case r == '"':
			quoted = !quoted
		case r == comma && !quoted:
			count++
		case r == '\n' && !quoted:
			if first < 0 {
				first = count
			}
			if count == first {
				total += count
			}
			count = 0
			if line++; line == lines {
				return total
			}
		}
	}
	if first < 0 || count == first {
		total += count
	}
	return total
}

// isHeader says whether a row names columns: none of its cells is a number, years apart.
func isHeader(cells []string) bool {
	named := false
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if isNumber(c) && !isYear(c) {
			return false
		}
		named = named || c != ""
	}
	return named
}

func isYear(s string) bool {
	return len(s) == 4 && (s[:2] == "19" || s[:2] == "20") && atoi(s) > 0
}

// isNumber takes digits with the signs that numbers are written with, dates included.
func isNumber(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case !strings.ContainsRune("+-.,:/% ¥$€£eE年月日()", r):
			return false
		}
	}
	return digits > 0
}
