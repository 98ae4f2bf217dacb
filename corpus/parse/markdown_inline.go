package parse

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// An inliner joins the pieces of a paragraph. A line end of the source is a space, but
// between Chinese letters it is nothing.
type inliner struct {
	strings.Builder
	broken bool // a line ended, and what comes next decides what that is
	last   rune
}

func (w *inliner) text(s string) {
	if s == "" {
		return
	}
	if w.broken {
		w.broken = false
		first, _ := utf8.DecodeRuneInString(s)
		if !(cjk(w.last) && cjk(first)) && !unicode.IsSpace(w.last) && w.Len() > 0 {
			w.WriteByte(' ')
		}
	}
	w.WriteString(s)
	w.last, _ = utf8.DecodeLastRuneInString(s)
}

// cjk are letters and punctuation that are written without spaces.
func cjk(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

// inline is the text of a block's inline children: marks and addresses are left out,
// words of links and descriptions of pictures stay.
func (m *markdown) inline(n ast.Node) string {
	var w inliner
	m.veil = veil{}
	m.walk(&w, n, 0)
	return w.String()
}

func (m *markdown) walk(w *inliner, n ast.Node, depth int) {
	if depth > m.b.f.limits.Depth {
		m.b.fail(m.b.f.invalid("is nested too deep", "Take some of the marks for emphasis and links in its longest paragraph away.", nil))
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if m.veil.why != "" && m.veiled(c, depth) {
			continue
		}
		m.part(w, c, depth)
	}
}

// part takes one inline child.
func (m *markdown) part(w *inliner, c ast.Node, depth int) {
	switch c := c.(type) {
	case *ast.Text:
		m.text(w, c)
	case *ast.String:
		w.text(string(c.Value))
	case *ast.CodeSpan:
		m.codeSpan(w, c)
	case *ast.AutoLink:
		w.text(string(c.Label(m.source)))
	case *ast.RawHTML:
		m.rawHTML(w, c)
	case *ast.Image:
		m.image(w, c, depth)
	case *east.TaskCheckBox:
		if c.IsChecked {
			w.text("[x] ")
		} else {
			w.text("[ ] ")
		}
	case *east.FootnoteLink, *east.FootnoteBacklink:
	case *ast.Link:
		m.b.beside(LinkTitle, m.b.above(), string(c.Title))
		m.walk(w, c, depth+1)
	default:
		m.walk(w, c, depth+1)
	}
}

func (m *markdown) text(w *inliner, n *ast.Text) {
	raw := n.Segment.Value(m.source)
	if !n.IsRaw() && bytes.ContainsAny(raw, `\&`) {
		raw = util.UnescapePunctuations(raw)
		raw = util.ResolveEntityNames(util.ResolveNumericReferences(raw))
	}
	w.text(string(raw))
	switch {
	case n.HardLineBreak():
		w.WriteByte('\n')
		w.last = '\n'
	case n.SoftLineBreak():
		w.broken = true
	}
}

func (m *markdown) codeSpan(w *inliner, n *ast.CodeSpan) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			w.text(strings.ReplaceAll(string(t.Segment.Value(m.source)), "\n", " "))
		}
	}
}

// nameless is alternative text that says nothing: a file name, "image", a number.
var nameless = regexp.MustCompile(`(?i)^(image|img|picture|photo|screenshot|figure|alt( text)?|图片?|截图|请添加图片描述|在这里插入图片描述)?[-_ .()0-9a-f]*(\.(png|jpe?g|gif|svg|webp))?$`)

// caption is alternative text that is worth keeping.
func (b *builder) caption(alt string) string {
	alt = strings.TrimSpace(alt)
	if nameless.MatchString(alt) || strings.HasSuffix(alt, ".png") || strings.HasSuffix(alt, ".jpg") {
		b.drop("picture names", alt)
		return ""
	}
	return alt
}

func (m *markdown) image(w *inliner, n *ast.Image, depth int) {
	var alt inliner
	m.walk(&alt, n, depth+1)
	m.b.beside(LinkTitle, m.b.above(), string(n.Title))
	s := m.b.caption(alt.String())
	m.b.beside(AltText, m.b.above(), s)
	w.text(s)
}

var tagName = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9-]*)`)

// rawHTML leaves tags out. What is no tag of HTML is a placeholder that the
// author forgot to escape, <topic> or List<String>, and stays.
func (m *markdown) rawHTML(w *inliner, n *ast.RawHTML) {
	var raw strings.Builder
	for i := range n.Segments.Len() {
		s := n.Segments.At(i)
		raw.Write(s.Value(m.source))
	}
	tag := raw.String()
	name := tagName.FindStringSubmatch(tag)
	switch {
	case name == nil: // a comment
		m.b.drop("markup", tag)
		m.b.beside(Comment, m.b.above(), strings.TrimSuffix(strings.TrimPrefix(tag, "<!--"), "-->"))
	case strings.EqualFold(name[1], "br"):
		if !strings.HasPrefix(tag, "</") {
			w.WriteByte('\n')
			w.last = '\n'
		}
	case strings.EqualFold(name[1], "img"):
		alt := m.b.caption(attribute(tag, "alt"))
		m.b.beside(AltText, m.b.above(), alt)
		w.text(alt)
	case htmlElements[strings.ToLower(name[1])] || strings.ContainsAny(tag, "=/{"):
		m.b.drop("markup", tag)
		m.open(strings.ToLower(name[1]), tag)
	default:
		w.text(tag)
	}
}
