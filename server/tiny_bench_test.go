package server_test

import (
	"net/http"
	"slices"
	"testing"
	"time"
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
