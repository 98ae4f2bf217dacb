package app_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/corpus"
	"wenyuan/internal/testenv"
	"wenyuan/retrieve"
)

// kills is how often ingestion is killed in one test: a few by default, more by
// WENYUAN_KILLS=50.
func kills(t *testing.T) int {
	s := os.Getenv("WENYUAN_KILLS")
	if s == "" {
		return 5
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMain runs the child of the kill test where the environment asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("WENYUAN_KILL_CHILD") != "" {
		if err := ingestAll(os.Getenv("WENYUAN_KILL_CHILD"), os.Getenv("WENYUAN_KILL_DATABASE"), os.Getenv("WENYUAN_KILL_FILES")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func openApp(ctx context.Context, data, database string) (*app.App, error) {
	a, err := app.Open(ctx, app.Config{Data: data, Database: database, Program: "test",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	a.Queue.Lease = 2 * time.Second // a killed child is not waited for long, on PostgreSQL
	return a, a.Start(ctx)
}

// ingestAll adds every file of a folder, ten at a time, says on standard output what was
// reported done, and waits for the rest of the work.
func ingestAll(data, database, files string) error {
	ctx := context.Background()
	a, err := openApp(ctx, data, database)
	if err != nil {
		return err
	}
	defer a.Close()
	sc, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		return err
	}
	if _, err := a.Library.Create(ctx, sc, "docs"); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(files, "*"))
	if err != nil {
		return err
	}
	fmt.Println("open")
	for len(names) > 0 {
		n := min(10, len(names))
		begun := a.Store.Now()
		var ups []corpus.Upload
		for _, name := range names[:n] {
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			ups = append(ups, corpus.Upload{Source: filepath.Base(name), Body: bytes.NewReader(b)})
		}
		docs, err := a.Library.Add(ctx, sc, "docs", ups)
		if err != nil {
			return err
		}
		for _, d := range docs {
			fmt.Println("done", d.Source, d.State)
		}
		if docs[0].Updated >= begun {
			fmt.Println("new")
		}
		names = names[n:]
	}
	fmt.Println("all")
	return a.Drain(ctx)
}

// writeFiles makes documents in both languages, some of them broken, and returns their folder.
func writeFiles(t *testing.T, n int) string {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	nouns := strings.Fields("pump valve sensor boiler filter gauge relay motor panel cable")
	words := strings.Fields("阀门 水泵 传感器 锅炉 滤网 压力表 继电器 电机 面板 电缆")
	for i := range n {
		var b strings.Builder
		a, c := rng.IntN(10), rng.IntN(10)
		fmt.Fprintf(&b, "# Unit %d: %s\n\nThe %s of unit %d is checked every %d days.\n\n", i, nouns[a], nouns[a], i, 5+rng.IntN(90))
		for s := range 2 + rng.IntN(6) {
			fmt.Fprintf(&b, "## Part %d\n\nBefore the %s is opened, the %s is closed and the pressure falls below %d kPa.\n\n%s第 %d 步：先关闭%s，再等待 %d 分钟。\n\n",
				s, nouns[rng.IntN(10)], nouns[c], 10+rng.IntN(500), words[a], s, words[c], 1+rng.IntN(60))
		}
		name, body := fmt.Sprintf("unit-%03d.md", i), b.String()
		if i%17 == 16 {
			name, body = fmt.Sprintf("unit-%03d.pdf", i), "%PDF-1.4 cut off"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// state is everything about a house that must not depend on how often it was killed.
type state struct {
	Documents []string
	Passages  []string
	Found     []string
}

func look(t *testing.T, data, database string) state {
	ctx := context.Background()
	a, err := openApp(ctx, data, database)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Store.Check(ctx); err != nil {
		t.Error(err)
	}
	sc, err := auth.Scope(ctx, auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	docs, _, err := a.Library.Documents(ctx, sc, "docs", corpus.DocumentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var s state
	for _, d := range docs {
		s.Documents = append(s.Documents, fmt.Sprint(d.Source, " ", d.State, " ", d.Revision, " ", d.Passages))
		if d.State != corpus.Ready {
			continue
		}
		ps, err := a.Library.DocumentPassages(ctx, sc, d.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ps {
			s.Passages = append(s.Passages, fmt.Sprint(p.Source, " ", p.Start, "-", p.End, " ", p.Text))
		}
	}
	for _, q := range []string{"which pressure before the valve is opened", "how often is the boiler checked", "先关闭水泵", "滤网 第 3 步", "unit 12 relay"} {
		found, err := a.Retriever.Search(ctx, sc, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"docs"}, Text: q, Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			s.Found = append(s.Found, fmt.Sprintf("%s: %s %d %.6f", q, p.Source, p.Start, p.Score))
		}
	}
	return s
}

// TestKilledWhileIngesting kills a child that ingests at random moments until it has come to
// the end, and then compares what there is with what an undisturbed run leaves.
func TestKilledWhileIngesting(t *testing.T) {
	t.Parallel()
	files := writeFiles(t, 20*max(10, kills(t)))
	undisturbed := t.TempDir()
	if err := ingestAll(undisturbed, "", files); err != nil {
		t.Fatal(err)
	}
	want := look(t, undisturbed, "")
	if len(want.Found) < 20 || len(want.Passages) < 200 {
		t.Fatalf("the comparison is too thin: %d found, %d passages", len(want.Found), len(want.Passages))
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			database := ""
			if engine == "postgres" {
				database = testenv.Postgres(t)
			}
			data := t.TempDir()
			reported := map[string]bool{}
			killed := 0
			for !child(t, data, database, files, nextDeath(killed, kills(t)), reported) {
				killed++
			}
			t.Logf("%s: killed %d times", engine, killed)
			got := look(t, data, database)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if n := len(got.Documents); len(reported) != n {
				t.Errorf("%d documents were reported done, %d are there", len(reported), n)
			}
		})
	}
}

// A death is when a child is to be killed: some time after it has reported so many batches.
type death struct {
	batches int
	after   time.Duration
}

// nextDeath is at a random moment, not far on, so that the kills lie all over the ingestion;
// after the wanted number of kills a child may live to its end.
func nextDeath(killed, wanted int) *death {
	if killed >= wanted {
		return nil
	}
	return &death{rand.IntN(3), time.Duration(rand.IntN(60)) * time.Millisecond}
}

// child runs one ingestion, killed at its death if it has one. It says whether the child came
// to its end, and notes what it reported done.
func child(t *testing.T, data, database, files string, d *death, reported map[string]bool) bool {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WENYUAN_KILL_CHILD="+data, "WENYUAN_KILL_DATABASE="+database, "WENYUAN_KILL_FILES="+files)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	batches, ended := 0, false
	die := func() {
		if d != nil && batches == d.batches {
			time.AfterFunc(d.after, func() { cmd.Process.Kill() })
		}
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		f := strings.Fields(lines.Text())
		switch f[0] {
		case "done":
			reported[f[1]] = true
		case "new": // files that an earlier child did not come to
			batches++
			die()
		case "open":
			die()
		case "all":
			ended = true
		}
	}
	err = cmd.Wait()
	if err == nil {
		return ended
	}
	if stderr.Len() > 0 {
		t.Fatalf("the child failed: %s", stderr.String())
	}
	return false
}
