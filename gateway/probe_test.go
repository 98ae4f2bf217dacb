package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
)

// able answers each method of the OpenAI dialect as a model does that knows everything.
func able(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	write := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/embeddings"):
		write(map[string]any{"data": []map[string]any{{"index": 0, "embedding": []float32{1, 2, 3}}}})
	case strings.HasSuffix(r.URL.Path, "/rerank"):
		write(map[string]any{"results": []map[string]any{{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}}})
	case strings.HasSuffix(r.URL.Path, "/moderations"):
		Moderate(func(string) map[string]float64 { return map[string]float64{"violence": 0.01} })(w, r)
	case strings.HasSuffix(r.URL.Path, "/tokenize"):
		write(map[string]any{"tokens": []int{1, 2, 3, 4}, "count": 4})
	case strings.Contains(string(body), `"tools"`):
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"clock","arguments":"{}"}}]}}]}`+"\n\n"+`data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`+"\n\ndata: [DONE]\n\n")
	case strings.Contains(string(body), "entailed"):
		Say(`{"entailed":0.1,"contradicted":0.8}`)(w, r)
	case strings.Contains(string(body), "json_schema"):
		Say(`{"days":7}`)(w, r)
	default:
		Say("ready")(w, r)
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	up, down := New(t, able), New(t, Fail(503, ""))
	s := at("m", up.URL, down.URL)
	s.Can, s.Tokenizer = []string{"chat", "tools", "json_schema", "judge", "embeddings", "rerank"}, "engine"
	m := open(t, gateway.Config{Declared: []gateway.Spec{s}})
	r, err := m.Test(t.Context(), wenyuan.DefaultSpace, "m")
	if err != nil || r.OK || len(r.Checks) != 14 {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, c := range r.Checks {
		if first := i < 7; c.OK != first || c.Took <= 0 || (c.Message == "") != first || (c.Hint == "") != first {
			t.Errorf("%+v", c)
		}
	}
	if c := r.Checks[0]; c.What != "chat" || c.First <= 0 || c.Tokens != 1 {
		t.Errorf("%+v", c)
	}
	if c := r.Checks[4]; c.What != "embeddings" || c.Dimensions != 3 {
		t.Errorf("%+v", c)
	}
	if c := r.Checks[6]; c.What != "tokenizer" || c.Tokens != 4 {
		t.Errorf("%+v", c)
	}
	if _, err := m.Test(t.Context(), wenyuan.DefaultSpace, "none"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("an unknown model: %v", err)
	}
}

// TestTestOfPretenders: a model that takes a request and passes over what it asks for fails the check.
func TestTestOfPretenders(t *testing.T) {
	t.Parallel()
	srv := New(t, Say("I am ready, and glad to help."))
	s := at("m", srv.URL)
	s.Can = []string{"chat", "tools", "json_schema", "judge"}
	r, err := open(t, gateway.Config{Declared: []gateway.Spec{s}}).Test(t.Context(), wenyuan.DefaultSpace, "m")
	if err != nil || r.OK {
		t.Fatalf("%+v, %v", r, err)
	}
	for i, says := range []string{"", "called no tool", "JSON schema", "no opinion"} {
		if c := r.Checks[i]; c.OK != (i == 0) || !strings.Contains(c.Message, says) {
			t.Errorf("%+v", c)
		}
	}
}

// TestTestWithoutKey: nothing is sent for a model whose key is missing.
func TestTestWithoutKey(t *testing.T) {
	t.Parallel()
	srv := New(t, Say("x"))
	s := at("m", srv.URL)
	s.Replicas[0].KeyEnv = "NOT_SET"
	r, err := open(t, gateway.Config{Declared: []gateway.Spec{s}}).Test(t.Context(), wenyuan.DefaultSpace, "m")
	if err != nil || r.OK || len(r.Checks) != 1 || r.Checks[0].What != "key" || !strings.Contains(r.Checks[0].Message, "NOT_SET") || len(srv.Requests()) != 0 {
		t.Errorf("%+v, %v, %d requests", r, err, len(srv.Requests()))
	}
}

func TestEngineTokenizerRemembers(t *testing.T) {
	t.Parallel()
	srv := New(t, able)
	s := at("m", srv.URL)
	s.Tokenizer = "engine"
	count := get(t, open(t, gateway.Config{Declared: []gateway.Spec{s}}), "m").Tokenizer()
	for range 3 {
		if n, err := count.Count(t.Context(), "水泵"); n != 4 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("%d requests for one text", n)
	}
	if get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", srv.URL)}}), "m").Tokenizer() != nil {
		t.Error("a model without a tokenizer has one")
	}
}

// TestDiscover finds what two servers offer, and not what is declared already, listens
// elsewhere or is not permitted.
func TestDiscover(t *testing.T) {
	t.Parallel()
	listing := func(body string) Reply {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, body)
		}
	}
	one := New(t, listing(`{"data":[{"id":"/models/qwen3-8b.gguf"},{"id":"bge-m3"},{"id":"known"}]}`))
	two := New(t, listing(`{"models":[{"name":"qwen3:8b","model":"qwen3:8b"}]}`))
	gone := New(t, Fail(404, ""))
	config := gateway.Config{Declared: []gateway.Spec{at("known", one.URL)},
		Local: []gateway.Replica{{URL: one.URL, Dialect: "openai"}, {URL: two.URL, Dialect: "ollama"}, {URL: gone.URL, Dialect: "openai"}, {URL: "http://models.example.com", Dialect: "openai"}}}
	found := open(t, config).Discover(t.Context(), wenyuan.DefaultSpace)
	var got []string
	for _, s := range found {
		got = append(got, s.Name+" "+s.Replicas[0].Dialect+" "+strings.Join(s.Can, ",")+" "+s.Location)
	}
	if d := cmp.Diff([]string{"qwen3-8b openai chat inside", "bge-m3 openai embeddings inside", "qwen3:8b ollama chat inside"}, got); d != "" {
		t.Error(d)
	}
	for _, s := range found {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
	before := len(one.Requests())
	config.Allow, config.Declared = []string{"models.example.com"}, nil
	if found := open(t, config).Discover(t.Context(), wenyuan.DefaultSpace); len(found) != 0 || len(one.Requests()) != before {
		t.Errorf("what is not permitted was looked at: %+v", found)
	}
}

// TestClosedStaysInside: with a marked context nothing reaches what is outside, in any of
// its uses; inside everything works.
func TestClosedStaysInside(t *testing.T) {
	t.Parallel()
	srv := New(t, able)
	for _, place := range []string{gateway.Outside, gateway.Inside} {
		s := at("m", srv.URL)
		s.Can, s.Tokenizer, s.Location = []string{"chat", "judge", "embeddings", "rerank", "moderation"}, "engine", place
		m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{s}}), "m")
		e, _ := m.Embedder()
		r, _ := m.Reranker()
		j, _ := m.Judge()
		x, _ := m.Moderator()
		ctx := wenyuan.StayInside(t.Context())
		for what, f := range map[string]func(context.Context) error{
			"chat":       func(ctx context.Context) error { _, _, err := said(m, ctx); return err },
			"embeddings": func(ctx context.Context) error { _, err := e.Embed(ctx, []string{"x"}); return err },
			"rerank":     func(ctx context.Context) error { _, err := r.Rerank(ctx, "x", []string{"a", "b"}); return err },
			"judge":      func(ctx context.Context) error { _, err := j.Judge(ctx, "x", "y"); return err },
			"moderation": func(ctx context.Context) error { _, err := x.Moderate(ctx, "x"); return err },
			"tokenizer":  func(ctx context.Context) error { _, err := m.Tokenizer().Count(ctx, "x "+place); return err },
		} {
			before := len(srv.Requests())
			err := f(ctx)
			arrived := len(srv.Requests()) - before
			if outside := place == gateway.Outside; outside != (wenyuan.CodeOf(err) == wenyuan.Denied && err != nil) || outside != (arrived == 0) {
				t.Errorf("%s %s: %v, %d requests", what, place, err, arrived)
			}
		}
	}
}

// TestRealServer tries, counts with and discovers a real inference server.
func TestRealServer(t *testing.T) {
	t.Parallel()
	address := testenv.ScriptedServer(t, "The pump runs.")
	s := at("m", address)
	s.Tokenizer = "engine"
	m := open(t, gateway.Config{Declared: []gateway.Spec{s}, Local: []gateway.Replica{{URL: address, Dialect: "openai"}}})
	r, err := m.Test(t.Context(), wenyuan.DefaultSpace, "m")
	if err != nil || !r.OK || len(r.Checks) != 2 || r.Checks[0].First <= 0 || r.Checks[0].Tokens == 0 || r.Checks[1].Tokens < 5 {
		t.Errorf("%+v, %v", r, err)
	}
	count := get(t, m, "m").Tokenizer()
	short, err := count.Count(t.Context(), "泵")
	if err != nil {
		t.Fatal(err)
	}
	long, err := count.Count(t.Context(), "水泵每九十天加一次润滑脂。")
	if err != nil || short < 1 || long <= short {
		t.Errorf("%d and %d tokens, %v", short, long, err)
	}
	found := m.Discover(t.Context(), wenyuan.DefaultSpace)
	if len(found) != 1 || found[0].Context <= 0 || found[0].Replicas[0].URL != address {
		t.Errorf("found %+v", found)
	}
}
