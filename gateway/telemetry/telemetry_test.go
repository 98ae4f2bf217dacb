package telemetry_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/watch"
)

// A sentSpan is a span as the JSON of OTLP has it.
type sentSpan struct {
	TraceID, SpanID, ParentSpanID      string
	Name                               string
	Kind                               int
	StartTimeUnixNano, EndTimeUnixNano string
	Attributes                         []struct {
		Key   string
		Value struct {
			StringValue, IntValue string
			ArrayValue            struct {
				Values []struct{ StringValue string }
			}
		}
	}
	Status struct{ Code int }
}

func (s sentSpan) get(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			for _, v := range a.Value.ArrayValue.Values {
				return v.StringValue
			}
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

// A collector takes what is sent to it.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []sentSpan
	raw   string
	key   string
}

func collect(t *testing.T, status int) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var m struct {
			ResourceSpans []struct {
				Resource   struct{ Attributes []any }
				ScopeSpans []struct{ Spans []sentSpan }
			}
		}
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw, c.key = c.raw+string(b), r.Header.Get("Key")
		for _, s := range m.ResourceSpans {
			for _, o := range s.ScopeSpans {
				c.spans = append(c.spans, o.Spans...)
			}
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(c.Close)
	return c
}

// run makes one call of a model within a request that came with a trace, by two replicas.
func run(t *testing.T, e *telemetry.Exporter, header string) {
	t.Helper()
	w := watch.New(watch.Config{Done: e.Called})
	ctx := e.Begin(context.Background(), header)
	o := w.Begin(ctx, w.Series(watch.Place{Model: "qwen"}), watch.Begun{Request: "req_1", Person: "somebody", Class: "people", Link: watch.LinkOf(ctx)})
	n := o.Asked(watch.Step{Kind: watch.Replica, Where: "http://gpu-a:8000", Why: "least", Dialect: "openai"})
	o.Came(n, "http://gpu-a:8000", watch.Failed, 0, "")
	n = o.Asked(watch.Step{Kind: watch.Replica, Where: "https://gpu-b", Why: "retry", Dialect: "openai"})
	o.Came(n, "https://gpu-b", watch.Good, 0, "")
	o.End(watch.End{Level: "model", Replica: "https://gpu-b", In: 30, Out: 7, Finish: "stop"})
	e.Served(ctx, "POST", "/v1/chat/completions", 200, time.Now(), time.Millisecond)
}

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestSpans(t *testing.T) {
	t.Parallel()
	c := collect(t, 200)
	e, err := telemetry.Open(telemetry.Config{Endpoint: c.URL, Headers: map[string]string{"Key": "k"}, HTTP: c.Client(), Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, e, parent)
	e.Close()
	if len(c.spans) != 4 || c.key != "k" {
		t.Fatalf("%d spans, key %q: %s", len(c.spans), c.key, c.raw)
	}
	call, first, second, request := c.spans[0], c.spans[1], c.spans[2], c.spans[3]
	for _, s := range c.spans {
		if s.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || len(s.SpanID) != 16 {
			t.Errorf("%+v", s)
		}
		if _, err := hex.DecodeString(s.SpanID); err != nil {
			t.Error(err)
		}
	}
	if request.ParentSpanID != "00f067aa0ba902b7" || call.ParentSpanID != request.SpanID || first.ParentSpanID != call.SpanID || second.ParentSpanID != call.SpanID {
		t.Errorf("the spans do not hang together: %s", c.raw)
	}
	for key, want := range map[string]string{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "qwen", "gen_ai.response.model": "qwen",
		"gen_ai.usage.input_tokens": "30", "gen_ai.usage.output_tokens": "7", "gen_ai.response.finish_reasons": "stop", "server.address": "gpu-b", "server.port": "443", "wenyuan.request": "req_1"} {
		if got := call.get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if call.Name != "chat qwen" || call.Kind != 3 || request.Kind != 2 || first.get("error.type") != "failed" || first.Status.Code != 2 || second.Status.Code != 0 {
		t.Error(c.raw)
	}
	if strings.Contains(c.raw, "somebody") {
		t.Error("a person stands in the traces")
	}
	if sent, dropped := e.Figures(); sent != 4 || dropped != 0 {
		t.Errorf("%d sent, %d dropped", sent, dropped)
	}
}

// TestLost: a collector that is not there costs spans and nothing else.
func TestLost(t *testing.T) {
	t.Parallel()
	c := collect(t, 503)
	e, err := telemetry.Open(telemetry.Config{Endpoint: c.URL, HTTP: c.Client(), Sample: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		run(t, e, "nonsense")
	}
	e.Close()
	if sent, dropped := e.Figures(); sent != 0 || dropped != 4000 {
		t.Errorf("%d sent, %d dropped", sent, dropped)
	}
}

func TestNotSampled(t *testing.T) {
	t.Parallel()
	c := collect(t, 200)
	e, err := telemetry.Open(telemetry.Config{Endpoint: c.URL, HTTP: c.Client()})
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", strings.Repeat("-", 100)} {
		run(t, e, header)
	}
	e.Close()
	if len(c.spans) != 0 {
		t.Error(c.raw)
	}
	var none *telemetry.Exporter
	run(t, none, parent)
	none.Close()
	if _, err := telemetry.Open(telemetry.Config{Endpoint: "file:///x"}); err == nil {
		t.Error("a file is an endpoint")
	}
}
