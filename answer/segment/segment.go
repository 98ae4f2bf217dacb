// Package segment cuts what a model writes, while it writes it, into the units that are
// checked and released: a sentence, a code block, a table.
//
// Text comes in pieces of any size; what comes out depends on the text alone and never on
// where it was cut, because every decision is made at one character, from those before it.
// That is what a stranger would break: a look at how long the present piece is. It does not
// check anything and does not know what may be cited.
package segment

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"wenyuan/check"
)

// A Kind says what a unit is.
type Kind int

// The kinds of units.
const (
	Prose Kind = iota // a sentence, heading or list item
	Code              // a whole code block, its fences included
	Table             // a whole table
)

// A Unit is what is checked and released at once.
type Unit struct {
	Kind  Kind
	Gap   string // the white space before it: none, a space, or one or two line breaks with the indentation
	Text  string // without citation markers
	Cited []int  // what its markers name, each once, in their order; it need not exist
}

// longest is how many code points a unit of prose may have; one that is longer is cut.
const longest = 1200

// A mode is what the cutter is in the middle of.
type mode int

const (
	inProse    mode = iota
	inFence         // behind a line that opens a code block
	inOpening       // in the line that may open one
	inTable         // in lines that begin with a bar
	inIndented      // in lines that are indented by four
)

// A Cutter cuts one text. Its zero value is ready.
type Cutter struct {
	part []byte // the beginning of a character
	tail []rune // what is in no unit yet
	line int    // where the present line begins in tail
	mode mode
	lead lead // what the present line begins with

	mark  rune // of the open fence, and how many
	marks int

	behind  int  // code points since the end of a sentence may have been; 0 when it was not
	bracket bool // behind it, inside a bracket that may be a marker
	blank   bool // the line before was empty, or there is none
	list    bool // inside a list
	begun   bool // a unit was cut

	pending *Unit // whole but for markers that may follow
	leads   bool  // its markers stand before it
	out     []Unit
}

// Write takes more of the text and returns the units that are whole by now.
func (c *Cutter) Write(text string) []Unit {
	if len(c.part) > 0 {
		text, c.part = string(c.part)+text, nil
	}
	for len(text) > 0 {
		if !utf8.FullRuneInString(text) {
			c.part = []byte(text)
			break
		}
		r, size := utf8.DecodeRuneInString(text)
		c.add(r)
		text = text[size:]
	}
	return c.taken()
}

// Close ends the text and returns the units that were not whole before.
func (c *Cutter) Close() []Unit {
	if len(c.part) > 0 {
		c.add(utf8.RuneError)
	}
	if c.mode == inOpening && c.opens() {
		c.mode = inFence
	}
	if c.mode == inProse || c.mode == inOpening {
		c.mode = inProse
		c.attach(true)
		c.cut(true)
	} else {
		c.block(len(c.tail))
	}
	c.attach(true)
	return c.taken()
}

func (c *Cutter) taken() []Unit {
	out := c.out
	c.out = nil
	return out
}

// add takes one character.
func (c *Cutter) add(r rune) {
	if r == '\r' || r < ' ' && r != '\n' && r != '\t' {
		return // nothing that is read
	}
	if !c.begun && c.pending == nil && len(c.tail) == 0 && r == '\n' {
		return
	}
	c.tail = append(c.tail, r)
	if r == '\n' {
		c.endLine()
		return
	}
	if c.lead == unknown {
		c.lead = c.leadOf(c.tail[c.line:])
		c.enter()
	}
	if c.mode == inProse {
		c.prose(r)
	}
}

// enter changes the mode where a line shows what it begins with.
func (c *Cutter) enter() {
	switch c.mode {
	case inTable:
		if c.lead != unknown && c.lead != bar {
			c.block(c.line)
			c.mode = inProse
		}
	case inIndented:
		if c.lead != unknown && c.lead != indented {
			c.block(c.line)
			c.mode = inProse
		}
	}
	if c.mode != inProse {
		return
	}
	switch c.lead {
	case fence:
		c.finish(c.line)
		c.mode = inOpening
	case bar:
		c.finish(c.line)
		c.mode = inTable
	case indented:
		c.finish(c.line)
		c.mode = inIndented
	case item:
		c.list = true
	case plain:
		if c.blank && c.line < len(c.tail) && !unicode.IsSpace(c.tail[c.line]) {
			c.list = false
		}
	}
}

// endLine looks at the line that just ended.
func (c *Cutter) endLine() {
	empty := c.lead == unknown
	switch c.mode {
	case inOpening:
		c.mode = inProse
		if c.opens() {
			c.mode = inFence
		}
	case inFence:
		if c.closes(c.tail[c.line : len(c.tail)-1]) {
			c.block(len(c.tail) - 1)
			c.mode = inProse
		}
	case inTable:
		if empty {
			c.block(c.line)
			c.mode = inProse
		}
	}
	c.line, c.lead, c.blank = len(c.tail), unknown, empty
	if c.mode == inProse {
		c.attach(false)
	}
}

