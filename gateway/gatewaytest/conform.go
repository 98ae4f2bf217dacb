package gatewaytest

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan"
	"wenyuan/gateway/wire"
)

// An Opener makes the client of a chat model. What it opens it closes at the end of the test.
type Opener func(t testing.TB, c wire.Config) wenyuan.Model

// Conform is what every dialect passes: it tells the scripted server what to say and looks
// what arrives, and that nothing is left behind. It measures times and memory, so the test
// that calls it does not run beside others.
func Conform(t *testing.T, open Opener) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	c := conformance{open}
	for name, test := range map[string]func(*testing.T){
		"stops in time":  c.stopsInTime,
		"bounded memory": c.boundedMemory,
		"silence":        c.silence,
	} {
		t.Run(name, test) // one by one: they measure
	}
	t.Run("all", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"in order":        c.inOrder,
			"request arrives": c.requestArrives,
			"tool calls":      c.toolCalls,
			"schema":          c.schema,
			"finishes":        c.finishes,
			"one object":      c.oneObject,
			"text hygiene":    c.textHygiene,
			"refusals":        c.refusals,
			"broken streams":  c.brokenStreams,
			"border":          c.border,
			"certificate":     c.certificate,
			"big question":    c.bigQuestion,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t)
			})
		}
	})
	goleak.VerifyNone(t, before)
}

type conformance struct{ open Opener }

// model asks a server as an operator would configure it.
func (c conformance) model(t testing.TB, s *Server) wenyuan.Model {
	return c.open(t, c.config(s))
}

func (conformance) config(s *Server) wire.Config {
	return wire.Config{Name: "house", URL: s.URL, RemoteName: "qwen", Key: Key, KeyEnv: "HOUSE_KEY", Inside: true}
}

// An outcome is a whole stream.
type outcome struct {
	text  string
	calls []wenyuan.ToolCall
	last  wenyuan.Chunk
	err   error
	parts int
}

var hello = wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "你好"}}}

// ask collects a stream and looks after the promises that hold for each.
func ask(ctx context.Context, t testing.TB, m wenyuan.Model, r wenyuan.Request) (o outcome) {
	t.Helper()
	for chunk, err := range m.Stream(ctx, r) {
		switch {
		case o.err != nil || o.last.Finish != "":
			t.Errorf("%+v, %v after the end", chunk, err)
		case err != nil:
			o.err = err
			continue
		case chunk.Text == "" && len(chunk.ToolCalls) == 0 && chunk.Finish == "":
			t.Error("an empty chunk")
		}
		o.parts++
		o.text += chunk.Text
		o.last = chunk
		for _, c := range chunk.ToolCalls {
			o.add(t, c)
		}
	}
	if o.err == nil && o.last.Finish == "" {
		t.Error("the stream ends with neither finish nor error")
	}
	return o
}

func (o *outcome) add(t testing.TB, c wenyuan.ToolCall) {
	t.Helper()
	switch {
	case c.Index == len(o.calls) && c.ID != "" && c.Name != "":
		o.calls = append(o.calls, c)
	case c.Index >= 0 && c.Index < len(o.calls) && c.ID == "" && c.Name == "":
		o.calls[c.Index].Arguments += c.Arguments
	default:
		t.Errorf("a piece of a call %+v after %d calls", c, len(o.calls))
	}
}

// A hearing model tells of each piece of text that it has given.
type hearing struct {
	wenyuan.Model
	heard chan<- struct{}
}

// Stream gives what the model gives.
func (h hearing) Stream(ctx context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		for c, err := range h.Model.Stream(ctx, r) {
			if !yield(c, err) {
				return
			}
			if c.Text != "" {
				h.heard <- struct{}{}
			}
		}
	}
}

// inOrder: what is there is given, though nothing more comes before it was.
func (c conformance) inOrder(t *testing.T) {
	heard := make(chan struct{})
	s := New(t, Heard(heard, "问", "源 ", "says", " hello"))
	o := ask(t.Context(), t, hearing{c.model(t, s), heard}, hello)
	if o.err != nil || o.text != "问源 says hello" || o.parts != 5 {
		t.Errorf("said %q in %d parts, %v", o.text, o.parts, o.err)
	}
	want := wenyuan.Chunk{Finish: "stop", Usage: &wenyuan.Usage{Prompt: promptTokens, Completion: 4}}
	if d := cmp.Diff(want, o.last); d != "" {
		t.Error(d)
	}
}

