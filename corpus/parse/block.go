// Package parse turns the bytes of a file into extracted text and blocks.
//
// The extracted text is what cleaning leaves: UTF-8, LF, without U+0000. Blocks are
// ranges of it, in code points, in reading order and without overlap, so that a
// citation can light the words. A parser never writes files, never opens the network and
// holds its limits on time, memory, depth and expansion whatever it is given.
package parse

// A Kind says what a block is.
type Kind string

const (
	Heading   Kind = "heading"
	Paragraph Kind = "paragraph"
	ListItem  Kind = "list"  // begins with its marker: "- ", "3. ", "第一条 "; what it is inside of shows as indentation before it
	Table     Kind = "table" // the whole table, one row a line; Header says which lines are its head
	Code      Kind = "code"
	Figure    Kind = "figure" // alternative text or caption
)

// A Block is one structural piece of the extracted text.
type Block struct {
	Kind    Kind     `json:"kind"`
	Level   int      `json:"level,omitempty"`   // of a heading, from 1
	Start   int      `json:"start"`             // code points into the extracted text
	End     int      `json:"end"`               // exclusive
	Page    int      `json:"page,omitempty"`    // from 1; 0 where the format has no pages
	Heading []string `json:"heading,omitempty"` // headings above, outermost first; of a heading block, without itself
	Header  string   `json:"header,omitempty"`  // of a table: its header row as text, to travel with each piece
	Lang    string   `json:"lang,omitempty"`    // of code: the language named in the source
}

// A Document is what a parser makes of a file.
type Document struct {
	Title   string         // from the content; the file name's stem where there is none
	Text    string         // the extracted text
	Blocks  []Block        // in reading order
	Pages   int            // 0 where the format has none
	Type    string         // media type that was recognised
	Charset string         // that was decoded from
	Removed map[string]int // what cleaning took out, by reason, in code points
	Hidden  []Hidden       // what a reader does not see, in the order of the file

	Says    bool   // the file says who may read it:
	Readers string // as it is written there, a line for each place; Unread where it cannot be read
	Divided bool   // it is a table that says it of each row: there is no text, see [Divide]
}
