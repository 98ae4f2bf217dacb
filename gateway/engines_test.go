package gateway_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/engine"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/internal/testenv"
	"wenyuan/store"
)

// llama is an engine that runs llama.cpp's server on a model that says one thing.
func llama(t *testing.T, reply string) *engine.Spec {
	t.Helper()
	return &engine.Spec{Command: testenv.ScriptedCommand(t, reply), StartTime: engine.Span(30 * time.Second), Idle: engine.Span(time.Hour)}
}

// engines opens models with an engine.
func engines(t *testing.T, e *engine.Spec) *gateway.Models {
	t.Helper()
	return open(t, gateway.Config{Declared: []gateway.Spec{{Name: "writer", Engine: e, Location: gateway.Inside}}, Env: os.Getenv})
}

// becomes waits until the engine is as wanted: other processes make it so, and it is looked at often.
func becomes(t *testing.T, m *gateway.Models, what string, ok func(engine.Status) bool) engine.Status {
	t.Helper()
	for late := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		all, err := m.Engines(everything(t))
		if err != nil {
			t.Fatal(err)
		}
		if ok(all[0]) {
			return all[0]
		}
		if time.Now().After(late) {
			t.Fatalf("never %s: %+v", what, all[0])
		}
	}
}

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

// TestEngineColdStart: the first request starts the engine and is answered; the time is told, and
// an engine that nobody needs ends.
func TestEngineColdStart(t *testing.T) {
	t.Parallel()
	e := llama(t, "A pump runs for two hours.")
	e.Idle = engine.Span(300 * time.Millisecond)
	m := engines(t, e)
	told := &manner.Told{}
	text, _, err := said(get(t, m, "writer"), manner.With(t.Context(), manner.Manner{Told: told}))
	if err != nil || text != "A pump runs for two hours." {
		t.Fatalf("%q, %v", text, err)
	}
	if told.Replica != "writer/1" || told.Cold <= 0 || told.Cold > told.Waited {
		t.Errorf("%+v", told)
	}
	was := becomes(t, m, "stopped", func(s engine.Status) bool { return s.State == engine.Stopped && len(s.Instances) == 0 })
	if was.ColdStart <= 0 || was.Restarts != 0 {
		t.Errorf("%+v", was)
	}
	told = &manner.Told{}
	if text, _, err := said(get(t, m, "writer"), manner.With(t.Context(), manner.Manner{Told: told})); err != nil || text == "" || told.Replica != "writer/2" {
		t.Errorf("%q, %v, %+v", text, err, told)
	}
}

// TestEngineScales: from none to two while requests wait for a place, and back to none.
func TestEngineScales(t *testing.T) {
	t.Parallel()
	e := llama(t, strings.Repeat("A pump runs for two hours. ", 1))
	e.Max, e.Idle = 2, engine.Span(500*time.Millisecond)
	m := open(t, gateway.Config{Declared: []gateway.Spec{{Name: "writer", Engine: e}}, Env: os.Getenv, Engines: engine.Times{Patience: 20 * time.Millisecond}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := said(get(t, m, "writer"), t.Context()); err != nil && wenyuan.CodeOf(err) != wenyuan.Limited {
					t.Error(err)
					return
				}
			}
		})
	}
	becomes(t, m, "two", ready(2))
	cancel()
	wg.Wait()
	becomes(t, m, "none", func(s engine.Status) bool {
		return s.State == engine.Stopped && len(s.Instances) == 0 && s.Restarts == 0
	})
}

// TestEngineDeadline: who cannot wait for the start is told so at once, and the engine starts for
// those who come next.
func TestEngineDeadline(t *testing.T) {
	t.Parallel()
	m := engines(t, llama(t, "A pump runs for two hours."))
	if _, err := m.Engine(t.Context(), everything(t), "writer", gateway.EngineStart); err != nil {
		t.Fatal(err)
	}
	becomes(t, m, "ready", ready(1))
	for _, action := range []string{gateway.EngineStop, gateway.EngineStart} {
		if _, err := m.Engine(t.Context(), everything(t), "writer", action); err != nil {
			t.Fatal(err)
		}
		if action == gateway.EngineStop {
			becomes(t, m, "stopped", func(s engine.Status) bool { return len(s.Instances) == 0 })
			if _, _, err := said(get(t, m, "writer"), t.Context()); wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), "was stopped by an operator") {
				t.Errorf("%v", err)
			}
		}
	}
	_, _, err := said(get(t, m, "writer"), manner.With(t.Context(), manner.Manner{Deadline: time.Now().Add(time.Microsecond)}))
	if err == nil {
		t.Error("an answer after its deadline")
	}
	if text, _, err := said(get(t, m, "writer"), t.Context()); err != nil || text == "" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestEngineKilled: of two instances one is killed under load, and no request fails.
