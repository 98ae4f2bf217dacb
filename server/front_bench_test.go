package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkFront is an answer that a connection gives again by itself, with its client: over one
// connection, a question of 1 KiB.
func BenchmarkFront(b *testing.B) {
	f := openFronted(b)
	c := f.dial(b)
	raw := f.raw("ann", fmt.Sprintf(`{"model": "plain", "temperature": 0, "messages": [{"role": "user", "content": %q}]}`, strings.Repeat("At which pressure does it open? ", 32)))
	c.ask(raw)
	f.settled(b, c, raw)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(c, raw); err != nil {
			b.Fatal(err)
		}
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
	}
}
