package pdf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
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
	Title    string // of the properties; may be empty or a template's name
	Pages    int
	Parts    []Part            // in reading order
	Removed  int               // code points of headers, footers and page numbers
	Contents int               // code points of the table of contents
	Unread   int               // pages that are damaged
	Hidden   []Hidden          // what a reader of its pages does not see
	About    map[string]string // subject, keywords and author of the properties, where they are there
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
	buffer   uint64 // where it writes text
	stack    [6]uint64
	f        struct{ unicode, looseBox, fontSize, matrix, fillColour, object, mode api.Function }
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
	about := map[string]string{}
	for _, name := range []string{"Title", "Subject", "Keywords", "Author"} {
		if about[name], err = d.property(name); err != nil {
			return nil, err
		}
	}
	sheets := make([]page, 0, count)
	good, garbled, unread := 0, 0, 0
	for i := range count {
		p, err := d.page(i)
		if err != nil {
			return nil, err
		}
		good += p.good
		garbled += p.garbled
		if p.unread {
			unread++
		}
		sheets = append(sheets, p)
	}
	switch {
	case unread == count:
		return nil, fmt.Errorf("%w: none of its pages", ErrBroken)
	case garbled > good:
		return nil, ErrGarbled
	case good == 0:
		return nil, ErrNoText
	}
	doc := &Document{Title: about["Title"], About: about, Hidden: hiddenOf(sheets), Pages: count, Unread: unread, Removed: removeFurniture(sheets), Contents: removeContents(sheets)}
	doc.Parts = parts(sheets)
	return doc, nil
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
		"FPDFText_GetFillColor": &d.f.fillColour, "FPDFText_GetTextObject": &d.f.object, "FPDFTextObj_GetTextRenderMode": &d.f.mode,
	} {
		if *f = d.m.ExportedFunction(name); *f == nil {
			return fmt.Errorf("PDFium has no %s", name)
		}
	}
	return nil
}

// property is a text of the document's properties.
func (d *reader) property(name string) (string, error) {
	if d.buffer == 0 {
		var err error
		if d.buffer, err = d.call("malloc", 64+longestText); err != nil || d.buffer == 0 {
			return "", err
		}
	}
	if !d.m.Memory().Write(uint32(d.buffer), append([]byte(name), 0)) {
		return "", errNoModule
	}
	n, err := d.call("FPDF_GetMetaText", d.document, d.buffer, d.buffer+64, longestText)
	if err != nil {
		return "", err
	}
	return d.wide(d.buffer+64, n)
}

// longestText is how many bytes of a property or a remark are read.
const longestText = 8 << 10

// wide is the UTF-16 that PDFium wrote, n bytes with the zero at its end; what was longer than
// the room for it was not written.
func (d *reader) wide(at, n uint64) (string, error) {
	n = n & math.MaxUint32
	if n < 2 || n > longestText {
		return "", nil
	}
	raw, ok := d.m.Memory().Read(uint32(at), uint32(n-2))
	if !ok {
		return "", errNoModule
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
