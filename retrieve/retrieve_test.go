package retrieve_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

func query(text string) retrieve.Query {
	return retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"handbook"}, Text: text}
}

func TestRetrieveCases(t *testing.T) {
	t.Parallel()
	for _, s := range retrievetest.Suites(t) {
		corpus := retrievetest.New(t, s.Files)
		for _, c := range s.Cases {
			t.Run(s.Name+"/"+c.Question, func(t *testing.T) {
				found, err := corpus.Retrieve(t.Context(), corpus.Scope, query(c.Question), retrieve.Filters{})
				if err != nil {
					t.Fatal(err)
				}
				if refused := len(found.Kept) == 0; refused != c.Refuse {
					t.Fatalf("kept %d passages, want a refusal: %v; nearest %.2f, floor %.2f", len(found.Kept), c.Refuse, found.Nearest, found.Floor)
				}
				if !c.Refuse && !slices.ContainsFunc(found.Kept, func(p wenyuan.Passage) bool { return p.Source == c.From }) {
					t.Errorf("no passage of %s was kept", c.From)
				}
				for _, d := range found.Dropped {
					if d.Why == "" || d.Code == "" || d.Stage == "" {
						t.Errorf("%s was dropped without a word: %+v", d.Passage.ID, d)
					}
				}
			})
		}
	}
}

func TestRetrieveAppliesScope(t *testing.T) {
	t.Parallel()
	s := retrievetest.Suites(t)[0]
	corpus := retrievetest.New(t, s.Files)
	found, err := corpus.Retrieve(t.Context(), scope.Scope{}, query(s.Cases[0].Question), retrieve.Filters{Floor: -1})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(found.Kept) + len(found.Dropped); n != 0 {
		t.Errorf("the empty scope saw %d passages", n)
	}
}

func TestSearchRanksWithoutFilters(t *testing.T) {
	t.Parallel()
	corpus := retrievetest.New(t, map[string]string{
		"a.md": "# A\n\nThe quota of a tenant is set by the operator.\n",
		"b.md": "# B\n\nThe quota of a tenant is set by the operator.\n",
	})
	found, err := corpus.Search(t.Context(), corpus.Scope, query("quota of a tenant"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 {
		t.Fatalf("found %d passages, want both: equal texts of two documents are two", len(found))
	}
	kept, err := corpus.Retrieve(t.Context(), corpus.Scope, query("quota of a tenant"), retrieve.Filters{})
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.Kept) != 1 || len(kept.Dropped) != 1 || kept.Dropped[0].Code != retrieve.NearDuplicate {
		t.Errorf("kept %d, dropped %+v; want one of two equal passages", len(kept.Kept), kept.Dropped)
	}
}

// downEmbedder is an embedding service that cannot be reached.
type downEmbedder struct{}

func (downEmbedder) Embed(context.Context, []string) ([][]float32, error) {
	return nil, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the embedder does not answer"}
}
func (downEmbedder) Version() string { return "v1" }

func TestSearchSaysThatTheEmbedderIsDown(t *testing.T) {
	t.Parallel()
	corpus := retrievetest.New(t, map[string]string{"a.md": "# A\n\nText.\n"})
	r := retrieve.New(corpus, downEmbedder{})
	_, err := r.Search(t.Context(), corpus.Scope, query("text"))
	if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Code != wenyuan.Unavailable {
		t.Errorf("error %v, want one that says the embedder is unavailable", err)
	}
}

func BenchmarkRetrieve(b *testing.B) {
	s := retrievetest.Suites(b)[0]
	corpus := retrievetest.New(b, s.Files)
	for b.Loop() {
		if _, err := corpus.Retrieve(b.Context(), corpus.Scope, query(s.Cases[0].Question), retrieve.Filters{}); err != nil {
			b.Fatal(err)
		}
	}
}
