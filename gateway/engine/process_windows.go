package engine

import (
	"os"
	"syscall"
)

// attributes make the process the first of a group of its own.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// signalGroup ends the process: it cannot be asked to here, and what it started goes on.
func signalGroup(p *os.Process, _ bool) {
	_ = p.Kill() // gone already: that was wanted
}
