package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestKill kills a process that adds documents, at random moments: what it reported
// done is there, nothing is there by halves, and numbers of changes have no gap.
func TestKill(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("STORE_TEST_DIR"); dir != "" {
		writer(t, store.Config{Dir: dir, URL: os.Getenv("STORE_TEST_URL")})
		return
	}
	storetest.Each(t, func(t *testing.T, c store.Config) {
		chance := rand.New(rand.NewPCG(2, uint64(len(c.URL))))
		done := 0
		for range 12 {
			child := exec.Command(os.Args[0], "-test.run=^TestKill$")
			child.Env = append(os.Environ(), "STORE_TEST_DIR="+c.Dir, "STORE_TEST_URL="+c.URL)
			done = killAfter(t, child, done, 1+chance.IntN(20), time.Duration(chance.IntN(4000))*time.Microsecond)
			s := storetest.Open(t, c)
			checkWhole(t, s)
			n, err := strconv.Atoi(column(t, s, `SELECT CAST(COUNT(*) AS TEXT) FROM document`)[0])
			if err != nil || n < done {
				t.Fatalf("%d documents are there, %d were reported done; %v", n, done, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			done = n
		}
	})
}

// writer adds documents one by one and says so, until it is killed.
func writer(t *testing.T, c store.Config) {
	s := storetest.Open(t, c)
	n, err := strconv.Atoi(column(t, s, `SELECT CAST(COUNT(*) AS TEXT) FROM document`)[0])
	if err != nil {
		t.Fatal(err)
	}
	for ; n < 10_000; n++ {
		hash := put(t, s, fmt.Sprint("content ", n))
		storetest.Write(t, s, func(tx *store.Tx) error { return document(t.Context(), tx, fmt.Sprint(n), hash, hash) })
		fmt.Println(n + 1)
	}
}

// killAfter reads a number of lines of a child, kills it a moment later, and gives the
// last number that it said.
func killAfter(t *testing.T, child *exec.Cmd, last, lines int, moment time.Duration) int {
	t.Helper()
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for ; lines > 0 && said.Scan(); lines-- {
		if n, err := strconv.Atoi(said.Text()); err != nil || n <= last {
			t.Fatalf("the child says %q after %d", said.Text(), last)
		} else {
			last = n
		}
	}
	time.Sleep(moment) // the moment of the kill is what is varied
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for said.Scan() { // what it said in the last moment counts as well
		if n, err := strconv.Atoi(said.Text()); err == nil {
			last = n
		}
	}
	child.Wait() // killed
	return last
}

// TestPowerCut opens what would be on the disk if the power failed: the database with its
// log cut off at any place. What was committed before the cut is whole, in order.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	for i := range 30 {
		storetest.Write(t, s, func(tx *store.Tx) error { return document(t.Context(), tx, fmt.Sprint(i), "", fmt.Sprintf("%064d", i)) })
	}
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(s.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	db, log := read("wenyuan.db"), read("wenyuan.db-wal") // nobody writes now
	chance := rand.New(rand.NewPCG(3, 4))
	most := 0
	for range 25 {
		at := chance.IntN(len(log) + 1)
		torn := bytes.Clone(log[:at])
		if at > 4096 && at%2 == 0 { // a sector that was not written
			clear(torn[at-4096 : at-2048])
		}
		n := afterCut(t, db, torn)
		most = max(most, n)
	}
	if n := afterCut(t, db, log); n != 30 || most == 0 {
		t.Errorf("the whole log gives %d documents, want 30; the others %d at most", n, most)
	}
}

// afterCut opens a copy and says how many documents it has, numbered from 0 without gap.
func afterCut(t *testing.T, db, log []byte) int {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "wenyuan.db"), db, 0o600), os.WriteFile(filepath.Join(dir, "wenyuan.db-wal"), log, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{Dir: dir})
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	n, err := strconv.Atoi(column(t, s, `SELECT CAST(COUNT(*) AS TEXT) FROM document WHERE change BETWEEN 1 AND (SELECT COUNT(*) FROM document)`)[0])
	total := column(t, s, `SELECT CAST(value AS TEXT) FROM counter WHERE name = 'change'`)[0]
	if err != nil || total != fmt.Sprint(n) {
		t.Errorf("%d documents in order, the counter is at %s, %v", n, total, err)
	}
	return n
}

