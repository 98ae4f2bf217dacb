package openai_test

import (
	"strings"
	"testing"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
	"wenyuan/internal/testenv"
)

// real makes the client of a real llama.cpp server that says just reply.
func real(t *testing.T, reply, key string, args ...string) *openai.Client {
	m := openai.New(wire.Config{Name: "llama", URL: testenv.ScriptedServer(t, reply, args...), Key: wire.Secret(key), KeyEnv: "LLAMA_KEY"})
	t.Cleanup(m.Close)
	return m
}

// TestRealServer goes through what llama.cpp's server speaks of the dialect.
func TestRealServer(t *testing.T) {
	t.Parallel()
	const reply = "水泵的转速是每分钟 1450 转[1]。 The pump runs."
	m := real(t, reply, "")
	text, last, err := said(m, t.Context())
	if err != nil || strings.TrimSpace(text) != reply || last.Finish != "stop" || last.Usage == nil || last.Usage.Prompt == 0 || last.Usage.Completion == 0 {
		t.Errorf("%q, %+v, %v", text, last, err)
	}
	offers, err := m.List(t.Context())
	if err != nil || len(offers) != 1 || offers[0].Name == "" || offers[0].Context != 16384 {
		t.Errorf("%+v, %v", offers, err)
	}
	n, err := m.Count(t.Context(), reply)
	if err != nil || n == 0 {
		t.Errorf("%d tokens, %v", n, err)
	}
	twice, err := m.Count(t.Context(), reply+reply)
	if err != nil || twice <= n {
		t.Errorf("%d tokens, then %d, %v", n, twice, err)
	}
	v, err := m.Embed(t.Context(), []string{"The pump runs.", "水泵"})
	if err != nil || len(v) != 2 || len(v[0]) == 0 {
		t.Errorf("%d vectors, %v", len(v), err)
	}
}

// TestRealToolCall: the real server finds the call in what its model writes and streams it.
func TestRealToolCall(t *testing.T) {
	t.Parallel()
	want := wenyuan.ToolCall{Name: "weather", Arguments: `{"city": "北京"}`}
	got, finish := calls(t, &Server{URL: RealCall(t, want)}, wenyuan.Tool{Name: "weather", Parameters: []byte(`{"type":"object","properties":{"city":{"type":"string"}}}`)})
	if len(got) != 1 || got[0].ID == "" || got[0].Name != want.Name || got[0].Arguments != want.Arguments || finish != "tool_calls" {
		t.Errorf("%+v, %s", got, finish)
	}
}

// TestRealSchema: the real server lets its model write nothing but what fits the schema.
func TestRealSchema(t *testing.T) {
	t.Parallel()
	m := real(t, `{"rpm": 1450}`, "")
	var text string
	for c, err := range m.Stream(t.Context(), wenyuan.Request{Messages: hello.Messages, Schema: &wenyuan.Schema{Name: "pump", Schema: []byte(`{"type":"object","properties":{"rpm":{"type":"integer"}},"required":["rpm"]}`), Strict: true}}) {
		if err != nil {
			t.Fatal(err)
		}
		text += c.Text
	}
	if text != `{"rpm": 1450}` {
		t.Errorf("said %q", text)
	}
}

func TestRealTooLong(t *testing.T) {
	t.Parallel()
	m := real(t, "x", "", "-c", "512", "-np", "1")
	var last error
	for _, err := range m.Stream(t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: strings.Repeat("pump ", 3000)}}}) {
		last = err
	}
	if wenyuan.CodeOf(last) != wenyuan.TooLarge {
		t.Errorf("error %v", last)
	}
}

func TestRealKey(t *testing.T) {
	t.Parallel()
	url := testenv.ScriptedServer(t, "hello", "--api-key", "right")
	for key, code := range map[wire.Secret]wenyuan.Code{"right": "", "wrong": wenyuan.Unavailable} {
		m := openai.New(wire.Config{Name: "llama", URL: url, Key: key, KeyEnv: "LLAMA_KEY"})
		t.Cleanup(m.Close)
		_, _, err := said(m, t.Context())
		if code == "" && err != nil || code != "" && (wenyuan.CodeOf(err) != code || !strings.Contains(err.Error(), "key")) {
			t.Errorf("%s: %v", string(key), err)
		}
	}
}

// TestRealRerank looks at the protocol only: the tiny model has learned nothing.
func TestRealRerank(t *testing.T) {
	t.Parallel()
	m := real(t, "x", "", "--reranking", "--pooling", "rank")
	scores, err := m.Rerank(t.Context(), "How fast is the pump?", []string{"The pump runs.", "水泵"})
	if err != nil || len(scores) != 2 {
		t.Errorf("%v, %v", scores, err)
	}
}
