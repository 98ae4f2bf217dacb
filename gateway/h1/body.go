package h1

import (
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"sync"
)

// A body is that of a reply. At its end the connection is free for another request; whoever closes it
// before ends the connection.
type body struct {
	c       *conn
	from    io.Reader // nil: length bytes of the connection
	length  int64     // that are left, where from is nil
	chunked bool
	closing bool // the server closes the connection, or nobody knows when the reply has ended
	stop    func() bool
	writing *write

	mu   sync.Mutex // Close may come while Read waits
	over error      // what every later Read gives
}

// body is the body of a reply, by its framing.
func (c *conn) body(resp *http.Response, stop func() bool, w *write) io.ReadCloser {
	b := &body{c: c, closing: resp.Close, stop: stop, writing: w}
	switch {
	case resp.Body != nil: // read by net/http
		b.from = resp.Body
		b.closing = b.closing || resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
		if resp.Body == http.NoBody {
			b.end(io.EOF)
		}
	case resp.TransferEncoding != nil:
		b.from, b.chunked = httputil.NewChunkedReader(c.br), true
	default:
		b.length = resp.ContentLength
		if b.length == 0 {
			b.end(io.EOF)
		}
	}
	return b
}

var errClosed = errors.New("h1: the body is closed")

// Read reads on. The error of a context that ended is its own to tell: here it is a deadline that passed.
func (b *body) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	over := b.over
	b.mu.Unlock()
	if over != nil {
		return 0, over
	}
	if b.from != nil {
		n, err = b.from.Read(p)
	} else {
		n, err = b.c.br.Read(p[:min(int64(len(p)), b.length)])
		if b.length -= int64(n); b.length == 0 {
			err = io.EOF
		} else if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		b.end(err)
	}
	return n, err
}

// Close ends the connection where the reply was not read to its end.
func (b *body) Close() error {
	b.end(errClosed)
	return nil
}

// end gives the connection back, or ends it.
func (b *body) end(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over != nil {
		return
	}
	b.over = why
	asked := b.stop() // false: the context has ended, and its deadline may be set any moment
	if why != io.EOF || !asked || b.closing || !b.writing.over() || b.chunked && !b.c.trailed() {
		b.c.Close()
		return
	}
	b.c.t.put(b.c)
}

// trailed passes the end of the last chunk, where it has come and there is nothing between.
func (c *conn) trailed() bool {
	if c.br.Buffered() < 2 {
		return false
	}
	end, _ := c.br.Peek(2)
	if string(end) != "\r\n" {
		return false
	}
	c.br.Discard(2) // it is there
	return true
}
