package parse

import "strings"

// A lettering is how Word shows text; what is empty is not said.
type lettering struct {
	vanish string // "1" or "0"
	ink    string // RRGGBB or "auto"
	size   string // half points
	behind string // RRGGBB, the name of a highlight, or "auto"
	style  string // of characters
}

// set takes a property of a run.
func (p *lettering) set(name string, a attributes) {
	switch name {
	case "vanish", "webHidden":
		p.vanish = "0"
		if a.on() {
			p.vanish = "1"
		}
	case "color":
		p.ink = a.get("val")
	case "sz":
		p.size = a.get("val")
	case "shd":
		p.behind = a.get("fill")
	case "highlight":
		p.behind = a.get("val")
	case "rStyle":
		p.style = a.get("val")
	}
}

// under is what is said here where what lies over it says nothing.
func (p lettering) under(over lettering) lettering {
	for _, f := range [][2]*string{{&p.vanish, &over.vanish}, {&p.ink, &over.ink}, {&p.size, &over.size}, {&p.behind, &over.behind}} {
		if *f[1] != "" {
			*f[0] = *f[1]
		}
	}
	return p
}

// startRun opens the properties of a run; those of a paragraph's mark say nothing of its text.
func (d *docx) startRun() bool {
	n := len(d.paras)
	if n == 0 || d.paras[n-1].inProperties {
		return false
	}
	d.paras[n-1].inRun = true
	return true
}

// shade takes what is painted behind a run, a paragraph or a cell.
func (d *docx) shade(fill string) {
	n := len(d.paras)
	switch {
	case n > 0 && d.paras[n-1].inRun:
		d.paras[n-1].run.behind = fill
	case n > 0 && d.paras[n-1].inProperties:
		d.paras[n-1].shade = fill
	case len(d.tables) > 0 && n == d.tables[len(d.tables)-1].outside:
		d.tables[len(d.tables)-1].shade = fill
	}
}

// veil is why the text of the run that is open is not seen.
func (d *docx) veil(p *wordPara) Why {
	look := d.style(p.style).look
	if p.run.style != "" {
		look = look.under(d.style(p.run.style).look)
	}
	look = look.under(p.run)
	switch {
	case look.vanish == "1":
		return NotShown
	case look.size != "" && float64(atoi(look.size))/2 <= unreadable && atoi(look.size) >= 0:
		return Tiny
	case look.ink == "" || look.ink == "auto":
		return ""
	case hexColour(look.ink).near(d.behind(p, look)):
		return Camouflage
	}
	return ""
}

// behind is the colour that text stands on, where it is known.
func (d *docx) behind(p *wordPara, look lettering) colour {
	if look.behind != "" && look.behind != "auto" && look.behind != "none" {
		return wordColour(look.behind)
	}
	if p.shade != "" && p.shade != "auto" {
		return wordColour(p.shade)
	}
	for i := len(d.tables) - 1; i >= 0; i-- {
		t := d.tables[i]
		if t.shade != "" && t.shade != "auto" {
			return wordColour(t.shade)
		}
		if t.style != "" && d.style(t.style).shades {
			return colour{}
		}
	}
	if d.boxes > 0 {
		return colour{}
	}
	return d.ground
}

// wordColour reads RRGGBB and the names of highlights.
func wordColour(s string) colour {
	if c := hexColour(s); c.ok {
		return c
	}
	return colourNames[strings.ToLower(s)]
}
