package parse

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkDocument holds what is promised of every document, whatever it was made from.
func checkDocument(t testing.TB, doc *Document) {
	t.Helper()
	if !utf8.ValidString(doc.Text) {
		t.Error("text is not UTF-8")
	}
	if i := strings.IndexFunc(doc.Text, func(r rune) bool { return r == '\r' || invisible(r) || breaksLine(r) }); i >= 0 {
		t.Errorf("text has %q", doc.Text[i:min(len(doc.Text), i+3)])
	}
	if doc.Title == "" || strings.ContainsAny(doc.Title, "\n\r") {
		t.Errorf("title is %q", doc.Title)
	}
	runes := []rune(doc.Text)
	end := 0
	for i, b := range doc.Blocks {
		if b.Start < end || b.End <= b.Start || b.End > len(runes) {
			t.Fatalf("block %d is %d to %d, the one before ends at %d, the text at %d", i, b.Start, b.End, end, len(runes))
		}
		if gap := strings.TrimFunc(string(runes[end:b.Start]), unicode.IsSpace); gap != "" {
			t.Errorf("text between blocks: %q", gap)
		}
		if s := runes[b.Start:b.End]; unicode.IsSpace(s[len(s)-1]) || b.Kind != Code && unicode.IsSpace(s[0]) {
			t.Errorf("block %d has space at its ends: %q", i, string(s))
		}
		if b.Page < 0 || b.Page > doc.Pages {
			t.Errorf("block %d is on page %d of %d", i, b.Page, doc.Pages)
		}
		if (b.Kind == Heading) != (b.Level > 0) {
			t.Errorf("block %d, a %s, has level %d", i, b.Kind, b.Level)
		}
		end = b.End
	}
	if tail := strings.TrimSpace(string(runes[end:])); tail != "" {
		t.Errorf("text after the last block: %q", tail)
	}
	for reason, n := range doc.Removed {
		if n <= 0 {
			t.Errorf("%d code points removed as %s", n, reason)
		}
	}
}
