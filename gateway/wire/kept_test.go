package wire_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// TestKeptConnection: a server that hangs up on a connection it had promised to keep, just
// when it is used again, is asked once more on a new one, and sees no key of ours for that.
func TestKeptConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var connections, keys atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go answerOnce(c, &keys)
		}
	}()
	s := server(t, "http://"+l.Addr().String())
	for range 3 {
		var reply []int
		if err := s.JSON(t.Context(), s.URL, "question", &reply); err != nil {
			t.Fatal(err)
		}
	}
	if connections.Load() != 3 || keys.Load() != 0 {
		t.Errorf("%d connections for 3 questions, %d with a key", connections.Load(), keys.Load())
	}
}

// answerOnce answers one request, reads the next one, and hangs up.
func answerOnce(c net.Conn, keys *atomic.Int32) {
	defer c.Close()
	in := bufio.NewReader(c)
	for asked := range 2 {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, ok := r.Header["Idempotency-Key"]; ok {
			keys.Add(1)
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil || asked > 0 {
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
	}
}
