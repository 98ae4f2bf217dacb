package corpus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/corpus/cut"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/job"
	"wenyuan/store"
)

// house is a library on a real store, as the program wires it.
type house struct {
	*corpus.Library
	t     *testing.T
	auth  *auth.Directory
	store *store.Store
	queue *job.Queue
	sc    scope.Scope
	cfg   store.Config
}

// open opens the library in a data folder; it may be called again on the same one.
func open(t *testing.T, cfg store.Config) *house { return openWith(t, cfg, nil) }

func openWith(t *testing.T, cfg store.Config, embedder wenyuan.Embedder) *house {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	q := job.New(st)
	q.Log = quiet
	directory := auth.Open(auth.Config{Store: st, Log: quiet})
	lib := corpus.New(corpus.Config{Store: st, Auth: directory, Queue: q, Dir: filepath.Join(cfg.Dir, "index"), Embedder: embedder, Cut: cut.Default, Log: quiet})
	if err := lib.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := q.Start(ctx); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Library: lib, t: t, auth: directory, store: st, queue: q, sc: sc, cfg: cfg}
	t.Cleanup(h.close)
	return h
}

func (h *house) close() {
	if h.store == nil {
		return
	}
	h.queue.Stop()
	if err := errors.Join(h.Library.Close(), h.store.Close()); err != nil {
		h.t.Error(err)
	}
	h.store = nil
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, f func(t *testing.T, cfg store.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)})
	})
}

func (h *house) add(files ...string) []corpus.Document {
	h.t.Helper()
	ctx := context.Background()
	if _, err := h.Create(ctx, h.sc, "docs"); err != nil {
		h.t.Fatal(err)
	}
	var ups []corpus.Upload
	for i := 0; i < len(files); i += 2 {
		ups = append(ups, corpus.Upload{Source: files[i], Body: strings.NewReader(files[i+1])})
	}
	docs, err := h.Add(ctx, h.sc, "docs", ups)
	if err != nil {
		h.t.Fatal(err)
	}
	return docs
}

// find gives the sources that a question finds, best first.
func (h *house) find(question string) []string {
	h.t.Helper()
	ctx := context.Background()
	x, err := h.Index(ctx, h.sc, wenyuan.DefaultSpace, "docs")
	if err != nil {
		h.t.Fatal(err)
	}
	hits, err := x.Search(ctx, h.sc, index.Query{Text: question, K: 10})
	if err != nil {
		h.t.Fatal(err)
	}
	var ids []string
	for _, hit := range hits {
		ids = append(ids, hit.Passage)
	}
	ps, err := h.Passages(ctx, h.sc, ids)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, p := range ps {
		out = append(out, p.Source)
	}
	return out
}

const (
	tea  = "# Tea\n\nGreen tea is brewed at 80 degrees for two minutes.\n\n## Storage\n\nKeep it dry and dark.\n"
	rice = "# 煮饭\n\n大米先淘洗两遍，再浸泡三十分钟。\n\n## 用水\n\n每杯米加一杯半水。\n"
)

