package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/scope"
	"wenyuan/job"
)

// everything answers as a model that chats, embeds, ranks and judges.
func everything(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q struct {
		Input     []string
		Documents []string
	}
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var rows []string
	switch {
	case strings.HasSuffix(r.URL.Path, "/embeddings"):
		for i, text := range q.Input {
			rows = append(rows, fmt.Sprintf(`{"index":%d,"embedding":[1,0.5,%d]}`, i, len(text)%7))
		}
		fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
	case strings.HasSuffix(r.URL.Path, "/rerank"):
		for i := range q.Documents {
			rows = append(rows, fmt.Sprintf(`{"index":%d,"relevance_score":0.9}`, i))
		}
		fmt.Fprintf(w, `{"results":[%s]}`, strings.Join(rows, ","))
	case strings.Contains(string(body), "entailed"):
		gatewaytest.Say(`{"entailed":0.9,"contradicted":0}`)(w, r)
	default:
		gatewaytest.Say("The pump runs at 1450 revolutions per minute [1]. ", "Grease keeps its shaft quiet over the years.")(w, r)
	}
}

// A closedHouse has one server that is model, judge, reranker and embedder.
type closedHouse struct {
	*app.App
	sc     scope.Scope
	server *gatewaytest.Server
}

// closedHouseAt runs the models in a place and closes the corpus docs, by the file or at run time.
func closedHouseAt(t *testing.T, place string, declared bool) closedHouse {
	t.Helper()
	ctx := t.Context()
	h := closedHouse{server: gatewaytest.New(t, everything)}
	spec := func(name string, can ...string) gateway.Spec {
		return gateway.Spec{Name: name, Can: can, Location: place, Replicas: []gateway.Replica{{URL: h.server.URL}}}
	}
	writer, embedder := spec("writer", gateway.Chat, gateway.JSONSchema), spec("embedder", gateway.Embeddings)
	writer.Tokenizer = gateway.EngineTokenizer
	c := app.Config{Data: t.TempDir(), Program: "test", Log: slog.New(slog.DiscardHandler), Embedder: &embedder,
		Models: []gateway.Spec{writer, spec("judge", gateway.Judging), spec("ranker", gateway.Rerank)}}
	if declared {
		c.Closed = []string{"docs"}
	}
	var err error
	if h.App, err = app.Open(ctx, c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if h.sc, err = auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Library.Create(ctx, h.sc, "docs"); err != nil {
		t.Fatal(err)
	}
	if !declared {
		if err := h.Library.SetClosed(ctx, h.sc, "docs", true); err != nil {
			t.Fatal(err)
		}
	}
	const text = "# Pump\n\nThe pump runs at 1450 revolutions per minute. It is greased every 90 days.\n"
	const valve = "# Valve\n\nThe valve is opened before the pump runs fast. It is checked each spring.\n"
	if _, err := h.Library.Add(ctx, h.sc, "docs", []corpus.Upload{{Source: "pump.md", Body: strings.NewReader(text)}, {Source: "valve.md", Body: strings.NewReader(valve)}}); err != nil {
		t.Fatal(err)
	}
	h.drain(t)
	_, err = h.Answerer.SaveAssistant(ctx, h.sc, answer.Assistant{Name: "all", Corpora: []string{"docs"}, Model: "writer", Judge: "judge", Reranker: "ranker", Extractive: true,
		Unsupported: answer.Regenerate, Recall: answer.Recall{Rewrite: answer.ByModel, Decide: answer.ByModel, Judge: answer.ByModel}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h closedHouse) drain(t *testing.T) {
	t.Helper()
	if err := h.Queue.Drain(t.Context(), job.Filter{}); err != nil {
		t.Fatal(err)
	}
}

func (h closedHouse) ask(t *testing.T) wenyuan.Answer {
	t.Helper()
	got, err := h.Answerer.Ask(t.Context(), h.sc, auth.Single, answer.Question{Assistant: "all", Text: "How fast does the pump run?"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// methods are what arrived at the server, each once.
func (h closedHouse) methods() map[string]bool {
	all := map[string]bool{}
	for _, r := range h.server.Requests() {
		all[r.Path[strings.LastIndex(r.Path, "/")+1:]] = true
	}
	return all
}

// TestClosedCorpusStaysInside: with everything outside, nothing of a closed corpus arrives
// anywhere, not while documents come in and not when questions are asked, and the answer says why.
func TestClosedCorpusStaysInside(t *testing.T) {
	t.Parallel()
	for name, declared := range map[string]bool{"set": false, "declared": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := closedHouseAt(t, gateway.Outside, declared)
			got := h.ask(t)
			if n := h.methods(); len(n) != 0 {
				t.Errorf("what is closed went out: %v", n)
			}
			if !strings.Contains(got.Notice, "closed") || !strings.Contains(got.Answer, "1450") {
				t.Errorf("notice %q, answer %q", got.Notice, got.Answer)
			}
			list, err := h.Library.Corpora(t.Context(), h.sc)
			if err != nil || !list[0].Closed || list[0].Declared != declared || !strings.Contains(list[0].Notice, "embedder runs outside") {
				t.Errorf("%+v, %v", list, err)
			}
			as, err := h.Answerer.Assistant(t.Context(), h.sc, "all")
			if err != nil {
				t.Fatal(err)
			}
			as.Extractive = false
			if _, err := h.Answerer.SaveAssistant(t.Context(), h.sc, as); err != nil {
				t.Fatal(err)
			}
			_, err = h.Answerer.Ask(t.Context(), h.sc, auth.Single, answer.Question{Assistant: "all", Text: "How fast does the pump run?"}, nil)
			if wenyuan.CodeOf(err) != wenyuan.Denied || len(h.methods()) != 0 {
				t.Errorf("without a substitute: %v, %v", err, h.methods())
			}
			as.Extractive = true
			if _, err := h.Answerer.SaveAssistant(t.Context(), h.sc, as); err != nil {
				t.Fatal(err)
			}
			err = h.Library.SetClosed(t.Context(), h.sc, "docs", false)
			if declared {
				if wenyuan.CodeOf(err) != wenyuan.Conflict {
					t.Errorf("what the file closes was opened: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			// Opened, it is asked about from the next request on.
			h.drain(t)
			if n := h.methods(); !n["embeddings"] {
				t.Errorf("the passages were not embedded after all: %v", n)
			}
			got = h.ask(t)
			if n := h.methods(); !n["completions"] || !n["rerank"] || strings.Contains(got.Notice, "closed") {
				t.Errorf("%v, notice %q", n, got.Notice)
			}
			before := len(h.server.Requests())
			if err := h.Library.SetClosed(t.Context(), h.sc, "docs", true); err != nil {
				t.Fatal(err)
			}
			if h.ask(t); len(h.server.Requests()) != before {
				t.Errorf("closed again, it is still asked about: %v", h.methods())
			}
		})
	}
}

// TestClosedCorpusWithModelsInside: what runs inside is asked about closed corpora too.
func TestClosedCorpusWithModelsInside(t *testing.T) {
	t.Parallel()
	h := closedHouseAt(t, gateway.Inside, true)
	got := h.ask(t)
	if n := h.methods(); !n["completions"] || !n["rerank"] || !n["embeddings"] {
		t.Errorf("only %v was asked", n)
	}
	if !strings.Contains(got.Answer, "1450") || strings.Contains(got.Notice, "closed") {
		t.Errorf("%q, notice %q", got.Answer, got.Notice)
	}
	list, err := h.Library.Corpora(t.Context(), h.sc)
	if err != nil || !list[0].Closed || list[0].Notice != "" {
		t.Errorf("%+v, %v", list, err)
	}
}
