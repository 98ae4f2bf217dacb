package parse

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// whole are the elements that are read as one piece also where empty lines part them,
// which ends an HTML block in Markdown.
var whole = regexp.MustCompile(`(?i)<(/?)(table|ul|ol|dl|pre)\b`)

// html lays down a block of HTML. When an element of it that is read as a whole is still
// open at its end, the source up to the closing tag belongs to it.
func (m *markdown) html(n *ast.HTMLBlock) {
	start := startOf(n)
	if start < 0 {
		return
	}
	end := start + len(m.lines(n))
	if n.HasClosure() {
		end = max(end, n.ClosureLine.Stop)
	}
	end = min(end, len(m.source))
	if more := balanced(m.source[start:], end-start); more > end-start {
		end = start + more
		m.after = end
	}
	if tag, why := walkHTML(m.b, strings.NewReader(string(m.source[start:end])), false); why != "" {
		m.curtain = veil{why: why, tag: tag}
	}
}

// balanced is the length of s up to where what its first n bytes open is closed, or n
// when it never is.
func balanced(s []byte, n int) int {
	depth := 0
	for at := 0; at < len(s); {
		loc := whole.FindSubmatchIndex(s[at:])
		if loc == nil || depth == 0 && at+loc[0] >= n {
			break
		}
		if loc[2] == loc[3] {
			depth++
		} else if depth > 0 {
			depth--
		}
		at += loc[1]
		if depth == 0 && at >= n {
			for at < len(s) && s[at] != '>' {
				at++
			}
			return min(at+1, len(s))
		}
	}
	return n
}

// startOf is where a block begins in the source, or -1 when it has no lines.
func startOf(n ast.Node) int {
	for ; n != nil; n = n.FirstChild() {
		if n.Type() == ast.TypeInline {
			if t, ok := n.(*ast.Text); ok {
				return t.Segment.Start
			}
			continue
		}
		if lines := n.Lines(); lines != nil && lines.Len() > 0 {
			return lines.At(0).Start
		}
	}
	return -1
}
