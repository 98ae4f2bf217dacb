package parse

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// A cellPaint is what a font or a fill of a workbook says.
type cellPaint struct {
	colour colour
	size   float64 // points, of a font
	none   bool    // of a fill: there is no pattern
}

func pick(all []cellPaint, id string) cellPaint {
	if i := atoi(id); id != "" && i >= 0 && i < len(all) {
		return all[i]
	}
	return cellPaint{size: 11, colour: colour{}}
}

// paintCell reads an element within the last font or fill.
func paintCell(name string, a attributes, fonts, fills []cellPaint) {
	switch name {
	case "sz":
		if v, err := strconv.ParseFloat(a.get("val"), 64); err == nil && len(fonts) > 0 {
			fonts[len(fonts)-1].size = v
		}
	case "color":
		if len(fonts) > 0 && len(fills) == 0 {
			fonts[len(fonts)-1].colour = cellColour(a)
		}
	case "patternFill":
		if n := len(fills); n > 0 {
			kind := a.get("patternType")
			fills[n-1] = cellPaint{colour: white, none: kind == "" || kind == "none"}
			if !fills[n-1].none {
				fills[n-1].colour = colour{}
			}
		}
	case "fgColor":
		if n := len(fills); n > 0 && !fills[n-1].none {
			fills[n-1].colour = cellColour(a)
		}
	case "gradientFill":
		if n := len(fills); n > 0 {
			fills[n-1].colour = colour{}
		}
	}
}

// cellColour reads a colour of a workbook. Of those of the theme only the background, which is
// white nearly always, is known.
func cellColour(a attributes) colour {
	if rgb := a.get("rgb"); rgb != "" {
		return hexColour(rgb[max(0, len(rgb)-6):])
	}
	if tint := a.get("tint"); a.get("theme") == "0" && (tint == "" || strings.HasPrefix(tint, "0")) || a.get("indexed") == "9" || a.get("indexed") == "1" {
		return white
	}
	return colour{}
}

// unseenCell says why a cell with this format, font and fill is not seen.
func unseenCell(code string, font, fill cellPaint) Why {
	switch {
	case strings.Trim(code, " ") == ";;;":
		return NotShown
	case font.size <= unreadable:
		return Tiny
	case font.colour.near(fill.colour):
		return Camouflage
	}
	return ""
}

// columns are ranges of columns, from 0.
type columns [][2]int

// maxRanges bounds the ranges of one sheet.
const maxRanges = 1000

func (c *columns) add(from, to int) {
	if len(*c) < maxRanges {
		*c = append(*c, [2]int{from, to})
	}
}

func (c columns) has(column int) bool {
	return slices.ContainsFunc(c, func(r [2]int) bool { return column >= r[0] && column <= r[1] })
}

// veil says why the cell that was read is not seen, in a sheet that is.
func (r *sheetReader) veil() Why {
	switch {
	case r.hidden:
		return ""
	case r.away, r.shut.has(r.column):
		return HiddenPart
	case r.style >= 0 && r.style < len(r.formats):
		return r.formats[r.style].why
	}
	return ""
}

// tells says whether a hidden cell is taken in all the same: the table is divided by a column that
// is often hidden, and what is taken apart must not lose it.
func (r *sheetReader) tells(value string) bool {
	return r.each != nil || r.inRun < headRows && len(accessColumns([]string{value})) > 0
}

// readRemarks reads what hangs on cells: comments, and what pictures are called.
func (x *xlsx) readRemarks(p *pack) error {
	for _, name := range p.names {
		dir, base := path.Split(name)
		switch {
		case strings.HasPrefix(base, "comments"), strings.HasPrefix(base, "threadedcomment"):
			if err := x.readComments(p, name); err != nil {
				return err
			}
		case dir == "xl/drawings/":
			err := p.read(name, xmlFuncs{start: func(name string, a attributes) bool {
				if name == "cNvPr" {
					x.b.beside(AltText, "", a.get("descr"))
				}
				return true
			}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// readComments reads the remarks of one sheet. The older form has the text in runs below an element
// comment, the newer one in an element text below threadedComment; both name the cell as ref.
func (x *xlsx) readComments(p *pack, name string) error {
	var text strings.Builder
	at, inText := "", false
	return p.read(name, xmlFuncs{
		start: func(name string, a attributes) bool {
			switch name {
			case "comment", "threadedComment":
				at = a.get("ref")
				text.Reset()
			case "t", "text":
				inText = true
			}
			return true
		},
		end: func(name string) {
			switch name {
			case "t", "text":
				inText = false
			case "comment", "threadedComment":
				x.b.beside(Comment, at, text.String())
			}
		},
		text: func(s string) {
			if inText && text.Len() < maxHiddenPiece {
				text.WriteString(s)
			}
		},
	})
}
