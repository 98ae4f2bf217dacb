package openai_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

// calls collects the tool calls of a stream.
func calls(t *testing.T, s *Server, tools ...wenyuan.Tool) (out []wenyuan.ToolCall, finish string) {
	t.Helper()
	for c, err := range client(t, s.URL).Stream(t.Context(), wenyuan.Request{Messages: hello.Messages, Tools: tools}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.ToolCalls {
			if p.Index == len(out) {
				out = append(out, wenyuan.ToolCall{Index: p.Index})
			}
			o := &out[p.Index]
			o.ID, o.Name, o.Arguments = o.ID+p.ID, o.Name+p.Name, o.Arguments+p.Arguments
		}
		finish = c.Finish
	}
	return out, finish
}

// TestHowServersCallTools: what was seen of real ones.
func TestHowServersCallTools(t *testing.T) {
	t.Parallel()
	delta := func(calls string) string { return `{"choices":[{"delta":{"tool_calls":[` + calls + `]}}]}` }
	stop := `{"choices":[{"delta":{},"finish_reason":"stop"}]}`
	two := []wenyuan.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":1}`}, {Index: 1, ID: "b", Name: "g", Arguments: `{}`}}
	for name, c := range map[string]struct {
		events []string
		want   []wenyuan.ToolCall
	}{
		"two whole calls with one index": {[]string{
			delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`), delta(`{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}`)}, two},
		"no index": {[]string{
			delta(`{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}`)}, two},
		"mixed up": {[]string{
			delta(`{"index":0,"id":"a","function":{"name":"f"}}`), delta(`{"index":1,"id":"b","function":{"name":"g","arguments":""}}`),
			delta(`{"index":0,"function":{"arguments":"{\"x\""}}`), delta(`{"index":1,"function":{"arguments":"{}"}}`), delta(`{"index":0,"function":{"arguments":":1}"}}`)}, two},
		"id and name each time": {[]string{
			delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}`), delta(`{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}`),
			delta(`{"index":7,"id":"b","function":{"name":"g","arguments":"{}"}}`)}, two},
		"arguments as an object, or none": {[]string{
			delta(`{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}`), delta(`{"index":1,"id":"b","function":{"name":"g","arguments":""}}`)}, two},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, finish := calls(t, New(t, Events(append(c.events, stop, "[DONE]")...)))
			if d := cmp.Diff(c.want, got); d != "" || finish != "tool_calls" {
				t.Error(finish, d)
			}
		})
	}
	t.Run("without an id", func(t *testing.T) {
		t.Parallel()
		got, _ := calls(t, New(t, Events(delta(`{"function":{"name":"f","arguments":"{}"}}`), stop)))
		if len(got) != 1 || got[0].ID == "" || got[0].Arguments != "{}" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("in one object", func(t *testing.T) {
		t.Parallel()
		got, finish := calls(t, New(t, JSON(`{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`)))
		if d := cmp.Diff(two, got); d != "" || finish != "tool_calls" {
			t.Error(finish, d)
		}
	})
}

func TestToolRubbish(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"id":"","function":{"name":"f"}},`, 200)
	for name, event := range map[string]string{
		"no name":  `{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}}]}`,
		"too many": `{"choices":[{"delta":{"tool_calls":[` + strings.ReplaceAll(many, `"id":""`, `"id":"x","index":1`) + `{"index":2}]}}]}`,
	} {
		if _, _, err := said(client(t, New(t, Events(event)).URL), t.Context()); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHowServersFinish: their reasons in our four words.
func TestHowServersFinish(t *testing.T) {
	t.Parallel()
	for theirs, ours := range map[string]string{
		"stop": "stop", "eos": "stop", "length": "length", "max_tokens": "length", "content_filter": "content_filter", "sensitive": "content_filter", "function_call": "tool_calls",
		"abort": "", "insufficient_system_resource": "",
	} {
		_, last, err := said(client(t, New(t, Finish(theirs, "x")).URL), t.Context())
		if last.Finish != ours && err == nil || ours == "" && wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %q, %v", theirs, last.Finish, err)
		}
	}
}

func TestRefusalOfAStructuredAnswer(t *testing.T) {
	t.Parallel()
	s := New(t, Events(`{"choices":[{"delta":{"refusal":"I cannot."}}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, "[DONE]"))
	text, last, err := said(client(t, s.URL), t.Context())
	if err != nil || text != "I cannot." || last.Finish != "content_filter" {
		t.Errorf("%q, %+v, %v", text, last, err)
	}
}

