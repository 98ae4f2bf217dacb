package parse

import (
	"bytes"
	"context"
	"testing"
)

// parseBytes parses what a test wrote.
func parseBytes(t testing.TB, name string, data []byte) (*Document, error) {
	t.Helper()
	return Parse(context.Background(), name, bytes.NewReader(data), int64(len(data)), Limits{})
}

func mustParse(t testing.TB, name, data string) *Document {
	t.Helper()
	doc, err := parseBytes(t, name, []byte(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	checkDocument(t, doc)
	return doc
}
