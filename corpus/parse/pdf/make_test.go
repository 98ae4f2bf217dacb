package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A pen writes one page of a PDF: text at places, in points from the bottom left.
type pen struct {
	strings.Builder
	rotate int    // how the page is shown turned, in degrees clockwise
	extra  string // of the page's dictionary
}

// text writes with Helvetica, which every PDF program has.
func (p *pen) text(x, y, size float64, s string) {
	s = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s)
	fmt.Fprintf(&p.Builder, "BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", size, x, y, s)
}

// up writes up the page, which reads well when the page is turned.
func (p *pen) up(x, y, size float64, s string) {
	fmt.Fprintf(&p.Builder, "BT /F1 %g Tf 0 1 -1 0 %g %g Tm (%s) Tj ET\n", size, x, y, s)
}

// chinese writes with a font that is not in the file, as many Chinese PDFs do.
func (p *pen) chinese(x, y, size float64, s string) {
	fmt.Fprintf(&p.Builder, "BT /F2 %g Tf 1 0 0 1 %g %g Tm <", size, x, y)
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&p.Builder, "%04X", u)
	}
	p.WriteString("> Tj ET\n")
}

// lines writes a paragraph line by line.
func (p *pen) lines(x, y, size float64, lines ...string) {
	for i, s := range lines {
		p.text(x, y-float64(i)*size*1.2, size, s)
	}
}

// makePDF puts pages into a file; trailer is added to the trailer, for encryption.
func makePDF(trailer string, pages ...func(*pen)) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) int {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&out, format, args...)
		out.WriteString("\nendobj\n")
		return len(offsets)
	}
	out.WriteString("%PDF-1.7\n")
	const tree = 4 // the number of the page tree, which comes after the fonts
	object("<< /Type /Catalog /Pages %d 0 R >>", tree)
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", tree+1+2*i)
	}
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), kids.String())
	for i, write := range pages {
		var p pen
		write(&p)
		object("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Rotate %d /Resources << /Font << /F1 2 0 R /F2 3 0 R >> >> /Contents %d 0 R %s>>", tree, p.rotate, tree+2+2*i, p.extra)
		object("<< /Length %d >>\nstream\n%s\nendstream", p.Len(), p.String())
	}
	if info, ok := strings.CutPrefix(trailer, "Info "); ok { // must be an object of its own
		trailer = fmt.Sprintf("/Info %d 0 R", object("%s", info))
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, trailer, xref)
	return out.Bytes()
}

// encryption of which nobody knows the password.
var encryption = fmt.Sprintf("/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>", strings.Repeat("41", 32), strings.Repeat("42", 32))
