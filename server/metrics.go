package server

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
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
	fmt.Fprintf(&b, "# TYPE wenyuan_waiting_requests gauge\nwenyuan_waiting_requests %d\n", s.turns.waiting.Load())
	fmt.Fprintf(&b, "# TYPE wenyuan_running_answers gauge\nwenyuan_running_answers %d\n", len(s.answering.free))
	fmt.Fprintf(&b, "# TYPE wenyuan_running_requests gauge\nwenyuan_running_requests %d\n", len(s.turns.free))
	fmt.Fprintf(&b, "# TYPE wenyuan_heap_bytes gauge\nwenyuan_heap_bytes %d\n", m.HeapAlloc)
	fmt.Fprintf(&b, "# TYPE wenyuan_goroutines gauge\nwenyuan_goroutines %d\n", runtime.NumGoroutine())
	fmt.Fprintf(&b, "# TYPE wenyuan_start_time_seconds gauge\nwenyuan_start_time_seconds %d\n", s.started.Unix())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, err := w.Write([]byte(b.String()))
	return err
}

func (c *counters) write(b *strings.Builder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var counts, times, answers []string
	for k, t := range c.requests {
		l := fmt.Sprintf("{route=%q,status=\"%d\"}", k.route, k.status)
		counts = append(counts, fmt.Sprintf("wenyuan_requests_total%s %d\n", l, t.n))
		times = append(times, fmt.Sprintf("wenyuan_request_seconds_total%s %g\n", l, t.took.Seconds()))
	}
	for outcome, n := range c.answers {
		answers = append(answers, fmt.Sprintf("wenyuan_answers_total{outcome=%q} %d\n", outcome, n))
	}
	family(b, "wenyuan_requests_total", counts)
	family(b, "wenyuan_request_seconds_total", times)
	family(b, "wenyuan_answers_total", answers)
}

// writeModels writes what each model was asked, said and cost.
func writeModels(b *strings.Builder, figures []gateway.Figure) {
	var requests, failures, tokens, costs, first, firsts []string
	for _, f := range figures {
		model := fmt.Sprintf("model=%q", f.Model)
		if f.Space != "" {
			model += fmt.Sprintf(",space=%q", f.Space)
		}
		requests = append(requests, fmt.Sprintf("wenyuan_model_requests_total{%s} %d\n", model, f.Requests))
		for code, n := range f.Errors {
			failures = append(failures, fmt.Sprintf("wenyuan_model_errors_total{%s,code=%q} %d\n", model, code, n))
		}
		tokens = append(tokens, fmt.Sprintf("wenyuan_model_tokens_total{%s,kind=\"prompt\"} %d\n", model, f.Prompt),
			fmt.Sprintf("wenyuan_model_tokens_total{%s,kind=\"completion\"} %d\n", model, f.Completion))
		for currency, cost := range f.Cost {
			costs = append(costs, fmt.Sprintf("wenyuan_model_cost_total{%s,currency=%q} %g\n", model, currency, cost))
		}
		first = append(first, fmt.Sprintf("wenyuan_model_first_token_seconds_total{%s} %g\n", model, f.First.Seconds()))
		firsts = append(firsts, fmt.Sprintf("wenyuan_model_first_tokens_total{%s} %d\n", model, f.Firsts))
	}
	family(b, "wenyuan_model_requests_total", requests)
	family(b, "wenyuan_model_errors_total", failures)
	family(b, "wenyuan_model_tokens_total", tokens)
	family(b, "wenyuan_model_cost_total", costs)
	family(b, "wenyuan_model_first_token_seconds_total", first)
	family(b, "wenyuan_model_first_tokens_total", firsts)
}

// writeGuards writes what became of the incidents of guards.
func writeGuards(b *strings.Builder, f guard.Figures) {
	var samples []string
	for what, n := range map[string]int64{"written": f.Written, "rapid": f.Rapid, "failed": f.Failed, "dropped": f.Dropped} {
		samples = append(samples, fmt.Sprintf("wenyuan_guard_incidents_total{what=%q} %d\n", what, n))
	}
	family(b, "wenyuan_guard_incidents_total", samples)
}

// family writes the samples of one counter together, as the text form wants them.
func family(b *strings.Builder, name string, samples []string) {
	slices.Sort(samples)
	b.WriteString("# TYPE " + name + " counter\n" + strings.Join(samples, ""))
}