func TestReasoningSentApart(t *testing.T) {
	t.Parallel()
	s := New(t, Events(`{"choices":[{"delta":{"reasoning_content":"Hm."}}]}`, `{"choices":[{"delta":{"reasoning":"Hm."}}]}`, `{"choices":[{"delta":{"content":"50"}}]}`,
		`{"choices":[{"delta":{},"finish_reason":"stop"}]}`, "[DONE]"))
	if text, _, err := said(client(t, s.URL), t.Context()); err != nil || text != "50" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestFinishIsTheEnd: a server that has finished but does not hang up keeps nobody waiting.
func TestFinishIsTheEnd(t *testing.T) {
	t.Parallel()
	s := New(t, func(w http.ResponseWriter, r *http.Request) {
		Events(`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`)(w, r)
		<-r.Context().Done()
	})
	m := client(t, s.URL, func(c *wire.Config) { c.Idle = 50e6 })
	if text, last, err := said(m, t.Context()); err != nil || text != "a" || last.Finish != "stop" {
		t.Errorf("%q, %+v, %v", text, last, err)
	}
}

// TestNewNameOfTheLimit: asked again once, and remembered.
func TestNewNameOfTheLimit(t *testing.T) {
	t.Parallel()
	s := New(t, Fail(400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","code":"unsupported_parameter"}}`), Say("x"))
	m := client(t, s.URL)
	for range 2 {
		for _, err := range m.Stream(t.Context(), wenyuan.Request{MaxTokens: 5}) {
			if err != nil {
				t.Error(err)
			}
		}
	}
	q := s.Requests()
	if len(q) != 3 || !strings.Contains(q[0].Body, `"max_tokens":5`) || !strings.Contains(q[1].Body, `"max_completion_tokens":5`) || strings.Contains(q[2].Body, `"max_tokens"`) {
		t.Errorf("%+v", q)
	}
}

func TestFormAndChoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    wenyuan.Request
		part string
	}{
		{wenyuan.Request{Schema: &wenyuan.Schema{}}, `"response_format":{"type":"json_object"}`},
		{wenyuan.Request{Schema: &wenyuan.Schema{Schema: []byte(`{"type":"object"}`), Strict: true}}, `"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}}`},
		{wenyuan.Request{ToolChoice: "required", Tools: []wenyuan.Tool{{Name: "f"}}}, `"tool_choice":"required"`},
		{wenyuan.Request{ToolChoice: "required"}, `"stream_options":{"include_usage":true}}`},
		{wenyuan.Request{ToolChoice: "f", Tools: []wenyuan.Tool{{Name: "f", Strict: true}}}, `"tool_choice":{"function":{"name":"f"},"type":"function"}`},
		{wenyuan.Request{Tools: []wenyuan.Tool{{Name: "f", Strict: true}}}, `"tools":[{"type":"function","function":{"name":"f","strict":true}}]`},
	} {
		s := New(t, Say("x"))
		for range client(t, s.URL).Stream(t.Context(), c.r) {
		}
		if body := s.Requests()[0].Body; !strings.Contains(body, c.part) {
			t.Errorf("%s is missing in %s", c.part, body)
		}
	}
}

func TestRerank(t *testing.T) {
	t.Parallel()
	jina := JSON(`{"model":"r","results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":-3.5}]}`)
	tei := JSON(`[{"index":0,"score":-3.5},{"index":1,"score":0.9}]`)
	for name, c := range map[string]struct {
		replies []Reply
		paths   []string
	}{
		"Jina, Cohere, vLLM, llama.cpp": {[]Reply{jina}, []string{"/v1/rerank", "/v1/rerank"}},
		"below the root only":           {[]Reply{Fail(404, `{"detail":"Not Found"}`), tei}, []string{"/v1/rerank", "/rerank", "/rerank"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, c.replies...)
			m := embedder(t, s.URL)
			got, err := m.Rerank(t.Context(), "问", []string{"a", "b", "c", "d"})
			if d := cmp.Diff([]float64{-3.5, 0.9, -3.5, 0.9}, got); err != nil || d != "" {
				t.Error(err, d)
			}
			var paths []string
			for _, q := range s.Requests() {
				paths = append(paths, q.Path)
			}
			var body struct {
				Query            string
				Documents, Texts []string
			}
			last := s.Requests()[len(paths)-1]
			if err := json.Unmarshal([]byte(last.Body), &body); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.paths, paths); d != "" || body.Query != "问" || len(body.Documents) != 2 || len(body.Texts) == 0 && last.Path == "/rerank" {
				t.Errorf("%s %s", d, last.Body)
			}
		})
	}
	for _, body := range []string{`{}`, `[]`, `{"results":[{"index":0,"relevance_score":1}]}`, `{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}`,
		`{"results":[{"index":0},{"index":1}]}`, `{"results":[{"index":0,"relevance_score":1},{"index":5,"relevance_score":1}]}`, `"x"`, `null`, `<html>`} {
		if got, err := embedder(t, New(t, JSON(body)).URL).Rerank(t.Context(), "q", []string{"a", "b"}); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	if got, err := embedder(t, "http://x").Rerank(t.Context(), "q", nil); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{`{"tokens":[1,2,3]}`: 3, `{"count":5,"max_model_len":4096,"tokens":[1,2,3,4,5]}`: 5, `{"tokens":[]}`: 0, `{"tokens":[{"id":1,"piece":"a"}]}`: 1} {
		s := New(t, JSON(body))
		got, err := client(t, s.URL+"/v1").Count(t.Context(), "问源")
		if err != nil || got != want || s.Requests()[0].Path != "/tokenize" {
			t.Errorf("%s: %d, %v", body, got, err)
		}
		if d := cmp.Diff(`{"model":"qwen","prompt":"问源","content":"问源","add_special_tokens":false}`, s.Requests()[0].Body); d != "" {
			t.Error(d)
		}
	}
	for _, body := range []string{`{}`, `{"count":-1}`, `[]`, `<html>`} {
		if n, err := client(t, New(t, JSON(body)).URL).Count(t.Context(), "x"); wenyuan.CodeOf(err) != wenyuan.Unavailable {
			t.Errorf("%s: %d, %v", body, n, err)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := New(t, JSON(`{"object":"list","data":[{"id":"a","max_model_len":4096},{"id":"b","meta":{"n_ctx":2048,"n_ctx_train":32768}},{"id":"c"}]}`))
	got, err := client(t, s.URL+"/v1/chat/completions").List(t.Context())
	if d := cmp.Diff([]wire.Offer{{Name: "a", Context: 4096}, {Name: "b", Context: 2048}, {Name: "c"}}, got); d != "" || err != nil || s.Requests()[0].Path != "/v1/models" {
		t.Error(d, err)
	}
	if _, err := client(t, New(t, Page()).URL).List(wenyuan.StayInside(t.Context())); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("a list is asked for outside: %v", err)
	}
}
