package parse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A builder lays blocks down one after the other and counts code points as it goes, so
// that ranges are right by construction. It keeps the first error and does
// nothing after it; parsers with long loops ask ok.
type builder struct {
	f       *file
	text    strings.Builder
	n       int // code points in text
	blocks  []Block
	levels  []int    // of the headings that are open
	path    []string // the headings that are open; shared by the blocks below them
	removed map[string]int
	unseen  hiding
	title   string
	readers []string // what the file says of who may read it
	page    int
	pages   int
	kind    string // media type
	charset string
	err     error

	open  Kind // the block being written, "" between blocks
	start int  // of the open block
	blank bool // the open block has only seen space
	tail  int  // code points of space at the end of the open block
	lines bool // the previous block was a list item, and the next one may stand on the next line
	depth int  // of the list that items are in, from 0; they are indented by it
}

func newBuilder(f *file, mediatype string) *builder {
	return &builder{f: f, kind: mediatype, removed: map[string]int{}}
}

// newTextBuilder is for a format that is text; what decoding took out is counted.
func newTextBuilder(f *file, mediatype string, t text) *builder {
	b := newBuilder(f, mediatype)
	b.charset, b.removed = t.charset, t.removed
	b.tags(t.tags)
	return b
}

// ok says whether it is worth going on.
func (b *builder) ok() bool {
	if b.err == nil {
		b.err = b.f.ctx.Err()
	}
	return b.err == nil
}

// fail keeps the first error.
func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// begin opens a block; write fills it, end closes it. A block in which nothing but
// space was written leaves no trace.
func (b *builder) begin(kind Kind) {
	if b.open != "" {
		b.end()
	}
	b.open, b.start, b.blank = kind, -1, true
}

// separate puts the blocks apart, before the first letter of the new one.
func (b *builder) separate() {
	if b.n > 0 {
		gap := "\n\n"
		if b.lines && b.open == ListItem {
			gap = "\n"
		}
		b.text.WriteString(gap)
		b.n += len(gap)
	}
	if b.open == ListItem && b.depth > 0 {
		indent := strings.Repeat("  ", min(b.depth, 10))
		b.text.WriteString(indent)
		b.n += len(indent)
	}
	b.start, b.blank, b.tail = b.n, false, 0
}

// write appends to the open block. Leading space is left out, and in code only leading
// empty lines.
func (b *builder) write(s string) {
	if !b.ok() || s == "" || b.open == "" {
		return
	}
	b.tags(tagged(s))
	s = clean(s, b.removed)
	if b.blank {
		if b.open == Code {
			s = trimBlankLines(s)
		} else {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
		if s == "" {
			return
		}
		b.separate()
	}
	if int64(b.text.Len()+len(s)) > b.f.limits.Text {
		b.fail(b.f.tooLarge(fmt.Sprintf("holds more than %s of text", bytesText(b.f.limits.Text)), "Split the file, or raise the limit for extracted text."))
		return
	}
	b.text.WriteString(s)
	b.n += utf8.RuneCountInString(s)
	if trimmed := strings.TrimRightFunc(s, unicode.IsSpace); trimmed == "" {
		b.tail += utf8.RuneCountInString(s)
	} else {
		b.tail = utf8.RuneCountInString(s[len(trimmed):])
	}
}

// end closes the open block and returns it, or nil when it was empty. The pointer is
// good until the next block is opened.
func (b *builder) end() *Block {
	kind := b.open
	b.open = ""
	if kind == "" || b.blank || b.err != nil {
		return nil
	}
	if len(b.blocks) >= b.f.limits.Blocks {
		b.fail(b.f.tooLarge(fmt.Sprintf("has more than %d paragraphs", b.f.limits.Blocks), "Split the file, or raise the limit for blocks."))
		return nil
	}
	b.blocks = append(b.blocks, Block{Kind: kind, Start: b.start, End: b.n - b.tail, Page: b.page, Heading: b.path})
	b.lines = kind == ListItem
	return &b.blocks[len(b.blocks)-1]
}

// add lays down a whole block.
func (b *builder) add(kind Kind, s string) *Block {
	b.begin(kind)
	b.write(s)
	return b.end()
}

// heading lays down a heading; the blocks that follow stand below it.
func (b *builder) heading(level int, s string) {
	b.tags(tagged(s))
	s = clean(strings.Join(strings.Fields(s), " "), b.removed)
	block := b.add(Heading, s)
	if block == nil {
		return
	}
	for len(b.levels) > 0 && b.levels[len(b.levels)-1] >= level {
		b.levels = b.levels[:len(b.levels)-1]
	}
	above := append([]string(nil), b.path[:len(b.levels)]...)
	block.Level, block.Heading = level, above
	if len(above) == 0 {
		block.Heading = nil
	}
	b.levels = append(b.levels, level)
	b.path = append(above, strings.TrimSpace(s))
	if b.title == "" && b.n < 4000 {
		b.title = b.path[len(b.path)-1]
	}
}

// item lays down a list item behind its marker, "-" or "3.".
func (b *builder) item(marker, s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	b.add(ListItem, marker+" "+s)
}

// code lays down code as it stands.
func (b *builder) code(lang, s string) {
	if block := b.add(Code, s); block != nil {
		block.Lang = lang
	}
}

// drop counts what cleaning took out.
func (b *builder) drop(reason, s string) {
	if n := utf8.RuneCountInString(s); n > 0 {
		b.removed[reason] += n
	}
}

// document is what was built.
func (b *builder) document() (*Document, error) {
	if b.open != "" {
		b.end()
	}
	if b.err != nil {
		return nil, b.err
	}
	title := strings.Join(strings.Fields(clean(b.title, map[string]int{})), " ")
	if title == "" {
		title = b.f.stem()
	}
	return &Document{
		Title: title, Text: strings.TrimRightFunc(b.text.String(), unicode.IsSpace), Blocks: b.blocks, Pages: b.pages,
		Type: b.kind, Charset: b.charset, Removed: b.removed, Hidden: b.unseen.all,
		Says: len(b.readers) > 0, Readers: strings.Join(b.readers, "\n"),
	}, nil
}

// trimBlankLines takes leading empty lines away and keeps the first line's indentation.
func trimBlankLines(s string) string {
	for {
		i := strings.IndexByte(s, '\n')
		if i < 0 {
			if strings.TrimSpace(s) == "" {
				return ""
			}
			return s
		}
		if strings.TrimSpace(s[:i]) != "" {
			return s
		}
		s = s[i+1:]
	}
}
