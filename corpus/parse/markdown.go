package parse

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	gtext "github.com/yuin/goldmark/text"
)

// readMarkdown takes CommonMark with tables, footnotes and definition lists, and what
// documentation sites add to it: front matter, admonitions, HTML and the tags of MDX.
func readMarkdown(f *file) (*Document, error) {
	t, err := f.decode("")
	if err != nil {
		return nil, err
	}
	b := newTextBuilder(f, "text/markdown", t)
	source := b.frontMatter(t.string)
	links := definitions(source)
	for source != "" && b.ok() {
		var chunk string
		chunk, source = cutMarkdown(source)
		if len(chunk) > 2*maxChunk { // it has a line of megabytes, and no structure worth the parser's memory
			b.add(Paragraph, chunk)
			continue
		}
		if err := b.markdown(links + chunk); err != nil {
			return nil, err
		}
	}
	return b.document()
}

// markdown lays down the blocks of one chunk.
func (b *builder) markdown(chunk string) error {
	chunk, err := b.prepare(chunk)
	if err != nil {
		return err
	}
	source := []byte(chunk)
	m := &markdown{b: b, source: source}
	root := markdownParser(b).Parse(gtext.NewReader(source))
	m.children(root)
	return b.err
}

// A markdown walks goldmark's tree.
type markdown struct {
	b       *builder
	source  []byte
	veil    veil
	curtain veil // the same over whole blocks
	after   int  // blocks that begin before this byte were laid down already, as part of an HTML element
}

func (m *markdown) children(n ast.Node) {
	for c := n.FirstChild(); c != nil && m.b.ok(); c = c.NextSibling() {
		if m.after > 0 && startOf(c) >= 0 && startOf(c) < m.after {
			continue
		}
		m.block(c)
	}
}

func (m *markdown) block(n ast.Node) {
	if m.curtain.why != "" {
		m.curtained(n)
		return
	}
	switch n := n.(type) {
	case *ast.Heading:
		m.b.heading(n.Level, headingID.ReplaceAllString(m.inline(n), ""))
	case *ast.Paragraph, *ast.TextBlock:
		m.paragraph(n)
	case *ast.List:
		m.list(n)
	case *ast.FencedCodeBlock:
		m.b.code(string(n.Language(m.source)), m.lines(n))
	case *ast.CodeBlock:
		m.b.code("", m.lines(n))
	case *ast.HTMLBlock:
		m.html(n)
	case *east.Table:
		m.table(n)
	case *east.DefinitionTerm:
		m.b.add(Paragraph, m.inline(n))
	case *east.Footnote:
		m.item(n, fmt.Sprintf("%d.", n.Index))
	case *ast.LinkReferenceDefinition:
		m.b.beside(Comment, m.b.above(), string(n.Title))
	case *ast.ThematicBreak:
	default: // block quotes and other containers
		m.children(n)
	}
}

// paragraph lays down a paragraph; one that holds nothing but pictures is a figure.
func (m *markdown) paragraph(n ast.Node) {
	kind := Figure
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, isText := c.(*ast.Text)
		if c.Kind() != ast.KindImage && !(isText && len(bytes.TrimSpace(t.Segment.Value(m.source))) == 0) {
			kind = Paragraph
			break
		}
	}
	m.b.add(kind, m.inline(n))
}

func (m *markdown) list(n *ast.List) {
	number := n.Start
	for c := n.FirstChild(); c != nil && m.b.ok(); c = c.NextSibling() {
		marker := "-"
		if n.IsOrdered() {
			marker = fmt.Sprintf("%d.", number)
			number++
		}
		m.item(c, marker)
	}
}

// item lays down the first paragraph of an item behind its marker and the rest below it.
func (m *markdown) item(n ast.Node, marker string) {
	first := n.FirstChild()
	if first == nil {
		return
	}
	switch first.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		m.b.item(marker, m.inline(first))
		first = first.NextSibling()
	}
	m.b.depth++
	for c := first; c != nil && m.b.ok(); c = c.NextSibling() {
		m.block(c)
	}
	m.b.depth--
}

func (m *markdown) lines(n ast.Node) string {
	var out strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		out.Write(s.Value(m.source))
	}
	return strings.TrimRight(out.String(), "\n")
}

func (m *markdown) table(n *east.Table) {
	t := newTable(m.b)
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, m.inline(c))
		}
		_, head := row.(*east.TableHeader)
		t.row(cells, head)
	}
	t.end()
}
