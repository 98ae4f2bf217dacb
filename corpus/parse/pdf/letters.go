package pdf

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"unicode"

	"github.com/tetratelabs/wazero/api"
)

// A letter is a code point with its place on the page.
type letter struct {
	box
	r       rune
	size    float32 // of the font, in points as they appear
	rotated bool    // it is written up or down the page
	ink     ink
}

// softHyphen is what PDFium gives for a hyphen at the end of a line that parts a word.
const softHyphen = 0x02

// page reads one page and puts its letters into lines.
func (d *reader) page(i int) (page, error) {
	if err := d.ctx.Err(); err != nil {
		return page{}, err
	}
	handle, err := d.call("FPDF_LoadPage", d.document, uint64(i))
	if err != nil {
		return page{}, err
	}
	if handle == 0 { // one bad page does not spoil the others
		return page{number: i + 1, unread: true}, nil
	}
	width, err := d.call("FPDF_GetPageWidthF", handle)
	if err != nil {
		return page{}, err
	}
	height, err := d.call("FPDF_GetPageHeightF", handle)
	if err != nil {
		return page{}, err
	}
	text, err := d.call("FPDFText_LoadPage", handle)
	if err != nil {
		return page{}, err
	}
	rotation, err := d.call("FPDFPage_GetRotation", handle)
	if err != nil {
		return page{}, err
	}
	p := page{number: i + 1, width: api.DecodeF32(width), height: api.DecodeF32(height)}
	if text != 0 {
		letters, err := d.readLetters(text)
		if err != nil {
			return page{}, err
		}
		if letters, p.hidden, err = d.seen(handle, letters); err != nil {
			return page{}, err
		}
		p.turn(letters, int(rotation))
		p.read(letters)
		if _, err := d.call("FPDFText_ClosePage", text); err != nil {
			return page{}, err
		}
	}
	if p.notes, err = d.annotations(handle); err != nil {
		return page{}, err
	}
	_, err = d.call("FPDF_ClosePage", handle)
	return p, err
}

// turn gives letters the places at which they are seen, on a page that is shown turned
// clockwise by so many quarters. The page's size is the one that is seen.
func (p *page) turn(letters []letter, quarters int) {
	if quarters == 0 {
		return
	}
	for i := range letters {
		l := &letters[i]
		b := l.box
		switch quarters {
		case 1:
			l.box = box{left: b.bottom, right: b.top, bottom: p.height - b.right, top: p.height - b.left}
		case 2:
			l.box = box{left: p.width - b.right, right: p.width - b.left, bottom: p.height - b.top, top: p.height - b.bottom}
		case 3:
			l.box = box{left: p.width - b.top, right: p.width - b.bottom, bottom: b.left, top: b.right}
		}
		l.rotated = l.rotated != (quarters != 2)
	}
}

func (d *reader) readLetters(text uint64) ([]letter, error) {
	n, err := d.call("FPDFText_CountChars", text)
	if err != nil {
		return nil, err
	}
	count := int(int32(n))
	if d.left -= count; d.left < 0 {
		return nil, fmt.Errorf("%w: too much text", ErrPages)
	}
	letters := make([]letter, 0, max(count, 0))
	begins := true // a word; its font is that of its first letter
	size, rotated, colour := float32(0), false, ink{}
	for i := range count {
		if i&1023 == 0 && d.ctx.Err() != nil {
			return nil, d.ctx.Err()
		}
		r, err := d.fast(d.f.unicode, text, uint64(i))
		if err != nil {
			return nil, err
		}
		l := letter{r: rune(uint32(r))}
		if l.r == 0 || l.r == '\r' {
			continue
		}
		if l.r == ' ' || l.r == '\n' {
			letters = append(letters, l)
			begins = true
			continue
		}
		if l.box, err = d.box(text, i); err != nil {
			return nil, err
		}
		if begins {
			if size, rotated, err = d.font(text, i); err != nil {
				return nil, err
			}
			if colour, err = d.ink(text, i); err != nil {
				return nil, err
			}
			begins = false
		}
		l.size, l.rotated, l.ink = size, rotated, colour
		letters = append(letters, l)
	}
	return letters, nil
}

// fast calls a function that ends at once, for which watching the context costs more
// than the call.
func (d *reader) fast(f api.Function, args ...uint64) (uint64, error) {
	copy(d.stack[:], args)
	err := f.CallWithStack(context.Background(), d.stack[:])
	return d.stack[0], err
}

// box is the place of a letter with the full height of its font.
func (d *reader) box(text uint64, i int) (box, error) {
	ok, err := d.fast(d.f.looseBox, text, uint64(i), d.scratch)
	if err != nil || ok == 0 {
		return box{}, err
	}
	v, err := d.floats(4)
	return box{left: v[0], top: v[1], right: v[2], bottom: v[3]}, err // as FS_RECTF has them
}

// font gives the size of a letter's font as it appears, the one it has in the file scaled by
// the matrix it is drawn with, and whether that matrix turns it on its side.
func (d *reader) font(text uint64, i int) (size float32, rotated bool, err error) {
	bits, err := d.fast(d.f.fontSize, text, uint64(i))
	if err != nil {
		return 0, false, err
	}
	size = float32(api.DecodeF64(bits))
	ok, err := d.fast(d.f.matrix, text, uint64(i), d.scratch)
	if err != nil || ok == 0 {
		return size, false, err
	}
	v, err := d.floats(4) // a b c d of FS_MATRIX
	size *= float32(math.Hypot(float64(v[2]), float64(v[3])))
	return size, math.Abs(float64(v[1])) > 2*math.Abs(float64(v[0])), err
}

// floats reads what PDFium wrote.
func (d *reader) floats(n uint32) ([6]float32, error) {
	var v [6]float32
	raw, ok := d.m.Memory().Read(uint32(d.scratch), 4*n)
	if !ok {
		return v, errNoModule
	}
	for i := range n {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v, nil
}

// meaningless are code points that stand for a shape without saying which letter it is.
func meaningless(r rune) bool {
	return r == unicode.ReplacementChar || unicode.Is(unicode.Co, r) || r < ' ' && r != '\n' && r != '\t' && r != softHyphen || r > unicode.MaxRune
}