func TestEngineKilled(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"of two": 2, "the only one": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := llama(t, "A pump runs for two hours.")
			e.Min, e.Max = n, n
			m := engines(t, e)
			m.KeepEngines()
			was := becomes(t, m, "ready", ready(n))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var good atomic.Int64
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for ctx.Err() == nil {
						text, last, err := said(get(t, m, "writer"), t.Context())
						switch {
						case err == nil && text == "A pump runs for two hours.":
							good.Add(1)
						case text != "" && last.Finish == "": // cut off in the middle: it is told, and no second answer is mixed in
						default:
							t.Errorf("%q, %v", text, err)
						}
					}
				})
			}
			more := func() {
				for begun := good.Load(); good.Load() < begun+20 && !t.Failed(); {
					time.Sleep(time.Millisecond) // requests to another process
				}
			}
			more()
			if err := syscall.Kill(was.Instances[0].PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			more()
			now := becomes(t, m, "ready again", func(s engine.Status) bool { return ready(n)(s) && s.Restarts == 1 })
			more()
			cancel()
			wg.Wait()
			if !strings.Contains(now.Why, "signal: killed") {
				t.Errorf("%+v", now)
			}
		})
	}
}

// TestEngineChange: another model takes over without a request that fails, and an engine that is
// declared no more ends.
func TestEngineChange(t *testing.T) {
	t.Parallel()
	m := engines(t, llama(t, "A pump runs for two hours."))
	m.KeepEngines()
	if _, _, err := said(get(t, m, "writer"), t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	var old, fresh atomic.Int64
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				switch text, _, err := said(get(t, m, "writer"), t.Context()); {
				case err != nil:
					t.Error(err)
					return
				case strings.Contains(text, "two"):
					old.Add(1)
				case strings.Contains(text, "three"):
					fresh.Add(1)
				}
			}
		})
	}
	if err := m.Replace([]gateway.Spec{{Name: "writer", Engine: llama(t, "A pump runs for three hours."), Location: gateway.Inside}}, nil); err != nil {
		t.Fatal(err)
	}
	becomes(t, m, "the new one alone", func(s engine.Status) bool {
		return len(s.Instances) == 1 && s.Instances[0].ID == "writer/2" && ready(1)(s)
	})
	for fresh.Load() < 10 && !t.Failed() {
		time.Sleep(time.Millisecond) // requests to another process
	}
	cancel()
	wg.Wait()
	if err := m.Replace(nil, nil); err != nil {
		t.Fatal(err)
	}
	inTime(t, "none is listed once it has ended", func() bool {
		all, err := m.Engines(everything(t))
		return err == nil && len(all) == 0
	})
}

// TestEngineFailed: why an engine cannot be had is what who waits is told, and what the test of a
// model says.
func TestEngineFailed(t *testing.T) {
	t.Parallel()
	m := engines(t, &engine.Spec{Command: []string{"no-such-engine", "{port}"}})
	_, _, err := said(get(t, m, "writer"), t.Context())
	if wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), "the engine of writer does not start") {
		t.Errorf("%v", err)
	}
	r, err := m.Test(t.Context(), wenyuan.DefaultSpace, "writer")
	if err != nil || r.OK || len(r.Checks) != 1 || r.Checks[0].What != "engine" || !strings.Contains(r.Checks[0].Message, "does not start") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestEngineAnswersBadly: an engine that runs and answers with an error is not waited for as one that
// ended is.
func TestEngineAnswersBadly(t *testing.T) {
	t.Parallel()
	m := engines(t, &engine.Spec{Command: []string{os.Args[0], "answers-500", "{port}"}, Max: 2})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, _, err := said(get(t, m, "writer"), ctx)
	if err == nil || ctx.Err() != nil {
		t.Errorf("%v", err)
	}
	if s := becomes(t, m, "one", ready(1)); s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

// TestEngineOfTheSettingsAlone: who may add models may not have programs run.
func TestEngineOfTheSettingsAlone(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	m := open(t, gateway.Config{Store: st})
	err = m.Put(t.Context(), everything(t), gateway.Spec{Name: "writer", Engine: &engine.Spec{Command: []string{"touch", "/tmp/{port}"}}})
	if wenyuan.CodeOf(err) != wenyuan.Denied || !strings.Contains(err.Error(), "names a program to run") {
		t.Errorf("%v", err)
	}
	if _, err := m.Engines(scope.Scope{}); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("%v", err)
	}
	if _, err := m.Engine(t.Context(), scope.Scope{}, "writer", gateway.EngineStop); wenyuan.CodeOf(err) != wenyuan.Denied {
		t.Errorf("%v", err)
	}
}

// TestEngineScalesWhenFull: an engine whose instances are full gets another one though those who find
// no place are refused at once.
func TestEngineScalesWhenFull(t *testing.T) {
	t.Parallel()
	e := llama(t, "A pump runs for two hours.")
	e.Max = 2
	m := open(t, gateway.Config{Declared: []gateway.Spec{{Name: "writer", Engine: e, Location: gateway.Inside}}, Env: os.Getenv,
		Queue: admit.Config{Places: -1}, Engines: engine.Times{Patience: 200 * time.Millisecond}})
	writer := get(t, m, "writer")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for range 64 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := said(writer, ctx); err != nil && ctx.Err() == nil && wenyuan.CodeOf(err) != wenyuan.Limited {
					t.Error(err)
				}
			}
		})
	}
	becomes(t, m, "two", ready(2))
}
