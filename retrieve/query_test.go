package retrieve_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/index"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// shelves are several corpora by name.
type shelves map[string]*retrievetest.Corpus

func (s shelves) Index(ctx context.Context, sc scope.Scope, space, corpus string) (*index.Index, error) {
	c, ok := s[corpus]
	if !ok {
		return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: "there is no such corpus"}
	}
	return c.Index(ctx, sc, space, corpus)
}

func (s shelves) Passages(ctx context.Context, sc scope.Scope, ids []string) (out []wenyuan.Passage, err error) {
	for _, c := range s {
		found, err := c.Passages(ctx, sc, ids)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (s shelves) Inside(ctx context.Context, sc scope.Scope, corpora ...string) (context.Context, error) {
	for _, name := range corpora {
		if c, ok := s[name]; ok {
			ctx, _ = c.Inside(ctx, sc)
		}
	}
	return ctx, nil
}

// library has a handbook and notes of a product.
func library(t *testing.T) shelves {
	filler := map[string]string{}
	for i, s := range []string{"parking", "canteen", "visitors", "laptops", "training"} {
		filler[fmt.Sprintf("h%d.md", i)] = "# About " + s + "\n\nEverybody who works here may use what is said about " + s + " on the notice board.\n"
	}
	filler["leave.md"] = "# Annual leave\n\nEmployees get 16 days of annual leave per year.\n"
	return shelves{
		"handbook": retrievetest.New(t, filler),
		"product": retrievetest.New(t, map[string]string{
			"quota.md":  "# Quota\n\nThe quota of a tenant is 500 requests per minute.\n",
			"leave2.md": "# Cluster\n\nA node may leave the cluster every year.\n",
			"secret.md": "# Secret\n\nThe price of the takeover is 12 million.\n",
			"dlq.md":    "# Failures\n\nWhat fails for good goes to the dead-letter queue (DLQ).\n",
			"read.md":   "# Reading\n\nThe dead-letter queue is read with the command peek.\n",
		}),
	}
}

func ask(t *testing.T, s shelves, q retrieve.Query) retrieve.Found {
	t.Helper()
	q.Space = wenyuan.DefaultSpace
	f, err := retrieve.New(s, nil).Retrieve(t.Context(), s["handbook"].Scope, q, retrieve.Filters{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func firstOf(f retrieve.Found) string {
	if len(f.Kept) == 0 {
		return ""
	}
	return f.Kept[0].Source
}

func TestSeveralCorpora(t *testing.T) {
	t.Parallel()
	s := library(t)
	both := []string{"handbook", "product"}
	for question, want := range map[string]string{
		"How many days of annual leave do employees get?": "leave.md",
		"What is the quota of a tenant?":                  "quota.md",
		"Who may use the canteen?":                        "h1.md",
		"How tall is the Eiffel tower in Paris?":          "",
	} {
		for _, corpora := range [][]string{both, {"product", "handbook"}, {"product", "handbook", "product"}} {
			if got := firstOf(ask(t, s, retrieve.Query{Corpora: corpora, Text: question})); got != want {
				t.Errorf("%v: %q found %q, want %q", corpora, question, got, want)
			}
		}
	}
	found, err := retrieve.New(s, nil).Search(t.Context(), s["handbook"].Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: both, Text: "quota of a tenant", Limit: 2})
	if err != nil || len(found) != 2 || found[0].Source != "quota.md" || found[1].Score > found[0].Score {
		t.Errorf("searched %v, %v", found, err)
	}
}

func TestSeveralCorporaAreNamed(t *testing.T) {
	t.Parallel()
	s := library(t)
	for code, corpora := range map[wenyuan.Code][]string{
		wenyuan.NotFound: {"handbook", "nowhere"}, wenyuan.Invalid: slices.Repeat([]string{"handbook"}, 17),
	} {
		_, err := retrieve.New(s, nil).Retrieve(t.Context(), s["handbook"].Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: corpora, Text: "x"}, retrieve.Filters{})
		if wenyuan.CodeOf(err) != code {
			t.Errorf("%v: %v, want %s", corpora, err, code)
		}
	}
	if _, err := retrieve.New(s, nil).Search(t.Context(), s["handbook"].Scope, retrieve.Query{Text: "x"}); wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Errorf("no corpus: %v", err)
	}
}

func TestSeveralCorporaApplyScope(t *testing.T) {
	t.Parallel()
	s := library(t)
	sees := scope.Documents(wenyuan.DefaultSpace, []string{"leave.md", "quota.md"})
	f, err := retrieve.New(s, nil).Retrieve(t.Context(), sees, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"handbook", "product"},
		Text: "What is the price of the takeover?", Also: []string{"How many million does the secret cost?"}}, retrieve.Filters{Floor: -1, Beside: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(f.Kept, dropped(f)...) {
		if p.Source != "leave.md" && p.Source != "quota.md" {
			t.Errorf("%s was seen", p.Source)
		}
	}
}

func dropped(f retrieve.Found) (out []wenyuan.Passage) {
	for _, d := range f.Dropped {
		out = append(out, d.Passage)
	}
	return out
}

func TestAlso(t *testing.T) {
	t.Parallel()
	s := library(t)
	product := []string{"product"}
	for _, tt := range []struct {
		text string
		also []string
		want string
	}{
		{"How many calls may somebody make?", nil, ""},
		{"How many calls may somebody make?", []string{"What is the quota of a tenant in requests per minute?"}, "quota.md"},
		{"How tall is the Eiffel tower in Paris?", []string{"tower of a tenant"}, ""},
		{"How tall is the Eiffel tower in Paris?", []string{"How tall is the Eiffel tower in Paris? quota tenant requests minute"}, ""},
		{"What is the quota of a tenant?", []string{" ", "What is the quota of a tenant?"}, "quota.md"},
		{"What is the quota of a tenant?", slices.Repeat([]string{strings.Repeat("tenant ", 50)}, 50), "quota.md"},
	} {
		if got := firstOf(ask(t, s, retrieve.Query{Corpora: product, Text: tt.text, Also: tt.also})); got != tt.want {
			t.Errorf("%q also as %q found %q, want %q", tt.text, tt.also, got, tt.want)
		}
	}
}

func TestExpandFindsTheOtherTerm(t *testing.T) {
	t.Parallel()
	s := library(t)
	q := retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"product"}, Text: "How do I read the DLQ?"}
	first := ask(t, s, q)
	var err error
	if q.Also, err = retrieve.New(s, nil).Expand(t.Context(), s["product"].Scope, q, first); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(q.Also, []string{"How do I read the dead-letter queue?"}) {
		t.Errorf("the other wordings are %q", q.Also)
	}
	if got := firstOf(ask(t, s, q)); got != "read.md" {
		t.Errorf("the second round found %q", got)
	}
	q.Also, q.Text = nil, "How tall is the Eiffel tower in Paris?"
	if also, err := retrieve.New(s, nil).Expand(t.Context(), s["product"].Scope, q, ask(t, s, q)); err != nil || len(also) > 0 {
		t.Errorf("nonsense became %q, %v", also, err)
	}
}

