//go:build unix && !linux

package engine

import "syscall"

// attributes make the process the first of a group of its own. Where this program is killed by
// force, the group goes on: only Linux ends it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
