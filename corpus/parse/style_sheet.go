package parse

import "strings"

// Bounds of the style sheets of a page.
const (
	maxRules = 5000
	maxSheet = 1 << 20 // bytes
)

// A styleSheet is what the simple rules of a page say of being seen: those for a tag, a class, an
// id, or a tag with a class. Rules for a place in the tree are not followed.
type styleSheet struct {
	rules    map[string]declared
	bytes    int
	foreign  bool // there are others that are not in the page, or rules that are not followed
	compound bool // some rules are for a tag with a class
}

// read takes the text of a style element.
func (s *styleSheet) read(css string) {
	if s.bytes += len(css); s.bytes > maxSheet {
		s.foreign = true
		return
	}
	for css != "" && len(s.rules) < maxRules {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			return
		}
		head := uncommented(css[:open])
		css = css[open+1:]
		head = strings.TrimSpace(head[strings.LastIndexByte(head, ';')+1:]) // behind @import
		if strings.HasPrefix(head, "@") {
			css = skipBlock(css)
			continue
		}
		end := strings.IndexByte(css, '}')
		if end < 0 {
			end = len(css)
		}
		if d := declarations(uncommented(css[:end]), nil); d != nil {
			s.add(head, d)
		}
		css = css[min(end+1, len(css)):]
	}
}

// add takes one rule for each of its selectors.
func (s *styleSheet) add(selectors string, d declared) {
	for one := range strings.SplitSeq(selectors, ",") {
		one = strings.TrimSpace(one)
		if one == "" || strings.ContainsAny(one, " >+~:[*") || strings.Count(one, ".")+strings.Count(one, "#") > 1 {
			_, paints := d["background"]
			_, colours := d["background-color"]
			s.foreign = s.foreign || paints || colours
			continue
		}
		if i := strings.IndexAny(one, ".#"); i > 0 {
			one = strings.ToLower(one[:i]) + one[i:]
			s.compound = true
		} else if i < 0 {
			one = strings.ToLower(one)
		}
		if s.rules == nil {
			s.rules = map[string]declared{}
		}
		known := s.rules[one]
		if known == nil {
			known = declared{}
			s.rules[one] = known
		}
		for k, v := range d {
			known[k] = v
		}
	}
}

// of is what holds for an element: what is said of its tag, its classes, its id and itself, each
// over those before.
func (s *styleSheet) of(t *startTag) declared {
	var out declared
	take := func(d declared) {
		for k, v := range d {
			if out == nil {
				out = declared{}
			}
			out[k] = v
		}
	}
	if len(s.rules) > 0 {
		take(s.rules[t.name])
		n := 0
		for class := range strings.FieldsSeq(t.class) {
			if n++; n > 40 {
				break
			}
			take(s.rules["."+class])
			if s.compound {
				take(s.rules[t.name+"."+class])
			}
		}
		if t.id != "" {
			take(s.rules["#"+t.id])
		}
	}
	if t.colour != "" || t.ground != "" {
		take(declared{"color": strings.ToLower(t.colour)})
		if t.colour == "" {
			delete(out, "color")
		}
		if t.ground != "" {
			take(declared{"background": strings.ToLower(t.ground)})
		}
	}
	if t.style != "" {
		out = declarations(t.style, out)
	}
	return out
}

// uncommented takes /* comments */ out.
func uncommented(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "/*")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		if _, s, ok = strings.Cut(rest, "*/"); !ok {
			return out.String()
		}
	}
}

// skipBlock is what follows the block that is open: @media and the like hold on some screens only.
func skipBlock(s string) string {
	depth := 1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}
