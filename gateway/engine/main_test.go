package engine_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wenyuan/gateway/engine"
)

// TestMain is also the engine that the tests run: this program, started anew with what it is to do.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as-engine" {
		os.Exit(asEngine(os.Args[2], os.Args[3]))
	}
	goleak.VerifyTestMain(m)
}

// asEngine is an engine that behaves as its first argument says, on the port of the second.
func asEngine(how, port string) int {
	switch {
	case how == "fails":
		fmt.Fprintln(os.Stderr, "loading /models/x.gguf\ncannot open model /models/x.gguf: no such file")
		return 1
	case how == "hangs":
		fmt.Println("loading, 3 %")
		time.Sleep(time.Hour)
	case how == "stuck": // and does not end when it is asked to
		signal.Ignore(syscall.SIGTERM)
		time.Sleep(time.Hour)
	case how == "runs":
		run(os.Args[4], port)
		return 0
	case strings.Contains(how, "parent"): // has a child that outlives it unless it is killed
		child := exec.Command(os.Args[0], "as-engine", "hangs", port)
		if err := child.Start(); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("child", child.Process.Pid)
	}
	if strings.Contains(how, "deaf") {
		signal.Ignore(syscall.SIGTERM)
	}
	if strings.Contains(how, "loud") {
		for n := range 10_000 {
			fmt.Println(strings.Repeat("x", 2000), n)
		}
	}
	begun := time.Now()
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(how, "slow") && time.Since(begun) < 300*time.Millisecond {
			http.Error(w, "loading", http.StatusServiceUnavailable)
		}
		if strings.Contains(how, "dumb") && time.Since(begun) > 300*time.Millisecond {
			select {}
		}
	})
	mux.HandleFunc("/env", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Join(os.Environ(), "\n")) })
	mux.HandleFunc("/pid", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/die", func(w http.ResponseWriter, r *http.Request) { os.Exit(3) })
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		d, _ := time.ParseDuration(r.URL.Query().Get("for"))
		time.Sleep(d)
		fmt.Fprint(w, how)
	})
	fmt.Println(http.ListenAndServe("127.0.0.1:"+port, mux))
	return 1
}

// run is a program that has an engine, and says so, until it is killed.
func run(how, _ string) {
	ready := make(chan struct{}, 8)
	var e *engine.Engine
	e = engine.New(engine.Config{Name: "writer", HTTP: http.DefaultTransport, Changed: func() { ready <- struct{}{} }, Env: os.Getenv},
		engine.Spec{Command: []string{os.Args[0], "as-engine", how, "{port}"}}.WithDefaults("openai"), false)
	e.Start()
	<-ready
	s := e.Status()
	fmt.Println("pid", s.Instances[0].PID, s.Instances[0].Line)
	time.Sleep(time.Hour)
}

// A bench is an engine with what a test needs to look at it.
type bench struct {
	*engine.Engine
	t       *testing.T
	changed chan struct{}
}

var quick = engine.Times{Patience: 50 * time.Millisecond, Backoff: 10 * time.Millisecond, Stable: time.Hour, Rest: time.Hour, Live: 50 * time.Millisecond}

// as is an engine that behaves in a way.
func as(how string) engine.Spec {
	return engine.Spec{Command: []string{os.Args[0], "as-engine", how, "{port}"}, Idle: engine.Span(time.Hour)}
}

func start(t *testing.T, s engine.Spec, times engine.Times) *bench {
	t.Helper()
	b := &bench{t: t, changed: make(chan struct{}, 1)}
	tr := &http.Transport{DisableKeepAlives: true}
	c := engine.Config{Name: "writer", HTTP: tr, Times: times, Env: func(name string) string {
		return map[string]string{"PATH": os.Getenv("PATH"), "GIVEN": "this", "SECRET": "that"}[name]
	},
		Changed: func() {
			select {
			case b.changed <- struct{}{}:
			default:
			}
		}}
	s = s.WithDefaults("openai")
	s.Faults(func(field, form string, args ...any) { t.Errorf("%s: "+form, append([]any{field}, args...)...) })
	b.Engine = engine.New(c, s, false)
	t.Cleanup(func() {
		b.Close()
		for _, i := range b.Status().Instances {
			t.Errorf("left over: %+v", i)
		}
	})
	return b
}

// until waits for what a status has to become: another process does it, so it is looked at often.
func (b *bench) until(what string, ok func(engine.Status) bool) engine.Status {
	b.t.Helper()
	for late := time.Now().Add(20 * time.Second); ; {
		s := b.Status()
		if ok(s) {
			return s
		}
		if time.Now().After(late) {
			b.t.Fatalf("never %s: %+v", what, s)
		}
		select {
		case <-b.changed:
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (b *bench) get(i *engine.Instance, path string) (string, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, i.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := i.Transport().RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// taken says whether somebody listens on a port.
func taken(url string) bool {
	c, err := net.DialTimeout("tcp", strings.TrimPrefix(url, "http://"), time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}
