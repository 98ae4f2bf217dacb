package testenv

import (
	"syscall"
	"testing"
	"time"
)

// ThreadTime is how long the calling thread has worked on a processor, whatever others did beside
// it. The test locks its goroutine to the thread.
func ThreadTime(tb testing.TB) time.Duration {
	tb.Helper()
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
