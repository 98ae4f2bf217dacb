package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"wenyuan"
)

// A State is what an instance, or an engine as a whole, is at.
type State string

// The states.
const (
	Stopped  State = "stopped"  // there is none
	Starting State = "starting" // it runs, and is not ready
	Ready    State = "ready"    // it is asked
	Draining State = "draining" // it is asked no more, and ends what it began
	Failed   State = "failed"   // it was given up for now
)

// An Instance is one process that runs the model.
type Instance struct {
	ID   string // of the model and a number that no other instance had: writer/3
	URL  string // its address, without a version
	Spec Spec   // what it was started with

	e          *Engine
	n          int // among those that run at once
	port       int
	generation int
	gone       chan struct{} // it has ended
	halt       chan struct{} // it is to end
	withdraw   func()
	out        *output
	heard      atomic.Int64 // when it said something last, in UTC microseconds

	// what follows is held by the engine's lock
	state    State
	began    time.Time
	readyAt  time.Time
	since    time.Time // of the state
	stopping bool
	dead     bool  // the process has ended
	fault    error // why it is ended by us, where it failed
	flight   int
	pid      int
}

// asked says whether requests may go to it. The caller holds the engine's lock.
func (i *Instance) asked() bool { return i.state == Ready && !i.stopping && !i.dead }

// start makes an instance. The caller holds mu.
func (e *Engine) start(now time.Time) {
	e.made++
	i := &Instance{
		ID: e.c.Name + "/" + strconv.Itoa(e.made), Spec: e.spec, e: e, n: e.number(), generation: e.generation, gone: make(chan struct{}), halt: make(chan struct{}),
		out: &output{log: e.c.Log.With("model", e.c.Name, "instance", e.made)}, state: Starting, began: now, since: now,
	}
	e.all = append(e.all, i)
	e.wg.Go(i.run)
}

// number is the lowest one that no instance has. The caller holds mu.
func (e *Engine) number() (n int) {
	for taken := true; taken; {
		taken = false
		for _, o := range e.all {
			if o.n == n {
				taken, n = true, n+1
			}
		}
	}
	return n
}

// run is the life of the process. It keeps its thread: on Linux the process is killed with the
// thread that started it, so that none outlives this program.
func (i *Instance) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := i.live()
	close(i.gone)
	i.e.ended(i, err)
}

func (i *Instance) live() error {
	on, err := freePort()
	if err != nil {
		return err
	}
	args := i.Spec.arguments(on, i.n)
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	path, err := i.program(args[0])
	if err != nil {
		write.Close()
		return err
	}
	cmd := &exec.Cmd{Path: path, Args: args, Dir: i.Spec.Dir, Env: i.environment(), Stdout: write, Stderr: write, SysProcAttr: attributes()}
	err = cmd.Start()
	write.Close()
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(on))
	withdraw := i.e.c.Allow(address)
	defer withdraw()
	i.e.mu.Lock()
	i.port, i.URL, i.pid = on, "http://"+address, cmd.Process.Pid
	i.e.mu.Unlock()
	i.e.c.Log.Info("an instance of an engine is started", "model", i.e.c.Name, "instance", i.ID, "pid", cmd.Process.Pid, "port", on)
	i.e.wg.Go(i.watch)
	i.e.wg.Go(func() { i.end(cmd.Process) })
	told := make(chan struct{})
	go func() {
		defer close(told)
		_, _ = io.Copy(i.out, read) // it never fails; the pipe ends with the process
	}()
	err = cmd.Wait()
	i.e.mu.Lock()
	i.dead, i.e.dirty = true, true // before its address may be reached no more: who is on the way there is told that it ended
	i.e.mu.Unlock()
	signalGroup(cmd.Process, true) // what it left behind
	select {
	case <-told:
	case <-time.After(time.Second): // somebody outside of its group still holds the pipe
	}
	i.out.flush()
	return err
}

// program finds what is run, as a shell does by its PATH.
func (i *Instance) program(name string) (string, error) {
	if filepath.Base(name) == name {
		return exec.LookPath(name)
	}
	if !filepath.IsAbs(name) && i.Spec.Dir != "" {
		name = filepath.Join(i.Spec.Dir, name)
	}
	return exec.LookPath(name)
}