// TestDiskFull fills a disk of three megabytes.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("STORE_TEST_FULL"); dir != "" {
		fillDisk(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.Command("unshare", "--mount", "--map-root-user", "sh", "-c", `mount -t tmpfs -o size=3m none "$0" && echo mounted && exec "$@"`, dir, os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	child.Env = append(os.Environ(), "STORE_TEST_FULL="+dir)
	out, err := child.CombinedOutput()
	if !strings.Contains(string(out), "mounted") {
		t.Skipf("NOT TESTED: no small disk can be mounted here: %v: %s", err, out)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("on the small disk:\n%s", out)
}

func fillDisk(t *testing.T, dir string) {
	ctx := t.Context()
	reserve := filepath.Join(dir, "reserve")
	if err := os.WriteFile(reserve, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{Dir: dir})
	full := func(what string, err error) {
		t.Helper()
		e, ok := errors.AsType[*wenyuan.Error](err)
		if !ok || e.Code != wenyuan.Unavailable || !strings.Contains(e.Message, "full") || !strings.Contains(e.Message, dir) || e.Hint == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	add := func(n int) error {
		hash, _, err := s.Blobs().Put(ctx, strings.NewReader(strings.Repeat(fmt.Sprint(n), 10_000)))
		if err != nil {
			return err
		}
		return s.Write(ctx, func(tx *store.Tx) error { return document(ctx, tx, fmt.Sprint(n), hash, hash) })
	}
	done := 0
	var err error
	for err == nil && done < 1000 {
		if err = add(done); err == nil {
			done++
		}
	}
	full("a document too many", err)
	_, _, err = s.Blobs().Put(ctx, strings.NewReader(strings.Repeat("x", 4<<20)))
	full("an original that is too large", err)
	err = s.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, created) VALUES ('big', 'main', 'big', $1, 0)`, strings.Repeat("x", 4<<20))
		return err
	})
	full("a row that is too large", err)
	if left := files(t, filepath.Join(dir, "blobs", "tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	checkWhole(t, s)
	if n := column(t, s, `SELECT CAST(COUNT(*) AS TEXT) FROM document`)[0]; n != fmt.Sprint(done) {
		t.Errorf("%s documents are there, %d were reported done", n, done)
	}
	if err := os.Remove(reserve); err != nil { // the operator makes room
		t.Fatal(err)
	}
	if err := add(done); err != nil {
		t.Errorf("with room again: %v", err)
	}
	checkWhole(t, s)
	t.Logf("%d documents", done)
}

// TestRestoreKilled: a restore that was killed leaves a place that is still empty.
func TestRestoreKilled(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("STORE_TEST_RESTORE"); dir != "" {
		f, err := os.Open(os.Getenv("STORE_TEST_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		n := 0
		slow := readerFunc(func(p []byte) (int, error) { // one line a piece, so that it can be killed anywhere
			n++
			fmt.Println(n)
			return f.Read(p[:min(len(p), 256)])
		})
		if err := store.Restore(context.Background(), store.Config{Dir: dir, URL: os.Getenv("STORE_TEST_URL")}, slow, nil); err != nil {
			t.Fatal(err)
		}
		for { // done; until it is killed
			n++
			fmt.Println(n)
			time.Sleep(time.Millisecond)
		}
	}
	storetest.Each(t, func(t *testing.T, c store.Config) {
		from := sqliteStore(t)
		fill(t, from)
		file := filepath.Join(t.TempDir(), "backup")
		if err := os.WriteFile(file, backup(t, from), 0o600); err != nil {
			t.Fatal(err)
		}
		restored := false
		for lines := 1; lines < 200 && !restored; lines += 2 {
			child := exec.Command(os.Args[0], "-test.run=^TestRestoreKilled$")
			child.Env = append(os.Environ(), "STORE_TEST_RESTORE="+c.Dir, "STORE_TEST_FILE="+file, "STORE_TEST_URL="+c.URL)
			killAfter(t, child, 0, lines, 0)
			s, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			switch n := len(column(t, s, `SELECT id FROM document`)); {
			case n == 3:
				restored = true
				checkRelease(t, s)
			case n != 0:
				t.Errorf("%d documents are there", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if restored {
				break
			}
			// The opened database is an empty one; the place must be fit for a restore again.
			for _, name := range []string{"wenyuan.db", "wenyuan.db-wal", "wenyuan.db-shm", "blobs"} {
				if err := os.RemoveAll(filepath.Join(c.Dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !restored {
			t.Error("it was never let through")
		}
	})
}
