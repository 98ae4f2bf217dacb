//go:build !unix

package h1

import "net"

// quiet would have to look without waiting, which is not done here: every request has a connection of its own.
func quiet(net.Conn) bool { return false }