func TestLifeOfADocument(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, cfg store.Config) {
		ctx := context.Background()
		h := open(t, cfg)
		docs := h.add("drink/tea.md", tea, "rice.md", rice)
		for _, d := range docs {
			if d.State != corpus.Ready || d.Passages == 0 || d.Revision == "" {
				t.Fatalf("not ready: %+v", d)
			}
		}
		if got := h.find("how hot is green tea brewed"); len(got) == 0 || got[0] != "drink/tea.md" {
			t.Errorf("tea is not found first: %v", got)
		}
		if got := h.find("大米要浸泡多久"); len(got) == 0 || got[0] != "rice.md" {
			t.Errorf("rice is not found first: %v", got)
		}

		// A new revision replaces the old one and keeps the document.
		again := h.add("drink/tea.md", strings.ReplaceAll(tea, "80 degrees", "ninety"))
		if again[0].ID != docs[0].ID || again[0].Revision == docs[0].Revision {
			t.Errorf("replaced %+v by %+v", docs[0], again[0])
		}
		old, err := h.Revision(ctx, h.sc, docs[0].ID, docs[0].Revision[:8])
		if err != nil || !strings.Contains(old.Text, "80 degrees") {
			t.Errorf("the old revision cannot be read: %v", err)
		}

		// A move keeps the document too.
		if err := h.Move(ctx, h.sc, docs[0].ID, "kitchen/tea.md"); err != nil {
			t.Fatal(err)
		}
		if got := h.find("green tea ninety"); len(got) == 0 || got[0] != "kitchen/tea.md" {
			t.Errorf("moved document: %v", got)
		}

		// What is removed is gone when Remove returns, with its original.
		if _, err := h.Remove(ctx, h.sc, docs[0].ID); err != nil {
			t.Fatal(err)
		}
		for _, source := range h.find("green tea brewed") {
			if strings.Contains(source, "tea") {
				t.Errorf("a removed document is found: %s", source)
			}
		}
		if _, err := h.Document(ctx, h.sc, docs[0].ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("a removed document is shown: %v", err)
		}
		if has, err := h.store.Blobs().Has(docs[0].Revision); has || err != nil {
			t.Errorf("the original of a removed document is still there: %v", err)
		}
		if err := h.store.Check(ctx); err != nil {
			t.Error(err)
		}
		all, err := h.Corpora(ctx, h.sc)
		if err != nil {
			t.Fatal(err)
		}
		want := corpus.Corpus{Name: "docs", Documents: 1, Ready: 1, Passages: docs[1].Passages}
		if diff := cmp.Diff([]corpus.Corpus{want}, all, cmpopts.IgnoreFields(corpus.Corpus{}, "ID", "Space", "Created"), cmpopts.IgnoreUnexported(corpus.Corpus{})); diff != "" {
			t.Error(diff)
		}
	})
}

// The text of a passage is exactly its range of the extracted text.
func TestPassagesAreRanges(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := context.Background()
	for _, d := range h.add("tea.md", tea, "rice.md", rice) {
		rev, err := h.Revision(ctx, h.sc, d.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		ps, err := h.DocumentPassages(ctx, h.sc, d.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		text := []rune(rev.Text)
		for _, p := range ps {
			if got := string(text[p.Start:p.End]); got != p.Text {
				t.Errorf("%s %d-%d: %q is not %q", d.Source, p.Start, p.End, p.Text, got)
			}
		}
	}
}

func TestBadFilesDoNotStopOthers(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	docs := h.add("empty.md", "", "broken.docx", "PK\x03\x04 nothing behind it", "tea.md", tea)
	var got []string
	for _, d := range docs {
		got = append(got, d.Source+" "+d.State)
		if d.State == corpus.Failed && (!strings.Contains(d.Reason, d.Source) || d.Hint == "") {
			t.Errorf("%s: reason %q, hint %q", d.Source, d.Reason, d.Hint)
		}
	}
	want := []string{"empty.md failed", "broken.docx failed", "tea.md ready"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// A broken new copy does not take away what was read before.
	after := h.add("tea.md", "")
	if after[0].State != corpus.Failed || !strings.Contains(after[0].Reason, "still in use") {
		t.Errorf("%+v", after[0])
	}
	if got := h.find("green tea"); len(got) == 0 {
		t.Error("the document is lost")
	}
}

func TestSameBytesAreNotReadAgain(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	first := h.add("tea.md", tea)
	second := h.add("tea.md", tea)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestIndexIsMadeAgainFromTheDatabase(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Dir: t.TempDir()}
	h := open(t, cfg)
	h.add("tea.md", tea, "rice.md", rice)
	want := h.find("green tea storage dry")
	h.close()
	if err := os.RemoveAll(filepath.Join(cfg.Dir, "index")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, open(t, cfg).find("green tea storage dry")); diff != "" {
		t.Error(diff)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	docs := h.add("../../etc/passwd.md", tea, "a\nb.md", tea, `win\dir\c.md`, tea)
	var got []string
	for _, d := range docs {
		got = append(got, d.Source)
	}
	if diff := cmp.Diff([]string{"etc/passwd.md", "a b.md", "win/dir/c.md"}, got); diff != "" {
		t.Error(diff)
	}
	long := h.add(strings.Repeat("长", 700)+".md", tea, "beside.md", tea)
	if len(long) != 2 || long[0].State != corpus.Failed || long[0].Hint == "" || long[1].State != corpus.Ready {
		t.Errorf("a name that is too long: %+v", long)
	}
	for _, name := range []string{"", "/"} {
		_, err := h.Add(context.Background(), h.sc, "docs", []corpus.Upload{{Source: name, Body: bytes.NewReader(nil)}})
		if wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("name %.20q: %v", name, err)
		}
	}
}

// Nobody who has no scope sees anything, and the error does not tell that there is something.
func TestNoScopeSeesNothing(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := context.Background()
	docs := h.add("tea.md", tea)
	ps, err := h.DocumentPassages(ctx, h.sc, docs[0].ID, "")
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{ps[0].ID}
	for name, sc := range map[string]scope.Scope{
		"zero": {}, "another space": scope.Space("other"), "no document": scope.Documents(wenyuan.DefaultSpace, nil),
	} {
		if _, err := h.Document(ctx, sc, docs[0].ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%s: document: %v", name, err)
		}
		if _, err := h.Revision(ctx, sc, docs[0].ID, ""); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%s: text: %v", name, err)
		}
		if got, _ := h.Passages(ctx, sc, ids); len(got) != 0 {
			t.Errorf("%s: passages: %v", name, got)
		}
		if _, _, _, err := h.Original(ctx, sc, docs[0].ID, ""); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%s: original: %v", name, err)
		}
		if _, err := h.Remove(ctx, sc, docs[0].ID); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("%s: remove: %v", name, err)
		}
		if list, n, _ := h.Documents(ctx, sc, "docs", corpus.DocumentFilter{}); len(list) != 0 || n != 0 {
			t.Errorf("%s: list: %d", name, n)
		}
	}
}

