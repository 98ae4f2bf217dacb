//go:build unix

package server

import (
	"io"
	"syscall"
)

// A lookout waits for the other side to leave, without taking anything off the connection.
type lookout struct {
	raw  syscall.RawConn
	one  [1]byte
	err  error
	look func(fd uintptr) bool
}

// watch waits until the other side has left, or the deadline for reading has come, which the error says.
// It takes nothing: what has come already is the next request.
func (c *frontConn) watch() (int, error) {
	l := &c.lookout
	if l.raw == nil {
		raw, err := c.SyscallConn()
		if err != nil {
			return 0, err
		}
		l.raw = raw
		l.look = func(fd uintptr) bool {
			n, _, err := syscall.Recvfrom(int(fd), l.one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			switch {
			case n > 0, err == syscall.EAGAIN, err == syscall.EINTR:
				return false
			case err == nil:
				err = io.EOF
			}
			l.err = err
			return true
		}
	}
	l.err = nil
	if err := l.raw.Read(l.look); err != nil {
		return 0, err
	}
	return 0, l.err
}

// watches says that a connection can be watched so.
const watches = true
