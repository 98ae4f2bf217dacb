package parse

import (
	"path"
	"strings"
)

// readProperties takes the title of the properties, and what else they say. The first heading is
// better than a template's name, so the title is only used when it says something.
func (d *docx) readProperties(p *pack) error {
	title, err := p.properties(d.b)
	if err != nil {
		return err
	}
	lower := strings.ToLower(title)
	if !strings.HasPrefix(lower, "microsoft word") && !strings.HasPrefix(lower, "word document") && !strings.HasPrefix(title, "PowerPoint") {
		d.b.title = title
	}
	return nil
}

// readNotes reads footnotes and endnotes, to be laid down behind the body.
func (d *docx) readNotes(p *pack) error {
	d.notes = map[string]string{}
	for _, kind := range []string{"footnote", "endnote"} {
		var id string
		var text strings.Builder
		err := p.read("word/"+kind+"s.xml", xmlFuncs{
			start: func(name string, a attributes) bool {
				switch name {
				case kind:
					id = kind + " " + a.get("id")
					text.Reset()
				case "p", "tab":
					text.WriteByte(' ')
				case "del", "instrText", "rPr", "pPr", "Fallback":
					return false
				}
				return true
			},
			text: func(s string) { text.WriteString(s) },
			end: func(name string) {
				if name == kind {
					d.notes[id] = strings.Join(strings.Fields(text.String()), " ")
				}
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *docx) layNotes() {
	for i, id := range d.used {
		if text := d.notes[id]; text != "" {
			d.b.item(toNumber("decimal", i+1)+".", text)
		}
	}
}

// countFurniture counts what stands in headers, footers and comments, which are parts of
// their own and are not read.
func (d *docx) countFurniture(p *pack) error {
	for _, name := range p.names {
		base := strings.TrimRight(strings.TrimSuffix(path.Base(name), ".xml"), "0123456789")
		reason := map[string]string{"header": "headers and footers", "footer": "headers and footers", "comments": "comments"}[base]
		if reason == "" || path.Dir(name) != "word" {
			continue
		}
		inText := false
		var comment strings.Builder
		err := p.read(name, xmlFuncs{
			start: func(name string, _ attributes) bool { inText = name == "t"; return name != "Fallback" },
			end: func(name string) {
				inText = false
				if name == "p" {
					comment.WriteByte(' ')
				}
				if name == "comment" {
					d.b.beside(Comment, "", comment.String())
					comment.Reset()
				}
			},
			text: func(s string) {
				if !inText {
					return
				}
				d.b.drop(reason, s)
				if reason == "comments" && comment.Len() < maxHiddenPiece {
					comment.WriteString(s)
				}
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
