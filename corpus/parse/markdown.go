package parse

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
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
	for source != "" && b.ok() {
		var chunk string
		chunk, source = cutMarkdown(source)
		if len(chunk) > 2*maxChunk { // it has a line of megabytes, and no structure worth the parser's memory
			b.add(Paragraph, chunk)
			continue
		}
		if err := b.markdown(chunk); err != nil {
			return nil, err
		}
	}
	return b.document()
}

// A large file is parsed in chunks, so that the tree of it never stands in memory at once.
// They are cut before a heading or a paragraph if there is one soon, else before a list
// item, else anywhere; link definitions do not reach from one to the other.
const (
	chunkSize = 256 << 10
	maxChunk  = 1 << 20
)

func cutMarkdown(s string) (chunk, rest string) {
	if len(s) <= chunkSize {
		return s, ""
	}
	fence, blank := "", false
	for i := 0; i < len(s); {
		end := strings.IndexByte(s[i:], '\n')
		if end < 0 {
			return s, ""
		}
		line := s[i : i+end]
		switch {
		case i >= maxChunk && fence != "":
			return s[:i], fence + "\n" + s[i:] // the rest begins within the fence
		case i >= maxChunk, i >= chunkSize && fence == "" && blank && begins(line, i < 2*chunkSize):
			return s[:i], s[i:]
		}
		fence = fenceAfter(fence, line)
		blank = strings.TrimSpace(line) == ""
		i += end + 1
	}
	return s, ""
}

// begins says whether a line begins a block of its own; strictly, one that is in no list.
func begins(line string, strictly bool) bool {
	inside := " \t"
	if strictly {
		inside += "-*+>|<0123456789"
	}
	return line != "" && !strings.ContainsAny(line[:1], inside)
}

// fenceAfter is the fence that is open after the line, given the one before it.
func fenceAfter(fence, line string) string {
	mark := strings.TrimLeft(line, " \t>")
	n := 0
	for n < len(mark) && (mark[0] == '`' || mark[0] == '~') && mark[n] == mark[0] {
		n++
	}
	switch {
	case n < 3:
		return fence
	case fence == "":
		if mark[0] == '`' && strings.Contains(mark[n:], "`") {
			return "" // a code span
		}
		return mark[:n]
	case mark[0] == fence[0] && n >= len(fence) && strings.TrimSpace(mark[n:]) == "":
		return ""
	}
	return fence
}

var frontTitle = regexp.MustCompile(`(?m)^title:[ \t]*(.+?)[ \t]*$`)

// frontMatter takes the YAML or TOML block at the top away, but for the title.
func (b *builder) frontMatter(s string) string {
	for _, mark := range []string{"---", "+++"} {
		rest, ok := strings.CutPrefix(s, mark+"\n")
		if !ok {
			continue
		}
		head, body, ok := strings.Cut("\n"+rest, "\n"+mark+"\n")
		if !ok || len(head) > 64<<10 {
			continue
		}
		if m := frontTitle.FindStringSubmatch(head); m != nil {
			b.title = strings.Trim(m[1], `"'`)
		}
		b.drop("front matter", head)
		return body
	}
	return s
}

var (
	admonition = regexp.MustCompile(`^[ \t>]*:::+[ \t]*([A-Za-z]*)[ \t]*(.*)$`)
	mdxImport  = regexp.MustCompile(`^(import[ \t]+[^'"]*['"][^'"]+['"];?|export[ \t]+(const|default|function)\b.*)[ \t]*$`)
	headingID  = regexp.MustCompile(`[ \t]*\{#[^{}]*\}[ \t]*$`)
)

