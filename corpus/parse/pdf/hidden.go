package pdf

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// A Hidden is text of a page that its reader does not see, or a remark on it.
type Hidden struct {
	Page int // from 1
	Why  string
	Text string
}

// Why text is hidden.
const (
	Inkless    = "invisible"         // drawn without ink, and there is no picture that it would be the text of
	Camouflage = "background colour" // drawn in the colour of what is behind it
	Tiny       = "tiny"
	OffPage    = "off the page"
	Annotation = "annotation" // a remark, which programs show when they are asked to
)

// unreadable is up to which size letters cannot be read, in points.
const unreadable = 1.5

// An ink is how a letter is drawn.
type ink struct {
	r, g, b, a uint8
	known      bool
	mode       int // as in ISO 32000-1, 9.3.6: 3 draws nothing
}

const inkless = 3

// ink is how a letter is drawn.
func (d *reader) ink(text uint64, i int) (ink, error) {
	var k ink
	at := d.scratch
	ok, err := d.fast(d.f.fillColour, text, uint64(i), at, at+4, at+8, at+12)
	if err != nil {
		return k, err
	}
	if uint32(ok) != 0 {
		if k.r, k.g, k.b, k.a, err = d.colour(); err != nil {
			return k, err
		}
		k.known = true
	}
	object, err := d.fast(d.f.object, text, uint64(i))
	if err != nil || object == 0 {
		return k, err
	}
	mode, err := d.fast(d.f.mode, object)
	k.mode = int(int32(mode))
	return k, err
}

// colour reads the four numbers that PDFium wrote.
func (d *reader) colour() (r, g, b, a uint8, err error) {
	raw, ok := d.m.Memory().Read(uint32(d.scratch), 16)
	if !ok {
		return 0, 0, 0, 0, errNoModule
	}
	v := func(i int) uint8 { return uint8(min(binary.LittleEndian.Uint32(raw[4*i:]), 255)) }
	return v(0), v(1), v(2), v(3), nil
}

// doubtful says whether what is behind the letter decides on whether it is seen.
func (k ink) doubtful() bool {
	return k.mode == inkless || k.known && (k.a <= 12 || k.r >= 235 && k.g >= 235 && k.b >= 235)
}

// near says whether the letter cannot be told from a colour.
func (k ink) near(c ink) bool {
	const most = 20 // of 255
	close := func(a, b uint8) bool { return max(a, b)-min(a, b) <= most }
	return close(k.r, c.r) && close(k.g, c.g) && close(k.b, c.b)
}

// A patch is something painted on the page that is no text: in one colour, or in some that are
// not known.
type patch struct {
	box
	ink
	picture bool
}

const (
	maxObjects = 20_000 // of a page that are looked at; on one with more everything counts as seen
	manyPaths  = 300    // from so many on a page may be drawn letters, of which the text is the layer
)

// The types of page objects, as PDFium numbers them.
const (
	pathObject  = 2
	imageObject = 3
	shadeObject = 4
	formObject  = 5
)

// seen parts the letters that a reader of the page sees from the others.
func (d *reader) seen(page uint64, letters []letter) ([]letter, []Hidden, error) {
	bounds, err := d.bounds(page)
	if err != nil {
		return nil, nil, err
	}
	var patches []patch
	looked, all := false, false
	var whys []string // of each letter
	any := false
	why := ""
	for i := range letters {
		l := &letters[i]
		if l.r == ' ' || l.r == '\n' {
			whys = append(whys, why) // it belongs to the word before
			continue
		}
		if !looked && l.ink.doubtful() {
			looked = true
			if patches, all, err = d.patches(page); err != nil {
				return nil, nil, err
			}
		}
		why = l.unseen(bounds, patches, all)
		any = any || why != ""
		whys = append(whys, why)
	}
	if !any {
		return letters, nil, nil
	}
	left := letters[:0:0]
	var hidden []Hidden
	var text strings.Builder
	for i, l := range letters {
		if whys[i] == "" {
			left = append(left, l)
			continue
		}
		text.WriteRune(l.r)
		if i+1 == len(letters) || whys[i+1] != whys[i] {
			hidden = append(hidden, Hidden{Why: whys[i], Text: text.String()})
			text.Reset()
		}
	}
	return left, hidden, nil
}

// unseen is why a letter is not seen, "" where it is. all says that the page has more on it than
// was looked at.
func (l *letter) unseen(page box, patches []patch, all bool) string {
	x, y := (l.left+l.right)/2, (l.bottom+l.top)/2
	outside := page.right > page.left && l.box != (box{}) && (l.right < page.left || l.left > page.right || l.top < page.bottom || l.bottom > page.top)
	switch {
	case outside:
		return OffPage
	case l.size > 0 && l.size <= unreadable && l.height() <= 2*unreadable:
		return Tiny
	case !l.ink.doubtful() || all:
		return ""
	}
	ground := ink{r: 255, g: 255, b: 255, known: true}
	paths := 0
	for _, p := range patches {
		if !p.picture {
			paths++
		}
		if x < p.left || x > p.right || y < p.bottom || y > p.top {
			continue
		}
		if p.picture && (l.ink.mode == inkless || l.ink.a <= 12) {
			return "" // the text of a scanned page
		}
		ground = p.ink
	}
	switch {
	case l.ink.mode == inkless || l.ink.a <= 12:
		if paths > manyPaths {
			return ""
		}
		return Inkless
	case ground.known && l.ink.near(ground):
		return Camouflage
	}
	return ""
}

