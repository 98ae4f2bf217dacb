package ollama_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/ollama"
	"wenyuan/gateway/wire"
)

func open(t *testing.T, s *Server, path string) *ollama.Client {
	m := ollama.New(wire.Config{Name: "house", URL: s.URL + path, RemoteName: "qwen3:4b", Context: 8192, Batch: 2})
	t.Cleanup(m.Close)
	return m
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/", "/v1", "/api", "/api/chat", "/api/"} {
		s := New(t, Say("x"))
		for _, err := range open(t, s, path).Stream(t.Context(), wenyuan.Request{}) {
			if err != nil {
				t.Errorf("%q: %v", path, err)
			}
		}
		if got := s.Requests()[0].Path; got != "/api/chat" {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}

// TestNothingIsCut: the server is told to refuse what does not fit, and how much may.
func TestNothingIsCut(t *testing.T) {
	t.Parallel()
	s := New(t, Say("x"))
	for range open(t, s, "").Stream(t.Context(), wenyuan.Request{}) {
	}
	for _, part := range []string{`"truncate":false`, `"shift":false`, `"num_ctx":8192`, `"stream":true`} {
		if body := s.Requests()[0].Body; !strings.Contains(body, part) {
			t.Errorf("%s is missing in %s", part, body)
		}
	}
}

// TestToolChoice: the dialect has none, so fewer tools are sent.
func TestToolChoice(t *testing.T) {
	t.Parallel()
	for choice, want := range map[string]int{"": 2, "auto": 2, "required": 2, "none": 0, "g": 1} {
		s := New(t, Say("x"))
		for range open(t, s, "").Stream(t.Context(), wenyuan.Request{Tools: []wenyuan.Tool{{Name: "f"}, {Name: "g"}}, ToolChoice: choice}) {
		}
		if got := s.Requests()[0].Tools; len(got) != want {
			t.Errorf("%q sends %+v", choice, got)
		}
	}
}

// TestToolResult: the dialect wants to know which tool a result is of, and takes only objects
// for arguments.
func TestToolResult(t *testing.T) {
	t.Parallel()
	s := New(t, Say("x"))
	for range open(t, s, "").Stream(t.Context(), wenyuan.Request{Messages: []wenyuan.Message{
		{Role: "assistant", ToolCalls: []wenyuan.ToolCall{{ID: "c", Name: "f", Arguments: "{slip"}}},
		{Role: "tool", ToolCall: "c", Content: "no"},
	}}) {
	}
	for _, part := range []string{`"tool_name":"f"`, `"tool_call_id":"c"`, `"arguments":{"not_json":"{slip"}`} {
		if body := s.Requests()[0].Body; !strings.Contains(body, part) {
			t.Errorf("%s is missing in %s", part, body)
		}
	}
}

// TestNoAnswer: a server that only loads its model has said nothing.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	s := New(t, JSON(`{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}`))
	var last error
	for _, err := range open(t, s, "").Stream(t.Context(), wenyuan.Request{}) {
		last = err
	}
	if wenyuan.CodeOf(last) != wenyuan.Unavailable {
		t.Errorf("error %v", last)
	}
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	s := New(t, Vectors(func(text string) []float32 { return []float32{float32(len(text)), 1} }))
	m := open(t, s, "")
	got, err := m.Embed(t.Context(), []string{"a", "bb", "源"})
	if d := cmp.Diff([][]float32{{1, 1}, {2, 1}, {3, 1}}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if q := s.Requests(); len(q) != 2 || q[0].Path != "/api/embed" || q[0].Model != "qwen3:4b" {
		t.Errorf("requests %+v", q)
	}
	if m.Version() != "remote:qwen3:4b" {
		t.Error(m.Version())
	}
	for _, body := range []string{`{}`, `{"embeddings":[[1]]}`, `{"embeddings":[[1],[]]}`, `{"embeddings":[[1],[1,2]]}`, `{"embeddings":[[1],["a"]]}`, `<html>`} {
		if _, err := open(t, New(t, JSON(body)), "").Embed(t.Context(), []string{"a", "b"}); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := New(t, JSON(`{"models":[{"name":"qwen3:4b","model":"qwen3:4b","size":1,"details":{"family":"qwen3"}}]}`))
	got, err := open(t, s, "").List(t.Context())
	if d := cmp.Diff([]wire.Offer{{Name: "qwen3:4b"}}, got); d != "" || err != nil || s.Requests()[0].Path != "/api/tags" {
		t.Error(d, err)
	}
}
