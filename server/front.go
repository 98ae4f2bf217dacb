package server

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// A frontListener hands out connections that give again what was answered before to the same bytes,
// before net/http takes the request up: what it costs to take a request up is most of what a kept
// answer costs.
type frontListener struct {
	net.Listener
	s *Server
}

// Accept waits for the next connection.
func (l frontListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if t, ok := c.(*net.TCPConn); ok {
		return &frontConn{TCPConn: t, s: l.s, between: true}, nil
	}
	return c, err
}

// A frontConn is a connection of net/http. Between two requests it looks at what comes before net/http
// does, in the buffer of that: a request that stands in there as a whole, byte by byte as one that was
// answered before, is answered here where everything that the answer hung on is as it was. All else is
// handed on as it came.
//
// Where one request ends is found out by counting: net/http says that it has finished one, and was
// handed as many bytes as the head of that says. On a connection where it was handed more, as by a client
// that does not wait for the reply, or where the head does not say it plainly, nothing is answered here
// any more.
type frontConn struct {
	*net.TCPConn
	s       *Server
	answers atomic.Int32 // what the connection does here: see the states below
	ends    atomic.Int64 // when the deadline for writing is, in nanoseconds: who ends a request sets it too

	// The goroutine of the connection has these: net/http reads while it handles a request too, but
	// not before it has taken the request off the connection.
	between bool // no request is under way
	handed  int  // bytes of the request under way that net/http has got
	length  int  // of it, as its head says; 0 where it does not
	asked   asked
	idles   time.Time // when the deadline of an idle connection was set here; zero: it was not
	lookout lookout
}

// What a frontConn does.
const (
	frontQuiet int32 = iota
	frontAnswers
	frontClosed // or to be closed by who answers
)

// An asked is a request under way as it came.
type asked struct {
	sum    uint64   // by which it is looked up
	hash   [32]byte // SHA-256 of all of it, where it is wanted
	wanted bool     // what is answered to it is to be noted
	writes int64    // of the store, before anything was looked up for it
	access *Access  // likewise
}

// largestAsked is how long a request is at most that is answered here, in bytes: the buffer of net/http.
const largestAsked = 4 << 10

// Read gives net/http what it is to handle.
func (c *frontConn) Read(p []byte) (int, error) {
	if watches && len(p) == 1 && !c.between && c.length > 0 && c.handed == c.length {
		return c.watch() // net/http has all of the request, and wants to know when who asked leaves
	}
	for {
		n, err := c.TCPConn.Read(p)
		if !c.between || n == 0 || err != nil || len(p) > largestAsked {
			c.between = c.between && n == 0
			c.handed += n
			return n, err
		}
		if !bytes.HasPrefix(p[:n], frontLine) {
			c.begin(p[:n], asked{})
			return n, nil
		}
		a, done := c.answered(p[:n])
		if done {
			continue
		}
		if whole := lengthOf(p[:n]); n < whole && whole <= len(p) { // many clients send the head for itself
			if n = c.rest(p, n, whole); n == whole {
				if a, done = c.answered(p[:n]); done {
					continue
				}
			}
		}
		c.begin(p[:n], a)
		return n, nil
	}
}

// rest reads a request up to its end, and gives how far it came.
func (c *frontConn) rest(p []byte, n, whole int) int {
	_ = c.TCPConn.SetReadDeadline(time.Now().Add(c.s.Limits.Stall)) // one that is closed says so when it is read
	for n < whole {
		m, err := c.TCPConn.Read(p[n:whole])
		if n += m; err != nil {
			break // net/http meets it too
		}
	}
	c.idles = time.Now()
	return n
}

// begin hands a request over to net/http.
func (c *frontConn) begin(p []byte, a asked) {
	c.between, c.handed, c.length, c.asked = false, len(p), lengthOf(p), a
	if !c.idles.IsZero() { // as net/http would have it for the rest of a head
		c.idles = time.Time{}
		_ = c.TCPConn.SetReadDeadline(time.Now().Add(headerTime))
	}
}

// finished notes that net/http has finished a request.
func (c *frontConn) finished() {
	c.between = c.length > 0 && c.handed == c.length
	c.asked = asked{}
}

// SetWriteDeadline notes the deadline, so that it is not set for each reply.
func (c *frontConn) SetWriteDeadline(t time.Time) error {
	at := int64(0) // none, which is to be set before something is sent
	if !t.IsZero() {
		at = t.UnixNano()
	}
	c.ends.Store(at)
	return c.TCPConn.SetWriteDeadline(t)
}

// Close ends the connection; a reply that is just being sent here is sent to its end.
func (c *frontConn) Close() error {
	if c.answers.CompareAndSwap(frontAnswers, frontClosed) {
		return nil
	}
	c.answers.Store(frontClosed)
	return c.TCPConn.Close()
}

// send sends a reply, unless the connection is closed.
func (c *frontConn) send(now time.Time, reply []byte) {
	if time.Duration(c.ends.Load()-now.UnixNano()) < c.s.Limits.Stall/2 {
		_ = c.SetWriteDeadline(now.Add(c.s.Limits.Stall)) // one that is closed says so when it is written to
	}
	if now.Sub(c.idles) > idleTime/paceStep {
		c.idles = now
		_ = c.TCPConn.SetReadDeadline(now.Add(idleTime))
	}
	if _, err := c.TCPConn.Write(reply); err != nil {
		c.answers.Store(frontClosed)
	}
	if !c.answers.CompareAndSwap(frontAnswers, frontQuiet) {
		_ = c.TCPConn.Close()
	}
}

type frontKey struct{}

// inFront has the requests of a connection know it.
func inFront(ctx context.Context, c net.Conn) context.Context {
	if f, ok := c.(*frontConn); ok {
		return context.WithValue(ctx, frontKey{}, f)
	}
	return ctx
}

// frontState tells connections that a request was finished.
func frontState(c net.Conn, state http.ConnState) {
	if f, ok := c.(*frontConn); ok && state == http.StateIdle {
		f.finished()
	}
}

// frontLine is what requests begin with that are answered here.
var frontLine = []byte("POST " + chatPath + " HTTP/1.1\r\n")

// lengthOf is how many bytes a request has, by a head that stands in p as a whole and says it plainly; 0
// where none does. What RFC 9112 leaves to the server to put up with is not plain.
func lengthOf(p []byte) int {
	end := bytes.Index(p, []byte("\r\n\r\n"))
	if end < 0 {
		return 0
	}
	body, told := 0, false
	_, rest, _ := bytes.Cut(p[:end+2], []byte("\r\n"))
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.ContainsAny(line, "\r\n") || bytes.ContainsAny(name, " \t") {
			return 0
		}
		switch len(name) {
		case len("Expect"), len("Trailer"), len("Transfer-Encoding"), len("Content-Length"):
		default:
			continue
		}
		switch {
		case bytes.EqualFold(name, []byte("Expect")), bytes.EqualFold(name, []byte("Upgrade")), bytes.EqualFold(name, []byte("Trailer")), bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return 0
		case bytes.EqualFold(name, []byte("Content-Length")):
			if body, ok = digits(bytes.TrimPrefix(value, []byte(" "))); !ok || told {
				return 0
			}
			told = true
		}
	}
	return end + 4 + body
}

// digits reads a whole number of up to seven digits.
func digits(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 7 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
