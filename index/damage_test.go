package index

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// damaged copies an index folder with one file changed.
func damaged(t testing.TB, from, file string, change func([]byte) []byte) string {
	t.Helper()
	to := t.TempDir()
	found, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		data, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == file {
			if data = change(data); data == nil {
				continue
			}
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// learnedIndex leaves a folder with every kind of file in it.
func learnedIndex(t testing.TB) (dir string, want []string) {
	dir = t.TempDir()
	x := open(t, dir)
	apply(t, x, Batch{Add: corpus(12)})
	if _, err := x.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	apply(t, x, Batch{Remove: []string{"doc0003"}, Add: library})
	want = search(t, x, everyone, Query{Text: "消息 disk", Arm: Words, K: 50})
	x.Close()
	return dir, want
}

// TestAnyByteMayBeDamaged flips bytes all over every file: the index opens empty with a
// reason, or it answers as before because only what was learned is lost.
func TestAnyByteMayBeDamaged(t *testing.T) {
	t.Parallel()
	dir, want := learnedIndex(t)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 16 {
			at := rng.IntN(int(info.Size()))
			if i < 8 { // head and tail hold what is read first
				at = i
			} else if i < 12 {
				at = int(info.Size()) - 1 - i%10
			}
			checkDamaged(t, damaged(t, dir, f.Name(), func(b []byte) []byte { b[at] ^= 1 << rng.IntN(8); return b }), want, fmt.Sprint(f.Name(), " at ", at))
		}
		checkDamaged(t, damaged(t, dir, f.Name(), func(b []byte) []byte { return b[:len(b)/2] }), want, f.Name()+" cut")
		checkDamaged(t, damaged(t, dir, f.Name(), func(b []byte) []byte { return append(b, 0, 0, 0, 0, 0, 0, 0, 0) }), want, f.Name()+" longer")
		checkDamaged(t, damaged(t, dir, f.Name(), func(b []byte) []byte { return b[:0] }), want, f.Name()+" empty")
		checkDamaged(t, damaged(t, dir, f.Name(), func([]byte) []byte { return nil }), want, f.Name()+" missing")
	}
}

func checkDamaged(t *testing.T, dir string, want []string, what string) {
	t.Helper()
	x, err := Open(Options{Dir: dir, Space: space, Embedding: "test"})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer x.Close()
	if x.Rebuilt() != "" {
		if x.Change() != 0 || x.Stats().Passages != 0 {
			t.Errorf("%s: rebuilt at change %d with %d passages", what, x.Change(), x.Stats().Passages)
		}
		apply(t, x, Batch{Add: library}) // and it can be fed again
		return
	}
	if x.Change() != 2 || x.Stats().Learned != "" {
		t.Errorf("%s: opened at change %d with learned %q", what, x.Change(), x.Stats().Learned)
	}
	if got := search(t, x, everyone, Query{Text: "消息 disk", Arm: Words, K: 50}); !cmp.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", what, got, want)
	}
}

// killHelper names the environment of the process that TestKilled kills.
const killHelper = "WENYUAN_TEST_KILL_DIR"

// TestKillHelper is no test: it takes steps until it is killed, and reports each.
func TestKillHelper(t *testing.T) {
	dir := os.Getenv(killHelper)
	if dir == "" {
		t.Skip("is run by TestKilled")
	}
	x, err := Open(Options{Dir: dir, Space: space})
	if err != nil {
		t.Fatal(err)
	}
	for {
		change := x.Change() + 1
		if err := x.Apply(context.Background(), stepOf(change)); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("done %d\n", change)
		if change%10 == 0 {
			if _, err := x.Learn(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// stepOf adds one document and removes the one of three steps before.
func stepOf(change int64) Batch {
	e := one(fmt.Sprint("doc", change), fmt.Sprintf("message number%d of the broker 消息", change))
	return Batch{Change: change, Add: []Entry{e}, Remove: []string{fmt.Sprint("doc", change-30)}}
}

// TestKilled kills a process that writes, at random moments: what it had reported is
// there, and what is there is the state after some step.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(7, 8))
	for range 6 {
		reported := runAndKill(t, dir, 3+rng.IntN(25))
		x, err := Open(Options{Dir: dir, Space: space})
		if err != nil || x.Rebuilt() != "" {
			t.Fatal(err, x.Rebuilt())
		}
		c := x.Change()
		if c < reported {
			t.Errorf("step %d was reported, the index is at %d", reported, c)
		}
		got := search(t, x, everyone, Query{Text: "消息", K: 100, Arm: Words})
		if len(got) != int(min(c, 30)) {
			t.Errorf("at %d there are %d documents", c, len(got))
		}
		if got := search(t, x, everyone, Query{Text: fmt.Sprint("number", c), K: 100, Arm: Words}); len(got) == 0 || got[0] != fmt.Sprint("doc", c) {
			t.Errorf("the last document is not found at %d: %v", c, got)
		}
		x.Close()
	}
}

// runAndKill lets the helper report some steps and kills it in the middle of the next.
func runAndKill(t *testing.T, dir string, steps int) (reported int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKillHelper$")
	cmd.Env = append(os.Environ(), killHelper+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(out)
	for range steps {
		if !sc.Scan() {
			break
		}
		if n, err := strconv.ParseInt(sc.Text()[len("done "):], 10, 64); err == nil {
			reported = n
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for sc.Scan() { // what it reported before it died counts too
		if n, err := strconv.ParseInt(sc.Text()[len("done "):], 10, 64); err == nil {
			reported = n
		}
	}
	_ = cmd.Wait() // killed is an error
	return reported
}

// TestSearchWhileWriting: a search sees a whole step or none of it.
func TestSearchWhileWriting(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	pair := func(n int) Batch {
		return Batch{Add: []Entry{one("left", fmt.Sprintf("twin version%d", n)), one("right", fmt.Sprintf("twin version%d", n))}}
	}
	apply(t, x, pair(0))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				hits, err := x.Search(t.Context(), everyone, Query{Text: "twin", Arm: Words})
				if err != nil || len(hits) != 2 || hits[0].Score != hits[1].Score {
					t.Errorf("%v, %v", hits, err)
					return
				}
			}
		})
	}
	for n := range 30 {
		apply(t, x, pair(n+1))
		if n == 10 {
			apply(t, x, Batch{Add: corpus(10)})
			wg.Go(func() {
				if _, err := x.Learn(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	close(stop)
	wg.Wait()
}

// FuzzOpenFile gives the reader of index files anything.
func FuzzOpenFile(f *testing.F) {
	dir, _ := learnedIndex(f)
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range found {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := openSegment(path, "file", 3); err == nil {
			s.find([]byte("wdisk"))
			s.release()
		}
		if m, err := openModel(path, ""); err == nil {
			m.release()
		}
	})
}
