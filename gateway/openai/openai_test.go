package openai_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "sk-secret-4711"

func client(t *testing.T, url string, set ...func(*wire.Config)) *openai.Client {
	conf := wire.Config{Name: "house", URL: url, RemoteName: "qwen", Key: secret, KeyEnv: "HOUSE_KEY"}
	for _, f := range set {
		f(&conf)
	}
	c := openai.New(conf)
	t.Cleanup(c.Close)
	return c
}

var hello = wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "你好"}}}

// said collects a stream.
func said(m wenyuan.Model, ctx context.Context) (text string, last wenyuan.Chunk, err error) {
	for c, e := range m.Stream(ctx, hello) {
		if e != nil {
			return text, last, e
		}
		text, last = text+c.Text, c
	}
	return text, last, nil
}

// TestThought: what a model writes to itself is no part of the answer, however it is cut.
func TestThought(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<think>Hm, 40 < 50?</think>\n\nIt is 50.":       "It is 50.",
		"\n <think>\n\n</think>\n\n是 50。":                "是 50。",
		"Tags like <think>a</think> stay in the middle.": "Tags like <think>a</think> stay in the middle.",
		"<thin ice":                   "<thin ice",
		"<th":                         "<th",
		"<think>It never comes to an": "",
		" It is 50.":                  "It is 50.",
	} {
		for _, size := range []int{1, 3, 1000} {
			var pieces []string
			for rest := []rune(in); len(rest) > 0; rest = rest[min(size, len(rest)):] {
				pieces = append(pieces, string(rest[:min(size, len(rest))]))
			}
			text, last, err := said(client(t, New(t, Say(pieces...)).URL), t.Context())
			if err != nil || text != want || last.Finish != "stop" {
				t.Errorf("%q in pieces of %d: %q, %+v, %v", in, size, text, last, err)
			}
		}
	}
}

func TestAddressWithAndWithoutVersion(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     "/v1/chat/completions",
		"/":                    "/v1/chat/completions",
		"/v1":                  "/v1/chat/completions",
		"/v1/":                 "/v1/chat/completions",
		"/v1/chat/completions": "/v1/chat/completions",
		"/api/paas/v4":         "/api/paas/v4/chat/completions",
		"/compatible-mode":     "/compatible-mode/v1/chat/completions",
	} {
		s := New(t, Say("x"))
		if _, _, err := said(client(t, s.URL+in), t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()[0].Path; got != want {
			t.Errorf("%q leads to %q, want %q", in, got, want)
		}
	}
}