// environment is what the process knows of ours: what a program cannot do without, and what is named.
func (i *Instance) environment() (env []string) {
	for _, name := range append([]string{"PATH", "HOME", "TMPDIR", "LANG", "SystemRoot"}, i.Spec.Env...) {
		if v := i.e.c.Env(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// end waits until the process is to end, asks it to, and kills it where it does not.
func (i *Instance) end(p *os.Process) {
	select {
	case <-i.gone:
		return
	case <-i.halt:
	}
	signalGroup(p, false)
	timer := time.NewTimer(time.Duration(i.Spec.StopTime))
	defer timer.Stop()
	select {
	case <-i.gone:
	case <-timer.C:
		i.e.c.Log.Warn("an instance of an engine does not end and is killed", "model", i.e.c.Name, "instance", i.ID)
		signalGroup(p, true)
	}
}

// stop has the process ended; fault says why where it failed, and is nil where it is not needed.
// The caller holds the engine's lock.
func (i *Instance) stop(fault error) {
	if i.stopping {
		return
	}
	i.e.dirty = i.e.dirty || i.state == Ready
	i.stopping, i.fault = true, fault
	close(i.halt)
}

// watch asks until the process is ready, and then whether it still is.
func (i *Instance) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-i.gone:
		case <-i.halt:
		}
		cancel()
	}()
	if i.await(ctx) {
		i.attend(ctx)
	}
	<-ctx.Done()
}

// await waits until the process is ready; false where it ends or takes too long.
func (i *Instance) await(ctx context.Context) bool {
	late := time.Now().Add(time.Duration(i.Spec.StartTime))
	for pause := 10 * time.Millisecond; ; pause = min(pause*3/2, time.Second) {
		if i.answers(ctx) == nil {
			i.becomesReady()
			return true
		}
		if time.Now().After(late) {
			i.e.mu.Lock()
			i.stop(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + i.e.c.Name + " was not ready within " + time.Duration(i.Spec.StartTime).String() + ": " + i.out.last(),
				Hint: "look at its output; where the model takes longer to load, raise start_time"})
			i.e.mu.Unlock()
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(pause, time.Until(late)+time.Millisecond)):
		}
	}
}

func (i *Instance) becomesReady() {
	e, now := i.e, time.Now()
	e.mu.Lock()
	defer e.wake()
	defer e.mu.Unlock()
	if i.stopping {
		return
	}
	i.state, i.readyAt, i.since = Ready, now, now
	e.coldStart, e.changed, e.dirty, e.failed = now.Sub(i.began), now, true, nil
	e.c.Log.Info("an instance of an engine is ready", "model", e.c.Name, "instance", i.ID, "after", e.coldStart.Round(time.Millisecond))
}

// attend ends a process that neither answers nor says anything for as long as a start may take.
func (i *Instance) attend(ctx context.Context) {
	ticker := time.NewTicker(i.e.c.Times.Live)
	defer ticker.Stop()
	i.heard.Store(time.Now().UnixMicro())
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		silent := time.Since(time.UnixMicro(i.heard.Load()))
		if silent < i.e.c.Times.Live || i.answers(ctx) == nil {
			continue
		}
		if silent = time.Since(time.UnixMicro(i.heard.Load())); silent >= time.Duration(i.Spec.StartTime) && ctx.Err() == nil {
			i.e.mu.Lock()
			i.stop(&wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + i.e.c.Name + " has said nothing for " + silent.Round(time.Second).String() + ": " + i.out.last(), Hint: "it is started again; look at its output"})
			i.e.mu.Unlock()
			return
		}
	}
}

// answers asks the path that says that it is ready.
func (i *Instance) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(liveTime, time.Duration(i.Spec.StartTime)))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, i.URL+i.Spec.Ready, nil)
	if err != nil {
		return err
	}
	resp, err := i.e.c.HTTP.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return errors.New(resp.Status)
	}
	i.heard.Store(time.Now().UnixMicro())
	return nil
}

// failure says what happened to a process, for people.
func (i *Instance) failure(err error) error {
	if i.fault != nil {
		return i.fault
	}
	name := i.e.c.Name
	if exit, ok := errors.AsType[*exec.ExitError](err); ok || err == nil {
		how := "exit status 0"
		if ok {
			how = exit.Error()
		}
		return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the engine of " + name + " ended with " + how + ": " + i.out.last(), Hint: "put right what its output says; wenyuan gateway engines shows when it is tried again", Err: err}
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the engine of %s cannot be started: %v", name, err), Hint: "look at its command and folder in the settings file", Err: err}
}

// freePort is a port of the loopback address that nobody listened on a moment ago. Another program
// may take it first: then the engine ends and is started on another.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
