package parse

import "strings"

// readDOCX takes a Word document: body, text boxes and notes in reading order. Deleted
// text, comments, the table of contents and headers and footers are left out and counted.
func readDOCX(f *file) (*Document, error) {
	p, err := openPack(f)
	if err != nil {
		return nil, err
	}
	d := &docx{b: newBuilder(f, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"), ground: white}
	d.b.charset = "UTF-8"
	for _, step := range []func(*pack) error{d.readProperties, d.readStyles, d.readNumbering, d.readNotes, d.countFurniture} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	main := "word/document.xml"
	if p.parts[main] == nil {
		main = "word/document2.xml"
	}
	if err := p.read(main, d); err != nil {
		return nil, err
	}
	d.endCode()
	d.layNotes()
	return d.b.document()
}

// A docx reads the body as a stream. What is open: paragraphs (a text box stands inside
// one), tables (inside a cell of another), and whatever is left out.
type docx struct {
	b         *builder
	styles    map[string]*wordStyle
	numbering numbering
	paras     []*wordPara
	tables    []*wordTable
	code      []string // lines of code that wait for the end of the block
	notes     map[string]string
	used      []string // notes in the order of their marks
	boxes     int      // text boxes that are open; what is behind their text is not known
	ground    colour   // of the page
}

type wordPara struct {
	text         strings.Builder
	style        string
	num, level   string
	outline      int        // heading level that the paragraph itself sets, from 1
	inProperties bool       // between pPr and its end
	run          lettering  // how the text of the run that is open is seen
	inRun        bool       // between its rPr and the end of that
	shade        string     // behind the paragraph
	inText       bool       // of a run; other elements hold numbers that place things
	later        []wordPara // paragraphs of text boxes that hang on this one
}

type wordTable struct {
	t       *table
	row     []string
	head    bool
	cell    []string
	span    int
	above   map[int]string // texts of cells that reach down, by column
	merge   string         // "restart", "continue" or ""
	outside int            // paragraphs that are open around the table
	style   string
	shade   string // of the cell
	rows    int
}

// Start opens an element of the body.
func (d *docx) Start(name string, a attributes) bool {
	switch name {
	case "del", "moveFrom", "Fallback", "instrText", "delInstrText", "fldData", "sectPr", "tblGrid", "pPrChange", "rPrChange", "tblPrChange", "tcPrChange", "numberingChange", "annotation", "binData":
		return false
	case "rPr":
		return d.startRun()
	case "background":
		d.ground = hexColour(a.get("color"))
	case "txbxContent":
		d.boxes++
	case "p":
		d.paras = append(d.paras, &wordPara{})
	case "tbl":
		d.tables = append(d.tables, &wordTable{above: map[int]string{}, outside: len(d.paras)})
	case "tr", "tc", "tblHeader", "gridSpan", "vMerge", "tblStyle":
		d.startTablePart(name, a)
	case "shd":
		d.shade(a.get("fill"))
		return false
	default:
		if len(d.paras) > 0 {
			d.paras[len(d.paras)-1].start(name, a, d)
		}
	}
	return true
}

func (p *wordPara) start(name string, a attributes, d *docx) {
	if p.inRun {
		p.run.set(name, a)
		return
	}
	if p.inProperties {
		switch name {
		case "pStyle":
			p.style = a.get("val")
		case "numId":
			p.num = a.get("val")
		case "ilvl":
			p.level = a.get("val")
		case "outlineLvl":
			if n := atoi(a.get("val")); n >= 0 && n <= 8 && a.get("val") != "" {
				p.outline = n + 1
			}
		}
		return
	}
	switch name {
	case "pPr":
		p.inProperties = true
	case "r":
		p.run = lettering{}
	case "tab", "ptab":
		p.text.WriteByte('\t')
	case "br", "cr":
		p.text.WriteByte('\n')
	case "t":
		p.inText = true
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "docPr": // of a picture or a shape
		if alt := d.b.caption(a.get("descr")); alt != "" {
			d.b.beside(AltText, d.b.above(), alt)
			p.text.WriteString(" " + strings.Join(strings.Fields(alt), " ") + " ")
		}
	case "footnoteReference":
		d.used = append(d.used, "footnote "+a.get("id"))
	case "endnoteReference":
		d.used = append(d.used, "endnote "+a.get("id"))
	}
}

// Text takes the words of a run.
func (d *docx) Text(s string) {
	n := len(d.paras)
	if n == 0 || !d.paras[n-1].inText {
		return
	}
	if why := d.veil(d.paras[n-1]); why != "" {
		d.b.hide(why, d.b.above(), s)
		return
	}
	d.paras[n-1].text.WriteString(s)
}

// End closes an element of the body.
func (d *docx) End(name string) {
	switch name {
	case "p":
		d.endPara()
	case "t":
		if n := len(d.paras); n > 0 {
			d.paras[n-1].inText = false
		}
	case "pPr":
		if n := len(d.paras); n > 0 {
			d.paras[n-1].inProperties = false
		}
	case "rPr":
		if n := len(d.paras); n > 0 {
			d.paras[n-1].inRun = false
		}
	case "txbxContent":
		d.boxes--
	case "tc", "tr", "tbl":
		d.endTablePart(name)
	}
}

// endPara lays a paragraph down, or puts it where it belongs: into the cell it stands in,
// or behind the paragraph on which its text box hangs.
func (d *docx) endPara() {
	n := len(d.paras)
	if n == 0 {
		return
	}
	p := d.paras[n-1]
	d.paras = d.paras[:n-1]
	if len(d.tables) > 0 {
		if t := d.tables[len(d.tables)-1]; n-1 == t.outside {
			t.cell = append(t.cell, d.withMarker(p))
			for i := range p.later {
				t.cell = append(t.cell, d.withMarker(&p.later[i]))
			}
			return
		}
	}
	if n > 1 {
		host := d.paras[n-2]
		later := p.later
		p.later = nil
		host.later = append(append(host.later, *p), later...)
		return
	}
	d.lay(p)
	for i := range p.later {
		d.lay(&p.later[i])
	}
}

func (d *docx) withMarker(p *wordPara) string {
	text := strings.TrimSpace(p.text.String())
	if text == "" {
		return ""
	}
	if marker := d.marker(p, d.style(p.style)); marker != "" && marker != "-" {
		return marker + " " + text
	}
	return text
}

const longestHeading = 300 // bytes; a longer one is a paragraph in the wrong style

// lay puts a paragraph down as what it is.
func (d *docx) lay(p *wordPara) {
	text := strings.TrimSpace(p.text.String())
	style := d.style(p.style)
	if style.code && text != "" || style.code && len(d.code) > 0 {
		d.code = append(d.code, strings.TrimRight(p.text.String(), " \t\n"))
		return
	}
	d.endCode()
	if text == "" {
		return
	}
	if style.contents {
		d.b.drop("table of contents", text)
		return
	}
	level := p.outline
	if level == 0 {
		level = style.outline
	}
	marker := d.marker(p, style)
	switch {
	case level > 0 && len(text) <= longestHeading:
		if marker != "" && marker != "-" {
			text = marker + " " + text
		}
		if style.title && d.b.title == "" {
			d.b.title = text
		}
		d.b.heading(level, text)
	case marker != "":
		d.b.depth = min(atoi(p.level), 8)
		d.b.item(marker, text)
		d.b.depth = 0
	case style.caption:
		d.b.add(Figure, text)
	default:
		d.b.paragraph(text)
	}
}

func (d *docx) endCode() {
	if len(d.code) > 0 {
		d.b.code("", strings.Join(d.code, "\n"))
		d.code = nil
	}
}