func TestSettingsAreSentOnlyWhenGiven(t *testing.T) {
	t.Parallel()
	s := New(t, Say("x"))
	zero, seed := 0.0, int64(4)
	for range client(t, s.URL).Stream(t.Context(), wenyuan.Request{Temperature: &zero, Seed: &seed, MaxTokens: 5, Stop: []string{"。"}}) {
	}
	for range client(t, s.URL).Stream(t.Context(), wenyuan.Request{}) {
	}
	full, bare := s.Requests()[0].Body, s.Requests()[1].Body
	for _, part := range []string{`"temperature":0`, `"seed":4`, `"max_tokens":5`, `"stop":["。"]`} {
		if !strings.Contains(full, part) {
			t.Errorf("%s is missing in %s", part, full)
		}
		if name, _, _ := strings.Cut(part, ":"); strings.Contains(bare, name+":") {
			t.Errorf("%s is sent though nobody asked for it: %s", name, bare)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply Reply
		code  wenyuan.Code
		says  string // in the message or the hint
	}{
		{"rate limit", Fail(429, `{"error":{"message":"slow down"}}`, "Retry-After", "17"), wenyuan.Limited, "17s"},
		{"no key", Fail(401, `{"error":{"message":"Incorrect API key provided: `+secret+`"}}`), wenyuan.Unavailable, "HOUSE_KEY"},
		{"forbidden", Fail(403, `<html>no</html>`), wenyuan.Unavailable, "HOUSE_KEY"},
		{"no such model", Fail(404, `{"error":{"message":"model not found"}}`), wenyuan.Unavailable, "remote_name"},
		{"context, OpenAI", Fail(400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}`), wenyuan.TooLarge, "fewer passages"},
		{"context, llama.cpp", Fail(400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`), wenyuan.TooLarge, "fewer passages"},
		{"context, vLLM", Fail(400, `{"object":"error","message":"x","error":{"message":"maximum model len is 4096, you asked for 9000"}}`), wenyuan.TooLarge, "fewer passages"},
		{"other refusal", Fail(422, `{"error":"temperature is out of range"}`), wenyuan.Invalid, "temperature is out of range"},
		{"server error", Fail(500, `boom`), wenyuan.Unavailable, "log"},
		{"bad gateway page", Fail(502, `<html><body>Bad Gateway</body></html>`), wenyuan.Unavailable, "failed"},
		{"redirect", Fail(307, ``, "Location", "http://127.0.0.1:1/"), wenyuan.Unavailable, "final address"},
		{"page instead of a stream", Fail(200, `<html>welcome</html>`, "Content-Type", "text/html"), wenyuan.Unavailable, "web page"},
		{"json instead of a stream", Fail(200, `{"choices":[]}`, "Content-Type", "application/json"), wenyuan.Unavailable, "dialect"},
		{"rubbish in the stream", Events(`{"choices":[{"delta":{"content":"a"}}]}`, `not json`), wenyuan.Unavailable, "no answer"},
		{"wrong types in the stream", Events(`{"choices":"a"}`), wenyuan.Unavailable, "no answer"},
		{"nothing but the end", Events(`[DONE]`), wenyuan.Unavailable, "no answer"},
		{"error in the stream", Events(`{"error":{"message":"out of memory"}}`), wenyuan.Unavailable, "failed"},
		{"broken off", BreakOff("half an ans"), wenyuan.Unavailable, "broke off"},
		{"ended without a finish", EndEarly("half an ans"), wenyuan.Unavailable, "broke off"},
		{"a line of 2 MB", Events(strings.Repeat("x", 2<<20)), wenyuan.Unavailable, "no answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := New(t, c.reply)
			_, last, err := said(client(t, s.URL), t.Context())
			e, ok := errors.AsType[*wenyuan.Error](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if e.Code != c.code || !strings.Contains(e.Message+"\n"+e.Hint, c.says) {
				t.Errorf("%s: %s (%s), want %s with %q", e.Code, e.Message, e.Hint, c.code, c.says)
			}
			if strings.Contains(fmt.Sprint(e, e.Hint), secret) {
				t.Errorf("the key is in the error: %v", e)
			}
			if last.Finish != "" || len(s.Requests()) != 1 {
				t.Errorf("finish %q after %d requests", last.Finish, len(s.Requests()))
			}
		})
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	t.Parallel()
	s := New(t, Fail(429, "", "Retry-After", "17"), Fail(429, "", "Retry-After", "-5"), Fail(429, "", "Retry-After", "99999999999999999999"))
	for _, want := range []time.Duration{17 * time.Second, 0, 0} {
		_, _, err := said(client(t, s.URL), t.Context())
		if got := wire.WaitOf(err); got != want {
			t.Errorf("wait %v, want %v", got, want)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	l.Close()
	_, _, err = said(client(t, url), t.Context())
	if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Code != wenyuan.Unavailable || !strings.Contains(e.Hint, "nothing listens") {
		t.Errorf("error %v", err)
	}
}

func TestFinishWithoutEndMark(t *testing.T) {
	t.Parallel()
	s := New(t, Events(`{"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]}`))
	text, last, err := said(client(t, s.URL), t.Context())
	if err != nil || text != "a" || last.Finish != "length" {
		t.Errorf("%q, %+v, %v", text, last, err)
	}
}

func embedder(t *testing.T, url string) *openai.Client {
	e := openai.New(wire.Config{Name: "embedder", URL: url, RemoteName: "bge", Batch: 2})
	t.Cleanup(e.Close)
	return e
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	s := New(t, Vectors(func(text string) []float32 { return []float32{float32(len(text)), 1} }))
	e := embedder(t, s.URL)
	got, err := e.Embed(t.Context(), []string{"a", "bb", "源"})
	if d := cmp.Diff([][]float32{{1, 1}, {2, 1}, {3, 1}}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if q := s.Requests(); len(q) != 2 || q[0].Path != "/v1/embeddings" || q[0].Model != "bge" {
		t.Errorf("requests %+v", q)
	}
	if none, err := e.Embed(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("nothing embeds to %v, %v", none, err)
	}
	if e.Version() != "remote:bge" {
		t.Errorf("version %q", e.Version())
	}
}

func TestEmbedRefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	body := func(s string) Reply { return Fail(200, s, "Content-Type", "application/json") }
	for name, reply := range map[string]Reply{
		"one too few":    body(`{"data":[{"index":0,"embedding":[1]}]}`),
		"index twice":    body(`{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`),
		"index too high": body(`{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}`),
		"empty":          body(`{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[]}]}`),
		"two lengths":    body(`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1]}]}`),
		"too big":        body(`{"data":[{"index":0,"embedding":[1e99]},{"index":1,"embedding":[1]}]}`),
		"a page":         body(`<html>`),
		"cut off": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"data":[`)
			panic(http.ErrAbortHandler)
		},
		"lengths change": func() Reply {
			n := 0
			return func(w http.ResponseWriter, r *http.Request) {
				n++
				Vectors(func(string) []float32 { return make([]float32, n) })(w, r)
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, reply)
			_, err := embedder(t, s.URL).Embed(t.Context(), []string{"a", "b", "c", "d"})
			if wenyuan.CodeOf(err) != wenyuan.Unavailable {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestWhole: a short answer that is waited for as a whole is asked for in one piece; one whose end is
// not known comes as a stream, in which a server that hangs is noticed.
func TestWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		whole bool
		most  int
		want  string
	}{{true, 100, `"stream":false`}, {true, 0, `"stream":true,"stream_options":{"include_usage":true}`}, {true, 5000, `"stream":true`}, {false, 100, `"stream":true`}} {
		s := New(t, JSON(`{"choices":[{"message":{"content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`))
		m := openai.New(wire.Config{Name: "m", URL: s.URL})
		text, used := "", (*wenyuan.Usage)(nil)
		for k, err := range m.Stream(t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Hi"}}, Whole: c.whole, MaxTokens: c.most}) {
			if err != nil {
				t.Fatal(err)
			}
			text, used = text+k.Text, k.Usage
		}
		m.Close()
		if text != "Hello." || used == nil || used.Completion != 2 {
			t.Errorf("%+v: %q %+v", c, text, used)
		}
		if body := s.Requests()[0].Body; !strings.Contains(body, c.want) || c.whole && c.most == 100 && strings.Contains(body, "stream_options") {
			t.Errorf("%+v: %s", c, body)
		}
	}
}
