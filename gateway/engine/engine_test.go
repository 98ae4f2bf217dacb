package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/engine"
)

func ready(n int) func(engine.Status) bool {
	return func(s engine.Status) bool {
		there := 0
		for _, i := range s.Instances {
			if i.State == engine.Ready {
				there++
			}
		}
		return there == n
	}
}

func stopped(s engine.Status) bool { return len(s.Instances) == 0 && s.State == engine.Stopped }

// TestScales: nothing runs until somebody waits, more is started while somebody waits for long, and
// all is stopped when nobody comes.
func TestScales(t *testing.T) {
	t.Parallel()
	s := as("good")
	s.Max, s.Idle = 2, engine.Span(300*time.Millisecond)
	b := start(t, s, quick)
	if !stopped(b.Status()) {
		t.Fatalf("%+v", b.Status())
	}
	w := b.Enter(func(error) {})
	if cold, _ := w.Wait(); !cold {
		t.Error("nothing is ready, and it is not told")
	}
	b.until("one", ready(1))
	if b.ColdStart() <= 0 {
		t.Error("how long the start took is not known")
	}
	b.until("two, as somebody still waits", ready(2))
	w.Leave()
	one, two := b.Ready()[0], b.Ready()[1]
	if one.URL == two.URL || one.ID == two.ID {
		t.Errorf("%s %s, %s %s", one.ID, one.URL, two.ID, two.URL)
	}
	// one request at a time needs one instance
	for range 10 {
		there := b.Ready()
		if len(there) == 0 {
			break // this machine stood still for longer than an engine lies idle
		}
		if _, err := b.get(there[0], "/wait?for=60ms"); err != nil {
			t.Fatal(err)
		}
	}
	b.until("one is enough", ready(1))
	b.until("none", stopped)
	if taken(one.URL) || taken(two.URL) {
		t.Error("a process is still there")
	}
}

// TestScalesByRefusals: who is refused at once waits for nothing, and another instance is started for
// those all the same; a single refusal starts none.
func TestScalesByRefusals(t *testing.T) {
	t.Parallel()
	s := as("good")
	s.Max, s.Idle = 2, engine.Span(300*time.Millisecond)
	b := start(t, s, quick)
	b.Engine.Start()
	b.until("one", ready(1))
	refused := func() {
		w := b.Enter(func(error) {})
		w.Refused()
		w.Leave()
	}
	refused()
	b.until("none after one refusal", stopped)
	b.Engine.Start()
	b.until("two", func(s engine.Status) bool {
		refused()
		return ready(2)(s)
	})
	b.until("none", stopped)
	if n := len(b.Status().Instances); n != 0 || b.Made("writer/4") {
		t.Errorf("%+v", b.Status())
	}
}

