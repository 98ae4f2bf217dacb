package eval

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/index"
	"wenyuan/internal/scope"
)

// Options of a measurement of retrieval.
type Options struct {
	Arm      index.Arm
	Embedder wenyuan.Embedder                // nil: the vectors the index learns by itself
	Temp     string                          // folder below which the set is indexed; "" is the system's
	Progress func(step string, done, of int) // may be nil
}

// perApply is how many rows are given to the index at once.
const perApply = 2000

// Retrieval indexes a set in a temporary folder and searches it with every
// question. A row is one document, cut as usual, ranked by its best passage to depth
// 100, without reranking or filters. The part of an identifier before '#' names the page
// that rows belong to. Times leave out the embedding of the question.
func Retrieval(ctx context.Context, set *Set, o Options) (Report, error) {
	dir, err := os.MkdirTemp(o.Temp, "wenyuan-eval-*")
	if err != nil {
		return Report{}, fmt.Errorf("eval: %w", err)
	}
	defer os.RemoveAll(dir)
	b := bench{o: o, dir: dir}
	if err := b.build(ctx, set.Rows); err != nil {
		return Report{}, fmt.Errorf("eval: %w", err)
	}
	defer b.index.Close()
	rankings := make([]ranking, len(set.Questions))
	for i, q := range set.Questions {
		if rankings[i], err = b.search(ctx, q.Text); err != nil {
			return Report{}, fmt.Errorf("eval: question %s: %w", q.ID, err)
		}
		o.progress("search", i+1, len(set.Questions))
	}
	return report(set.Questions, rankings, len(set.Rows)), nil
}

// A Search finds passages in a real corpus, best first.
type Search func(ctx context.Context, query string, limit int) ([]wenyuan.Passage, error)

// Corpus measures a real corpus, whose judgements name the source of a document.
// documents is how many the corpus holds, for the report.
func Corpus(ctx context.Context, set *Set, search Search, documents int, o Options) (Report, error) {
	rankings := make([]ranking, len(set.Questions))
	for i, q := range set.Questions {
		begin := time.Now()
		found, err := search(ctx, q.Text, 10*Depth)
		if err != nil {
			return Report{}, fmt.Errorf("eval: question %s: %w", q.ID, err)
		}
		rankings[i].took = time.Since(begin)
		seen := map[string]bool{}
		for _, p := range found {
			if !seen[p.Source] && len(seen) < Depth {
				seen[p.Source] = true
				rankings[i].docs = append(rankings[i].docs, p.Source)
			}
		}
		o.progress("search", i+1, len(set.Questions))
	}
	return report(set.Questions, rankings, documents), nil
}

func (o Options) progress(step string, done, of int) {
	if o.Progress != nil {
		o.Progress(step, done, of)
	}
}

// bench is a set in a temporary index.
type bench struct {
	o     Options
	dir   string
	index *index.Index
	scope scope.Scope
}

// build indexes the rows.
func (b *bench) build(ctx context.Context, rows []Row) (err error) {
	if b.scope, err = auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace); err != nil {
		return err
	}
	opts := index.Options{Dir: b.dir, Space: wenyuan.DefaultSpace}
	if b.o.Embedder != nil {
		probe, err := b.o.Embedder.Embed(ctx, []string{"length"})
		if err != nil {
			return err
		}
		opts.Embedding, opts.Dim = b.o.Embedder.Version(), len(probe[0])
	}
	if b.index, err = index.Open(opts); err != nil {
		return err
	}
	for at := 0; at < len(rows); at += perApply {
		end := min(at+perApply, len(rows))
		if err := b.apply(ctx, int64(at+1), rows[at:end]); err != nil {
			return err
		}
		b.o.progress("index", end, len(rows))
	}
	if b.o.Arm == index.Words {
		return nil
	}
	_, err = b.index.Learn(ctx)
	return err
}

// apply gives some rows to the index in one step.
func (b *bench) apply(ctx context.Context, change int64, rows []Row) error {
	var entries []index.Entry
	for _, r := range rows {
		entries = append(entries, b.entries(r)...)
	}
	if b.o.Embedder != nil {
		texts := make([]string, len(entries))
		for i, e := range entries {
			texts[i] = strings.TrimSpace(e.Title + "\n" + e.Text)
		}
		vectors, err := b.o.Embedder.Embed(ctx, texts)
		if err != nil {
			return err
		}
		for i := range entries {
			entries[i].Vector = vectors[i]
		}
	}
	return b.index.Apply(ctx, index.Batch{Change: change, Add: entries})
}

// entries cuts one row. Its title is searched like a document's title; a row that is
// all title has it as its text.
func (b *bench) entries(r Row) []index.Entry {
	title, text := strings.TrimSpace(r.Title), r.Text
	if strings.TrimSpace(text) == "" {
		title, text = "", title
	}
	page, _, _ := strings.Cut(r.ID, "#")
	var out []index.Entry
	for i, p := range cut.Cut(plain(text), cut.Settings{}) {
		out = append(out, index.Entry{
			Passage: r.ID + " " + strconv.Itoa(i), Document: r.ID, Group: page,
			Section: p.Section, Title: title, Text: p.Text,
		})
	}
	return out
}

// plain makes a document of a text whose paragraphs are parted by blank lines.
func plain(text string) *parse.Document {
	doc := &parse.Document{Text: text}
	at := 0
	for para := range strings.SplitSeq(text, "\n\n") {
		n := utf8.RuneCountInString(para)
		doc.Blocks = append(doc.Blocks, parse.Block{Kind: parse.Paragraph, Start: at, End: at + n})
		at += n + 2
	}
	return doc
}

// search ranks the documents for one question.
func (b *bench) search(ctx context.Context, query string) (ranking, error) {
	q := index.Query{Text: query, K: Depth, Arm: b.o.Arm, Single: true}
	if b.o.Embedder != nil && b.o.Arm != index.Words {
		v, err := b.o.Embedder.Embed(ctx, []string{query})
		if err != nil {
			return ranking{}, err
		}
		q.Vector = v[0]
	}
	begin := time.Now()
	hits, err := b.index.Search(ctx, b.scope, q)
	if err != nil {
		return ranking{}, err
	}
	r := ranking{took: time.Since(begin)}
	for _, h := range hits {
		r.docs = append(r.docs, h.Document)
	}
	return r, nil
}
