//go:build !unix

package h1

// waits would have the input wait without a buffer, which is not done here.
func (in *input) waits() {}

// quiet would have to look without waiting, which is not done here: every request has a connection of its own.
func (in *input) quiet() bool { return false }
