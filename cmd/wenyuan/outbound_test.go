package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan/internal/testenv"
)

// TestNoOtherConnection runs the real program with a real model and a proxy in its
// environment, lets it do what talks to models, and looks all the while at its sockets:
// there is none to an address that is not configured.
func TestNoOtherConnection(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT SEEN HERE: the sockets of a process are read from /proc, which only Linux has")
	}
	t.Parallel()
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	t.Cleanup(proxy.Close)
	model := testenv.ScriptedServer(t, "The wheel turns left at 40 turns a minute [1].")
	vectors := httptest.NewServer(http.HandlerFunc(embed))
	t.Cleanup(vectors.Close)

	dir := t.TempDir()
	settings := fmt.Sprintf("models: {writer: {replicas: [{url: %s}]}}\nembedder: {url: %s, model: m}\n", model, vectors.URL)
	write(t, filepath.Join(dir, "data", "wenyuan.yaml"), settings)
	write(t, filepath.Join(dir, "docs", "wheel.md"), "# The wheel\n\nThe wheel turns left at 40 turns a minute.\n")
	environment := []string{"HOME=" + dir, "WENYUAN_DATA=" + filepath.Join(dir, "data"), "LANG=en_US.UTF-8",
		"HTTP_PROXY=" + proxy.URL, "HTTPS_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL, "ALL_PROXY=" + proxy.URL}
	run := func(args ...string) string {
		t.Helper()
		cmd := program(t, environment, args...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	pid, own := startServer(t, environment)
	w := watchSockets(t, pid, own)

	run("add", filepath.Join(dir, "docs"), "--corpus", "mine")
	if said := run("ask", "How fast does the wheel turn?", "--corpus", "mine"); !strings.Contains(said, "40 turns") {
		t.Errorf("answered %s", said)
	}
	run("model", "test", "writer")
	run("search", "wheel", "--corpus", "mine")
	run("status")

	seen := w.end()
	var allowed []string
	for _, raw := range []string{model, vectors.URL} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, u.Host)
	}
	for _, a := range seen {
		if !slices.Contains(allowed, a) {
			t.Errorf("the program is connected to %s; configured are %v", a, allowed)
		}
	}
	if !slices.Contains(seen, allowed[0]) || !slices.Contains(seen, allowed[1]) {
		t.Errorf("seen %v, and neither model nor embedder may be missing there, or the rest is not seen either: %v", seen, allowed)
	}
	if n := proxied.Load(); n != 0 {
		t.Errorf("%d requests went to the proxy of the environment", n)
	}
}

// embed answers with one vector a text.
func embed(w http.ResponseWriter, r *http.Request) {
	var q struct{ Input []string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var rows []string
	for i := range q.Input {
		rows = append(rows, fmt.Sprintf(`{"index":%d,"embedding":[1,0,1]}`, i))
	}
	fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program is a run of the real program.
func program(t *testing.T, environment []string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("wenyuan")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = environment
	return cmd
}

// startServer starts one on a free port and gives its process and its port.
func startServer(t *testing.T, environment []string) (pid int, port string) {
	t.Helper()
	cmd := program(t, environment, "serve", "--listen", "127.0.0.1:0", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	var said struct{ Address string }
	if err != nil || json.Unmarshal([]byte(line), &said) != nil {
		t.Fatalf("the server said %q: %v", line, err)
	}
	u, err := url.Parse(said.Address)
	if err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid, u.Port()
}

// A watch collects where a process is connected to.
type watch struct {
	mu   sync.Mutex
	seen map[string]bool
	stop chan struct{}
	done sync.WaitGroup
}

// watchSockets looks at a process every few milliseconds. Connections to its own port, which
// others made, are left out. Those that the program makes are kept open for a while, so
// that none slips through between two looks.
func watchSockets(t *testing.T, pid int, own string) *watch {
	t.Helper()
	w := &watch{seen: map[string]bool{}, stop: make(chan struct{})}
	w.done.Go(func() {
		for tick := time.NewTicker(3 * time.Millisecond); ; {
			select {
			case <-w.stop:
				tick.Stop()
				return
			case <-tick.C:
				w.look(pid, own)
			}
		}
	})
	return w
}

// end gives what was seen, in order.
func (w *watch) end() []string {
	close(w.stop)
	w.done.Wait()
	var all []string
	for a := range w.seen {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

func (w *watch) look(pid int, own string) {
	inodes := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, kind))
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(table)) {
			f := strings.Fields(line)
			if len(f) < 10 || !inodes[f[9]] {
				continue
			}
			_, local := endpointOf(f[1])
			host, port := endpointOf(f[2])
			if local != own && port != "0" {
				w.mu.Lock()
				w.seen[net.JoinHostPort(host, port)] = true
				w.mu.Unlock()
			}
		}
	}
}

// endpointOf reads an address of /proc/net/tcp: little-endian words, then the port.
func endpointOf(text string) (host, port string) {
	address, portText, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	if err != nil {
		return text, ""
	}
	for i := 0; i+4 <= len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	n, err := strconv.ParseUint(portText, 16, 16)
	if err != nil {
		return text, ""
	}
	return net.IP(raw).String(), strconv.FormatUint(n, 10)
}
