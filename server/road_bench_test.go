package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRoad is a request that is asked for the first time, to a plain model that answers at once: what
// it costs beside a plain reverse proxy. Client and model speak HTTP by hand, so that what is measured is
// what stands between them.
func BenchmarkRoad(b *testing.B) {
	for _, c := range []struct{ name, checks string }{{"key", `[]`}, {"screen", `[{"check": "injection", "places": ["input"], "action": "refuse"}]`}} {
		b.Run(c.name, func(b *testing.B) {
			f := openFronted(b)
			f.as(b, "operator", "POST", "/api/models", fmt.Sprintf(`{"name": "quick", "can": ["chat"], "replicas": [{"url": "http://%s/v1"}]}`, answering(b)), nil)
			if c.name != "key" {
				f.as(b, "operator", "PUT", "/api/limits", `{"limits": [{"kind": "house", "resource": "requests", "span": "day", "hard": 1000000000000}, {"kind": "house", "resource": "tokens_in", "span": "day", "hard": 1000000000000}, {"kind": "house", "resource": "tokens_out", "span": "day", "hard": 1000000000000}]}`, nil)
				f.as(b, "operator", "PUT", "/api/guard/policies/default", `{"policy": {"name": "default", "checks": `+c.checks+`}}`, nil)
				f.as(b, "operator", "POST", "/api/guard/policies/default/release", `{}`, nil)
			}
			road(b, f.at, f.key["operator"])
		})
	}
	b.Run("floor", func(b *testing.B) {
		u := &url.URL{Scheme: "http", Host: answering(b)}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}}
		go s.Serve(l)
		b.Cleanup(func() { s.Close() })
		road(b, l.Addr().String(), "none")
	})
}

// road sends requests one after another.
func road(b *testing.B, at, key string) {
	c, err := net.Dial("tcp", at)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReader(c)
	text := strings.Repeat("The relief valve opens at twelve bar and closes at eleven. ", 17) // 1 KiB
	var req, body []byte
	n := 0
	one := func() {
		n++
		body = fmt.Appendf(body[:0], `{"model":"quick","temperature":0,"messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"%d %s"}]}`, n, text)
		req = fmt.Appendf(req[:0], "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", at, key, len(body))
		if _, err := c.Write(append(req, body...)); err != nil {
			b.Fatal(err)
		}
		ok, reply, err := message(in, body)
		if body = reply; err != nil || !ok || !bytes.Contains(reply, []byte("twelve bar")) {
			b.Fatalf("%s %v", reply, err)
		}
	}
	for range 100 {
		one()
	}
	b.ReportAllocs()
	before := processor()
	for b.Loop() {
		one()
	}
	b.ReportMetric(float64(processor()-before)/float64(b.N), "cpu-ns/op")
}

// processor is what the process has taken of processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// message reads one message with a length, and gives its body; ok says that it is a reply that says 200.
func message(in *bufio.Reader, buf []byte) (ok bool, body []byte, err error) {
	length, begun := 0, false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false, buf, err
		}
		if !begun {
			begun, ok = true, bytes.HasPrefix(line, []byte("HTTP/1.1 200"))
		}
		if name, value, found := bytes.Cut(line, []byte(":")); found && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return false, buf, err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	body = slices.Grow(buf[:0], length)[:length]
	_, err = io.ReadFull(in, body)
	return ok, body, err
}

// answering is the address of a model that answers at once.
func answering(b *testing.B) string {
	const body = `{"choices":[{"message":{"role":"assistant","content":"It opens at twelve bar."},"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":6}}`
	reply := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var buf []byte
				for in := bufio.NewReader(c); ; {
					var err error
					if _, buf, err = message(in, buf); err != nil {
						return
					}
					if _, err = c.Write(reply); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}
