package pdf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode"
	"unicode/utf16"

	"github.com/tetratelabs/wazero/api"
)

// What a PDF can be that has no text to give.
var (
	ErrBroken    = errors.New("the file is no PDF that can be opened")
	ErrEncrypted = errors.New("the file is encrypted")
	ErrNoText    = errors.New("the file has no text layer")
	ErrGarbled   = errors.New("the letters of the file have no meaning, only shapes")
	ErrPages     = errors.New("the file has too many pages")
)

// Options of Read.
type Options struct {
	Cache   string // folder for the compiled engine; empty is one in the user's cache directory
	Pages   int    // at most
	Letters int    // at most, in the whole document; more end the reading with ErrPages
}

// A Document is a PDF as text.
type Document struct {
	Title   string // of the properties; may be empty or a template's name
	Pages   int
	Parts   []Part // in reading order
	Removed int    // code points of headers, footers and page numbers
}

// Read reads the text of a document. It ends with the context's error when that ends.
func Read(ctx context.Context, r io.ReaderAt, size int64, o Options) (*Document, error) {
	e, err := acquire(o.Cache)
	if err != nil {
		return nil, err
	}
	defer release(o.Cache, e)
	instance, err := e.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, err
	}
	defer instance.Close()
	m, err := module(instance)
	if err != nil {
		return nil, err
	}
	d := &reader{ctx: ctx, m: m, left: o.Letters}
	doc, err := d.read(r, size, o.Pages)
	if ctx.Err() != nil {
		return nil, ctx.Err() // PDFium was stopped within a call
	}
	return doc, err
}

// A reader holds one document open in one instance.
type reader struct {
	ctx      context.Context
	m        api.Module
	document uint64
	left     int    // letters that may still be read
	scratch  uint64 // where PDFium writes what is more than a number
	stack    [3]uint64
	f        struct{ unicode, looseBox, fontSize, matrix api.Function }
}

// call calls PDFium; the context ends it.
func (d *reader) call(name string, args ...uint64) (uint64, error) {
	f := d.m.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("PDFium has no %s", name)
	}
	results, err := f.Call(d.ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if len(results) == 0 {
		return 0, nil
	}
	return results[0], nil
}

func (d *reader) read(r io.ReaderAt, size int64, pages int) (*Document, error) {
	if err := d.open(r, size); err != nil {
		return nil, err
	}
	n, err := d.call("FPDF_GetPageCount", d.document)
	if err != nil {
		return nil, err
	}
	count := int(int32(n))
	if count <= 0 {
		return nil, ErrBroken
	}
	if count > pages {
		return nil, fmt.Errorf("%w: %d", ErrPages, count)
	}
	title, err := d.title()
	if err != nil {
		return nil, err
	}
	sheets := make([]page, 0, count)
	good, garbled := 0, 0
	for i := range count {
		p, err := d.page(i)
		if err != nil {
			return nil, err
		}
		good += p.good
		garbled += p.garbled
		sheets = append(sheets, p)
	}
	switch {
	case garbled > good:
		return nil, ErrGarbled
	case good == 0:
		return nil, ErrNoText
	}
	removed := removeFurniture(sheets)
	return &Document{Title: title, Pages: count, Parts: parts(sheets), Removed: removed}, nil
}

// open copies the file into the instance's memory and opens it there.
func (d *reader) open(r io.ReaderAt, size int64) error {
	at, err := d.call("malloc", uint64(size))
	if err != nil {
		return err
	}
	if at == 0 || size > math.MaxInt32 {
		return fmt.Errorf("%w: it is larger than PDFium's memory", ErrBroken)
	}
	view, ok := d.m.Memory().Read(uint32(at), uint32(size))
	if !ok {
		return errors.New("PDFium's memory is smaller than it says")
	}
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), view); err != nil {
		return err
	}
	if d.document, err = d.call("FPDF_LoadMemDocument", at, uint64(size), 0); err != nil {
		return err
	}
	if d.document == 0 {
		const password, security = 4, 5 // FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
		code, err := d.call("FPDF_GetLastError")
		if err != nil {
			return err
		}
		if code == password || code == security {
			return ErrEncrypted
		}
		return fmt.Errorf("%w: PDFium says %d", ErrBroken, code)
	}
	if d.scratch, err = d.call("malloc", 64); err != nil {
		return err
	}
	for name, f := range map[string]*api.Function{
		"FPDFText_GetUnicode": &d.f.unicode, "FPDFText_GetLooseCharBox": &d.f.looseBox,
		"FPDFText_GetFontSize": &d.f.fontSize, "FPDFText_GetMatrix": &d.f.matrix,
	} {
		if *f = d.m.ExportedFunction(name); *f == nil {
			return fmt.Errorf("PDFium has no %s", name)
		}
	}
	return nil
}

// title is the one in the document's properties.
func (d *reader) title() (string, error) {
	const longest = 2048
	at, err := d.call("malloc", 8+longest)
	if err != nil || at == 0 {
		return "", err
	}
	if !d.m.Memory().Write(uint32(at), []byte("Title\x00")) {
		return "", errNoModule
	}
	n, err := d.call("FPDF_GetMetaText", d.document, at, at+8, longest)
	if err != nil || n < 2 || n > longest {
		return "", err
	}
	raw, ok := d.m.Memory().Read(uint32(at+8), uint32(n-2))
	if !ok {
		return "", errNoModule
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// A letter is a code point with its place on the page.
type letter struct {
	box
	r       rune
	size    float32 // of the font, in points as they appear
	rotated bool    // it is written up or down the page
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
		return page{number: i + 1}, nil
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
	p := page{number: i + 1, width: api.DecodeF32(width), height: api.DecodeF32(height)}
	if text != 0 {
		letters, err := d.readLetters(text)
		if err != nil {
			return page{}, err
		}
		p.read(letters)
		if _, err := d.call("FPDFText_ClosePage", text); err != nil {
			return page{}, err
		}
	}
	_, err = d.call("FPDF_ClosePage", handle)
	return p, err
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
	size, rotated := float32(0), false
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
			begins = false
		}
		l.size, l.rotated = size, rotated
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
