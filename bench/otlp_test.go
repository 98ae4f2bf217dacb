package bench_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/watch"
)

// TestOTLP: what is sent to a collector of traces is what OpenTelemetry's own definitions read, with
// nothing that they do not know. They stand here because the house is not built with them.
func TestOTLP(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies [][]byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, b)
	}))
	defer s.Close()
	e, err := telemetry.Open(telemetry.Config{Endpoint: s.URL, HTTP: s.Client(), Sample: 1, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	w := watch.New(watch.Config{Done: e.Called})
	ctx := e.Begin(t.Context(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	o := w.Begin(ctx, w.Series(watch.Place{Model: "qwen"}), watch.Begun{Request: "req_1", Class: "people", Link: watch.LinkOf(ctx)})
	o.Came(o.Asked(watch.Step{Kind: watch.Replica, Where: "http://gpu-a:8000", Dialect: "openai"}), "http://gpu-a:8000", watch.Failed, 0, "")
	o.Came(o.Asked(watch.Step{Kind: watch.Replica, Where: "https://gpu-b", Why: "retry", Dialect: "openai"}), "https://gpu-b", watch.Good, 0, "")
	o.End(watch.End{Level: "model", Replica: "https://gpu-b", In: 30, Out: 7, Finish: "stop", First: 1200})
	e.Close()
	if len(bodies) != 1 {
		t.Fatalf("%d messages", len(bodies))
	}
	var m otlp.TracesData // has the form of an ExportTraceServiceRequest
	if err := (protojson.UnmarshalOptions{}).Unmarshal(mapped(t, bodies[0]), &m); err != nil {
		t.Fatalf("%v\n%s", err, bodies[0])
	}
	spans := m.ResourceSpans[0].ScopeSpans[0].Spans
	if len(spans) != 3 || text(m.ResourceSpans[0].Resource.Attributes, "service.name") != "wenyuan" || text(m.ResourceSpans[0].Resource.Attributes, "service.version") != "1.2.3" {
		t.Fatalf("%v", &m)
	}
	call := spans[0]
	if hex.EncodeToString(call.TraceId) != "4bf92f3577b34da6a3ce929d0e0e4736" || len(call.SpanId) != 8 || call.Kind != otlp.Span_SPAN_KIND_CLIENT || call.EndTimeUnixNano < call.StartTimeUnixNano || call.StartTimeUnixNano < 1.6e18 {
		t.Errorf("%v", call)
	}
	if text(call.Attributes, "gen_ai.request.model") != "qwen" || number(call.Attributes, "gen_ai.usage.input_tokens") != 30 || number(call.Attributes, "server.port") != 443 {
		t.Errorf("%v", call.Attributes)
	}
	if s := spans[1]; string(s.ParentSpanId) != string(call.SpanId) || s.Status.Code != otlp.Status_STATUS_CODE_ERROR || text(s.Attributes, "error.type") != "failed" {
		t.Errorf("%v", s)
	}
}

// mapped puts ids, which OTLP writes in hexadecimal, into the base64 that JSON of protobuf has else.
func mapped(t *testing.T, body []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch x := v.(type) {
		case []any:
			for _, y := range x {
				walk(y)
			}
		case map[string]any:
			for k, y := range x {
				if s, ok := y.(string); ok && (k == "traceId" || k == "spanId" || k == "parentSpanId") {
					b, err := hex.DecodeString(s)
					if err != nil {
						t.Errorf("%s: %v", k, err)
					}
					x[k] = base64.StdEncoding.EncodeToString(b)
				}
				walk(y)
			}
		}
	}
	walk(v)
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(all []*common.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

func number(all []*common.KeyValue, key string) int64 {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetIntValue()
		}
	}
	return 0
}
