package parse

import (
	"fmt"
	"regexp"
	"strings"
)

// A large file is parsed in chunks, so that the tree of it never stands in memory at once.
// They are cut before a heading or a paragraph if there is one soon, else before a list
// item, else anywhere. Link definitions are given to each; footnotes stay where they are.
const (
	chunkSize = 128 << 10
	maxChunk  = 512 << 10
)

var definition = regexp.MustCompile(`(?m)^ {0,3}\[[^\]^\n][^\]\n]{0,200}\]:[ \t]*\S+.*$`)

// definitions are the link definitions of a file that is parsed in chunks.
func definitions(s string) string {
	const most = 1000
	if len(s) <= chunkSize {
		return ""
	}
	if all := definition.FindAllString(s, most); len(all) > 0 {
		return strings.Join(all, "\n") + "\n\n"
	}
	return ""
}

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

var frontAbout = regexp.MustCompile(`(?m)^(title|description|summary|keywords|abstract|subtitle|author)[ \t]*[:=][ \t]*(.+?)[ \t]*$`)

// frontMatter takes the YAML or TOML block at the top away, but for the title and for who may
// read the file. What only begins like one, and names readers, says something that cannot be read.
func (b *builder) frontMatter(s string) string {
	mark, head, body, ok := cutFront(s)
	if mark == "" {
		return s
	}
	readers := frontReaders(head)
	if !ok {
		if len(readers) > 0 {
			b.says(Unread)
		}
		return s
	}
	for _, r := range readers {
		b.says(r)
	}
	if m := frontTitle.FindStringSubmatch(head); m != nil {
		b.title = strings.Trim(m[1], `"'`)
	}
	b.drop("front matter", head)
	for _, m := range frontAbout.FindAllStringSubmatch(head, 20) {
		b.beside(Property, m[1], strings.Trim(m[2], `"'`))
	}
	return body
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