// prose looks whether a character shows that a sentence before it is whole.
func (c *Cutter) prose(r rune) {
	if c.pending != nil {
		c.attach(false)
	}
	if isClosingBracket(r) {
		c.normalize()
	}
	if unicode.IsSpace(r) {
		return
	}
	try := len(c.tail)-c.line <= lineStart && c.line > 0
	switch {
	case isStop(r):
		c.behind = 1
	case c.behind > 0:
		try = true
		c.behind++
		switch {
		case isOpeningBracket(r):
			c.bracket = true
		case isClosingBracket(r):
			c.bracket = false
		case !c.bracket && !isClosing(r) || c.behind > longestMarker:
			c.behind, c.bracket = 0, false
		}
	}
	if try || len(c.tail) > longest {
		c.cut(false)
	}
}

// lineStart is how many code points of a line may be needed to see whether it goes on with
// the sentence of the line before.
const lineStart = 10

// cut makes units of the sentences that are whole; final takes the last one as well.
func (c *Cutter) cut(final bool) {
	for c.pending == nil {
		spans := check.Sentences(string(c.tail))
		n := len(spans)
		switch {
		case n == 0:
			return
		case n == 1 && !final && len(c.tail) <= longest:
			return
		case n == 1 && len(c.tail) > longest:
			c.unit(Prose, spans[0].Start, breakAt(c.tail))
		case n == 1 || final:
			c.unit(Prose, spans[0].Start, spans[0].End)
		case slices.Contains(c.tail[spans[0].End:spans[1].Start], '\n') || check.Settled(c.tail[spans[0].Start:], spans[0].End-spans[0].Start):
			c.unit(Prose, spans[0].Start, spans[0].End)
		default:
			return
		}
		c.attach(final)
	}
}

// finish makes units of the prose before a position, which is whole.
func (c *Cutter) finish(end int) {
	rest := append([]rune(nil), c.tail[end:]...)
	c.tail = c.tail[:end]
	c.attach(true)
	c.cut(true)
	c.attach(true)
	c.tail = append(c.tail, rest...) // white that belongs before the block
	c.line = len(c.tail) - len(rest)
}

// block makes a unit of the code or table that ends before a position.
func (c *Cutter) block(end int) {
	if c.pending != nil {
		c.attach(true)
	}
	kind, from := Code, 0
	if c.mode == inTable {
		kind = Table
	}
	for from < end && unicode.IsSpace(c.tail[from]) {
		from++
	}
	if c.mode == inIndented {
		for from > 0 && c.tail[from-1] != '\n' {
			from--
		}
	}
	for end > from && unicode.IsSpace(c.tail[end-1]) {
		end--
	}
	if from < end {
		c.unit(kind, from, end)
	}
}

// unit makes the characters from one position to another the pending unit.
func (c *Cutter) unit(kind Kind, from, to int) {
	u := Unit{Kind: kind, Gap: gap(c.tail[:from], !c.begun)}
	text, leads := string(c.tail[from:to]), false
	switch kind {
	case Prose:
		u.Text, u.Cited, leads = takeMarkers(text)
	case Table:
		u.Text, u.Cited = takeFromLines(text)
	case Code:
		u.Text, u.Cited = takeBehindFence(text)
	}
	c.drop(to)
	if u.Text == "" {
		return
	}
	c.begun, c.pending, c.leads = true, &u, leads
}

// drop takes what was made a unit off the tail.
func (c *Cutter) drop(n int) {
	rest := copy(c.tail, c.tail[n:])
	c.tail, c.line = c.tail[:rest], max(0, c.line-n)
	if len(c.tail) == 0 {
		c.line = 0
	}
}

// gap is how white space before a unit is shown.
func gap(white []rune, first bool) string {
	if first || len(white) == 0 {
		return ""
	}
	breaks, indent := 0, []rune{}
	for _, r := range white {
		if r == '\n' {
			breaks++
			indent = indent[:0]
			continue
		}
		indent = append(indent, r)
	}
	switch {
	case breaks == 0:
		return " "
	case breaks == 1:
		return "\n" + string(indent[:min(len(indent), deepest)])
	}
	return "\n\n" + string(indent[:min(len(indent), deepest)])
}

// deepest is how many characters of indentation are kept.
const deepest = 24

// breakAt is where a unit that became too long is cut: at its last white space.
func breakAt(r []rune) int {
	for i := longest; i > longest/2; i-- {
		if unicode.IsSpace(r[i]) {
			return i
		}
	}
	return longest
}
