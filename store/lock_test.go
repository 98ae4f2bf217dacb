package store_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/store"
)

func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	if _, held, err := store.Holder(dir); held || err != nil {
		t.Fatalf("a folder that is not there is held: %v, %v", held, err)
	}
	lock, err := store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.LockDir(dir)
	if wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), "process") || !strings.Contains(err.Error(), dir) {
		t.Errorf("the second lock: %v", err)
	}
	info, held, err := store.Holder(dir)
	if !held || err != nil || info.PID != os.Getpid() || info.Command == "" || info.Since == 0 {
		t.Errorf("the holder: %+v, %v, %v", info, held, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, held, err := store.Holder(dir); held || err != nil {
		t.Errorf("held after the release: %v, %v", held, err)
	}
	lock, err = store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock.Release()
}

// TestLockOfDeadProcess: a killed process holds nothing.
func TestLockOfDeadProcess(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("STORE_TEST_LOCK"); dir != "" {
		if _, err := store.LockDir(dir); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("locked\n")
		os.Stdin.Read(make([]byte, 1)) // until it is killed
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestLockOfDeadProcess$")
	child.Env = append(os.Environ(), "STORE_TEST_LOCK="+dir)
	in, err := child.StdinPipe() // held open
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if info, held, err := store.Holder(dir); !held || err != nil || info.PID != child.Process.Pid {
		t.Errorf("the holder: %+v, %v, %v", info, held, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*exec.ExitError](child.Wait()); !ok {
		t.Fatal("the child was not killed")
	}
	lock, err := store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock.Release()
}
