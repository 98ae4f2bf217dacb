package parse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wenyuan/corpus/parse/pdf"
)

// readPDF takes a PDF that has a text layer.
func readPDF(f *file) (*Document, error) {
	doc, err := pdf.Read(f.ctx, f.r, f.size, pdf.Options{Cache: f.limits.Cache, Pages: f.limits.Pages, Letters: int(f.limits.Text)})
	switch {
	case errors.Is(err, pdf.ErrEncrypted):
		return nil, f.invalid("is encrypted", "Open it with its password, save it without one and add it again.", err)
	case errors.Is(err, pdf.ErrNoText):
		return nil, f.invalid("has no text layer: its pages are pictures and need OCR", "Run it through an OCR program that writes a searchable PDF, and add that.", err)
	case errors.Is(err, pdf.ErrGarbled):
		return nil, f.invalid("has a text layer without meaning: its fonts do not say which letters they show, so it needs OCR", "Export it again from its program, or run it through an OCR program, and add that.", err)
	case errors.Is(err, pdf.ErrBroken):
		return nil, f.invalid("is a damaged PDF", "Open it in a PDF program, save it again and add it again.", err)
	case errors.Is(err, pdf.ErrPages):
		return nil, f.tooLarge(fmt.Sprintf("has more than %d pages or %s of text", f.limits.Pages, bytesText(f.limits.Text)), "Split the file, or raise the limits.")
	case err != nil:
		return nil, err
	}
	b := newBuilder(f, "application/pdf")
	b.pages = doc.Pages
	b.title = pdfTitle(doc)
	for _, p := range doc.Parts {
		b.page = p.Page
		b.part(p)
	}
	b.hiddenPDF(doc)
	for reason, n := range map[string]int{"headers and footers": doc.Removed, "table of contents": doc.Contents, "damaged pages (in pages)": doc.Unread} {
		if n > 0 {
			b.removed[reason] = n
		}
	}
	return b.document()
}

// hiddenPDF keeps what a reader of the pages does not see.
func (b *builder) hiddenPDF(doc *pdf.Document) {
	page := b.page
	defer func() { b.page = page }()
	for _, h := range doc.Hidden {
		b.page = h.Page
		if h.Why == pdf.Annotation {
			b.beside(Annotation, "", h.Text)
		} else {
			b.hide(Why(h.Why), "", h.Text)
		}
	}
	b.page = 0
	for _, name := range slices.Sorted(maps.Keys(doc.About)) {
		b.beside(Property, strings.ToLower(name), doc.About[name])
	}
}

// pdfTitle is the title of the properties, or the largest heading of the first page.
func pdfTitle(doc *pdf.Document) string {
	if !template(doc.Title) {
		return strings.TrimSpace(doc.Title)
	}
	title, level := "", 0
	for _, p := range doc.Parts {
		if p.Page == 1 && p.Kind == pdf.Heading && (level == 0 || p.Level < level) {
			title, level = p.Text, p.Level
		}
	}
	return title
}

func (b *builder) part(p pdf.Part) {
	switch p.Kind {
	case pdf.Heading:
		b.heading(p.Level, p.Text)
	case pdf.ListItem:
		b.add(ListItem, p.Text)
	case pdf.Table:
		t := newTable(b)
		for _, row := range p.Rows {
			t.row(row, false)
		}
		t.end()
	default:
		b.paragraph(p.Text)
	}
}

// template says whether a title in the properties is what a program put there: the name
// of the file it was made from, or of itself.
func template(title string) bool {
	lower := strings.ToLower(strings.TrimSpace(title))
	for _, s := range []string{"microsoft word", "microsoft powerpoint", "untitled", "powerpoint presentation", "无标题", "about:blank", "document1"} {
		if strings.HasPrefix(lower, s) {
			return true
		}
	}
	for _, s := range []string{".doc", ".docx", ".pdf", ".indd", ".tex", ".html", ".md", ".ppt", ".pptx", ".xls", ".xlsx", ".dvi", ".fm", ".qxd", ".odt", ".txt"} {
		if strings.HasSuffix(lower, s) {
			return true
		}
	}
	return lower == ""
}