// TestLeast: the least number runs for a program that serves, and starts at once after a crash.
func TestLeast(t *testing.T) {
	t.Parallel()
	s := as("slow")
	s.Min, s.Max = 2, 2
	b := start(t, s, quick)
	if !stopped(b.Status()) {
		t.Errorf("%+v", b.Status())
	}
	b.Keep()
	was := b.until("two", ready(2))
	if err := syscall.Kill(was.Instances[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	now := b.until("two again", func(s engine.Status) bool { return ready(2)(s) && s.Restarts == 1 })
	if now.Failures != 1 || !strings.Contains(now.Why, "the engine of writer ended with signal: killed") {
		t.Errorf("%+v", now)
	}
}

// TestFails: an engine that ends again and again is given up, who waits is told why, and an operator
// can have it tried again.
func TestFails(t *testing.T) {
	t.Parallel()
	b := start(t, as("fails"), quick)
	ctx, refuse := context.WithCancelCause(t.Context())
	w := b.Enter(refuse)
	w.Wait()
	<-ctx.Done()
	w.Leave()
	err, ok := errors.AsType[*wenyuan.Error](context.Cause(ctx))
	if !ok || err.Code != wenyuan.Unavailable || err.Message != "the engine of writer does not start" || strings.Contains(fmt.Sprintf("%s %v", err.Hint, err), "/models/x.gguf") {
		t.Errorf("%v", context.Cause(ctx))
	}
	s := b.Status()
	if !strings.Contains(s.Why, "ended with exit status 1: ") || !strings.Contains(s.Why, "cannot open model /models/x.gguf: no such file") {
		t.Errorf("an operator is told %q", s.Why)
	}
	if s.State != engine.Failed || s.Failures != 5 || s.Retry <= 0 {
		t.Errorf("%+v", s)
	}
	if b.Coming() {
		t.Error("nothing comes, and it is waited for")
	}
	ctx, refuse = context.WithCancelCause(t.Context())
	b.Enter(refuse).Leave()
	if ctx.Err() == nil {
		t.Error("who comes later is not refused")
	}
	b.Engine.Start()
	b.until("tried again and given up", func(s engine.Status) bool { return s.State == engine.Failed && s.Restarts == 10 })
}

// TestGarbage: what cannot be run at all is not tried again and again.
func TestGarbage(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, []byte("no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, dir, want string }{
		{"no-such-program-here", "", "executable file not found in $PATH"},
		{"/no/such/program", "", "no such file or directory"},
		{file, "", "permission denied"},
		{os.Args[0], "/no/such/folder", "no such file or directory"},
	} {
		b := start(t, engine.Spec{Command: []string{c.command, "{port}"}, Dir: c.dir}, quick)
		b.Engine.Start()
		s := b.until("given up", func(s engine.Status) bool { return s.State == engine.Failed })
		if !strings.Contains(s.Why, "the engine of writer cannot be started") || !strings.Contains(s.Why, c.want) || s.Failures != 1 {
			t.Errorf("%s: %+v", c.command, s)
		}
	}
}

// TestNeverReady: a start that hangs is ended, with what it said last.
func TestNeverReady(t *testing.T) {
	t.Parallel()
	s := as("hangs")
	s.StartTime = engine.Span(2 * time.Second) // which the start of a program may take here
	b := start(t, s, quick)
	b.Engine.Start()
	got := b.until("a failure", func(s engine.Status) bool { return s.Failures > 0 })
	if got.Why != "the engine of writer was not ready within 2s: loading, 3 %" {
		t.Errorf("%q", got.Why)
	}
}

// TestEndsBeforeTheNext: a start that failed has ended before the next one, so that it is counted, and
// none comes after the engine was given up.
func TestEndsBeforeTheNext(t *testing.T) {
	t.Parallel()
	s := as("stuck")
	s.StartTime, s.StopTime = engine.Span(100*time.Millisecond), engine.Span(100*time.Millisecond)
	b := start(t, s, quick)
	b.Engine.Start()
	b.until("given up", func(s engine.Status) bool {
		if len(s.Instances) > 1 {
			t.Errorf("%d at once", len(s.Instances))
		}
		return s.Failures == 5
	})
	if b.Made("writer/6") {
		t.Error("one more was started")
	}
}

// TestDumb: an engine that does not answer any more is started anew.
func TestDumb(t *testing.T) {
	t.Parallel()
	s := as("dumb")
	s.StartTime, s.StopTime = engine.Span(3*time.Second), engine.Span(100*time.Millisecond)
	b := start(t, s, quick)
	b.Engine.Start()
	got := b.until("a restart", func(s engine.Status) bool { return s.Restarts > 0 })
	if !strings.Contains(got.Why, "has said nothing for") {
		t.Errorf("%q", got.Why)
	}
}

// TestDeaf: what does not end when it is asked to is killed, with what it started.
func TestDeaf(t *testing.T) {
	t.Parallel()
	s := as("deaf parent")
	s.StopTime = engine.Span(100 * time.Millisecond)
	b := start(t, s, quick)
	b.Engine.Start()
	was := b.until("one", ready(1))
	var child int
	if _, err := fmt.Sscanf(was.Instances[0].Line, "child %d", &child); err != nil {
		t.Fatal(err, was.Instances[0].Line)
	}
	b.Stop()
	b.until("gone", stopped)
	ended(t, child)
	if s := b.Status(); s.Restarts != 0 || !s.Held {
		t.Errorf("%+v", s)
	}
	ctx, refuse := context.WithCancelCause(t.Context())
	b.Enter(refuse).Leave()
	if err := context.Cause(ctx); err == nil || !strings.Contains(err.Error(), "was stopped by an operator") {
		t.Errorf("%v", err)
	}
	b.Engine.Start()
	b.until("one", ready(1))
}

// ended fails where a process goes on. One that is dead and that nobody has asked after is ended.
func ended(t *testing.T, pid int) {
	t.Helper()
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) { // a process that is no child of ours
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("process %d goes on: %s", pid, stat)
		}
	}
}

// TestChange: another command takes over without a request that fails, and one that does not work
// leaves the old one in its place.
func TestChange(t *testing.T) {
	t.Parallel()
	b := start(t, as("good"), quick)
	b.Engine.Start()
	b.until("one", ready(1))
	var wg sync.WaitGroup
	quit := make(chan struct{})
	answers := map[string]int{}
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				all := b.Ready()
				if len(all) == 0 {
					t.Error("nothing is ready")
					return
				}
				text, err := b.get(all[0], "/wait?for=5ms")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				answers[text]++
				mu.Unlock()
			}
		})
	}
	b.Set(as("fails").WithDefaults("openai"), false)
	b.until("the new one is given up", func(s engine.Status) bool { return s.Failures == 5 && ready(1)(s) })
	b.Set(as("slow").WithDefaults("openai"), false)
	b.until("the new one alone", func(s engine.Status) bool {
		return len(s.Instances) == 1 && ready(1)(s) && b.Ready()[0].Spec.Command[2] == "slow"
	})
	b.Restart()
	b.until("started anew", func(s engine.Status) bool {
		return len(s.Instances) == 1 && s.Instances[0].ID == "writer/8" && ready(1)(s)
	})
	close(quit)
	wg.Wait()
	if answers["good"] == 0 || answers["slow"] == 0 {
		t.Errorf("%v", answers)
	}
}

