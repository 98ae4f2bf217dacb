package anthropic_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/gateway/anthropic"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
	"wenyuan/internal/testenv"
)

func real(t *testing.T, url, key string) *anthropic.Client {
	m := anthropic.New(wire.Config{Name: "llama", URL: url, Key: wire.Secret(key), KeyEnv: "LLAMA_KEY"})
	t.Cleanup(m.Close)
	return m
}

var weather = wenyuan.Tool{Name: "weather", Parameters: []byte(`{"type":"object","properties":{"city":{"type":"string"}}}`)}

// said collects a stream.
func said(t *testing.T, m *anthropic.Client, r wenyuan.Request) (text string, call wenyuan.ToolCall, last wenyuan.Chunk, err error) {
	r.Messages = []wenyuan.Message{{Role: "system", Content: "Be short."}, {Role: "user", Content: "你好"}}
	for c, e := range m.Stream(t.Context(), r) {
		if e != nil {
			return text, call, last, e
		}
		text, last = text+c.Text, c
		for _, p := range c.ToolCalls {
			call.ID, call.Name, call.Arguments = call.ID+p.ID, call.Name+p.Name, call.Arguments+p.Arguments
		}
	}
	return text, call, last, nil
}

// TestRealServer goes through what llama.cpp's server speaks of the dialect.
func TestRealServer(t *testing.T) {
	t.Parallel()
	const reply = "水泵的转速是每分钟 1450 转[1]。 The pump runs."
	url := testenv.ScriptedServer(t, reply, "--api-key", "right")
	text, _, last, err := said(t, real(t, url, "right"), wenyuan.Request{})
	if err != nil || strings.TrimSpace(text) != reply || last.Finish != "stop" || last.Usage == nil || last.Usage.Prompt == 0 || last.Usage.Completion == 0 {
		t.Errorf("%q, %+v, %v", text, last, err)
	}
	if _, _, last, err = said(t, real(t, url, "right"), wenyuan.Request{MaxTokens: 3}); err != nil || last.Finish != "length" {
		t.Errorf("%+v, %v", last, err)
	}
	if _, _, _, err := said(t, real(t, url, "wrong"), wenyuan.Request{}); wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), "key") {
		t.Errorf("with a wrong key: %v", err)
	}
	if offers, err := real(t, url, "right").List(t.Context()); err != nil || len(offers) != 1 {
		t.Errorf("%+v, %v", offers, err)
	}
}

func TestRealToolCall(t *testing.T) {
	t.Parallel()
	m := real(t, gatewaytest.RealCall(t, wenyuan.ToolCall{Name: "weather", Arguments: `{"city": "北京"}`}), "")
	text, call, last, err := said(t, m, wenyuan.Request{Tools: []wenyuan.Tool{weather}})
	if err != nil || text != "" || call.ID == "" || call.Name != "weather" || call.Arguments != `{"city": "北京"}` || last.Finish != "tool_calls" {
		t.Errorf("%q, %+v, %+v, %v", text, call, last, err)
	}
}

// TestRealSchema: the form of the answer is a tool that has to be called.
func TestRealSchema(t *testing.T) {
	t.Parallel()
	m := real(t, gatewaytest.RealCall(t, wenyuan.ToolCall{Name: "weather", Arguments: `{"city": "北京"}`}), "")
	text, call, last, err := said(t, m, wenyuan.Request{Schema: &wenyuan.Schema{Name: "weather", Schema: weather.Parameters}})
	if err != nil || text != `{"city": "北京"}` || call.Name != "" || last.Finish != "stop" {
		t.Errorf("%q, %+v, %+v, %v", text, call, last, err)
	}
}