func (c conformance) requestArrives(t *testing.T) {
	half, most := 0.5, 0.9
	r := wenyuan.Request{
		Messages: []wenyuan.Message{
			{Role: "system", Content: "Answer from the originals."},
			{Role: "user", Content: "<Wetter> in 北京 & Ulm?"},
			{Role: "assistant", Content: "I look.", ToolCalls: []wenyuan.ToolCall{{ID: "c1", Name: "weather", Arguments: `{"city":"北京"}`}, {Index: 1, ID: "c2", Name: "weather", Arguments: `{"city":"Ulm"}`}}},
			{Role: "tool", ToolCall: "c1", Content: "sun"},
			{Role: "tool", ToolCall: "c2", Content: "rain"},
			{Role: "assistant", Content: "Sun and rain."},
			{Role: "user", Content: "Thanks"},
		},
		Tools:      []wenyuan.Tool{weather},
		ToolChoice: "auto",
		MaxTokens:  5, Temperature: &half, TopP: &most, Stop: []string{"。"},
	}
	s := New(t, Say("x"))
	m := c.model(t, s)
	ask(t.Context(), t, m, r)
	ask(t.Context(), t, m, hello)
	full, bare := s.Requests()[0], s.Requests()[1]
	for _, d := range []string{
		cmp.Diff(r.Messages, full.Messages), cmp.Diff(r.Tools, full.Tools), cmp.Diff(r.Stop, full.Stop), cmp.Diff("qwen", full.Model),
		cmp.Diff(r.MaxTokens, full.MaxTokens), cmp.Diff(&half, full.Temperature), cmp.Diff(&most, full.TopP), cmp.Diff(hello.Messages, bare.Messages),
	} {
		if d != "" {
			t.Error(d)
		}
	}
	if bare.Temperature != nil || bare.TopP != nil || bare.Stop != nil || bare.Tools != nil || bare.ToolChoice != "" || bare.Schema != nil {
		t.Errorf("settings were sent that nobody asked for: %s", bare.Body)
	}
	if !strings.Contains(strings.Join([]string{full.Header.Get("Authorization"), full.Header.Get("X-Api-Key")}, ""), Key) {
		t.Errorf("the key is not in %v", full.Header)
	}
}

var weather = wenyuan.Tool{Name: "weather", Description: "tells the weather", Parameters: []byte(`{"type":"object","properties":{"city":{"type":"string"}}}`)}

func (c conformance) toolCalls(t *testing.T) {
	want := []wenyuan.ToolCall{
		{ID: "c1", Name: "weather", Arguments: `{"city":"北京","days":3}`},
		{Index: 1, ID: "c2", Name: "weather", Arguments: `{"city":"Ulm"}`},
		{Index: 2, ID: "c3", Name: "now", Arguments: `{}`},
	}
	for _, text := range []string{"", "I look."} {
		s := New(t, Call(text, want...))
		o := ask(t.Context(), t, c.model(t, s), wenyuan.Request{Messages: hello.Messages, Tools: []wenyuan.Tool{weather}})
		if d := cmp.Diff(want, o.calls); d != "" || o.err != nil || o.text != text || o.last.Finish != "tool_calls" || o.last.Usage == nil {
			t.Errorf("%q, %+v, %v: %s", o.text, o.last, o.err, d)
		}
	}
}

func (c conformance) schema(t *testing.T) {
	schema := &wenyuan.Schema{Name: "verdict", Schema: []byte(`{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}`), Strict: true}
	const said = `{"ok":true,"为":"是"}`
	s := New(t, func(w http.ResponseWriter, r *http.Request) {
		v := voiceOf(w, r)
		v.begin()
		if _, byTool := v.(*anthropic); byTool {
			v.call(wenyuan.ToolCall{ID: "c1", Name: "verdict", Arguments: said})
			v.end("tool_calls", 3)
			return
		}
		for _, p := range pieces(said) {
			v.text(quoted(p))
		}
		v.end("stop", 3)
	})
	o := ask(t.Context(), t, c.model(t, s), wenyuan.Request{Messages: hello.Messages, Schema: schema})
	if o.err != nil || o.text != said || o.last.Finish != "stop" || o.calls != nil {
		t.Errorf("%q, %+v, %+v, %v", o.text, o.calls, o.last, o.err)
	}
	q := s.Requests()[0]
	if d := cmp.Diff(string(schema.Schema), string(q.Schema)); d != "" || q.Tools != nil {
		t.Errorf("%s in %s", d, q.Body)
	}
	o = ask(t.Context(), t, c.model(t, s), wenyuan.Request{Messages: hello.Messages, Schema: &wenyuan.Schema{Name: "verdict"}})
	if o.err != nil || o.text != said {
		t.Errorf("any object: %q, %v", o.text, o.err)
	}
}

