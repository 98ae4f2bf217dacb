package parse

import (
	"regexp"
	"strings"
)

// readText takes plain text: paragraphs are parted by empty lines and keep their lines.
func readText(f *file) (*Document, error) {
	t, err := f.decode("")
	if err != nil {
		return nil, err
	}
	b := newTextBuilder(f, "text/plain", t)
	source := t.string
	if _, head, _, _ := cutFront(source); len(frontReaders(head)) > 0 {
		source = b.frontMatter(source)
	}
	for s := source; len(s) > 0 && b.ok(); {
		para, rest := cutParagraph(s)
		b.paragraph(para)
		s = rest
	}
	return b.document()
}

// cutParagraph cuts before the first line that holds only space.
func cutParagraph(s string) (para, rest string) {
	for i := 0; i < len(s); {
		end := strings.IndexByte(s[i:], '\n')
		if end < 0 {
			return s, ""
		}
		if strings.TrimSpace(s[i:i+end]) == "" {
			return s[:i], s[i+end+1:]
		}
		i += end + 1
	}
	return s, ""
}

// chapter is how Chinese and English books number their parts.
var chapter = regexp.MustCompile(`^(?:第\s*[0-9一二三四五六七八九十百零〇]{1,5}\s*(编|篇|部分|章|节)|(PART|Part|CHAPTER|Chapter|SECTION|Section)\s+[0-9IVXLC]{1,6}\b)[\s:：.、]*[^.。…;；]{0,60}$`)

// paragraph lays down a paragraph of a format that has no headings of its own; one that
// names a chapter is a heading all the same.
func (b *builder) paragraph(s string) {
	line := strings.TrimSpace(s)
	m := chapter.FindStringSubmatch(line[:min(len(line), 250)])
	if m == nil || len(line) > 250 || strings.Contains(line, "\n") {
		b.add(Paragraph, s)
		return
	}
	switch m[1] + m[2] {
	case "编", "篇", "部分", "PART", "Part":
		b.heading(1, line)
	case "章", "CHAPTER", "Chapter":
		b.heading(2, line)
	default:
		b.heading(3, line)
	}
}
