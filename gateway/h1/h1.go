// Package h1 asks servers over HTTP/1.1 without encryption: what a gateway does ten thousand times a
// second to an engine beside it.
//
// It is an [http.RoundTripper] for addresses that begin with http://. It differs from net/http's in what
// it does not do: one goroutine sends a request and reads the reply, where net/http has two more for each
// connection, and the head of a usual reply is read in one pass. Whatever is unusual about a head (an
// error, other framing, folded lines) is read by [http.ReadResponse], whose word counts.
//
// What a stranger would break: a connection is used again only after its reply was read to the end and
// when nothing more has come on it. What came unasked would be taken for the next reply, and one person
// be handed what was written for another.
package h1

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds.
const (
	maxHead     = 64 << 10         // bytes of the head of a reply, with those before it that are only signs of life
	maxInterim  = 8                // such heads of one reply
	maxIdle     = 4096             // connections that are kept open without use, of one address
	idleTime    = 90 * time.Second // for which they are
	maxTogether = 64 << 10         // bytes of a body that are written with the head
	readBuffer  = 8 << 10          // bytes that are read at once; a larger head is read by net/http
	ownBuffer   = 2 << 10          // likewise, of a reply that net/http reads
	mostOut     = 64 << 10         // bytes of a buffer that is used again for what is sent
)

// A Transport sends requests. It may be used from many goroutines.
type Transport struct {
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // says which addresses may be reached

	mu    sync.Mutex
	idle  map[string][]*conn // by address, the one that was used last at the end
	sweep *time.Timer        // runs while there are any
}

// A conn is a connection to a server.
type conn struct {
	net.Conn
	t       *Transport
	address string
	in      input
	br      *bufio.Reader // of a reply that net/http reads; nil where it does not
	used    time.Time     // last
	reused  bool
	head    int // bytes that net/http may still read of a head; 0: it is not read now
}

// outs are buffers for what is sent. A request needs one until the head of its reply has come, however long
// that goes on.
var outs = sync.Pool{New: func() any { return new([]byte) }}

var errHead = errors.New("h1: the head of the reply is too large")

// Read gives net/http what has come already and then what comes, and bounds what it reads of a head.
func (c *conn) Read(p []byte) (n int, err error) {
	if c.head == 1 {
		return 0, errHead
	}
	if c.head > 0 {
		p = p[:min(len(p), c.head-1)]
	}
	if here := c.in.waiting(); len(here) > 0 {
		n = copy(p, here)
		if c.in.at += n; n == len(here) {
			c.in.clear()
		}
	} else {
		n, err = c.Conn.Read(p)
	}
	if c.head > 0 {
		c.head -= n
	}
	return n, err
}

// RoundTrip sends a request and gives the reply once its head has come. The error is that of the context
// where it ended.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if req.URL.Scheme != "http" {
		return nil, fmt.Errorf("h1: %s is not spoken here", req.URL.Scheme)
	}
	var body []byte
	if req.Body != nil && req.ContentLength != 0 {
		var err error
		if body, err = bodyOf(req); err != nil {
			return nil, err
		}
	}
	out := outs.Get().(*[]byte)
	head, err := appendHead((*out)[:0], req)
	if err != nil {
		return nil, err
	}
	if len(body) <= maxTogether {
		head, body = append(head, body...), nil
		if cap(head) <= mostOut {
			defer func() { *out = head; outs.Put(out) }()
		}
	}
	ctx, address := req.Context(), addressOf(req)
	for {
		c, err := t.conn(ctx, address)
		if err != nil {
			return nil, err
		}
		resp, again, err := c.ask(req, head, body)
		if err == nil || !again {
			return resp, err
		}
	}
}

// ask sends a request. again says that the connection, which was used before, ended before anything came:
// the server closed it just then, and the request goes out once more on another.
func (c *conn) ask(req *http.Request, head, body []byte) (resp *http.Response, again bool, err error) {
	ctx := req.Context()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) }) // wakes who reads or writes
	writing := c.write(head, body)
	first := c.in.more()
	if first == nil {
		resp, err = c.response(req)
	} else {
		err = first
	}
	if err == nil {
		resp.Body = c.body(resp, stop, writing)
		return resp, false, nil
	}
	stop()
	c.drop()
	if why := ctx.Err(); why != nil {
		return nil, false, why
	}
	if failed := writing.wait(); failed != nil && first != nil {
		err = failed // why nothing came
	}
	return nil, c.reused && first != nil, fmt.Errorf("h1: %w", err)
}

// drop ends the connection and lets go of what has come on it.
func (c *conn) drop() {
	c.Close()
	c.in.clear()
}

// A write is the sending of a request: of a large one it goes on while the reply is waited for, as a
// server may refuse it before it has all come.
type write struct {
	err  error
	done chan struct{} // nil: it is over
}

func (w *write) wait() error {
	if w.done != nil {
		<-w.done
	}
	return w.err
}

// over says whether everything was sent well.
func (w *write) over() bool {
	if w.done != nil {
		select {
		case <-w.done:
		default:
			return false
		}
	}
	return w.err == nil
}

// write sends a head, and what of the body does not stand with it.
func (c *conn) write(head, body []byte) *write {
	if body == nil {
		_, err := c.Conn.Write(head)
		return &write{err: err}
	}
	w := &write{done: make(chan struct{})}
	go func() {
		defer close(w.done)
		buffers := net.Buffers{head, body}
		_, w.err = buffers.WriteTo(c.Conn)
	}()
	return w
}

// A Holder is the body of a request whose bytes are there already. They are sent as they are, and not written
// to.
type Holder interface{ Bytes() []byte }

// bodyOf reads the body of a request, whose length is known or found so.
func bodyOf(req *http.Request) ([]byte, error) {
	if h, ok := req.Body.(Holder); ok && int64(len(h.Bytes())) == req.ContentLength {
		return h.Bytes(), nil
	}
	if req.ContentLength < 0 {
		return io.ReadAll(req.Body)
	}
	body := make([]byte, req.ContentLength)
	if _, err := io.ReadFull(req.Body, body); err != nil {
		return nil, fmt.Errorf("h1: the body of the request is shorter than it says: %w", err)
	}
	return body, nil
}

// response reads the head of a reply.
func (c *conn) response(req *http.Request) (*http.Response, error) {
	resp, ok, err := c.usual(req)
	if err != nil || ok {
		return resp, err
	}
	c.br, c.head = bufio.NewReader(c), maxHead+1
	defer func() { c.head = 0 }()
	for range maxInterim {
		resp, err = http.ReadResponse(c.br, req)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			return nil, errors.New("the server changes to another protocol")
		}
		if resp.StatusCode >= 200 {
			return resp, nil
		}
	}
	return nil, errors.New("the server sends signs of life and no reply")
}

// usual reads a head of the usual form; ok is false where it is another, of which nothing was read.
func (c *conn) usual(req *http.Request) (resp *http.Response, ok bool, err error) {
	for {
		here := c.in.waiting()
		if end := bytes.Index(here, []byte("\r\n\r\n")); end >= 0 && !bareEnd(here[:end]) {
			if resp = parse(here[:end+4], req); resp == nil {
				return nil, false, nil
			}
			c.in.at += end + 4
			return resp, true, nil
		}
		if len(here) == readBuffer || bareEnd(here) {
			return nil, false, nil
		}
		if err := c.in.more(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, false, err
		}
	}
}

// bareEnd says whether a line ends with LF alone, so that the end of the head may look different.
func bareEnd(b []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return false
		}
		if i += n; i == 0 || b[i-1] != '\r' {
			return true
		}
	}
}
