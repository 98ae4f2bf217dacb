package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/guard"
)

// BenchmarkTiny searches in a house of two documents.
func BenchmarkTiny(b *testing.B) {
	h := open(b)
	h.add(b, "pumps", handbook)
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		resp, text := h.send(b, "POST", "/api/search", `{"query": "closed alarm", "corpus": "pumps"}`, "Content-Type", "application/json")
		if took = append(took, time.Since(began)); resp.StatusCode != http.StatusOK {
			b.Fatal(text)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkGuardedAsk asks an ordinary question in a house of two documents, of which a model writes at
// once: with the policy that is built in, and with one that looks for nothing on the road.
func BenchmarkGuardedAsk(b *testing.B) {
	for name, p := range map[string]guard.Policy{
		"builtin": guard.BuiltIn(),
		"nothing": {Name: guard.DefaultName, Checks: []guard.Check{{Check: guard.Rules, Places: []guard.Place{guard.Data}, Action: guard.Flag}}},
	} {
		b.Run(name, func(b *testing.B) {
			model := gatewaytest.New(b, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
			h := openWith(b, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat"}}}})
			h.add(b, "pumps", handbook)
			h.hold(b, p)
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				resp, text := h.send(b, "POST", "/api/ask", fmt.Sprintf(`{"question": %q, "corpus": "pumps"}`, clientQuestion), "Content-Type", "application/json")
				if took = append(took, time.Since(began)); resp.StatusCode != http.StatusOK {
					b.Fatal(text)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}
