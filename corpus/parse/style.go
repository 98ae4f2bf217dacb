package parse

import (
	"strconv"
	"strings"
)

// A colour is one that is known, or not: ok is false for what a browser would have to work out.
type colour struct {
	r, g, b uint8
	ok      bool
}

var white = colour{255, 255, 255, true}

// near says whether letters of the one colour cannot be read on the other.
func (c colour) near(d colour) bool {
	const most = 20 // of 255, in each channel
	return c.ok && d.ok && apart(c.r, d.r) <= most && apart(c.g, d.g) <= most && apart(c.b, d.b) <= most
}

func apart(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

// unreadable is up to which size letters cannot be read, in points; two pixels of a page.
const unreadable = 1.5

var colourNames = map[string]colour{
	"white": white, "black": {0, 0, 0, true}, "snow": {255, 250, 250, true}, "ivory": {255, 255, 240, true}, "ghostwhite": {248, 248, 255, true}, "whitesmoke": {245, 245, 245, true},
	"floralwhite": {255, 250, 240, true}, "mintcream": {245, 255, 250, true}, "azure": {240, 255, 255, true}, "aliceblue": {240, 248, 255, true}, "seashell": {255, 245, 238, true},
	"red": {255, 0, 0, true}, "green": {0, 128, 0, true}, "blue": {0, 0, 255, true}, "yellow": {255, 255, 0, true}, "gray": {128, 128, 128, true}, "grey": {128, 128, 128, true},
	"lightgray": {211, 211, 211, true}, "lightgrey": {211, 211, 211, true}, "navy": {0, 0, 128, true}, "silver": {192, 192, 192, true}, "orange": {255, 165, 0, true}, "purple": {128, 0, 128, true},
}

// hexColour reads RRGGBB, RGB, or with transparency behind it.
func hexColour(s string) colour {
	if len(s) == 3 || len(s) == 4 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if len(s) != 6 && len(s) != 8 {
		return colour{}
	}
	v, err := strconv.ParseUint(s[:6], 16, 32)
	if err != nil {
		return colour{}
	}
	return colour{uint8(v >> 16), uint8(v >> 8), uint8(v), true}
}

// cssColour reads a colour of a style sheet. through is true for one without ink.
func cssColour(s string) (c colour, through bool) {
	switch {
	case s == "transparent":
		return colour{}, true
	case strings.HasPrefix(s, "#"):
		through = (len(s) == 5 && s[4] == '0') || len(s) == 9 && s[7:] == "00"
		return hexColour(s[1:]), through
	case strings.HasPrefix(s, "rgb"):
		return rgbColour(s)
	}
	return colourNames[s], false
}

// rgbColour reads rgb(1, 2, 3) and rgba(1 2 3 / 0).
func rgbColour(s string) (c colour, through bool) {
	_, s, _ = strings.Cut(s, "(")
	parts := strings.FieldsFunc(strings.TrimSuffix(s, ")"), func(r rune) bool { return strings.ContainsRune(", /", r) })
	if len(parts) < 3 {
		return colour{}, false
	}
	var v [3]uint8
	for i := range v {
		f, err := strconv.ParseFloat(strings.TrimSuffix(parts[i], "%"), 64)
		if err != nil {
			return colour{}, false
		}
		if strings.HasSuffix(parts[i], "%") {
			f *= 2.55
		}
		v[i] = uint8(max(0, min(f, 255)))
	}
	if len(parts) > 3 {
		a, err := strconv.ParseFloat(strings.TrimSuffix(parts[3], "%"), 64)
		through = err == nil && a <= 0.05
	}
	return colour{v[0], v[1], v[2], true}, through
}

// pixels reads a length; ok is false for one that hangs on something that is not known here.
func pixels(s string, of float64) (v float64, ok bool) {
	unit := strings.TrimLeft(s, "+-.0123456789")
	v, err := strconv.ParseFloat(s[:len(s)-len(unit)], 64)
	if err != nil {
		return 0, false
	}
	switch unit {
	case "px", "":
		return v, true
	case "pt":
		return v * 4 / 3, true
	case "em", "ex", "ch":
		return v * of, true
	case "rem":
		return v * 16, true
	case "%":
		return v * of / 100, true
	case "cm":
		return v * 38, true
	case "in":
		return v * 96, true
	case "vw", "vh":
		return v * 10, true // of a window of about a thousand pixels
	}
	return 0, v == 0
}

// A declared is what a style says of a text being seen. Keys and values are in lower case,
// without space at their ends.
type declared map[string]string

// declarations reads "key: value; key: value" into one that is given, or a new one.
func declarations(s string, into declared) declared {
	for s != "" {
		var one string
		one, s, _ = strings.Cut(s, ";")
		key, value, ok := strings.Cut(one, ":")
		key = strings.ToLower(strings.TrimSpace(key))
		if !ok || !telling[key] {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(value))
		value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		if into == nil {
			into = declared{}
		}
		into[key] = value
	}
	return into
}

// telling are the properties that are read.
var telling = words(`display visibility opacity color background background-color background-image background-clip -webkit-background-clip font-size font position left right top bottom
	text-indent margin-left margin-top clip clip-path width height max-width max-height overflow overflow-x overflow-y transform transition animation filter content-visibility`)

// A sight is how the text of an element is seen, as far as it is handed down.
type sight struct {
	ink     colour // not ok: the usual black, or unknown
	through bool   // the ink is none
	ground  colour
	size    float64 // pixels
	unseen  bool    // visibility
}

// why says for which reason text of the element cannot be seen.
func (v *sight) why() Why {
	switch {
	case v.unseen, v.through:
		return Invisible
	case v.size*3/4 <= unreadable:
		return Tiny
	case v.ink.near(v.ground):
		return Camouflage
	}
	return ""
}

// below is the sight within an element. gone is why all of it is taken out, whatever stands in
// it; "" where it is not.
func (v sight) below(d declared) (in sight, gone Why) {
	if d == nil {
		return v, ""
	}
	if s, ok := d["visibility"]; ok {
		v.unseen = s == "hidden" || s == "collapse"
	}
	if s, ok := d["color"]; ok && s != "inherit" {
		v.ink, v.through = cssColour(s)
		// Words that are cut out of a picture have no ink and are seen.
		v.through = v.through && d["background-clip"] == "" && d["-webkit-background-clip"] == ""
	}
	for _, key := range []string{"background", "background-color", "background-image"} {
		if s, ok := d[key]; ok && s != "none" && s != "inherit" && s != "initial" {
			c, through := cssColour(firstWord(s))
			if !through {
				v.ground = c
			}
		}
	}
	if s, ok := d["font-size"]; ok {
		if px, ok := pixels(s, v.size); ok {
			v.size = px
		} else {
			v.size = 16
		}
	}
	return v, d.gone(v.size)
}

// firstWord is the first value of a list, a function whole.
func firstWord(s string) string {
	if end := strings.IndexByte(s, ')'); end >= 0 && strings.HasPrefix(s, "rgb") {
		return s[:end+1]
	}
	s, _, _ = strings.Cut(s, " ")
	return s
}

// gone says why an element with all that is in it is not seen.
func (d declared) gone(size float64) Why {
	at := func(key string) (float64, bool) {
		s, ok := d[key]
		if !ok {
			return 0, false
		}
		return pixels(s, size)
	}
	small := func(key string) bool { v, ok := at(key); return ok && v <= 1 }
	far := func(key string) bool { v, ok := at(key); return ok && v <= -500 }
	over := d["overflow"] + d["overflow-x"] + d["overflow-y"]
	cut := strings.Contains(over, "hidden") || strings.Contains(over, "clip")
	moves := d["transition"] != "" || d["animation"] != ""
	switch {
	case d["display"] == "none", d["content-visibility"] == "hidden":
		return NotShown
	// What waits to be faded in is seen in the end.
	case faint(d["opacity"]) && !moves && d["transform"] == "", strings.Contains(strings.ReplaceAll(d["filter"], " ", ""), "opacity(0"):
		return Invisible
	case d["position"] != "" && (far("left") || far("top") || far("right") || far("bottom")), far("text-indent"), far("margin-left"), far("margin-top"), strings.Contains(d["transform"], "(-9999"):
		return OffPage
	case cut && (small("width") || small("height") || small("max-width") || small("max-height")), zeroClip(d["clip"]), zeroClip(d["clip-path"]), strings.HasPrefix(strings.ReplaceAll(d["transform"], " ", ""), "scale(0)"):
		return Clipped
	}
	return ""
}

func faint(s string) bool {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	return err == nil && (v <= 0.05 || strings.HasSuffix(s, "%") && v <= 5)
}

// zeroClip says whether nothing is left of an element by rect(0 0 0 0), rect(1px, 1px, 1px, 1px),
// inset(50%) or circle(0).
func zeroClip(s string) bool {
	kind, args, ok := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	if !ok {
		return false
	}
	fields := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == ' ' })
	if len(fields) == 0 {
		return false
	}
	v, ok := pixels(fields[0], 100)
	switch kind {
	case "rect":
		for _, f := range fields {
			if f != fields[0] {
				return false
			}
		}
		return ok && v <= 1
	case "inset":
		return ok && strings.HasSuffix(fields[0], "%") && v >= 50
	case "circle":
		return ok && v == 0
	}
	return false
}