func (c conformance) finishes(t *testing.T) {
	for _, reason := range []string{"length", "content_filter"} {
		s := New(t, Finish(reason, "half"))
		m := c.model(t, s)
		o := ask(t.Context(), t, m, hello)
		if _, few := voiceAt(s).(ollama); few && reason == "content_filter" {
			continue
		}
		if o.err != nil || o.text != "half" || o.last.Finish != reason {
			t.Errorf("%q, %+v, %v; want %s", o.text, o.last, o.err, reason)
		}
	}
}

// voiceAt is the dialect in which a server was asked.
func voiceAt(s *Server) voice {
	q := s.Requests()[0]
	r, _ := http.NewRequest(http.MethodPost, "http://x"+q.Path, nil) // the path came in by one
	return voiceOf(nil, r)
}

func (c conformance) oneObject(t *testing.T) {
	o := ask(t.Context(), t, c.model(t, New(t, Whole("all at once"))), hello)
	if o.err != nil || o.text != "all at once" || o.last.Finish != "stop" || o.last.Usage == nil || o.last.Usage.Prompt != promptTokens {
		t.Errorf("%q, %+v, %v", o.text, o.last, o.err)
	}
}

// textHygiene: nothing broken goes further, and what a model writes to itself is no answer.
func (c conformance) textHygiene(t *testing.T) {
	for _, x := range []struct {
		reply Reply
		want  string
	}{
		{Bytes("问\xe6\xba源\xff."), "问\ufffd\ufffd源\ufffd."},
		{Say("a\x00b"), "a\ufffdb"},
		{Say("<th", "ink>Hm.</thi", "nk>\n\nIt is 50."), "It is 50."},
		{Say("<think>never ends"), ""},
		{Say("<thin ", "ice"), "<thin ice"},
	} {
		o := ask(t.Context(), t, c.model(t, New(t, x.reply)), hello)
		if o.err != nil || o.text != x.want {
			t.Errorf("%q, %v; want %q", o.text, o.err, x.want)
		}
	}
}

// bigQuestion: a megabyte goes out whole.
func (c conformance) bigQuestion(t *testing.T) {
	s := New(t, Say("x"))
	big := strings.Repeat("源头", 200_000)
	o := ask(t.Context(), t, c.model(t, s), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: big}}})
	if o.err != nil || s.Requests()[0].Messages[0].Content != big {
		t.Error(o.err)
	}
}

// border: what must stay inside reaches nobody outside.
func (c conformance) border(t *testing.T) {
	s := New(t, Say("x"))
	outside := c.config(s)
	outside.Inside = false
	o := ask(wenyuan.StayInside(t.Context()), t, c.open(t, outside), hello)
	e, ok := errors.AsType[*wenyuan.Error](o.err)
	if !ok || e.Code != wenyuan.Denied || !strings.Contains(e.Message, "closed") || e.Hint == "" || len(s.Requests()) != 0 {
		t.Errorf("error %v after %d requests", o.err, len(s.Requests()))
	}
	if o := ask(wenyuan.StayInside(t.Context()), t, c.model(t, s), hello); o.err != nil {
		t.Errorf("inside: %v", o.err)
	}
	if o := ask(t.Context(), t, c.open(t, outside), hello); o.err != nil {
		t.Errorf("outside with what may leave: %v", o.err)
	}
}

// certificate: one that nobody vouches for is named, with what to do.
func (c conformance) certificate(t *testing.T) {
	s := NewTLS(t, Say("x"))
	o := ask(t.Context(), t, c.model(t, s), hello)
	e, ok := errors.AsType[*wenyuan.Error](o.err)
	if !ok || e.Code != wenyuan.Unavailable || !strings.Contains(e.Message, "Acme Co") || !strings.Contains(e.Hint, "SSL_CERT_FILE") || len(s.Requests()) != 0 {
		t.Errorf("error %v", o.err)
	}
}

// soon is how long a stream may go on after the caller's cancel.
const soon = 100 * time.Millisecond
