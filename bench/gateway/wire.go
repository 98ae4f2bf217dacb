package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
	"time"
)

// Both sides speak HTTP/1.1 by hand, so that what is measured is the gateway and not its
// surroundings: one processor has to keep load and upstream together.

var errMalformed = errors.New("malformed message")

// A head is what matters of the first lines of a message.
type head struct {
	status     int    // of a reply
	path       string // of a request
	length     int64  // -1 where it is not told
	chunked    bool
	ends       bool // the connection ends after the message
	retryAfter bool
	level      string // where a kept answer came from
}

// readHead reads up to the blank line.
func readHead(r *bufio.Reader, h *head) error {
	*h = head{length: -1}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return errMalformed
	}
	if bytes.HasPrefix(fields[0], []byte("HTTP/")) {
		h.status, err = strconv.Atoi(string(fields[1]))
	} else {
		h.path = string(fields[1])
	}
	if err != nil {
		return errMalformed
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return nil
		}
		if err := h.field(line); err != nil {
			return err
		}
	}
}

func (h *head) field(line []byte) (err error) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return errMalformed
	}
	value = bytes.TrimSpace(value)
	switch {
	case bytes.EqualFold(name, []byte("content-length")):
		if h.length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
			return errMalformed
		}
	case bytes.EqualFold(name, []byte("transfer-encoding")):
		h.chunked = bytes.EqualFold(value, []byte("chunked"))
	case bytes.EqualFold(name, []byte("connection")):
		h.ends = bytes.EqualFold(value, []byte("close"))
	case bytes.EqualFold(name, []byte("retry-after")):
		h.retryAfter = true
	case bytes.EqualFold(name, []byte("wenyuan-cache")):
		h.level = string(value)
	}
	return nil
}

// body is what follows a head.
func (h *head) body(r *bufio.Reader) io.Reader {
	switch {
	case h.chunked:
		return httputil.NewChunkedReader(r)
	case h.length >= 0:
		return io.LimitReader(r, h.length)
	case h.path != "":
		return bytes.NewReader(nil)
	}
	h.ends = true
	return r
}

// readBody reads a whole body into dst. The chunks' end is taken off the connection too.
func (h *head) readBody(r *bufio.Reader, dst []byte) ([]byte, error) {
	if h.length > 0 && !h.chunked {
		if n := int64(len(dst)) + h.length; int64(cap(dst)) < n {
			dst = append(make([]byte, 0, n), dst...)
		}
		at := len(dst)
		dst = dst[:at+int(h.length)]
		_, err := io.ReadFull(r, dst[at:])
		return dst, err
	}
	b, err := io.ReadAll(h.body(r))
	if err == nil && h.chunked {
		err = h.trailer(r)
	}
	return append(dst, b...), err
}

// trailer takes the blank line off that ends a chunked body.
func (h *head) trailer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err == nil && len(bytes.TrimRight(line, "\r\n")) > 0 {
		return errMalformed
	}
	return err
}

// A stamp stands in what the upstream says: which answer it is, when its request came and when it was
// written, and the mark of the prompt that it answers. It is written in letters, so that nobody takes
// it for a number, a card or a key.
type stamp struct {
	seq, received, written uint64
	mark                   uint64
	replica                byte
}

const (
	stampBegin = "Stamp "
	stampSize  = len(stampBegin) + 1 + 4*17
)

func (s *stamp) append(dst []byte) []byte {
	dst = append(dst, stampBegin...)
	dst = append(dst, 'a'+s.replica)
	for _, n := range []uint64{s.seq, s.received, s.written, s.mark} {
		dst = appendLetters(append(dst, ' '), n)
	}
	return dst
}

// appendLetters writes a number with the letters a to p.
func appendLetters(dst []byte, n uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, 'a'+byte(n>>shift&15))
	}
	return dst
}

func letters(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		if c < 'a' || c > 'p' {
			return 0, false
		}
		n = n<<4 | uint64(c-'a')
	}
	return n, len(b) == 16
}

func findStamp(b []byte) (s stamp, ok bool) {
	i := bytes.Index(b, []byte(stampBegin))
	if i < 0 || len(b) < i+stampSize {
		return s, false
	}
	b = b[i+len(stampBegin):]
	s.replica, b = b[0]-'a', b[2:]
	for _, to := range []*uint64{&s.seq, &s.received, &s.written, &s.mark} {
		n, ok := letters(b[:16])
		if !ok {
			return s, false
		}
		*to = n
		if len(b) > 17 {
			b = b[17:]
		}
	}
	return s, true
}

// findMark finds the mark that a prompt begins with.
func findMark(b []byte) uint64 {
	i := bytes.LastIndex(b, []byte(promptBegin))
	if i < 0 || len(b) < i+len(promptBegin)+16 {
		return 0
	}
	n, _ := letters(b[i+len(promptBegin):][:16])
	return n
}

// promptBegin stands before the mark of a prompt.
const promptBegin = "Question "

func now() uint64 { return uint64(time.Now().UnixNano()) }

const filler = "the pump is checked each month and its valve is kept clean so that the water in the tank stays within the marks "

// appendFiller writes so many bytes of plain words.
func appendFiller(dst []byte, n int) []byte {
	for n > 0 {
		k := min(n, len(filler))
		dst = append(dst, filler[:k]...)
		n -= k
	}
	return dst
}

func httpHead(dst []byte, status int, fields string, length int) []byte {
	dst = fmt.Appendf(dst, "HTTP/1.1 %d X\r\n%s", status, fields)
	if length >= 0 {
		dst = fmt.Appendf(dst, "Content-Length: %d\r\n", length)
	}
	return append(dst, "\r\n"...)
}
