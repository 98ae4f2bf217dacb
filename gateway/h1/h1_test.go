package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenyuan/gateway/h1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a server that reads a request and writes what it is told, byte by byte where slow is set;
// after the last reply of a connection it closes it.
type scripted struct {
	url     string
	accepts atomic.Int64
	asked   atomic.Int64
}

func serve(t *testing.T, reply func(connection, request int64, c net.Conn) bool) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{url: "http://" + l.Addr().String()}
	var all sync.WaitGroup
	var open sync.Map
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Store(c, true)
			n := s.accepts.Add(1)
			all.Go(func() {
				defer c.Close()
				br := bufio.NewReader(c)
				for i := int64(1); ; i++ {
					req, err := http.ReadRequest(br)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, req.Body); err != nil {
						return
					}
					s.asked.Add(1)
					if !reply(n, i, c) {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		open.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		all.Wait()
	})
	return s
}

func transport(t *testing.T) *h1.Transport {
	x := &h1.Transport{Dial: new(net.Dialer).DialContext}
	t.Cleanup(x.CloseIdleConnections)
	return x
}

func post(ctx context.Context, x http.RoundTripper, url, body string) (status int, text string, err error) {
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/v1/chat", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	resp, err := x.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// TestReplies: what net/http makes of a reply is made of it here, however the bytes come.
func TestReplies(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		reply string
		stays bool // the connection is used again
	}{
		"a length":                {ok + "Content-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello", true},
		"chunks":                  {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", true},
		"chunks with trailers":    {ok + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n", true},
		"trailers unannounced":    {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n", false},
		"until it closes":         {ok + "\r\nhello", false},
		"it says that it closes":  {ok + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", false},
		"an old protocol":         {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
		"no reason":               {"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", true},
		"signs of life":           {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 5\r\n\r\nhello", true},
		"nothing":                 {"HTTP/1.1 204 No Content\r\n\r\n", true},
		"an error":                {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno", true},
		"an empty body":           {ok + "Content-Length: 0\r\n\r\n", true},
		"the same length twice":   {ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", true},
		"two lengths":             {ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", false},
		"length and chunks":       {ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true},
		"a length below zero":     {ok + "Content-Length: -5\r\n\r\nhello", false},
		"a length with a sign":    {ok + "Content-Length: +5\r\n\r\nhello", false},
		"folded lines":            {ok + "X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello", true},
		"bare line ends":          {"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", true},
		"a line without a colon":  {ok + "what\r\nContent-Length: 5\r\n\r\nhello", false},
		"other framing":           {ok + "Transfer-Encoding: gzip\r\n\r\nhello", false},
		"cut in the body":         {ok + "Content-Length: 9\r\n\r\nhello", false},
		"cut in a chunk":          {ok + "Transfer-Encoding: chunked\r\n\r\n9\r\nhello", false},
		"cut before the trailers": {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", false},
		"cut in the trailers":     {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n", false},
		"rubbish for trailers":    {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nhello\r\n\r\n", false},
		"trailers without end":    {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: " + strings.Repeat("y", 9000) + "\r\n\r\n", false},
		"a bare end of a chunk":   {ok + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", false},
		"a chunk of no size":      {ok + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", false},
		"a chunk that goes on":    {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", false},
		"a chunk too large":       {ok + "Transfer-Encoding: chunked\r\n\r\n11111111111111115\r\nhello\r\n0\r\n\r\n", false},
		"much between chunks":     {ok + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\nh\r\n", 30) + "0\r\n\r\n", false},
		"many chunks":             {ok + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nh\r\n", 5000) + "0\r\n\r\n", true},
		"a large chunk":           {ok + "Transfer-Encoding: chunked\r\n\r\n5000\r\n" + strings.Repeat("x", 0x5000) + "\r\n0\r\n\r\n", true},
		"cut in the head":         {ok + "Content-Le", false},
		"no HTTP":                 {"hello\r\n\r\n", false},
		"a large head":            {ok + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 20) + "Content-Length: 5\r\n\r\nhello", true},
		"a head without end":      {ok + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 200) + "Content-Length: 5\r\n\r\nhello", false},
		"another protocol":        {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", false},
	} {
		for _, slow := range []bool{false, true} {
			if slow && len(c.reply) > 2000 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := serve(t, func(_, _ int64, conn net.Conn) bool {
					if !slow {
						io.WriteString(conn, c.reply)
						return c.stays
					}
					for i := range len(c.reply) {
						if _, err := conn.Write([]byte{c.reply[i]}); err != nil {
							return false
						}
					}
					return c.stays
				})
				theirs := &http.Transport{MaxResponseHeaderBytes: 64 << 10, DisableCompression: true}
				defer theirs.CloseIdleConnections()
				wantStatus, wantText, wantErr := post(t.Context(), theirs, s.url, "question")
				x, before := transport(t), s.accepts.Load()
				for range 2 {
					status, text, err := post(t.Context(), x, s.url, "question")
					if status != wantStatus && name != "another protocol" || text != wantText || (err == nil) != (wantErr == nil) && name != "another protocol" {
						t.Errorf("%d %q %v, want %d %q %v", status, text, err, wantStatus, wantText, wantErr)
					}
				}
				if n := s.accepts.Load() - before; c.stays && !slow && n != 1 || !c.stays && n != 2 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

// TestUnasked: what comes on an idle connection is the reply to nothing.
func TestUnasked(t *testing.T) {
	t.Parallel()
	const reply = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	sent := make(chan bool)
	s := serve(t, func(n, i int64, c net.Conn) bool {
		if n == 1 {
			io.WriteString(c, reply+"good")
			<-sent // the reply was read
			io.WriteString(c, reply+"evil")
			sent <- true
			return true
		}
		io.WriteString(c, reply+"good")
		return true
	})
	x := transport(t)
	if _, text, err := post(t.Context(), x, s.url, "a"); text != "good" || err != nil {
		t.Fatalf("%q %v", text, err)
	}
	sent <- true
	<-sent
	time.Sleep(5 * time.Millisecond) // until it has come on this machine
	if _, text, err := post(t.Context(), x, s.url, "b"); text != "good" || err != nil {
		t.Fatalf("%q %v", text, err)
	}
	pipelined := serve(t, func(n, i int64, c net.Conn) bool {
		if n == 1 {
			io.WriteString(c, reply+"good"+reply+"evil")
			return true
		}
		io.WriteString(c, reply+"good")
		return true
	})
	for range 3 {
		if _, text, err := post(t.Context(), x, pipelined.url, "a"); text != "good" || err != nil {
			t.Fatalf("%q %v", text, err)
		}
	}
}

// TestClosedMeanwhile: a connection that the server closed while it was idle, or when the next request
// had been sent, costs nobody an answer; a new one that does so is an error.
func TestClosedMeanwhile(t *testing.T) {
	t.Parallel()
	s := serve(t, func(n, i int64, c net.Conn) bool {
		if i == 2 {
			return false // read, and closed without a word
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
		return true
	})
	x := transport(t)
	for range 5 {
		if _, text, err := post(t.Context(), x, s.url, "a"); text != "good" || err != nil {
			t.Fatalf("%q %v", text, err)
		}
	}
	silent := serve(t, func(_, _ int64, c net.Conn) bool { return false })
	if _, _, err := post(t.Context(), x, silent.url, "a"); err == nil || silent.asked.Load() != 1 {
		t.Errorf("%v after %d requests", err, silent.asked.Load())
	}
}

// TestEnded: a context that ends wakes whoever waits, before the head, within the body, and while sending.
func TestEnded(t *testing.T) {
	t.Parallel()
	come := make(chan bool, 1)
	s := serve(t, func(_, _ int64, c net.Conn) bool {
		come <- true
		io.Copy(io.Discard, c)
		return false
	})
	x := transport(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-come; cancel() }()
	if _, _, err := post(ctx, x, s.url, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("before the head: %v", err)
	}
	inside := serve(t, func(_, _ int64, c net.Conn) bool {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngo")
		come <- true
		io.Copy(io.Discard, c)
		return false
	})
	ctx, cancel = context.WithCancel(t.Context())
	go func() { <-come; cancel() }()
	if _, text, err := post(ctx, x, inside.url, "a"); err == nil || text != "" && text != "go" {
		t.Errorf("in the body: %q %v", text, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	go func() {
		if c, err := l.Accept(); err == nil { // and reads nothing
			time.Sleep(time.Millisecond)
			cancel()
			<-t.Context().Done()
			c.Close()
		}
	}()
	if _, _, err := post(ctx, x, "http://"+l.Addr().String(), strings.Repeat("x", 64<<20)); !errors.Is(err, context.Canceled) {
		t.Errorf("while sending: %v", err)
	}
}

// TestRefusedEarly: a server may answer before it has read a large body.
func TestRefusedEarly(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, 10))
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(w, "too large")
	}))
	defer s.Close()
	x := transport(t)
	status, _, err := post(t.Context(), x, s.URL, strings.Repeat("x", 200<<10))
	if status != http.StatusRequestEntityTooLarge || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if status, _, err = post(t.Context(), x, s.URL, "0123456789"); status != http.StatusRequestEntityTooLarge || err != nil {
		t.Errorf("%d %v", status, err)
	}
}

// TestHeaders: what stands in a header cannot become another one.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Saw", r.Header.Get("Authorization")+" "+r.Host+" "+r.URL.RequestURI())
	}))
	defer s.Close()
	x := transport(t)
	ask := func(set func(*http.Request)) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/a?b=c", bytes.NewReader([]byte("x")))
		if err != nil {
			t.Fatal(err)
		}
		set(req)
		resp, err := x.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		return resp, err
	}
	resp, err := ask(func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer k")
		r.Header["Idempotency-Key"] = nil
		r.Header.Set("Content-Length", "77")
	})
	if err != nil || resp.Header.Get("X-Saw") != "Bearer k "+strings.TrimPrefix(s.URL, "http://")+" /a?b=c" {
		t.Errorf("%v %v", resp, err)
	}
	for _, bad := range []func(*http.Request){
		func(r *http.Request) { r.Header.Set("Authorization", "a\r\nX: y") },
		func(r *http.Request) { r.Header["X\r\nY"] = []string{"z"} },
		func(r *http.Request) { r.Host = "a\r\nX: y" },
		func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\n" },
		func(r *http.Request) { r.URL.Scheme = "https" },
	} {
		if _, err := ask(bad); err == nil {
			t.Error("it was sent")
		}
	}
}

// TestMany: each of many at once gets its own answer.
func TestMany(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if len(b)%3 == 0 {
			w.(http.Flusher).Flush()
		}
		w.Write(b)
	}))
	defer s.Close()
	x := transport(t)
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 200 {
				body := strings.Repeat(string(rune('a'+g)), 1+(i*37)%9000)
				ctx, cancel := context.WithCancel(t.Context())
				_, text, err := post(ctx, x, s.URL, body)
				if cancel(); err != nil || text != body {
					t.Errorf("%d bytes, %v", len(text), err)
					return
				}
			}
		})
	}
	all.Wait()
}

// FuzzReply: what a server sends never makes two replies of one, and where a reply is given net/http gives
// the same.
func FuzzReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\nHTTP/1.1"))
	for _, end := range []string{"", "\x8f\n", "X: y\r\n\r\n", "X: y\n\nZ\r\n\r\n", "\n"} {
		f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;z\r\nhello\r\n0\r\n" + end))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				if req, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
					io.Copy(io.Discard, req.Body)
					there.Write(reply)
				}
				there.Close()
			}()
			return here, nil
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(reply)), &http.Request{Method: "POST"})
		wantText, wantErr := []byte(nil), err
		for err == nil && want.StatusCode < 200 {
			return // signs of life: TestReplies has them
		}
		if err == nil {
			wantText, wantErr = io.ReadAll(want.Body)
		}
		status, text, err := post(t.Context(), &h1.Transport{Dial: dial}, "http://x", "q")
		if (err == nil) != (wantErr == nil) || err == nil && (status != want.StatusCode || text != string(wantText)) {
			t.Fatalf("%q: %d %q %v, want %q %v", reply, status, text, err, wantText, wantErr)
		}
	})
}

