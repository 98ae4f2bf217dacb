package parse

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// A veil is an element of HTML within a paragraph that hides what stands in it, up to its end.
type veil struct {
	why   Why
	tag   string
	depth int // of elements of its name that are open
}

var hiddenAttribute = regexp.MustCompile(`(?i)\shidden[\s=/>]`)

// open looks whether an element hides what follows.
func (m *markdown) open(name, tag string) {
	if strings.HasPrefix(tag, "</") || strings.HasSuffix(tag, "/>") || void[name] {
		return
	}
	t := startTag{name: name, style: attribute(tag, "style"), colour: attribute(tag, "color")}
	seen, gone := sight{ink: colour{ok: true}, ground: white, size: 16}.below((&styleSheet{}).of(&t))
	if hiddenAttribute.MatchString(tag) {
		gone = NotShown
	}
	if gone == "" {
		gone = seen.why()
	}
	if gone != "" {
		m.veil = veil{gone, name, 1}
	}
}

// veiled takes one part of a paragraph that is hidden; false says that it is not, or ends it.
func (m *markdown) veiled(n ast.Node, depth int) bool {
	raw, ok := n.(*ast.RawHTML)
	if !ok {
		var words inliner
		why := m.veil.why
		m.veil.why = "" // while its words are read
		m.part(&words, n, depth)
		m.veil.why = why
		m.b.hide(why, m.b.above(), words.String())
		return true
	}
	var tag strings.Builder
	for i := range raw.Segments.Len() {
		s := raw.Segments.At(i)
		tag.Write(s.Value(m.source))
	}
	name := tagName.FindStringSubmatch(tag.String())
	if name == nil || !strings.EqualFold(name[1], m.veil.tag) {
		return false
	}
	if strings.HasPrefix(tag.String(), "</") {
		m.veil.depth--
	} else {
		m.veil.depth++
	}
	if m.veil.depth == 0 {
		m.veil = veil{}
	}
	return true
}

// curtained takes a block that stands within an element that hides it.
func (m *markdown) curtained(n ast.Node) {
	if h, ok := n.(*ast.HTMLBlock); ok {
		s := m.lines(h)
		if strings.Contains(strings.ToLower(s), "</"+m.curtain.tag) {
			m.curtain = veil{}
			return
		}
		m.b.hide(m.curtain.why, m.b.above(), s)
		return
	}
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			m.b.hide(m.curtain.why, m.b.above(), string(t.Segment.Value(m.source)))
		}
		return ast.WalkContinue, nil
	})
}
