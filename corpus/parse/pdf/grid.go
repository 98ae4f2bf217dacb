package pdf

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A table whose cells have several lines is written cell by cell: down the lines of one,
// then up and to the right to the next. That order tells cells apart where
// places alone do not.

// A stack is what stands line under line: a cell, or a paragraph.
type stack struct {
	box
	segments []segment
}

// A gridRow is stacks side by side; from and to are the segments that it was made of.
type gridRow struct {
	box
	stacks   []stack
	from, to int
}

// stacks parts segments where the next one is neither below the last nor goes on in its line.
func stacks(s []segment) []stack {
	var out []stack
	for _, seg := range s {
		if n := len(out); n > 0 {
			last := out[n-1].segments[len(out[n-1].segments)-1]
			size := max(seg.size, last.size, 1)
			drop := last.bottom - seg.bottom
			alike := min(seg.size, last.size) > 0.85*size
			below := alike && drop > 0.5*size && drop < 1.9*size && seg.left < out[n-1].right && seg.right > out[n-1].left
			on := last.beside(seg.box) && seg.left >= last.right-0.3*size && seg.left-last.right < columnGap*size
			if (below || on) && !seg.rotated {
				out[n-1].segments = append(out[n-1].segments, seg)
				out[n-1].add(seg.box)
				continue
			}
		}
		out = append(out, stack{seg.box, []segment{seg}})
	}
	return out
}

// gridRows puts stacks that follow each other to the right, at the same height, into rows.
func gridRows(s []segment) []gridRow {
	var out []gridRow
	at := 0
	for _, st := range stacks(s) {
		n := len(out)
		if n > 0 {
			row := &out[n-1]
			last := row.stacks[len(row.stacks)-1]
			overlap := min(row.top, st.top) - max(row.bottom, st.bottom)
			if st.left > last.right && overlap > 0.3*min(row.height(), st.height()) {
				row.stacks = append(row.stacks, st)
				row.add(st.box)
				at += len(st.segments)
				row.to = at
				continue
			}
		}
		out = append(out, gridRow{st.box, []stack{st}, at, at + len(st.segments)})
		at += len(st.segments)
	}
	return out
}

// grids finds the tables among the rows: two or more in sequence that have two or more
// cells, or one that is not in the first column, with a gutter between the columns, and
// some cell of several lines; a table without such a cell is seen by its lines.
func grids(s []segment) [][]gridRow {
	rows := gridRows(s)
	var out [][]gridRow
	for i := 0; i < len(rows); {
		j := i
		tall := false
		for j < len(rows) && (len(rows[j].stacks) >= 2 || j > i && rows[j].left > rows[i].stacks[0].right) && (j == i || rows[j].top < rows[j-1].bottom+rows[j].stacks[0].segments[0].size) {
			for _, st := range rows[j].stacks {
				tall = tall || len(st.segments) > 1
			}
			j++
		}
		if run := rows[i:j]; j-i >= 2 && tall && len(columnEdges(run)) >= 2 {
			out = append(out, run)
		}
		i = max(j, i+1)
	}
	return out
}

// columnEdges are the left edges of the columns of a table: where nothing reaches over from
// the left.
func columnEdges(rows []gridRow) []float32 {
	var all []box
	for _, r := range rows {
		for _, st := range r.stacks {
			all = append(all, st.box)
		}
	}
	slices.SortFunc(all, func(a, b box) int { return compare(a.left, b.left) })
	edges := []float32{all[0].left}
	right := all[0].right
	for _, b := range all[1:] {
		if b.left > right {
			edges = append(edges, b.left)
		}
		right = max(right, b.right)
	}
	return edges
}

// line makes a row of a table a line with a cell for each column.
func (r gridRow) line(edges []float32) line {
	l := line{box: r.box, cells: make([]segment, len(edges)), size: r.stacks[0].segments[0].size, row: true}
	for _, st := range r.stacks {
		column := 0
		for column+1 < len(edges) && st.left >= edges[column+1]-0.5 {
			column++
		}
		cell := &l.cells[column]
		if cell.text != "" {
			cell.text += " "
		}
		for i, seg := range st.segments {
			full := i > 0 && st.segments[i-1].right > st.right-seg.size
			cell.text = joinCell(cell.text, seg, cell.box, full)
			cell.add(seg.box)
			cell.size = seg.size
		}
		cell.n = utf8.RuneCountInString(cell.text)
	}
	return l
}

// joinCell joins the lines of a cell. Browsers break long identifiers anywhere, so a full
// line that ends in one goes on without a space.
func joinCell(text string, seg segment, before box, full bool) string {
	if text == "" || strings.HasSuffix(text, " ") {
		return text + seg.text
	}
	end, _ := utf8.DecodeLastRuneInString(text)
	begin, _ := utf8.DecodeRuneInString(seg.text)
	word := text[strings.LastIndexAny(text, " \n")+1:]
	switch {
	case wide(end) && wide(begin), end == softHyphen:
		return strings.TrimSuffix(text, string(rune(softHyphen))) + seg.text
	case before.beside(seg.box) && seg.left-before.right < 0.15*seg.size:
		return text + seg.text
	case full && strings.Contains(word, "_") && (end == '_' || unicode.IsLetter(end)) && (unicode.IsLetter(begin) || begin == '_' || unicode.IsDigit(begin)):
		return text + seg.text
	}
	return text + " " + seg.text
}