// prepare takes away the lines that only a documentation site's generator reads, and
// refuses what is nested so deep that no person wrote it.
func (b *builder) prepare(s string) (string, error) {
	if !strings.Contains(s, ":::") && !strings.Contains(s, "import ") && !strings.Contains(s, "export ") && !strings.Contains(s, "**") && !tooDeep(s) {
		return s, nil
	}
	var out strings.Builder
	out.Grow(len(s))
	fence := ""
	for line := range strings.Lines(s) {
		bare := strings.TrimSuffix(line, "\n")
		inside := fence != ""
		fence = fenceAfter(fence, bare)
		if inside || fence != "" {
			out.WriteString(line)
			continue
		}
		if tooDeep(bare) {
			return "", b.f.invalid("is nested too deep", "Take the quotation or list marks at the start of its lines away.", nil)
		}
		if m := admonition.FindStringSubmatch(bare); m != nil {
			b.drop("markup", bare)
			fmt.Fprintf(&out, "\n%s\n\n", strings.Trim(m[2], "[]"))
			continue
		}
		if mdxImport.MatchString(bare) {
			b.drop("markup", bare)
			out.WriteString("\n")
			continue
		}
		out.WriteString(dropStars(line))
	}
	return out.String(), nil
}

var strong = regexp.MustCompile(`\*\*([^*\s]|[^*\s][^*]*[^*\s])\*\*`)

// dropStars takes the marks for strong text away in lines with Chinese. CommonMark leaves
// them standing there, because it wants a space between "：**" and what follows, and
// Chinese has none.
func dropStars(line string) string {
	if !strings.Contains(line, "**") || strings.IndexFunc(line, cjk) < 0 {
		return line
	}
	spans := strings.Split(line, "`") // every second one is code
	for i := 0; i < len(spans); i += 2 {
		spans[i] = strong.ReplaceAllString(spans[i], "$1")
	}
	return strings.Join(spans, "`")
}

// tooDeep says whether some line opens more containers than anybody nests.
func tooDeep(s string) bool {
	const most = 200
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '>', '-', '+', '*':
			if depth++; depth > most && (c == '>' || i+1 < len(s) && s[i+1] == ' ') {
				return true
			}
		case ' ', '\t', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if c == '.' || c == ')' {
				depth++
			}
		default:
			next := strings.IndexByte(s[i:], '\n')
			if next < 0 {
				return false
			}
			i += next
			depth = 0
		case '\n':
			depth = 0
		}
	}
	return false
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

// markdownParser is goldmark with our extensions and with a watch that ends it when the
// time is up: parts of it are quadratic in what a paragraph can hold.
func markdownParser(b *builder) parser.Parser {
	p := parser.NewParser(
		parser.WithBlockParsers(append(parser.DefaultBlockParsers(),
			util.Prioritized(extension.NewDefinitionListParser(), 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
			util.Prioritized(extension.NewFootnoteBlockParser(), 999),
			util.Prioritized(watch{b}, 1))...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(),
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(extension.NewFootnoteParser(), 101),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(watchInline{watch{b}}, 1))...),
		parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200))...),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999)),
	)
	return p
}

// A watch parses nothing. Being asked at each line and at each mark, it ends the parser by
// a panic when the context has ended; Parse recovers it.
type watch struct{ b *builder }

func (w watch) check() {
	if err := w.b.f.ctx.Err(); err != nil {
		panic(err)
	}
}

func (w watch) Trigger() []byte { return nil }

func (w watch) Open(ast.Node, gtext.Reader, parser.Context) (ast.Node, parser.State) {
	w.check()
	return nil, parser.NoChildren
}

func (w watch) Continue(ast.Node, gtext.Reader, parser.Context) parser.State { return parser.Close }
func (w watch) Close(ast.Node, gtext.Reader, parser.Context)                 {}
func (w watch) CanInterruptParagraph() bool                                  { return true }
func (w watch) CanAcceptIndentedLine() bool                                  { return true }

type watchInline struct{ watch }

func (watchInline) Trigger() []byte { return []byte("[]!*_`<~&") }

func (w watchInline) Parse(ast.Node, gtext.Reader, parser.Context) ast.Node {
	w.check()
	return nil
}

// A markdown walks goldmark's tree.
type markdown struct {
	b      *builder
	source []byte
	after  int // blocks that begin before this byte were laid down already, as part of an HTML element
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
	case *ast.ThematicBreak, *ast.LinkReferenceDefinition:
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
