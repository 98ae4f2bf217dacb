package testenv

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Redis is a server that speaks Redis's protocol, of a test's own.
type Redis struct {
	URL  string // redis://:PASSWORD@127.0.0.1:PORT
	Pid  int
	port int
	t    testing.TB
	p    *process
}

// redisPassword is asked for by the servers of tests, so that it is seen to be sent.
const redisPassword = "test-password"

// StartRedis starts a real Redis ("redis") or Valkey ("valkey"), empty and keeping nothing on disk.
// It ends with the test.
func StartRedis(t testing.TB, kind string, args ...string) *Redis {
	t.Helper()
	program, env := redisProgram(kind)
	if program == nil {
		missing(t, kind, "neither on this machine nor in "+Cache())
	}
	var err error
	for range 3 { // another program may take the free port first
		r := &Redis{t: t}
		if r.port, err = freePort(); err != nil {
			continue
		}
		if err = r.start(program, env, args); err == nil {
			t.Cleanup(r.Kill)
			return r
		}
	}
	t.Fatalf("testenv: %s: %v", kind, err)
	return nil
}

func (r *Redis) start(program, env, args []string) error {
	dir, err := os.MkdirTemp("", "wenyuan-redis-")
	if err != nil {
		return err
	}
	pid := filepath.Join(dir, "pid")
	program = append(program[:len(program):len(program)], "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--requirepass", redisPassword,
		"--save", "", "--appendonly", "no", "--dir", dir, "--pidfile", pid)
	if r.p, err = start(dir, "KILL", nil, env, append(program, args...)...); err != nil {
		os.RemoveAll(dir)
		return err
	}
	if err := r.p.await(func() error { _, err := r.Do("PING"); return err }); err != nil {
		r.p.stop()
		return err
	}
	r.URL = fmt.Sprintf("redis://:%s@127.0.0.1:%d", redisPassword, r.port)
	info, err := r.Do("INFO", "server")
	if err != nil {
		return err
	}
	for line := range strings.Lines(info) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "process_id:"); ok {
			r.Pid, err = strconv.Atoi(n)
		}
	}
	return err
}

// Do sends a command and gives the reply: one line, or one text.
func (r *Redis) Do(words ...string) (string, error) {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port)), time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	in := bufio.NewReader(c)
	for _, command := range [][]string{{"AUTH", redisPassword}, words} {
		var b strings.Builder
		fmt.Fprintf(&b, "*%d\r\n", len(command))
		for _, w := range command {
			fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
		}
		if _, err := c.Write([]byte(b.String())); err != nil {
			return "", err
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "-") {
			return "", fmt.Errorf("%s: %s", command[0], line)
		}
		if n, long := strings.CutPrefix(line, "$"); long && command[0] != "AUTH" {
			size, err := strconv.Atoi(n)
			if err != nil || size < 0 {
				return "", err
			}
			text := make([]byte, size)
			for got := 0; got < size; {
				n, err := in.Read(text[got:])
				if err != nil {
					return "", err
				}
				got += n
			}
			return string(text), nil
		}
		if command[0] != "AUTH" {
			return line, nil
		}
	}
	return "", nil
}

// Kill ends the server at once.
func (r *Redis) Kill() { r.p.stop() }

// Pause stops the server so that it answers nothing while its connections stay, and Resume lets it go on.
func (r *Redis) Pause()  { r.signal(syscall.SIGSTOP) }
func (r *Redis) Resume() { r.signal(syscall.SIGCONT) }

func (r *Redis) signal(s syscall.Signal) {
	r.t.Helper()
	if err := syscall.Kill(r.Pid, s); err != nil {
		r.t.Fatalf("testenv: %v", err)
	}
}

// redisProgram is how a server is run: the machine's own, else the unpacked one; Valkey by the loader
// that it was built for, which is newer than the machine's.
func redisProgram(kind string) (program, env []string) {
	if path, err := exec.LookPath(kind + "-server"); err == nil {
		return []string{path}, nil
	}
	root := filepath.Join(Cache(), kind)
	binary := filepath.Join(root, "usr/bin", kind+"-server")
	if !isFile(binary) {
		return nil, nil
	}
	if kind == "valkey" {
		return []string{filepath.Join(root, "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", libs(root), binary}, nil
	}
	return []string{binary}, []string{"LD_LIBRARY_PATH=" + libs(root)}
}
