// Package retrievetest makes a small corpus for tests: real parsing, cutting and
// indexing in a temporary folder, with the texts held in memory instead of the database.
package retrievetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
)

// A Corpus is some documents that can be searched.
type Corpus struct {
	*retrieve.Retriever
	Scope  scope.Scope       // sees everything in it
	Texts  map[string]string // extracted text by source
	Closed bool              // what is in it must stay inside

	index    *index.Index
	passages map[string]wenyuan.Passage
}

// New makes a corpus of files, by source. It is closed when the test ends.
func New(tb testing.TB, files map[string]string) *Corpus {
	tb.Helper()
	x, err := index.Open(index.Options{Dir: tb.TempDir(), Space: wenyuan.DefaultSpace})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { x.Close() })
	c := &Corpus{index: x, Texts: map[string]string{}, passages: map[string]wenyuan.Passage{}}
	if c.Scope, err = auth.Scope(tb.Context(), auth.Single, wenyuan.DefaultSpace); err != nil {
		tb.Fatal(err)
	}
	c.Retriever = retrieve.New(c, nil)
	batch := index.Batch{Change: 1}
	for _, source := range slices.Sorted(maps.Keys(files)) {
		doc, err := parse.Parse(tb.Context(), source, strings.NewReader(files[source]), int64(len(files[source])), parse.Limits{})
		if err != nil {
			tb.Fatal(err)
		}
		c.Texts[source] = doc.Text
		batch.Add = append(batch.Add, c.add(source, files[source], doc)...)
	}
	if err := x.Apply(tb.Context(), batch); err != nil {
		tb.Fatal(err)
	}
	if _, err := x.Learn(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return c
}

// add keeps the passages of one document and gives its entries.
func (c *Corpus) add(source, file string, doc *parse.Document) (entries []index.Entry) {
	sum := sha256.Sum256([]byte(file))
	for i, p := range cut.Cut(doc, cut.Settings{}) {
		id := fmt.Sprintf("%s#%d", source, i)
		c.passages[id] = wenyuan.Passage{
			ID: id, Document: source, Revision: hex.EncodeToString(sum[:]), Source: source, Title: doc.Title,
			Heading: p.Heading, Start: p.Start, End: p.End, Text: p.Text, Context: p.Context,
		}
		title := append([]string{doc.Title}, p.Heading...)
		text := strings.TrimPrefix(p.Context, strings.Join(p.Heading, " › "))
		entries = append(entries, index.Entry{
			Passage: id, Document: source, Section: p.Section,
			Title: strings.Join(slices.Compact(title), "\n"), Text: strings.TrimSpace(text + "\n" + p.Text),
		})
	}
	return entries
}

// Index gives the index.
func (c *Corpus) Index(context.Context, scope.Scope, string, string) (*index.Index, error) {
	return c.index, nil
}

// Inside marks the context where the corpus is Closed.
func (c *Corpus) Inside(ctx context.Context, _ scope.Scope, _ ...string) (context.Context, error) {
	if c.Closed {
		return wenyuan.StayInside(ctx), nil
	}
	return ctx, nil
}

// Passages gives the texts.
func (c *Corpus) Passages(_ context.Context, sc scope.Scope, ids []string) (out []wenyuan.Passage, err error) {
	for _, id := range ids {
		if p, ok := c.passages[id]; ok && sc.Sees(wenyuan.DefaultSpace, p.Document) {
			out = append(out, p)
		}
	}
	return out, nil
}

var _ retrieve.Library = (*Corpus)(nil)
