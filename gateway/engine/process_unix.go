//go:build unix

package engine

import (
	"os"
	"syscall"
)

// signalGroup asks the process and all that it started to end, or kills them.
func signalGroup(p *os.Process, kill bool) {
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(-p.Pid, signal) // gone already: that was wanted
}