// TestDrains: what is under way is ended in peace when its instance is stopped.
func TestDrains(t *testing.T) {
	t.Parallel()
	b := start(t, as("good"), quick)
	b.Engine.Start()
	b.until("one", ready(1))
	i, done := b.Ready()[0], make(chan error)
	go func() {
		_, err := b.get(i, "/wait?for=700ms")
		done <- err
	}()
	b.until("busy", func(s engine.Status) bool { return s.Instances[0].Busy == 1 })
	b.Retire()
	if len(b.Ready()) > 0 && b.until("draining", ready(0)).State != engine.Draining {
		t.Errorf("%+v", b.Status())
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.until("gone", stopped)
}

// TestEnvironment: an engine knows what it is given, and nothing else.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	s := as("good")
	s.Env = []string{"GIVEN", "MISSING"}
	b := start(t, s, quick)
	b.Engine.Start()
	b.until("one", ready(1))
	env, err := b.get(b.Ready()[0], "/env")
	if err != nil || env != "PATH="+os.Getenv("PATH")+"\nGIVEN=this" {
		t.Errorf("%q, %v", env, err)
	}
}

// TestLoud: an engine that writes more than anybody reads is not held up by it.
func TestLoud(t *testing.T) {
	t.Parallel()
	b := start(t, as("loud"), quick)
	b.Engine.Start()
	if s := b.until("one", ready(1)); len(s.Instances[0].Line) > 500 || !strings.HasPrefix(s.Instances[0].Line, "xxx") {
		t.Errorf("%q", s.Instances[0].Line)
	}
}

// TestNoOrphan: when this program is killed, no engine goes on.
func TestNoOrphan(t *testing.T) {
	t.Parallel()
	program := exec.Command(os.Args[0], "as-engine", "runs", "0", "deaf")
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscanf(line, "pid %d", &pid); err != nil {
		t.Fatal(err, line)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the engine does not run: %v", err)
	}
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait() // killed, as it was
	ended(t, pid)
}

// TestShown: who sees a model does not see with what its engine is run, and another command is
// another version all the same.
func TestShown(t *testing.T) {
	t.Parallel()
	one := engine.Spec{Command: []string{"env", "A=b", "/opt/vllm", "serve", "--api-key", "sk-4711", "{port}"}}.WithDefaults("openai")
	b, err := json.Marshal(one)
	if err != nil || strings.Contains(string(b), "4711") || !strings.Contains(string(b), `"command":["vllm","sha256:`) || !strings.Contains(string(b), `"idle":"10m0s"`) {
		t.Errorf("%s, %v", b, err)
	}
	one.Command[5] = "sk-4712"
	if other, err := json.Marshal(one); err != nil || string(other) == string(b) {
		t.Errorf("%s, %v", other, err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec engine.Spec
		want string
	}{
		{engine.Spec{}, "command is empty"},
		{engine.Spec{Command: []string{"x", "--port", "80"}}, "command has no {port}"},
		{engine.Spec{Command: []string{"x", "--host", "0.0.0.0", "{port}"}}, `command "0.0.0.0" lets other machines`},
		{engine.Spec{Command: []string{"env", "OLLAMA_HOST=0.0.0.0:{port}"}}, `command "OLLAMA_HOST=0.0.0.0:{port}" lets other machines`},
		{engine.Spec{Command: []string{"x", "{port}"}, Dir: "models"}, `dir is "models"`},
		{engine.Spec{Command: []string{"x", "{port}"}, Env: []string{"A=b"}}, `env "A=b" is not the name`},
		{engine.Spec{Command: []string{"x", "{port}"}, Env: []string{"WENYUAN_KEY"}}, "env the variable WENYUAN_KEY holds a setting"},
		{engine.Spec{Command: []string{"x", "{port}"}, Min: 3, Max: 2}, "max min is 3 and max is 2"},
		{engine.Spec{Command: []string{"x", "{port}"}, Max: 65}, "max min is 0 and max is 65"},
		{engine.Spec{Command: []string{"x", "{port}"}, Ready: "//elsewhere.example.com/"}, "ready is"},
		{engine.Spec{Command: []string{"x", "{port}"}, Idle: engine.Span(25 * time.Hour)}, "idle is 25h0m0s"},
	} {
		var got []string
		c.spec.WithDefaults("openai").Faults(func(field, form string, args ...any) { got = append(got, field+" "+fmt.Sprintf(form, args...)) })
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%+v: %q, want %q", c.spec, got, c.want)
		}
	}
}
