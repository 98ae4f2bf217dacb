package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan/internal/testenv"

	"wenyuan"
)

func TestOwnRowsTwiceGiveEqualBytes(t *testing.T) {
	t.Parallel()
	for _, r := range recipes() {
		rows, sources, err := r.rows("")
		if err != nil || len(rows) == 0 || len(sources) != len(r.Own) {
			t.Fatalf("%s: %d rows of %d files, %v", r.Name, len(rows), len(sources), err)
		}
		rows, _ = apart(rows)
		var files [2][]byte
		for i := range files {
			m, err := r.train(context.Background(), rows)
			if err != nil {
				t.Fatal(err)
			}
			files[i] = m.Save()
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("%s: two trainings on own rows differ", r.Name)
		}
	}
}

func TestHeldOutRowsAreNotTrainedOn(t *testing.T) {
	t.Parallel()
	rows, _, err := direct().rows("")
	if err != nil {
		t.Fatal(err)
	}
	trained, held := apart(rows)
	family := map[string]bool{}
	for _, row := range held {
		family[row.Family] = true
	}
	if len(held) < 40 {
		t.Errorf("%d rows are held out", len(held))
	}
	for _, row := range trained {
		if row.Held || family[row.Family] {
			t.Errorf("%.40q is of a family that is held out", row.Text)
		}
	}
}

func TestASourceThatIsNotAsNamedIsRefused(t *testing.T) {
	t.Parallel()
	dir, row := t.TempDir(), `{"text":"a","lang":"en","licence":"CC BY-NC 4.0"}`
	if err := os.WriteFile(filepath.Join(dir, "set.jsonl"), []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	good := Source{Name: "set", Path: "set.jsonl", SHA256: digest([]byte(row)), Licence: "CC BY-NC 4.0", Row: plain("text", "", 1)}
	if rows, err := good.read(dir); err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for name, change := range map[string]func(*Source){
		"another file":    func(s *Source) { s.SHA256 = digest(nil) },
		"another licence": func(s *Source) { s.Licence = "MIT" },
		"missing":         func(s *Source) { s.Path = "nowhere.jsonl" },
	} {
		s := good
		change(&s)
		_, err := s.read(dir)
		var told *wenyuan.Error
		if !errors.As(err, &told) || !strings.Contains(told.Message, s.Path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEverySourceIsCredited holds SOURCES.md to the recipes.
func TestEverySourceIsCredited(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("SOURCES.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes() {
		for _, s := range r.Sources {
			if name, _, _ := strings.Cut(s.Name, " "); !strings.Contains(string(page), s.SHA256) || !strings.Contains(string(page), s.Path) || !strings.Contains(string(page), name) {
				t.Errorf("%s: %s (%s) is not in SOURCES.md", r.Name, s.Name, s.Path)
			}
		}
	}
}

// TestShippedModelIsWhatMakeGives proves that the model in the tree was made by this code of
// the named data.
func TestShippedModelIsWhatMakeGives(t *testing.T) {
	t.Parallel()
	dir := testenv.NamedData(t)
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shippedIsMade(t, dir, name)
		})
	}
}

func shippedIsMade(t *testing.T, dir, name string) {
	t.Helper()
	made, _, err := Make(context.Background(), dir, name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(File(name))))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, shipped) {
		t.Errorf("%s is not what Make gives: make it again with wenyuan guard train %s", File(name), name)
	}
}
