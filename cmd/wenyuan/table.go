package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A table lines up its columns by what the cells take on a terminal, where a Chinese
// character is two wide. The standard library's tabwriter counts characters.
type table struct {
	rows [][]string
}

// row adds a row.
func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.rows = append(t.rows, row)
}

// line adds a text that stands for itself and widens no column.
func (t *table) line(text string) { t.rows = append(t.rows, []string{text}) }

// write writes the rows; the last cell of a row is not padded.
func (t *table) write(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	for _, row := range t.rows {
		var b strings.Builder
		for i, cell := range row[:len(row)-1] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+2))
		}
		fmt.Fprintln(w, b.String()+row[len(row)-1])
	}
}
