package server

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wenyuan/gateway"
	"wenyuan/guard"
)

// counters are the figures for an operator's monitoring. They count, they name nobody.
type counters struct {
	mu       sync.Mutex
	requests map[requestLabel]tally
	answers  map[string]int64 // by outcome: written, refused, failed
}

type requestLabel struct {
	route  string
	status int
}

type tally struct {
	n    int64
	took time.Duration
}

func (c *counters) request(route string, status int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		c.requests = map[requestLabel]tally{}
	}
	k := requestLabel{route, status}
	t := c.requests[k]
	c.requests[k] = tally{t.n + 1, t.took + took}
}

func (c *counters) answer(outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[string]int64{}
	}
	c.answers[outcome]++
}

// metrics writes the figures in the text form of Prometheus.
func metrics(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	var b strings.Builder
	s.count.write(&b)
	if s.Gateway != nil {
		writeModels(&b, s.Gateway.Figures())
		writeGateway(&b, s.Gateway.Standing(), s.Gateway.CacheLook())
		writeTelemetry(&b, s.Gateway.Telemetry())
	}
	if s.Gateway != nil && s.Answerer != nil {
		writeVersions(&b, slices.Concat(s.Gateway.Counted().Look("", "", ""), s.Answerer.Counted().Look("", "", "")))
	}
	if s.Guards != nil {
		writeGuards(&b, s.Guards.Figures())
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.writeProcess(&b, m.HeapAlloc)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, err := w.Write([]byte(b.String()))
	return err
}

// writeProcess writes how the server itself stands.
func (s *Server) writeProcess(b *strings.Builder, heap uint64) {
	gauge := func(name, help string, value float64) {
		m := &metric{name: name, kind: "gauge", help: help}
		m.add(value)
		writeMetrics(b, m)
	}
	gauge("wenyuan_waiting_requests", "Requests that wait for their turn.", float64(s.turns.waiting.Load()))
	gauge("wenyuan_running_answers", "Answers that are being made.", float64(len(s.answering.free)))
	gauge("wenyuan_running_requests", "Requests under way.", float64(len(s.turns.free)))
	gauge("wenyuan_heap_bytes", "Bytes of the heap.", float64(heap))
	gauge("wenyuan_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	gauge("wenyuan_start_time_seconds", "When the server was started, in seconds since 1970.", float64(s.started.Unix()))
}

func (c *counters) write(b *strings.Builder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	requests := &metric{name: "wenyuan_requests_total", kind: "counter", help: "Requests by route and status."}
	took := &metric{name: "wenyuan_request_seconds_total", kind: "counter", help: "Time that requests took, added up."}
	answers := &metric{name: "wenyuan_answers_total", kind: "counter", help: "Answers of assistants by how they ended."}
	for k, t := range c.requests {
		of := []string{"route", k.route, "status", strconv.Itoa(k.status)}
		requests.add(float64(t.n), of...)
		took.add(t.took.Seconds(), of...)
	}
	for outcome, n := range c.answers {
		answers.add(float64(n), "outcome", outcome)
	}
	writeMetrics(b, requests, took, answers)
}

// writeModels writes what each model was asked, said and cost.
func writeModels(b *strings.Builder, figures []gateway.Figure) {
	requests := &metric{name: "wenyuan_model_requests_total", kind: "counter", help: "Calls of models."}
	failures := &metric{name: "wenyuan_model_errors_total", kind: "counter", help: "Calls of models that failed, by the code of the error."}
	tokens := &metric{name: "wenyuan_model_tokens_total", kind: "counter", help: "Tokens as the models count them."}
	cost := &metric{name: "wenyuan_model_cost_total", kind: "counter", help: "What calls cost by the declared price."}
	first := &metric{name: "wenyuan_model_first_token_seconds_total", kind: "counter", help: "Time to the first tokens, added up."}
	firsts := &metric{name: "wenyuan_model_first_tokens_total", kind: "counter", help: "Answers whose first tokens that is the sum of."}
	for _, f := range figures {
		of := []string{"model", f.Model, "space", f.Space}
		with := func(more ...string) []string { return slices.Concat(of, more) }
		requests.add(float64(f.Requests), of...)
		for code, n := range f.Errors {
			failures.add(float64(n), with("code", string(code))...)
		}
		tokens.add(float64(f.Prompt), with("kind", "prompt")...)
		tokens.add(float64(f.Completion), with("kind", "completion")...)
		for currency, amount := range f.Cost {
			cost.add(amount, with("currency", currency)...)
		}
		first.add(f.First.Seconds(), of...)
		firsts.add(float64(f.Firsts), of...)
	}
	writeMetrics(b, requests, failures, tokens, cost, first, firsts)
}

// writeGuards writes what became of the incidents of guards.
func writeGuards(b *strings.Builder, f guard.Figures) {
	m := &metric{name: "wenyuan_guard_incidents_total", kind: "counter", help: "Incidents of guards by what became of them."}
	for what, n := range map[string]int64{"written": f.Written, "rapid": f.Rapid, "failed": f.Failed, "dropped": f.Dropped} {
		m.add(float64(n), "what", what)
	}
	writeMetrics(b, m)
}
