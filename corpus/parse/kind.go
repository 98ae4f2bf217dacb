package parse

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// A kind is a format with its parser.
type kind struct {
	read func(*file) (*Document, error)
}

// recognise tells what the file is. Magic numbers decide first; a file without one is
// text when it reads as text, and then its name says which kind of text.
func (f *file) recognise() (kind, error) {
	head := make([]byte, min(f.size, sampleSize))
	if n, err := f.r.ReadAt(head, 0); err != nil && err != io.EOF {
		return kind{}, f.explain(err)
	} else {
		head = head[:n]
	}
	switch {
	case bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")):
		return kind{readPDF}, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return f.recogniseZip()
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return kind{}, f.recogniseOLE(head)
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return kind{}, f.skipped("is RTF, which is not read", "Save it as DOCX or PDF and add that.")
	case binary(head):
		return kind{}, f.binary(head)
	}
	return f.recogniseText(head)
}

// recogniseZip looks for the part that makes a zip an Office document.
func (f *file) recogniseZip() (kind, error) {
	z, err := zip.NewReader(f.r, f.size)
	if err != nil {
		return kind{}, f.explain(f.invalid("is damaged: its table of contents cannot be read", "Open it in its program, save it again and add it again.", err))
	}
	for _, e := range z.File {
		switch name := strings.ReplaceAll(e.Name, `\`, "/"); {
		case name == "word/document.xml" || name == "word/document2.xml":
			return kind{readDOCX}, nil
		case name == "xl/workbook.xml":
			return kind{readXLSX}, nil
		case strings.HasPrefix(name, "ppt/"):
			return kind{}, f.skipped("is a PowerPoint presentation, which is not read yet", "Export it as PDF and add that.")
		case name == "META-INF/container.xml":
			return kind{}, f.skipped("is an e-book (EPUB), which is not read yet", "Export it as PDF or HTML and add that.")
		case name == "mimetype" && strings.Contains(f.ext(), ".od"):
			return kind{}, f.skipped("is an OpenDocument file, which is not read yet", "Save it as DOCX, XLSX or PDF and add that.")
		}
	}
	if wanted := map[string]string{".docx": "a Word document", ".xlsx": "an Excel workbook"}[f.ext()]; wanted != "" {
		return kind{}, f.invalid("is a zip file but not "+wanted, "Open it in its program, save it again and add it again.", nil)
	}
	return kind{}, f.skipped("is an archive", "Add it by its path, as an archive; it is opened then, but not inside another one.")
}

// recogniseOLE handles the container of old Office files, in which new ones lie when
// they are encrypted. Names in its directory are UTF-16.
func (f *file) recogniseOLE(head []byte) error {
	tail := make([]byte, min(f.size, sampleSize))
	if n, err := f.r.ReadAt(tail, f.size-int64(len(tail))); err != nil && n == 0 {
		return f.explain(err)
	}
	encrypted := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	if bytes.Contains(head, encrypted) || bytes.Contains(tail, encrypted) {
		return f.invalid("is encrypted", "Open it with its password, save it without one and add it again.", nil)
	}
	switch f.ext() {
	case ".docx", ".xlsx", ".pdf":
		return f.invalid("is in an old Office format under a new name", "Open it in its program, save it as DOCX or XLSX and add it again.", nil)
	}
	return f.skipped("is in an old Office format, which is not read", "Save it as DOCX, XLSX or PDF and add that.")
}

// binary says whether the head of a file is anything but text. UTF-16 has zeros in it and
// is text.
func binary(head []byte) bool {
	if name, _ := byOrderMark(head); name != "" {
		return false
	}
	if name, _ := wide(head[:len(head)&^1]); name != "" {
		return false
	}
	control := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\b' && c != 0x1b || c == 0x7f {
			control++
		}
	}
	return control > 2+len(head)/50
}

// binary names what a file that is no text is.
func (f *file) binary(head []byte) error {
	if wanted, ok := wantsDocument[f.ext()]; ok {
		return f.invalid("is not "+wanted+" although its name says so", "Check where it came from; open it in its program and save it again.", nil)
	}
	kind, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	what, _, _ := strings.Cut(kind, "/")
	switch what {
	case "image":
		return f.skipped("is a picture ("+kind+")", "Text in pictures is not read; add the document it was made from.")
	case "audio", "video":
		return f.skipped("is a recording ("+kind+")", "Add a transcript of it.")
	}
	return f.skipped("is no document ("+kind+")", "Nothing is to be done, unless it should be one: then save it in a format that is read.")
}

// wantsDocument are the extensions that promise a format with a magic number.
var wantsDocument = map[string]string{".pdf": "a PDF", ".docx": "a Word document", ".xlsx": "an Excel workbook"}

// recogniseText chooses among the kinds of text.
func (f *file) recogniseText(head []byte) (kind, error) {
	ext := f.ext()
	if wanted, ok := wantsDocument[ext]; ok {
		return kind{}, f.invalid("is not "+wanted+" although its name says so", "It holds text: give it the extension .txt, or add the right file.", nil)
	}
	switch ext {
	case ".md", ".markdown", ".mdx", ".mdown", ".mkd":
		return kind{readMarkdown}, nil
	case ".html", ".htm", ".xhtml", ".shtml":
		return kind{readHTML}, nil
	case ".csv", ".tsv", ".tab":
		return kind{readCSV}, nil
	case ".svg":
		return kind{}, f.skipped("is a picture (image/svg+xml)", "Text in pictures is not read; add the document it was made from.")
	case ".eml", ".mht", ".mhtml":
		return kind{}, f.skipped("is a mail, which is not read yet", "Save it as HTML, text or PDF and add that.")
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".mp3", ".mp4", ".zip", ".gz", ".ttf", ".woff", ".woff2":
		return kind{}, f.skipped("holds text although its name says "+ext, "Give it the extension .txt if it should be read.")
	}
	if looksHTML(head) {
		return kind{readHTML}, nil
	}
	if f.language() != "" {
		return kind{readCode}, nil
	}
	return kind{readText}, nil
}

// looksHTML knows a page by how it begins.
func looksHTML(head []byte) bool {
	s := strings.ToLower(strings.TrimLeft(string(head[:min(len(head), 512)]), "\ufeff \t\r\n"))
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html")
}
