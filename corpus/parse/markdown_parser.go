package parse

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

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
