package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
)

// BenchmarkPlain is a request to a plain model through the whole house, its server answering at once:
// over HTTP on both sides, with the built-in policy of the guards.
func BenchmarkPlain(b *testing.B) {
	text := strings.Repeat("The relief valve opens at twelve bar and closes at eleven. ", 17) // 1 KiB
	model := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":[{"message":{"role":"assistant","content":"It opens at twelve bar."},"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":6}}`)
	})
	h := openWith(b, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: standing(b, model)}}}}})
	for name, unique := range map[string]bool{"new": true, "kept": false} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if !unique {
					n = 0
				}
				resp, got := h.send(b, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model":"writer","messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"%d %s"}],"temperature":0,"max_tokens":128}`, n, text))
				if resp.StatusCode != 200 || !strings.Contains(got, "twelve bar") {
					b.Fatalf("%d %s", resp.StatusCode, got)
				}
			}
		})
	}
}

// standing serves until the benchmark ends, and gives its address.
func standing(b *testing.B, h http.Handler) string {
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL
}