// bounds is what is shown of the page.
func (d *reader) bounds(page uint64) (box, error) {
	ok, err := d.call("FPDF_GetPageBoundingBox", page, d.scratch)
	if err != nil || uint32(ok) == 0 {
		return box{}, err
	}
	v, err := d.floats(4)
	return box{left: v[0], top: v[1], right: v[2], bottom: v[3]}, err // as FS_RECTF has them
}

// patches are what is painted on the page beside text, in the order of painting; all is true
// where there is too much of it.
func (d *reader) patches(page uint64) (out []patch, all bool, err error) {
	n, err := d.call("FPDFPage_CountObjects", page)
	if err != nil {
		return nil, false, err
	}
	count := int(int32(n))
	if count > maxObjects {
		return nil, true, nil
	}
	get, kind := d.m.ExportedFunction("FPDFPage_GetObject"), d.m.ExportedFunction("FPDFPageObj_GetType")
	if get == nil || kind == nil {
		return nil, false, fmt.Errorf("PDFium has no page objects")
	}
	for i := range count {
		if i&255 == 0 && d.ctx.Err() != nil {
			return nil, false, d.ctx.Err()
		}
		object, err := d.fast(get, page, uint64(i))
		if err != nil {
			return nil, false, err
		}
		t, err := d.fast(kind, object)
		if err != nil {
			return nil, false, err
		}
		if t := int32(t); t < pathObject || t > formObject {
			continue
		}
		p, painted, err := d.patch(object, int(int32(t)))
		if err != nil {
			return nil, false, err
		}
		if painted {
			out = append(out, p)
		}
	}
	return out, false, nil
}

// patch reads one object; one that paints no area is none.
func (d *reader) patch(object uint64, kind int) (p patch, painted bool, err error) {
	at := d.scratch
	ok, err := d.fast(d.m.ExportedFunction("FPDFPageObj_GetBounds"), object, at, at+4, at+8, at+12)
	if err != nil || uint32(ok) == 0 {
		return p, false, err
	}
	v, err := d.floats(4)
	if err != nil {
		return p, false, err
	}
	p.box = box{left: v[0], bottom: v[1], right: v[2], top: v[3]}
	if kind != pathObject {
		p.picture = kind != shadeObject
		return p, true, nil
	}
	if ok, err = d.fast(d.m.ExportedFunction("FPDFPath_GetDrawMode"), object, at, at+4); err != nil || uint32(ok) == 0 {
		return p, false, err
	}
	fill, ok2 := d.m.Memory().ReadUint32Le(uint32(at))
	if !ok2 {
		return p, false, errNoModule
	}
	if fill == 0 {
		return p, false, nil
	}
	if ok, err = d.fast(d.m.ExportedFunction("FPDFPageObj_GetFillColor"), object, at, at+4, at+8, at+12); err != nil {
		return p, false, err
	}
	if uint32(ok) != 0 {
		p.r, p.g, p.b, p.a, err = d.colour()
		p.known = p.a > 200
	}
	return p, true, err
}

// maxNotes is how many remarks of a page are read.
const maxNotes = 500

// annotations are the remarks on a page.
func (d *reader) annotations(page uint64) (texts []string, err error) {
	n, err := d.call("FPDFPage_GetAnnotCount", page)
	if err != nil {
		return nil, err
	}
	for i := range min(int(int32(n)), maxNotes) {
		handle, err := d.call("FPDFPage_GetAnnot", page, uint64(i))
		if err != nil {
			return nil, err
		}
		if handle == 0 {
			continue
		}
		if !d.m.Memory().Write(uint32(d.buffer), []byte("Contents\x00")) {
			return nil, errNoModule
		}
		length, err := d.call("FPDFAnnot_GetStringValue", handle, d.buffer, d.buffer+64, longestText)
		if err != nil {
			return nil, err
		}
		text, err := d.wide(d.buffer+64, length)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(text) != "" {
			texts = append(texts, text)
		}
		if _, err := d.call("FPDFPage_CloseAnnot", handle); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// hiddenOf is what was hidden on the pages, and the remarks on them.
func hiddenOf(sheets []page) (all []Hidden) {
	for _, p := range sheets {
		for _, h := range p.hidden {
			h.Page = p.number
			all = append(all, h)
		}
		for _, s := range p.notes {
			all = append(all, Hidden{p.number, Annotation, s})
		}
	}
	return all
}