// TestNext: what has come is given at once and no more is waited for; a body of which all has come may be
// closed before it was read, and its connection is used again.
func TestNext(t *testing.T) {
	t.Parallel()
	for name, unusual := range map[string]string{"usual": "", "read by net/http": "Trailer: X\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := make(chan bool)
			s := serve(t, func(_, _ int64, c net.Conn) bool {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"+unusual+"\r\n3\r\nhel\r\n2\r\nlo\r\n1")
				<-read
				io.WriteString(c, "\r\n!\r\n0\r\n\r\n")
				return true
			})
			x := transport(t)
			for range 3 {
				req, err := http.NewRequestWithContext(t.Context(), "POST", s.url, strings.NewReader("question"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := x.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				body := resp.Body.(interface{ Next() ([]byte, error) })
				for _, want := range []string{"hello", "!"} {
					text, err := body.Next()
					if string(text) != want || err != nil {
						t.Fatalf("%q %v, want %q", text, err, want)
					}
					if want != "!" {
						read <- true
					}
				}
				resp.Body.Close()
				if _, err := body.Next(); err == nil {
					t.Error("a body that is closed goes on")
				}
			}
			if n := s.accepts.Load(); n != 1 && unusual == "" {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestEndsLater: a connection is used again where the end of a stream comes for itself, and closed where it does not
// come, or something else does.
func TestEndsLater(t *testing.T) {
	t.Parallel()
	const event = "e\r\ndata: [DONE]\n\n\r\n"
	for _, c := range []struct {
		name, rest string // what comes once the reader wants no more; "": nothing, and the connection stays open
		kept       bool
	}{{"the end", "0\r\n\r\n", true}, {"another event", event + "0\r\n\r\n", false}, {"nothing", "", false}, {"no chunk", "zz\r\n", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := endsLater(t, event, c.rest)
			for tries := 0; c.kept && n != 1 && tries < 20; tries++ { // this machine may have stood still, and the end came too late
				n = endsLater(t, event, c.rest)
			}
			if (n == 1) != c.kept {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// endsLater reads a stream up to its last event, behind which the rest comes, then asks once more. It gives how many
// connections were made.
func endsLater(t *testing.T, event, rest string) int64 {
	t.Helper()
	read := make(chan struct{})
	s := serve(t, func(connection, request int64, w net.Conn) bool {
		if connection > 1 || request > 1 {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			return true
		}
		io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"+event)
		<-read
		io.WriteString(w, rest)
		return true
	})
	x := transport(t)
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.url, strings.NewReader("one"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := x.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, len("data: [DONE]\n\n"))
	if _, err := io.ReadFull(resp.Body, text); err != nil {
		t.Fatal(err)
	}
	resp.Body.(interface{ Ends() }).Ends()
	close(read)
	resp.Body.Close() // once it is known whether the end came
	if status, said, err := post(t.Context(), x, s.url, "two"); status != 200 || said != "ok" {
		t.Fatalf("%d %q %v", status, said, err)
	}
	return s.accepts.Load()
}