// scoring is a reranker that gives what it is told.
type scoring struct {
	score func(passage string) float64
	err   error
	asked *int
	short bool
}

func (s scoring) Rerank(ctx context.Context, _ string, passages []string) ([]float64, error) {
	*s.asked += len(passages)
	if wenyuan.StaysInside(ctx) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "the reranker runs outside"}
	}
	if s.err != nil || s.short {
		return []float64{1}, s.err
	}
	var out []float64
	for _, p := range passages {
		out = append(out, s.score(p))
	}
	return out, nil
}

func TestReranker(t *testing.T) {
	t.Parallel()
	s := library(t)
	text := "What is read with the dead-letter queue command?"
	plain := ask(t, s, retrieve.Query{Corpora: []string{"product"}, Text: text})
	if len(plain.Kept) != 2 || plain.Kept[0].Source != "read.md" {
		t.Fatalf("kept %v", plain.Kept)
	}
	failing := func(p string) float64 { return float64(strings.Count(p, "fails")) - 5 }
	for _, tt := range []struct {
		name   string
		by     scoring
		first  string
		failed bool
	}{
		{"it orders", scoring{score: failing}, "dlq.md", false},
		{"it fails", scoring{err: errors.New("down")}, "read.md", true},
		{"too few scores", scoring{short: true}, "read.md", true},
		{"no numbers", scoring{score: func(string) float64 { return math.NaN() }}, "read.md", true},
		{"all the same", scoring{score: func(string) float64 { return 0 }}, "read.md", false},
	} {
		n := 0
		tt.by.asked = &n
		f := ask(t, s, retrieve.Query{Corpora: []string{"product"}, Text: text, Reranker: tt.by})
		if firstOf(f) != tt.first || (f.Unranked != nil) != tt.failed || n != 2 || len(f.Kept) != 2 {
			t.Errorf("%s: first is %q of %d, %d passages asked for, error %v", tt.name, firstOf(f), len(f.Kept), n, f.Unranked)
		}
	}
}

// farEmbedder runs outside the house.
type farEmbedder struct{ asked *int }

func (e farEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if wenyuan.StaysInside(ctx) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "the embedder runs outside"}
	}
	*e.asked++
	return make([][]float32, len(texts)), nil
}
func (farEmbedder) Version() string { return "v1" }

func TestClosedCorpusStaysInside(t *testing.T) {
	t.Parallel()
	s := library(t)
	s["product"].Closed = true
	embedded, reranked := 0, 0
	r := retrieve.New(s, farEmbedder{&embedded})
	q := retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"handbook", "product"}, Text: "What is read with the dead-letter queue command?",
		Reranker: scoring{asked: &reranked}}
	f, err := r.Retrieve(t.Context(), s["product"].Scope, q, retrieve.Filters{})
	if err != nil || firstOf(f) != "read.md" {
		t.Fatalf("found %q, %v", firstOf(f), err)
	}
	if !f.Inside || wenyuan.CodeOf(f.Failed) != wenyuan.Denied || wenyuan.CodeOf(f.Unranked) != wenyuan.Denied || embedded > 0 {
		t.Errorf("inside %v, embedder %v, reranker %v", f.Inside, f.Failed, f.Unranked)
	}
	if found, err := r.Search(t.Context(), s["product"].Scope, q); err != nil || len(found) == 0 {
		t.Errorf("searching a closed corpus: %v, %v", found, err)
	}
	q.Corpora = []string{"handbook"}
	if f, err := r.Retrieve(t.Context(), s["handbook"].Scope, q, retrieve.Filters{}); err != nil || f.Inside || f.Failed != nil || embedded != 1 {
		t.Errorf("an open corpus: %v, inside %v, embedder %v", err, f.Inside, f.Failed)
	}
}