func TestDocumentsPages(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	var files []string
	for i := range 7 {
		files = append(files, fmt.Sprintf("d%d.md", i), fmt.Sprintf("# D%d\n\nText 50%% of %d.\n", i, i))
	}
	h.add(append(files, "100%_sure.txt", tea)...)
	list := func(f corpus.DocumentFilter) (out []string, n int) {
		docs, n, err := h.Documents(context.Background(), h.sc, "docs", f)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			out = append(out, d.Source)
		}
		return out, n
	}
	if got, n := list(corpus.DocumentFilter{Query: "D", Offset: 2, Limit: 3}); n != 7 || !cmp.Equal(got, []string{"d2.md", "d3.md", "d4.md"}) {
		t.Error(got, n)
	}
	if got, n := list(corpus.DocumentFilter{Query: "%_s"}); n != 1 || !cmp.Equal(got, []string{"100%_sure.txt"}) {
		t.Error(got, n)
	}
	if _, n := list(corpus.DocumentFilter{State: corpus.Failed}); n != 0 {
		t.Error(n)
	}
}

// The program's own corpus is kept up to date, what a person removed from it stays away, and
// a corpus that a person made is left alone.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	ctx := context.Background()
	sources := func(corpusName string) (out []string) {
		docs, _, err := h.Documents(ctx, h.sc, corpusName, corpus.DocumentFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			out = append(out, d.Source)
		}
		return out
	}
	add := func(name string, files fstest.MapFS) {
		t.Helper()
		if err := h.AddBuiltin(ctx, h.sc, name, files); err != nil {
			t.Fatal(err)
		}
	}
	first := fstest.MapFS{"tea.md": {Data: []byte(tea)}, "rice.md": {Data: []byte(rice)}}
	add("manual", first)
	docs, _, err := h.Documents(ctx, h.sc, "manual", corpus.DocumentFilter{Query: "rice"})
	if err != nil || len(docs) != 1 {
		t.Fatal(docs, err)
	}
	if _, err := h.Remove(ctx, h.sc, docs[0].ID); err != nil {
		t.Fatal(err)
	}
	add("manual", fstest.MapFS{"tea.md": first["tea.md"], "rice.md": first["rice.md"], "new.md": {Data: []byte("# New\n\nA page of a newer program.\n")}})
	if diff := cmp.Diff([]string{"new.md", "tea.md"}, sources("manual")); diff != "" {
		t.Error(diff)
	}
	h.add("own.md", tea)
	add("docs", first)
	if diff := cmp.Diff([]string{"own.md"}, sources("docs")); diff != "" {
		t.Error(diff)
	}
}
