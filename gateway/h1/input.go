package h1

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// An input is what has come on a connection and was not read yet. While there is nothing it holds no
// buffer: of the thousands of streams that are open nearly all are silent at a moment.
type input struct {
	from net.Conn
	raw  syscall.RawConn       // nil: it cannot be waited for without a buffer
	try  func(fd uintptr) bool // reads once; false where nothing has come
	buf  *[readBuffer]byte     // nil while there is nothing
	at   int                   // where what was not read begins in the buffer
	end  int                   // and ends
	n    int                   // bytes that came at the last try
	err  error                 // of it
}

// inputs are buffers for what comes.
var inputs = sync.Pool{New: func() any { return new([readBuffer]byte) }}

func (in *input) open(c net.Conn) {
	in.from = c
	in.waits()
}

// waiting is what has come and was not read. It is valid until more comes.
func (in *input) waiting() []byte {
	if in.buf == nil {
		return nil
	}
	return in.buf[in.at:in.end]
}

// more waits until more has come, which it adds to what waits; [io.ErrShortBuffer] where that is as much as there is
// room for.
func (in *input) more() error {
	switch {
	case in.at == in.end:
		in.clear()
	case in.at > 0:
		in.end = copy(in.buf[:], in.buf[in.at:in.end])
		in.at = 0
	}
	if in.end == readBuffer {
		return io.ErrShortBuffer
	}
	if in.raw == nil {
		in.hold()
		in.n, in.err = in.from.Read(in.buf[in.end:])
	} else if err := in.raw.Read(in.try); err != nil {
		return err
	}
	n := in.n
	in.end, in.n = in.end+n, 0
	switch {
	case n > 0:
		return nil
	case in.err == nil:
		return io.ErrNoProgress
	}
	return in.err
}

func (in *input) hold() {
	if in.buf == nil {
		in.buf = inputs.Get().(*[readBuffer]byte)
	}
}

// clear lets go of what has come.
func (in *input) clear() {
	if in.buf != nil {
		inputs.Put(in.buf)
	}
	in.buf, in.at, in.end = nil, 0, 0
}
