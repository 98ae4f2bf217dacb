package engine

import "syscall"

// attributes make the process the first of a group of its own, which the kernel kills when this
// program ends, however it does.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
