//go:build unix

package h1

import (
	"io"
	"syscall"
)

// waits has the input wait for what comes without a buffer to read it into, where the connection is one of the
// system's.
func (in *input) waits() {
	c, ok := in.from.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	in.raw, in.try = raw, func(fd uintptr) bool {
		in.hold()
		for {
			in.n, in.err = syscall.Read(int(fd), in.buf[in.end:])
			if in.err != syscall.EINTR {
				break
			}
		}
		switch {
		case in.err == syscall.EAGAIN:
			if in.n = 0; in.end == 0 {
				in.clear()
			}
			return false
		case in.err != nil:
			in.n = 0
		case in.n == 0:
			in.err = io.EOF
		}
		return true
	}
}

// quiet says that the other side neither closed an idle connection nor sent anything on it. What it sent
// would be read as the reply to the next request.
func (in *input) quiet() bool {
	if in.raw == nil {
		return false
	}
	var one [1]byte
	silent := false
	err := in.raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && silent
}
