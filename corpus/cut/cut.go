// Package cut turns the blocks of a parsed document into the pieces that are
// searched, and names for each piece the larger parent that is read.
//
// Structure comes first: a piece never crosses a heading. Size comes second:
// neighbouring blocks of one section are joined up to the size of a piece, and a
// block that is larger is cut between items, rows, lines or sentences, and inside
// a sentence only when the sentence alone is too large.
//
// Cut never changes a text. The invariant a stranger would break: a piece is a
// range of the extracted text in code points and Text is exactly that range; what
// helps to understand it but stands elsewhere (headings, a table's header row)
// goes into Context. Headings are not part of pieces; a heading with nothing
// below it is a piece of its own, so that every word can be found.
package cut

import (
	"strings"

	"wenyuan/corpus/parse"
)

// Version changes when the same blocks may give other pieces.
const Version = "1"

// Settings says how large pieces are. The zero value means Default.
type Settings struct {
	Piece  int // aimed size of a piece in Chinese characters; a letter of other scripts counts 0.4
	Parent int // largest parent in code points, if no single piece is larger
}

// Default is about 400 Chinese characters or 200 English words' worth of tokens a piece
// (a token being about five letters), and 4,000 characters a parent.
var Default = Settings{Piece: 400, Parent: 4000}

// A Piece is a range of the extracted text. All positions count code points.
type Piece struct {
	Kind        parse.Kind // of the block that makes up most of it
	Page        int        // where it starts, from 1; 0 where the format has no pages
	Heading     []string   // headings above, outermost first
	Section     int        // pieces under the same heading share a number, from 0
	Start       int
	End         int // exclusive
	ParentStart int // the parent contains the piece, and the section's heading where it is its first
	ParentEnd   int
	Text        string // exactly Start to End
	Context     string // heading path joined by " › ", and on a new line the header of a table that was cut
}

// Cut gives the pieces of a document in reading order, without overlap. Equal
// documents and settings give equal pieces.
func Cut(doc *parse.Document, s Settings) []Piece {
	if s.Piece <= 0 {
		s.Piece = Default.Piece
	}
	if s.Parent <= 0 {
		s.Parent = Default.Parent
	}
	c := cutter{text: doc.Text, settings: s, pack: packer{text: doc.Text, aim: s.Piece * weightHan}}
	for _, sec := range sections(doc) {
		c.section(sec)
	}
	return c.pieces
}

// cutter walks the text once, from section to section.
type cutter struct {
	text     string
	settings Settings
	pack     packer
	pieces   []Piece
	number   int // of the section
}

// section cuts one section and gives its pieces their parents.
func (c *cutter) section(sec section) {
	first := len(c.pieces)
	emit := func(r run) { c.emit(sec, r) }
	for a := range atoms(c.text, sec.blocks, c.pack.largest()) {
		c.pack.add(a, emit)
	}
	c.pack.flush(emit)
	if len(c.pieces) == first {
		return
	}
	c.number++
	c.parents(c.pieces[first:], sec.start)
}

// emit makes a piece of a run of atoms.
func (c *cutter) emit(sec section, r run) {
	context := make([]string, 0, 2)
	if len(sec.path) > 0 {
		context = append(context, strings.Join(sec.path, " › "))
	}
	if r.header != "" {
		context = append(context, r.header)
	}
	c.pieces = append(c.pieces, Piece{
		Kind: r.kind, Page: r.page, Heading: sec.path, Section: c.number,
		Start: r.start, End: r.end, Text: c.text[r.byteStart:r.byteEnd],
		Context: strings.Join(context, "\n"),
	})
}

// parents joins neighbouring pieces of a section while the parent stays within its size.
func (c *cutter) parents(pieces []Piece, start int) {
	for i := 0; i < len(pieces); {
		j := i + 1
		for j < len(pieces) && pieces[j].End-start <= c.settings.Parent {
			j++
		}
		for k := i; k < j; k++ {
			pieces[k].ParentStart, pieces[k].ParentEnd = start, pieces[j-1].End
		}
		if i = j; i < len(pieces) {
			start = pieces[i].Start
		}
	}
}
