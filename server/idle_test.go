package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestIdleConnections: hundreds of connections that say nothing, or half of a head and no more, keep nobody from
// being served, and are closed.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	const n = 500
	var closed atomic.Int64
	var all sync.WaitGroup
	for i := range n {
		c, err := net.Dial("tcp", f.at)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			if _, err := io.WriteString(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-"); err != nil {
				t.Fatal(err)
			}
		}
		all.Go(func() {
			defer c.Close()
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := io.Copy(io.Discard, c); !errors.Is(err, os.ErrDeadlineExceeded) {
				closed.Add(1)
			}
		})
	}
	one := f.dial(t)
	for i := range 20 {
		resp, text := one.ask(f.raw("operator", fmt.Sprintf(`{"model": "plain", "messages": [{"role": "user", "content": "question %d"}]}`, i)))
		if resp.StatusCode != http.StatusOK {
			t.Fatal(text)
		}
	}
	all.Wait()
	if closed.Load() != n {
		t.Errorf("%d of %d were closed", closed.Load(), n)
	}
}
