//go:build !unix

package server

// A lookout is nothing here.
type lookout struct{}

// watches says that a connection can be watched without taking anything off it, which is not done here:
// net/http may be handed the first byte of the next request, and then nothing is given again on the
// connection before it is handled.
const watches = false

func (c *frontConn) watch() (int, error) { return 0, nil }
