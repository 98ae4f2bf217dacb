package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

// A lockstep is an upstream that sends some pieces of a stream at once, and the next ones only when it is told
// to: what a client has not read is never sent together with what comes.
type lockstep struct {
	at     string
	pieces int
	next   chan struct{} // sends the next pieces; closed: the stream ends
}

// endOfPieces stands in the last one of those that were sent at once, and nowhere else.
const endOfPieces = '~'

func openLockstep(t testing.TB, pieces int) *lockstep {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u := &lockstep{at: "http://" + l.Addr().String(), pieces: pieces, next: make(chan struct{})}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go u.serve(c)
		}
	}()
	return u
}

func (u *lockstep) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			fmt.Fprint(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		var some []byte
		for i := range u.pieces {
			text := "which pressure "
			if i == u.pieces-1 {
				text += string(endOfPieces)
			}
			some = event(some, fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}`, text))
		}
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range u.next {
			if _, err := c.Write(some); err != nil {
				return
			}
		}
		last := event(nil, `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		if _, err := c.Write(append(event(last, "[DONE]"), "0\r\n\r\n"...)); err != nil {
			return
		}
	}
}

// event adds one as a chunk of a body.
func event(b []byte, data string) []byte {
	return fmt.Appendf(b, "%x\r\ndata: %s\n\n\r\n", len(data)+8, data)
}

// BenchmarkStream is a piece of a stream on its way from an upstream to a client, beside a bare proxy: how
// much of the processor it takes, with upstream and client, which are the same for both. Of eight pieces that
// come together each is an eighth.
func BenchmarkStream(b *testing.B) {
	for _, pieces := range []int{1, 8} {
		b.Run(fmt.Sprintf("proxy/%d together", pieces), func(b *testing.B) {
			u := openLockstep(b, pieces)
			to, err := url.Parse(u.at)
			if err != nil {
				b.Fatal(err)
			}
			s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
			b.Cleanup(s.Close)
			u.stream(b, s.Listener.Addr().String(), "none")
		})
		b.Run(fmt.Sprintf("gateway/%d together", pieces), func(b *testing.B) {
			u := openLockstep(b, pieces)
			f := openFronted(b)
			f.as(b, "operator", "POST", "/api/models", fmt.Sprintf(`{"name": "lockstep", "can": ["chat"], "replicas": [{"url": "%s/v1"}]}`, u.at), nil)
			u.stream(b, f.at, f.key["operator"])
		})
	}
}

// stream reads b.N pieces of a stream over a connection of its own.
func (u *lockstep) stream(b *testing.B, at, key string) {
	c, err := net.Dial("tcp", at)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	body := `{"model": "lockstep", "temperature": 0, "stream": true, "messages": [{"role": "user", "content": "At which pressure does it open?"}]}`
	fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", at, key, len(body), body)
	buf := make([]byte, 16<<10)
	some := func() {
		u.next <- struct{}{}
		for {
			n, err := c.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			if bytes.IndexByte(buf[:n], endOfPieces) >= 0 {
				return
			}
		}
	}
	some()
	b.ReportAllocs()
	before := processorTime(b)
	b.ResetTimer()
	for i := 0; i < b.N; i += u.pieces {
		some()
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before)/int64(b.N)), "cpu-ns/op")
	close(u.next)
}

// processorTime is how long the processors have worked for this process, in nanoseconds.
func processorTime(t testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
