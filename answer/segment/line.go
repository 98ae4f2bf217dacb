package segment

import (
	"strings"
	"unicode"
)

// A lead is what a line begins with.
type lead int

const (
	unknown  lead = iota // not enough of it is there
	plain                // prose
	item                 // a list item
	fence                // three or more backticks or tildes
	bar                  // a row of a table
	indented             // four spaces or a tab where a code block may begin
)

// leadOf says what a line begins with, as far as it is there.
func (c *Cutter) leadOf(line []rune) lead {
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i == len(line) {
		return unknown
	}
	if deep(line[:i]) && !c.list && (c.mode == inIndented || c.blank || !c.begun && c.line == 0) {
		return indented
	}
	listed := false
	for range 3 { // a quotation, a list item in it, and one more
		n := itemMark(line[i:])
		if n < 0 {
			return unknown
		}
		if n == 0 {
			break
		}
		if line[i] != '>' {
			listed = true
		}
		for i += n; i < len(line) && line[i] == ' '; i++ {
		}
		if i >= len(line) {
			return unknown
		}
	}
	switch r := line[i]; {
	case r == '|':
		return bar
	case r == '`' || r == '~':
		n := run(line[i:], r)
		if n < 3 && i+n == len(line) {
			return unknown
		}
		if n >= 3 {
			c.mark, c.marks = r, n
			return fence
		}
	}
	if listed {
		return item
	}
	return plain
}

// deep says whether an indentation makes a code block.
func deep(white []rune) bool { return len(white) >= 4 || strings.ContainsRune(string(white), '\t') }

func run(r []rune, x rune) int {
	n := 0
	for n < len(r) && r[n] == x {
		n++
	}
	return n
}

// itemMark is the length of the list or quotation mark at the beginning of a line, with one
// space; 0 where there is none, -1 where more of the line is needed to know.
func itemMark(line []rune) int {
	switch r := line[0]; {
	case r == '>':
		return 1
	case r == '-' || r == '*' || r == '+':
		if len(line) == 1 {
			return -1
		}
		if line[1] == ' ' {
			return 2
		}
	case r >= '0' && r <= '9':
		n := 0
		for n < len(line) && n < 3 && line[n] >= '0' && line[n] <= '9' {
			n++
		}
		if n == len(line) || n+1 == len(line) && (line[n] == '.' || line[n] == ')') {
			return -1
		}
		if (line[n] == '.' || line[n] == ')') && line[n+1] == ' ' {
			return n + 2
		}
	}
	return 0
}

// opens says whether the line that began with a fence opens a code block: one with more
// backticks in it is code within a line.
func (c *Cutter) opens() bool {
	line := strings.TrimRight(string(c.tail[c.line:]), "\n")
	at := strings.Index(line, strings.Repeat(string(c.mark), c.marks))
	rest := strings.TrimLeft(line[at:], string(c.mark))
	c.marks = len(line[at:]) - len(rest)
	return c.mark == '~' || !strings.Contains(rest, "`")
}

// closes says whether a line closes the open code block. Markers may stand behind its fence.
func (c *Cutter) closes(line []rune) bool {
	rest := strings.TrimLeft(string(line), " \t>")
	bare := strings.TrimLeft(rest, string(c.mark))
	if len(rest)-len(bare) < c.marks {
		return false
	}
	left, _, _ := takeMarkers(bare)
	return left == ""
}

// isStop says whether a sentence may end with a character.
func isStop(r rune) bool { return strings.ContainsRune("。！？.!?…", r) }

func isClosing(r rune) bool { return strings.ContainsRune("\"'”’」』)）*_", r) }

func isOpeningBracket(r rune) bool { return strings.ContainsRune("[【［(（〔", r) }

func isClosingBracket(r rune) bool { return strings.ContainsRune("]】］)）〕", r) }

func isSpace(r rune) bool { return unicode.IsSpace(r) }
