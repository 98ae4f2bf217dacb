package h1

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// A body is that of a reply. At its end the connection is free for another request; whoever closes it
// before ends the connection.
type body struct {
	c       *conn
	from    io.Reader // of a reply that net/http reads; nil: it comes from the connection
	own     []byte    // for Next, where from is not nil
	chunked bool
	chunks  chunks
	length  int64 // that is still to come, where it is not chunked
	closing bool  // the server closes the connection, or nobody knows when the reply has ended
	stop    func() bool
	stopped bool // stop was called, in time
	writing *write

	mu      sync.Mutex // Close may come while Read waits
	waiting bool       // Read does
	text    []byte     // has come and was not read: it stands in the buffer of the connection
	late    error      // what comes behind it
	over    error      // what every later Read gives
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
		b.chunked = true
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
	defer b.mu.Unlock()
	if b.from != nil {
		return b.readFrom(p)
	}
	if err := b.fill(); err != nil {
		return 0, err
	}
	n = copy(p, b.text)
	if b.text = b.text[n:]; len(b.text) == 0 && b.late != nil {
		b.end(b.late)
	}
	return n, b.over
}

// Next gives what has come of the body since the last call, and waits where there is nothing. It is valid until
// the next call; who waits holds no buffer.
func (b *body) Next() (text []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.from != nil {
		if b.own == nil {
			b.own = make([]byte, ownBuffer)
		}
		n, err := b.readFrom(b.own)
		if n > 0 {
			err = nil // it comes again
		}
		return b.own[:n], err
	}
	if err := b.fill(); err != nil {
		return nil, err
	}
	text, b.text = b.text, nil
	return text, nil
}

// readFrom reads what net/http reads.
func (b *body) readFrom(p []byte) (n int, err error) {
	if b.over != nil {
		return 0, b.over
	}
	b.wait(func() { n, err = b.from.Read(p) })
	if err != nil {
		b.end(err)
	}
	return n, err
}

// wait lets Close come while f waits.
func (b *body) wait(f func()) {
	b.waiting = true
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		b.waiting = false
	}()
	f()
}

// fill waits for text; the error is what comes in its place.
func (b *body) fill() (err error) {
	for b.over == nil && len(b.text) == 0 && b.late == nil {
		if b.take(); len(b.text) > 0 || b.late != nil {
			break
		}
		if b.wait(func() { err = b.c.in.more() }); err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		b.late = err
	}
	if len(b.text) == 0 && b.late != nil {
		b.end(b.late)
	}
	return b.over
}

// take takes what belongs to the body of what has come.
func (b *body) take() {
	here := b.c.in.waiting()
	if b.chunked {
		n, passed, err := b.chunks.decode(here)
		b.text, b.late = here[:n], err
		b.c.in.at += passed
		return
	}
	n := min(int64(len(here)), b.length)
	b.text = here[:n]
	b.c.in.at += int(n)
	if b.length -= n; b.length == 0 {
		b.late = io.EOF
	}
}

// Close ends the connection where the reply has not come to its end.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = nil
	if b.late == io.EOF {
		b.end(io.EOF)
	}
	b.end(errClosed)
	return nil
}

// endsWithin is how long the end of a reply is waited for of which all else has come: servers send it for itself, a
// moment later.
const endsWithin = 250 * time.Millisecond

// Ends closes the body of a reply of which nothing is wanted any more, and of which nothing but its end should be to
// come: where that comes within a moment, the connection is used again.
func (b *body) Ends() {
	b.mu.Lock()
	if b.text = nil; b.from == nil && b.over == nil && b.late == nil && !b.waiting {
		if b.take(); len(b.text) == 0 && b.late == nil {
			if b.stopped = b.stop(); b.stopped && b.c.SetReadDeadline(time.Now().Add(endsWithin)) == nil {
				go b.finish()
				return
			}
		}
	}
	b.mu.Unlock()
	_ = b.Close() // never fails
}

// finish waits for the end. It is called under the lock, which nobody waits for.
func (b *body) finish() {
	defer b.mu.Unlock()
	for b.late == nil && len(b.text) == 0 {
		if err := b.c.in.more(); err != nil {
			b.late = err
			break
		}
		b.take()
	}
	if b.late != io.EOF || len(b.text) > 0 || b.c.SetReadDeadline(time.Time{}) != nil {
		b.end(errClosed)
		return
	}
	b.end(io.EOF)
}

// end gives the connection back, or ends it. It is called under the lock.
func (b *body) end(why error) {
	if b.over != nil {
		return
	}
	b.over = why
	asked := b.stopped || b.stop() // false: the context has ended, and its deadline may be set any moment
	if why == io.EOF && asked && !b.closing && !b.chunks.rest && b.writing.over() {
		b.c.t.put(b.c)
		return
	}
	if b.waiting { // what comes is still read
		b.c.Close()
		return
	}
	b.c.drop()
}
