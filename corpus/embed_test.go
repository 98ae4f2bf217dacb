package corpus_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
	"wenyuan/index"
	"wenyuan/job"
	"wenyuan/store"
)

// embeddingServer speaks the OpenAI dialect. Its vectors know one thing: whether a text is
// about hot drinks, in words that the documents and the question do not share.
func embeddingServer(t *testing.T, down *atomic.Bool) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		var req struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		type row struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var rows []row
		for i, text := range req.Input {
			v := []float32{0.1, 0.1, 1, 0}
			if strings.Contains(text, "tea") || strings.Contains(text, "beverage") {
				v = []float32{1, 0.1, 0.1, 0}
			}
			rows = append(rows, row{i, v})
		}
		json.NewEncoder(w).Encode(map[string]any{"data": rows})
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestConfiguredEmbedder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var down atomic.Bool
	embedder := openai.New(wire.Config{Name: "e", URL: embeddingServer(t, &down)})
	t.Cleanup(embedder.Close)
	h := openWith(t, store.Config{Dir: t.TempDir()}, embedder)

	// A document is ready without its vectors: they come when the embedder is there.
	down.Store(true)
	if docs := h.add("tea.md", tea, "rice.md", rice); docs[0].State != corpus.Ready {
		t.Fatalf("%+v", docs[0])
	}
	down.Store(false)
	if err := h.queue.Drain(ctx, job.Filter{}); err != nil {
		t.Fatal(err)
	}
	x, err := h.Index(ctx, h.sc, wenyuan.DefaultSpace, "docs")
	if err != nil {
		t.Fatal(err)
	}
	v, err := embedder.Embed(ctx, []string{"any beverage"})
	if err != nil {
		t.Fatal(err)
	}
	hits, err := x.Search(ctx, h.sc, index.Query{Text: "any beverage", Vector: v[0], Arm: index.Vectors, K: 1})
	if err != nil || len(hits) != 1 {
		t.Fatal(hits, err)
	}
	ps, err := h.Passages(ctx, h.sc, []string{hits[0].Passage})
	if err != nil || len(ps) != 1 || ps[0].Source != "tea.md" {
		t.Errorf("%v %v", ps, err)
	}
}
