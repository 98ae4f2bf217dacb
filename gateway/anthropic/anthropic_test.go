package anthropic_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/gateway/anthropic"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

// sent is the body of the request that r becomes.
func sent(t *testing.T, r wenyuan.Request) map[string]any {
	t.Helper()
	s := New(t, Say("x"))
	m := anthropic.New(wire.Config{Name: "house", URL: s.URL})
	t.Cleanup(m.Close)
	for range m.Stream(t.Context(), r) { // some are no answer to a schema
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(s.Requests()[0].Body), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func same(t *testing.T, body map[string]any, key, want string) {
	t.Helper()
	got, err := json.Marshal(body[key])
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(got, &a)
	if d := cmp.Diff(b, a); d != "" {
		t.Errorf("%s: %s", key, d)
	}
}

// TestWhatTheDialectDemands: a limit, the rules apart, roles in turn, the user first,
// no empty text, arguments as objects.
func TestWhatTheDialectDemands(t *testing.T) {
	t.Parallel()
	hot, seed := 1.7, int64(3)
	body := sent(t, wenyuan.Request{Temperature: &hot, Seed: &seed, ToolChoice: "auto", Messages: []wenyuan.Message{
		{Role: "system", Content: "One."},
		{Role: "assistant", Content: "Earlier."},
		{Role: "user", Content: "A"},
		{Role: "system", Content: "Two."},
		{Role: "user", Content: "B"},
		{Role: "assistant", ToolCalls: []wenyuan.ToolCall{{ID: "c", Name: "f", Arguments: "{slip"}, {ID: "d", Name: "f"}}},
		{Role: "tool", ToolCall: "c", Content: "no"},
		{Role: "assistant", Content: " "},
		{Role: "user", Content: "C"},
	}})
	same(t, body, "max_tokens", `4096`)
	same(t, body, "system", `"One.\n\nTwo."`)
	same(t, body, "temperature", `1`)
	same(t, body, "seed", `null`)
	same(t, body, "tool_choice", `null`)
	same(t, body, "messages", `[
		{"role":"user","content":[{"type":"text","text":"…"}]},
		{"role":"assistant","content":[{"type":"text","text":"Earlier."}]},
		{"role":"user","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},
		{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"not_json":"{slip"}},{"type":"tool_use","id":"d","name":"f","input":{}}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"no"},{"type":"text","text":"C"}]}]`)
}

func TestToolChoice(t *testing.T) {
	t.Parallel()
	tools := []wenyuan.Tool{{Name: "f"}}
	form := &wenyuan.Schema{Schema: []byte(`{"type":"object"}`)}
	for _, c := range []struct {
		r    wenyuan.Request
		want string
	}{
		{wenyuan.Request{Tools: tools}, `null`},
		{wenyuan.Request{Tools: tools, ToolChoice: "none"}, `{"type":"none"}`},
		{wenyuan.Request{Tools: tools, ToolChoice: "required"}, `{"type":"any"}`},
		{wenyuan.Request{Tools: tools, ToolChoice: "f"}, `{"type":"tool","name":"f"}`},
		{wenyuan.Request{Schema: form}, `{"type":"tool","name":"answer"}`},
		{wenyuan.Request{Schema: form, Tools: tools}, `{"type":"any"}`},
	} {
		c.r.Messages = []wenyuan.Message{{Role: "user", Content: "A"}}
		same(t, sent(t, c.r), "tool_choice", c.want)
	}
}

// TestTextInsteadOfJSON: words where JSON was asked for are no answer.
func TestTextInsteadOfJSON(t *testing.T) {
	t.Parallel()
	s := New(t, Say("Sure! Here you are."))
	m := anthropic.New(wire.Config{Name: "house", URL: s.URL})
	t.Cleanup(m.Close)
	var last error
	for c, err := range m.Stream(t.Context(), wenyuan.Request{Schema: &wenyuan.Schema{}}) {
		if last = err; c.Text != "" {
			t.Errorf("said %q", c.Text)
		}
	}
	if wenyuan.CodeOf(last) != wenyuan.Unavailable {
		t.Errorf("error %v", last)
	}
}

// TestOverloadedMidway: what would have been a 529 comes as an event once the stream runs.
func TestOverloadedMidway(t *testing.T) {
	t.Parallel()
	s := New(t, RefuseMidway(Overloaded, "half"))
	m := anthropic.New(wire.Config{Name: "house", URL: s.URL})
	t.Cleanup(m.Close)
	var last error
	for _, err := range m.Stream(t.Context(), wenyuan.Request{}) {
		last = err
	}
	if wenyuan.CodeOf(last) != wenyuan.Limited {
		t.Errorf("error %v", last)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := New(t, JSON(`{"data":[{"type":"model","id":"claude-x","display_name":"X"}],"has_more":false}`))
	m := anthropic.New(wire.Config{Name: "house", URL: s.URL + "/v1/messages", Key: Key})
	t.Cleanup(m.Close)
	got, err := m.List(t.Context())
	if d := cmp.Diff([]wire.Offer{{Name: "claude-x"}}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	q := s.Requests()[0]
	if q.Path != "/v1/models" || q.Header.Get("X-Api-Key") != Key || q.Header.Get("Anthropic-Version") != "2023-06-01" {
		t.Errorf("asked %s with %v", q.Path, q.Header)
	}
}
