package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/textproto"
)

// A chunked reply is read as net/http reads it: with its strictness and its bounds.
const (
	maxLine    = 4096     // bytes of the line before a chunk, and of the trailers
	perChunk   = 16       // bytes of framing that a chunk may have, beside twice its own
	mostFrames = 16 << 10 // bytes of framing beyond that
)

var (
	errChunk   = errors.New("h1: malformed chunks")
	errFrames  = errors.New("h1: chunks with too much between them")
	errTrailer = errors.New("h1: suspiciously long trailers")
)

// chunks takes the framing of chunks out of what comes.
type chunks struct {
	state  chunkState
	left   uint64 // bytes of the chunk
	frames int64  // bytes of framing beyond what is allowed for
	rest   bool   // something stands behind the trailers: it belongs to nothing
}

type chunkState uint8

const (
	chunkLine chunkState = iota
	chunkData
	chunkEnd
	chunkTrailers
)

// decode moves what the chunks hold to the beginning of b and says how much that is, and how much of b was
// passed. The error is [io.EOF] behind the last chunk and its trailers.
func (d *chunks) decode(b []byte) (data, passed int, err error) {
	for passed < len(b) {
		here := b[passed:]
		n := 0
		switch d.state {
		case chunkData:
			n = int(min(d.left, uint64(len(here))))
			data += copy(b[data:], here[:n])
			if d.left -= uint64(n); d.left == 0 {
				d.state = chunkEnd
			}
		case chunkEnd:
			n, err = lineEnd(here)
			if n > 0 {
				d.state = chunkLine
			}
		case chunkLine:
			n, err = d.line(here)
		case chunkTrailers:
			if n, err = d.trailers(here); n > 0 && err == nil {
				err = io.EOF
			}
		}
		if passed += n; err != nil || n == 0 {
			return data, passed, err
		}
	}
	return data, passed, nil
}

// lineEnd passes what stands behind the bytes of a chunk; 0 where it has not all come.
func lineEnd(b []byte) (n int, err error) {
	switch {
	case len(b) < 2:
		return 0, nil
	case b[0] != '\r' || b[1] != '\n':
		return 0, errChunk
	}
	return 2, nil
}

// line passes the line before a chunk; 0 where it has not all come.
func (d *chunks) line(b []byte) (n int, err error) {
	n = bytes.IndexByte(b[:min(len(b), maxLine)], '\n') + 1
	switch {
	case n == 0 && len(b) >= maxLine:
		return 0, errChunk
	case n == 0:
		return 0, nil
	case n < 2 || bytes.IndexByte(b[:n], '\r') != n-2: // a line ends with both, and has no other one
		return 0, errChunk
	}
	d.frames += int64(n)
	size, _, _ := bytes.Cut(bytes.TrimRight(b[:n-2], " \t"), []byte(";"))
	if d.left, err = hexadecimal(size); err != nil {
		return 0, err
	}
	d.frames = max(d.frames-perChunk-2*int64(d.left), 0)
	if d.frames > mostFrames {
		return 0, errFrames
	}
	d.state = chunkData
	if d.left == 0 {
		d.state = chunkTrailers
	}
	return n, nil
}

func hexadecimal(text []byte) (n uint64, err error) {
	if len(text) == 0 || len(text) > 16 {
		return 0, errChunk
	}
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, errChunk
		}
		n = n<<4 | uint64(c)
	}
	return n, nil
}

// trailers passes what stands behind the last chunk; 0 where it has not all come. They say nothing that
// anybody wants, but have to be some.
func (d *chunks) trailers(b []byte) (n int, err error) {
	switch {
	case len(b) < 2:
		return 0, nil
	case b[0] == '\r' && b[1] == '\n':
		return 2, nil
	}
	end := bytes.Index(b[:min(len(b), maxLine)], []byte("\r\n\r\n"))
	switch {
	case end < 0 && len(b) >= maxLine:
		return 0, errTrailer
	case end < 0:
		return 0, nil
	}
	in := bufio.NewReaderSize(bytes.NewReader(b[:end+4]), maxLine)
	if _, err := textproto.NewReader(in).ReadMIMEHeader(); err != nil {
		return 0, errChunk
	}
	d.rest = in.Buffered() > 0
	return end + 4, nil
}
