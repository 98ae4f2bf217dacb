package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is something that was started, on processors of its own where taskset is there.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{}
	log  string
}

func begin(logs, name, cpus string, env []string, args ...string) (*process, error) {
	if _, err := exec.LookPath("taskset"); err == nil && cpus != "" {
		args = append([]string{"taskset", "-c", cpus}, args...)
	}
	p := &process{cmd: exec.Command(args[0], args[1:]...), gone: make(chan struct{}), log: filepath.Join(logs, name+".log")}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is of no matter: who waits for it sees that it did
		close(p.gone)
	}()
	return p, nil
}

// stop ends the process and what it started: politely, then not.
func (p *process) stop() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
}

// listening waits until an address takes connections.
func (p *process) listening(addr string) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.gone:
			tail, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s ended before it listened: %s", p.cmd.Path, bytes.TrimSpace(tail))
		default:
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
	}
	return fmt.Errorf("nothing listens at %s", addr)
}

// A weight is what a process took.
type weight struct {
	CPU  time.Duration // since its start
	RSS  float64       // MiB, now
	Peak float64       // MiB, since it was set back
}

// weigh adds up a process and its descendants. On systems without /proc it is an error.
func (p *process) weigh() (w weight, err error) {
	for _, pid := range family(p.cmd.Process.Pid) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return w, err
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		ticks := 0
		for _, f := range fields[11:13] {
			n, err := strconv.Atoi(f)
			if err != nil {
				return w, err
			}
			ticks += n
		}
		w.CPU += time.Duration(ticks) * 10 * time.Millisecond // the kernel tells hundredths
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return w, err
		}
		w.RSS += kib(status, "VmRSS:") / 1024
		w.Peak += kib(status, "VmHWM:") / 1024
	}
	return w, nil
}

// setBack has the peak counted from now.
func (p *process) setBack() {
	for _, pid := range family(p.cmd.Process.Pid) {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) // where it may not be, the peak is that since the start
	}
}

func kib(status []byte, name string) float64 {
	_, rest, _ := strings.Cut(string(status), name)
	var n float64
	_, _ = fmt.Sscan(rest, &n) // 0 where the kernel says nothing
	return n
}

// family is a process with its descendants.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", all[i], all[i]))
		if err != nil {
			continue
		}
		for _, c := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(c); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}
