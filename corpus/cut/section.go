package cut

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/corpus/parse"
)

// A section is the run of blocks under one heading.
type section struct {
	path   []string // headings above the blocks, outermost first
	start  int      // code point where its parents begin: the heading, or the first block
	blocks []located
}

// located is a block with its place in bytes.
type located struct {
	parse.Block
	from, to int // bytes
}

// sections groups the blocks by heading, in reading order. A heading that has
// neither text nor a deeper heading below it becomes a section of its own.
func sections(doc *parse.Document) []section {
	var out []section
	var open *located // the last heading, while nothing has come below it
	for b := range locate(doc) {
		if b.Kind == parse.Heading {
			if open != nil && open.Level >= b.Level {
				out = append(out, alone(*open))
			}
			open = &b
			continue
		}
		if open == nil && len(out) > 0 && slices.Equal(out[len(out)-1].path, b.Heading) {
			last := &out[len(out)-1]
			last.blocks = append(last.blocks, b)
			continue
		}
		s := section{path: b.Heading, start: b.Start, blocks: []located{b}}
		if open != nil {
			s.start, open = open.Start, nil
		}
		out = append(out, s)
	}
	if open != nil {
		out = append(out, alone(*open))
	}
	return out
}

// alone is the section of a heading that has nothing below it.
func alone(h located) section {
	return section{path: h.Heading, start: h.Start, blocks: []located{h}}
}

// locate yields the blocks with their byte ranges, and between them, as
// paragraphs, whatever text no block covers. Blank blocks are left out. Ranges that
// overlap or leave the text are cut off, so that a faulty parser loses no text.
func locate(doc *parse.Document) iter.Seq[located] {
	return func(yield func(located) bool) {
		w := walker{text: doc.Text}
		for _, b := range doc.Blocks {
			if !w.upTo(b.Start, parse.Block{Kind: parse.Paragraph, Heading: b.Heading, Page: b.Page}, yield) ||
				!w.upTo(b.End, b, yield) {
				return
			}
		}
		w.upTo(len(doc.Text), parse.Block{Kind: parse.Paragraph}, yield)
	}
}

// A walker goes through a text once and knows both its byte and its code point.
type walker struct {
	text   string
	byteAt int
	runeAt int
}

// upTo walks to the code point end and yields what lies between as block b,
// without the white space around it.
func (w *walker) upTo(end int, b parse.Block, yield func(located) bool) bool {
	from, start := w.byteAt, w.runeAt
	for w.runeAt < end && w.byteAt < len(w.text) {
		_, n := utf8.DecodeRuneInString(w.text[w.byteAt:])
		w.byteAt += n
		w.runeAt++
	}
	raw := w.text[from:w.byteAt]
	body := strings.TrimLeftFunc(raw, unicode.IsSpace)
	lead := raw[:len(raw)-len(body)]
	body = strings.TrimRightFunc(body, unicode.IsSpace)
	if body == "" {
		return true
	}
	l := located{Block: b, from: from + len(lead), to: from + len(lead) + len(body)}
	l.Start = start + utf8.RuneCountInString(lead)
	l.End = l.Start + utf8.RuneCountInString(body)
	return yield(l)
}
