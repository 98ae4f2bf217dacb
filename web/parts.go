package web

import "slices"

// partSize is how many code points of a long document are laid out on one page: about
// a hundred printed pages, which a phone still scrolls without waiting.
const partSize = 200_000

// pieces are the blocks, those cut that are longer than a part.
func (p DocumentPage) pieces() []Block {
	var out []Block
	for _, b := range p.Blocks {
		for b.End-b.Start > partSize {
			head := b
			head.End = b.Start + partSize
			out = append(out, head)
			b.Start = head.End
		}
		out = append(out, b)
	}
	return out
}

// partStarts are the first blocks of the parts that a long text is laid out in.
func partStarts(blocks []Block) []int {
	out := []int{0}
	from := 0
	for i, b := range blocks {
		if b.Start-from >= partSize {
			out, from = append(out, i), b.Start
		}
	}
	return out
}

// Parts is how many parts the text has.
func (p DocumentPage) Parts() int { return len(partStarts(p.pieces())) }

// At is the part that is shown, from 1.
func (p DocumentPage) At() int {
	blocks := p.pieces()
	firsts := partStarts(blocks)
	if p.Part > 0 {
		return min(p.Part, len(firsts))
	}
	return partOf(blocks, firsts, p.Lit.Start)
}

// partOf is the part that a code point is in, from 1.
func partOf(blocks []Block, firsts []int, at int) int {
	part := 1
	for i, first := range firsts {
		if first < len(blocks) && blocks[first].Start <= at {
			part = i + 1
		}
	}
	return part
}

func (p DocumentPage) blocksShown() []Block {
	blocks, at := p.pieces(), p.At()
	firsts := partStarts(blocks)
	if at < len(firsts) {
		return blocks[firsts[at-1]:firsts[at]]
	}
	return blocks[firsts[at-1]:]
}

// An entry is a heading in the outline.
type entry struct {
	Text  string
	Level int
	Start int
	Here  bool
	Part  int // of the text; 0 when it is the shown one
}

// Outline lists the headings, the finest levels left out where there are too many to read.
func (p DocumentPage) Outline() []entry {
	var out []entry
	rest, at := p.Text, 0
	for _, b := range p.Blocks {
		if b.Kind == "heading" && b.End > b.Start {
			rest, at = rest[byteAt(rest, b.Start-at):], b.Start
			out = append(out, entry{Text: rest[:byteAt(rest, b.End-b.Start)], Level: b.Level, Start: b.Start})
		}
	}
	for level := 6; len(out) > 40 && level > 1; level-- {
		out = slices.DeleteFunc(out, func(e entry) bool { return e.Level >= level })
	}
	p.markHere(out)
	return out[:min(len(out), 60)]
}

func (p DocumentPage) markHere(out []entry) {
	here, at := -1, p.At()
	blocks := p.pieces()
	firsts := partStarts(blocks)
	for i := range out {
		if p.Lit.End > 0 && out[i].Start <= p.Lit.Start {
			here = i
		}
		if part := partOf(blocks, firsts, out[i].Start); part != at {
			out[i].Part = part
		}
	}
	if here >= 0 {
		out[here].Here = true
	}
}
