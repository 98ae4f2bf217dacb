package testenv

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// keeper runs a program for as long as its standard input stays open. The write end of
// that pipe is held by the test process alone, so the kernel closes it however the test
// process ends; then the program's process group is signalled and its folder removed.
// $1 is the folder, $2 the signal, the rest the program.
const keeper = `
dir=$1 signal=$2; shift 2
trap : TERM INT QUIT HUP
ulimit -c 0
( exec 0</dev/null; "$@"; echo $? >"$dir/exited" ) &
cat >/dev/null
kill -s "$signal" 0
wait
rm -rf "$dir"
`

// A process is a program that ends, and takes its folder with it, when stop is called
// or when the test process ends in any way.
type process struct {
	dir  string
	cmd  *exec.Cmd
	hold *os.File // the write end of the keeper's standard input
}

// start runs a program with dir as its folder, its output in dir/log. A credential
// lets root run it as somebody else, who then owns dir.
func start(dir, signal string, as *syscall.Credential, env []string, program ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, "keeper", dir, signal}, program...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = read, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, err
	}
	return &process{dir: dir, cmd: cmd, hold: write}, nil
}

// stop ends the program and waits until it is gone.
func (p *process) stop() {
	p.hold.Close()
	_ = p.cmd.Wait() // the keeper's own status says nothing
}

// await calls ready until it succeeds, and gives up when the program has ended or after
// 30 seconds; the error holds the end of its log.
func (p *process) await(ready func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := ready()
		ended := isFile(filepath.Join(p.dir, "exited"))
		if err == nil && !ended {
			return nil
		}
		if err == nil {
			err = errors.New("it has ended, and something else answers in its place")
		}
		if ended || time.Now().After(deadline) {
			return fmt.Errorf("%w; its log ends:\n%s", err, p.logEnd())
		}
		time.Sleep(10 * time.Millisecond) // polling another process: there is nothing to wait on
	}
}

// logEnd is the last lines of the program's output.
func (p *process) logEnd() string {
	log, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// freePort is a port of the loopback address that nobody listened on a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
