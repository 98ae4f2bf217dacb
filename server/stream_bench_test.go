package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

// A lockstep is an upstream of streams that sends some pieces of one at once, and the next ones only when it is
// told to: what a client has not read is never sent together with what comes.
type lockstep struct {
	at     string
	pieces []byte
	next   []chan struct{} // of a stream: sends the next pieces; closed: the stream ends
}

// endOfPieces stands in the last one of those that were sent at once, and nowhere else.
const endOfPieces = '~'

func openLockstep(t testing.TB, streams, pieces int) *lockstep {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	u := &lockstep{at: "http://" + l.Addr().String()}
	for range streams {
		u.next = append(u.next, make(chan struct{}))
	}
	for i := range pieces {
		text := "which pressure "
		if i == pieces-1 {
			text += string(endOfPieces)
		}
		u.pieces = event(u.pieces, fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1763600000,"model":"m","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}]}`, text))
	}
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
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_, number, ok := bytes.Cut(body, []byte("stream "))
		if !ok { // no chat
			fmt.Fprint(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		n := 0
		fmt.Sscan(string(number), &n)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range u.next[n] {
			if _, err := c.Write(u.pieces); err != nil {
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

// BenchmarkStream is a piece of a stream on its way from an upstream to a client, beside a bare proxy and beside
// nothing between them: how much of the processor it takes, with upstream and client. Of eight pieces that
// come together each is an eighth.
func BenchmarkStream(b *testing.B) {
	for _, c := range []struct{ streams, pieces int }{{1, 1}, {1, 8}} {
		kind := fmt.Sprintf("%d streams, %d together", c.streams, c.pieces)
		b.Run("nothing/"+kind, func(b *testing.B) {
			u := openLockstep(b, c.streams, c.pieces)
			u.read(b, strings.TrimPrefix(u.at, "http://"), "none", c.pieces)
		})
		b.Run("proxy/"+kind, func(b *testing.B) {
			u := openLockstep(b, c.streams, c.pieces)
			to, err := url.Parse(u.at)
			if err != nil {
				b.Fatal(err)
			}
			quiet := log.New(io.Discard, "", 0) // at the end the clients leave
			s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, ErrorLog: quiet, Transport: &http.Transport{DisableCompression: true}})
			b.Cleanup(s.Close)
			u.read(b, s.Listener.Addr().String(), "none", c.pieces)
		})
		b.Run("gateway/"+kind, func(b *testing.B) {
			u := openLockstep(b, c.streams, c.pieces)
			f := openFronted(b)
			f.as(b, "operator", "POST", "/api/models", fmt.Sprintf(`{"name": "lockstep", "can": ["chat"], "replicas": [{"url": "%s/v1"}]}`, u.at), nil)
			u.read(b, f.at, f.key["operator"], c.pieces)
		})
	}
}

// read reads b.N pieces of the streams in turn, over a connection each.
func (u *lockstep) read(b *testing.B, at, key string, pieces int) {
	var all []net.Conn
	buf := make([]byte, 16<<10)
	some := func(i int) {
		u.next[i] <- struct{}{}
		for {
			n, err := all[i].Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			if bytes.IndexByte(buf[:n], endOfPieces) >= 0 {
				return
			}
		}
	}
	for i := range u.next {
		c, err := net.Dial("tcp", at)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		all = append(all, c)
		body := fmt.Sprintf(`{"model": "lockstep", "temperature": 0, "stream": true, "messages": [{"role": "user", "content": "stream %d "}]}`, i)
		fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", at, key, len(body), body)
		some(i)
	}
	b.ReportAllocs()
	before := processorTime(b)
	b.ResetTimer()
	for n := 0; n < b.N; n += pieces {
		some(n / pieces % len(all))
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before)/int64(b.N)), "cpu-ns/op")
	for i := range u.next {
		close(u.next[i])
	}
}

// processorTime is how long the processors have worked for this process, in nanoseconds.
func processorTime(t testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
