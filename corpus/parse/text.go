package parse

import (
	"strings"
)

// readText takes plain text: paragraphs are parted by empty lines and keep their lines.
func readText(f *file) (*Document, error) {
	t, err := f.decode("")
	if err != nil {
		return nil, err
	}
	b := newTextBuilder(f, "text/plain", t)
	for s := t.string; len(s) > 0 && b.ok(); {
		para, rest := cutParagraph(s)
		b.add(Paragraph, para)
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
