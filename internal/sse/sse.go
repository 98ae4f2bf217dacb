// Package sse reads and writes server-sent events.
//
// It knows the wire form only: fields, line ends and the blank line that ends an
// event. It never buffers more than one event, and it holds a limit on the length of
// a line and of an event, whatever the other side sends.
package sse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An Event is one message of a stream.
type Event struct {
	Name string // empty where the stream names none
	Data string // data lines joined by LF
}

// ErrTooLong says that an event went over the reader's limit.
var ErrTooLong = errors.New("sse: an event is longer than the limit")

// bufferSize is for what is read at once of a stream that has no [Pieces].
const bufferSize = 2 << 10

// Pieces are a stream that gives what has come of it without a copy, and waits where there is nothing. What it
// gives is valid until the next call.
type Pieces interface {
	Next() ([]byte, error)
}

// A Reader takes events off a stream.
type Reader struct {
	from  Pieces
	here  []byte // has come and was not read
	limit int
	first bool
	cr    bool   // the last line ended with CR, so an LF that follows belongs to it
	data  []byte // of the event that is read
	part  []byte // of a line that comes in pieces
}

// NewReader reads events of at most limit bytes each, field names included. Where r is [Pieces] as well, it is read
// as these.
func NewReader(r io.Reader, limit int) *Reader {
	from, ok := r.(Pieces)
	if !ok {
		from = &copied{from: r}
	}
	return &Reader{from: from, limit: limit, first: true}
}

// copied makes pieces of a stream.
type copied struct {
	from io.Reader
	buf  []byte
	err  error // comes behind what was given last
}

// Next reads on.
func (c *copied) Next() ([]byte, error) {
	if c.buf == nil {
		c.buf = make([]byte, bufferSize)
	}
	for range maxEmpty {
		if c.err != nil {
			return nil, c.err
		}
		n := 0
		if n, c.err = c.from.Read(c.buf); n > 0 {
			return c.buf[:n], nil
		}
	}
	return nil, io.ErrNoProgress
}

// maxEmpty is how often a stream may give nothing.
const maxEmpty = 100

// Next gives the next event that has data. It returns io.EOF at the end of the
// stream; an event that the end cuts off is not given, as the standard asks.
func (r *Reader) Next() (Event, error) {
	name, data, err := r.Bytes()
	return Event{name, string(data)}, err
}

// Bytes is Next without a copy: the data is valid until the next call.
func (r *Reader) Bytes() (name string, data []byte, err error) {
	size, some := 0, false
	r.data = r.data[:0]
	for {
		line, err := r.line(r.limit - size)
		if err != nil {
			return "", nil, err
		}
		size += len(line)
		if len(line) == 0 {
			if some {
				return name, r.data, nil
			}
			name, size = "", 0
			continue
		}
		field, value, _ := bytes.Cut(line, colon)
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			if some {
				r.data = append(r.data, '\n')
			}
			r.data, some = append(r.data, value...), true
		}
	}
}

var colon = []byte(":")

// line reads one line without its end, which is LF, CR or both. It is valid until the next call.
func (r *Reader) line(limit int) ([]byte, error) {
	r.part = r.part[:0]
	for {
		if len(r.here) == 0 {
			if err := r.more(); err != nil {
				return nil, err
			}
		}
		if r.cr {
			if r.cr = false; r.here[0] == '\n' {
				r.here = r.here[1:]
				continue
			}
		}
		n, end := len(r.here), bytes.IndexByte(r.here, '\n')
		if end >= 0 {
			n = end
		}
		if cr := bytes.IndexByte(r.here[:n], '\r'); cr >= 0 {
			n, end = cr, cr
		}
		if len(r.part)+n > limit {
			return nil, ErrTooLong
		}
		if end < 0 {
			r.part = append(r.part, r.here...)
			r.here = nil
			continue
		}
		r.cr = r.here[end] == '\r'
		line := r.here[:end]
		r.here = r.here[end+1:]
		if len(r.part) > 0 {
			r.part = append(r.part, line...)
			line = r.part
		}
		if r.first {
			line, r.first = bytes.TrimPrefix(line, mark), false
		}
		return line, nil
	}
}

// more waits for what comes.
func (r *Reader) more() (err error) {
	for err == nil && len(r.here) == 0 {
		r.here, err = r.from.Next()
	}
	if err == io.EOF && len(r.part) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

var mark = []byte("\ufeff")

// Write puts one event on a stream. Name must not hold a line end; data may.
func Write(w io.Writer, name string, data []byte) error {
	b, err := Append(make([]byte, 0, len(name)+len(data)+24), name, data)
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

// Append is Write into memory.
func Append(b []byte, name string, data []byte) ([]byte, error) {
	if strings.ContainsAny(name, "\r\n") {
		return b, fmt.Errorf("sse: %q cannot be the name of an event", name)
	}
	if name != "" {
		b = append(append(append(b, "event: "...), name...), '\n')
	}
	if bytes.IndexByte(data, '\r') >= 0 {
		data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	for {
		line, rest, more := bytes.Cut(data, []byte("\n"))
		b = append(append(append(b, "data: "...), line...), '\n')
		if !more {
			return append(b, '\n'), nil
		}
		data = rest
	}
}
