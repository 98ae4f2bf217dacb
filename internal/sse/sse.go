// Package sse reads and writes server-sent events.
//
// It knows the wire form only: fields, line ends and the blank line that ends an
// event. It never buffers more than one event, and it holds a limit on the length of
// a line and of an event, whatever the other side sends.
package sse

import (
	"bufio"
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

// A Reader takes events off a stream.
type Reader struct {
	in    *bufio.Reader
	limit int
	first bool
	cr    bool // the last line ended with CR, so an LF that follows belongs to it
}

// NewReader reads events of at most limit bytes each, field names included.
func NewReader(r io.Reader, limit int) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 4096), limit: limit, first: true}
}

// Next gives the next event that has data. It returns io.EOF at the end of the
// stream; an event that the end cuts off is not given, as the standard asks.
func (r *Reader) Next() (Event, error) {
	var e Event
	var data []string
	size := 0
	for {
		line, err := r.line(r.limit - size)
		if err != nil {
			return Event{}, err
		}
		size += len(line)
		if line == "" {
			if data != nil {
				e.Data = strings.Join(data, "\n")
				return e, nil
			}
			e, size = Event{}, 0
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.Name = value
		case "data":
			data = append(data, value)
		}
	}
}

// line reads one line without its end, which is LF, CR or both.
func (r *Reader) line(limit int) (string, error) {
	var b strings.Builder
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if err == io.EOF && b.Len() > 0 {
				return "", io.ErrUnexpectedEOF
			}
			return "", err
		}
		after := r.cr
		r.cr = c == '\r'
		if c == '\n' && after {
			continue
		}
		if c == '\n' || c == '\r' {
			line := b.String()
			if r.first {
				line, r.first = strings.TrimPrefix(line, "\ufeff"), false
			}
			return line, nil
		}
		if b.Len() >= limit {
			return "", ErrTooLong
		}
		b.WriteByte(c)
	}
}

// Write puts one event on a stream. Name must not hold a line end; data may.
func Write(w io.Writer, name string, data []byte) error {
	if strings.ContainsAny(name, "\r\n") {
		return fmt.Errorf("sse: %q cannot be the name of an event", name)
	}
	var b strings.Builder
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}
