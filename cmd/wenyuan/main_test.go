package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"wenyuan/gateway/gatewaytest"
)

// TestMain makes the test binary the program itself where a script runs it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wenyuan": main})
}

// TestScripts runs the real program in folders of its own. testdata/script holds one story a
// file, to which anybody can add.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("WENYUAN_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("LANG", "en_US.UTF-8")
			e.Setenv("HOME", e.WorkDir)
			if cache, err := os.UserCacheDir(); err == nil {
				e.Setenv("XDG_CACHE_HOME", cache) // the compiled PDF engine is shared, not made anew for each story
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": jsonCmd, "save": saveCmd, "serve": serveCmdScript, "stop": stopCmd, "hangup": hangupCmd, "model": modelCmd, "until": untilCmd,
		},
	})
}

// jsonCmd looks into the standard output of the command before: json PATH WANT, where a path is
// like documents.0.state, "count" behind a list is its length, and WANT may be left out to ask that it is there.
func jsonCmd(ts *testscript.TestScript, neg bool, args []string) {
	got, ok := at(ts, args[0])
	switch {
	case len(args) == 1:
		if ok == neg {
			ts.Fatalf("%s is there: %v", args[0], ok)
		}
	case !ok:
		ts.Fatalf("%s is not there", args[0])
	case (got == args[1]) == neg:
		ts.Fatalf("%s is %s, want %s (negated: %v)", args[0], got, args[1], neg)
	}
}

// saveCmd keeps a value in a variable: save NAME PATH.
func saveCmd(ts *testscript.TestScript, neg bool, args []string) {
	got, ok := at(ts, args[1])
	if !ok {
		ts.Fatalf("%s is not there", args[1])
	}
	ts.Setenv(args[0], got)
}

// at finds a value in the last standard output, which has to be one JSON value and nothing else.
func at(ts *testscript.TestScript, path string) (string, bool) {
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &v); err != nil {
		ts.Fatalf("standard output is not one JSON value: %v", err)
	}
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[key]; !ok {
				return "", false
			}
		case []any:
			if key == "count" {
				v = len(x)
				continue
			}
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				return "", false
			}
			v = x[i]
		default:
			return "", false
		}
	}
	if s, ok := v.(string); ok {
		return s, true
	}
	return fmt.Sprint(v), true
}

// serveCmdScript starts a server on a free port, waits until it listens, and sets SERVER to its address.
func serveCmdScript(ts *testscript.TestScript, neg bool, args []string) {
	program, err := exec.LookPath("wenyuan")
	ts.Check(err)
	cmd := exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--json"}, args...)...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environment(ts)
	log, err := os.Create(ts.MkAbs("serve.log"))
	ts.Check(err)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Kill() // where the story has not stopped it
		cmd.Wait()
		log.Close()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	var said struct{ Address string }
	if err != nil || json.Unmarshal([]byte(line), &said) != nil || said.Address == "" {
		ts.Fatalf("the server said %q: %s", line, ts.ReadFile("serve.log"))
	}
	ts.Setenv("SERVER", said.Address)
	ts.Setenv("SERVER_PID", strconv.Itoa(cmd.Process.Pid))
}

func environment(ts *testscript.TestScript) []string {
	var out []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "WENYUAN_") {
			out = append(out, kv)
		}
	}
	for _, name := range []string{"HOME", "LANG", "WENYUAN_DATA", "WENYUAN_CONFIG", "LI_KEY", "XDG_CACHE_HOME"} {
		out = append(out, name+"="+ts.Getenv(name))
	}
	return out
}

func signalServer(ts *testscript.TestScript, sig syscall.Signal) int {
	pid, err := strconv.Atoi(ts.Getenv("SERVER_PID"))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, sig))
	return pid
}

// stopCmd asks the server to stop and waits until it no longer listens.
func stopCmd(ts *testscript.TestScript, neg bool, args []string) {
	signalServer(ts, syscall.SIGTERM)
	until(ts, func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(ts.Getenv("SERVER"), "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	until(ts, func() bool {
		_, err := os.Stat(filepath.Join(ts.Getenv("WENYUAN_DATA"), "server.json"))
		return os.IsNotExist(err)
	})
}

// hangupCmd asks the server to read its settings again.
func hangupCmd(ts *testscript.TestScript, neg bool, args []string) { signalServer(ts, syscall.SIGHUP) }

// untilCmd waits until a file holds a text: until FILE TEXT.
func untilCmd(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, func() bool { return strings.Contains(ts.ReadFile(args[0]), args[1]) })
}

func until(ts *testscript.TestScript, holds func() bool) {
	for end := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(end) {
			ts.Fatalf("waited in vain")
		}
		time.Sleep(10 * time.Millisecond) // another process, of which there is no other sign
	}
}

// A scriptTB lets a story start what a test would.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (b scriptTB) Helper()          {}
func (b scriptTB) Cleanup(f func()) { b.ts.Defer(f) }

// modelCmd starts a model that says its arguments one after the other, and sets MODEL to its
// address. "fail" is a model that is down.
func modelCmd(ts *testscript.TestScript, neg bool, args []string) {
	reply := gatewaytest.Say(args...)
	if len(args) == 1 && args[0] == "fail" {
		reply = gatewaytest.Fail(500, "")
	}
	ts.Setenv("MODEL", gatewaytest.New(scriptTB{ts: ts}, reply).URL)
}

// Every text has both languages, and every text that the grammar asks for is there.
func TestWords(t *testing.T) {
	t.Parallel()
	for name, p := range words {
		if p.en == "" || p.zh == "" || p.en == p.zh {
			t.Errorf("%s: %q %q", name, p.en, p.zh)
		}
	}
	var look func(reflect.Type)
	look = func(typ reflect.Type) {
		for f := range typ.Fields() {
			if h := f.Tag.Get("help"); h != "" {
				if _, ok := words[h]; !ok {
					t.Errorf("%s.%s: there is no text %s", typ.Name(), f.Name, h)
				}
			}
			if f.Type.Kind() == reflect.Struct {
				look(f.Type)
			}
		}
	}
	look(reflect.TypeFor[cli]())
}
