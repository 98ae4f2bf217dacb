package parse

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// A pack is an Office file: a zip of XML parts.
type pack struct {
	f     *file
	parts map[string]*zip.File // by name in lower case
	names []string             // in the order of the zip
}

const maxParts = 20_000

// openPack opens the zip. What it says it unpacks to is held against the limit before
// anything is unpacked; archive/zip gives no more bytes of a part than the zip says.
func openPack(f *file) (*pack, error) {
	z, err := zip.NewReader(f.r, f.size)
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxParts {
		return nil, f.tooLarge("has too many parts", "It may be a zip bomb; check where it came from.")
	}
	p := &pack{f: f, parts: map[string]*zip.File{}}
	left := f.limits.Expansion
	for _, e := range z.File {
		if !isXML(e.Name) {
			continue // pictures are never unpacked
		}
		if left -= int64(min(e.UncompressedSize64, 1<<60)); left < 0 {
			return nil, p.bomb()
		}
		name := strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(e.Name, `\`, "/")), "/")
		p.parts[name] = e
		p.names = append(p.names, name)
	}
	return p, nil
}

func isXML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".xml" || ext == ".rels"
}

func (p *pack) bomb() error {
	return p.f.tooLarge("unpacks to more than "+bytesText(p.f.limits.Expansion), "It may be a zip bomb; check where it came from, or raise the limit for expansion.")
}

// read hands the part's elements to the handler, if the part is there.
func (p *pack) read(name string, h xmlHandler) error {
	e := p.parts[strings.ToLower(name)]
	if e == nil {
		return nil
	}
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return p.f.readXML(io.LimitReader(r, int64(min(e.UncompressedSize64, 1<<60))), h)
}

// relations are the targets of a part's relations, by id.
func (p *pack) relations(part string) (map[string]string, error) {
	dir, base := path.Split(part)
	targets := map[string]string{}
	err := p.read(dir+"_rels/"+base+".rels", xmlFuncs{start: func(name string, attrs attributes) bool {
		if name == "Relationship" && attrs.get("TargetMode") != "External" {
			target := attrs.get("Target")
			if strings.HasPrefix(target, "/") {
				targets[attrs.get("Id")] = strings.TrimPrefix(target, "/")
			} else {
				targets[attrs.get("Id")] = path.Join(dir, target)
			}
		}
		return true
	}})
	return targets, err
}

// properties are what an Office file says of itself; the title is given back.
func (p *pack) properties(b *builder) (title string, err error) {
	texts := map[string]*strings.Builder{}
	var open *strings.Builder
	err = p.read("docProps/core.xml", xmlFuncs{
		start: func(name string, _ attributes) bool {
			open = nil
			if name == "title" || name == "subject" || name == "description" || name == "keywords" || name == "category" {
				if texts[name] == nil {
					texts[name] = &strings.Builder{}
				}
				open = texts[name]
			}
			return true
		},
		end: func(string) { open = nil },
		text: func(s string) {
			if open != nil && open.Len() < maxHiddenPiece {
				open.WriteString(s)
			}
		},
	})
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		b.beside(Property, name, texts[name].String())
	}
	if t := texts["title"]; t != nil {
		title = strings.TrimSpace(t.String())
		title = title[:cutAt(title, 1000)]
	}
	return title, err
}

// An xmlHandler takes the elements of a part as they come. Names are without prefix.
// Start says whether to go into the element; what is left out has no End.
type xmlHandler interface {
	Start(name string, attrs attributes) bool
	End(name string)
	Text(s string)
}

type xmlFuncs struct {
	start func(name string, attrs attributes) bool
	end   func(name string)
	text  func(s string)
}

func (h xmlFuncs) Start(name string, attrs attributes) bool { return h.start(name, attrs) }
func (h xmlFuncs) End(name string) {
	if h.end != nil {
		h.end(name)
	}
}
func (h xmlFuncs) Text(s string) {
	if h.text != nil {
		h.text(s)
	}
}

type attributes []xml.Attr

// get finds an attribute by its name without prefix.
func (a attributes) get(name string) string {
	for _, attr := range a {
		if attr.Name.Local == name {
			return attr.Value
		}
	}
	return ""
}

// on is the value of a switch such as <w:b/> or <w:b w:val="0"/>.
func (a attributes) on() bool {
	v := a.get("val")
	return v != "0" && v != "false" && v != "off"
}

// readXML runs through XML with its limits: depth, time, and no declarations of
// entities, which Office never writes. (The decoder expands none either.)
func (f *file) readXML(r io.Reader, h xmlHandler) error {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		enc, err := htmlindex.Get(label)
		if err != nil {
			return nil, err
		}
		return enc.NewDecoder().Reader(r), nil
	}
	depth, skipFrom := 0, 0 // elements deeper than skipFrom are left out, when it is not 0
	for n := 0; ; n++ {
		if n&1023 == 0 && f.ctx.Err() != nil {
			return f.ctx.Err()
		}
		token, err := d.RawToken()
		if err == io.EOF && depth == 0 {
			return nil
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > f.limits.Depth {
				return f.invalid("is nested too deep", "It was not made by Office; save it again there, or leave it out.", nil)
			}
			if skipFrom == 0 && !h.Start(t.Name.Local, t.Attr) {
				skipFrom = depth
			}
		case xml.EndElement:
			if depth == 0 {
				return errors.New("an element ends that did not begin")
			}
			if skipFrom == 0 {
				h.End(t.Name.Local)
			} else if skipFrom == depth {
				skipFrom = 0
			}
			depth--
		case xml.CharData:
			if skipFrom == 0 {
				h.Text(string(t))
			}
		case xml.Directive:
			if strings.Contains(strings.ToUpper(string(t)), "ENTITY") {
				return f.invalid("declares XML entities", "Office files have none: this may be an attack. Check where it came from.", nil)
			}
		}
	}
}
