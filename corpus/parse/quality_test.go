package parse

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedData is the folder with the measuring data; the test is skipped without it.
func sharedData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "files", "manifest.jsonl")); err != nil {
		t.Skipf("the measuring data is not there (%v); set WENYUAN_SHARED_DATA", err)
	}
	return dir
}

func TestQualityMarkdown(t *testing.T) {
	dir := sharedData(t)
	n := 0
	filepath.WalkDir(filepath.Join(dir, "docs"), func(p string, d os.DirEntry, err error) error {
		if filepath.Ext(p) != ".md" && filepath.Ext(p) != ".mdx" {
			return nil
		}
		raw, _ := os.ReadFile(p)
		doc, err := parseBytes(t, p, raw)
		if err != nil {
			t.Logf("%v", err)
			return nil
		}
		n++
		checkDocument(t, doc)
		if out := os.Getenv("DUMP"); out != "" {
			rel, _ := filepath.Rel(filepath.Join(dir, "docs"), p)
			to := filepath.Join(out, rel+".txt")
			os.MkdirAll(filepath.Dir(to), 0o755)
			os.WriteFile(to, []byte(doc.Title+"\n=====\n"+outline(doc)), 0o644)
		}
		return nil
	})
	t.Log(n)
}

func TestDump(t *testing.T) {
	p := os.Getenv("DUMPFILES")
	if p == "" {
		t.Skip("DUMPFILES names no files")
	}
	files, _ := filepath.Glob(p)
	for _, p := range files {
		raw, _ := os.ReadFile(p)
		doc, err := parseBytes(t, p, raw)
		if err != nil {
			t.Logf("%s: %v", p, err)
			continue
		}
		checkDocument(t, doc)
		os.WriteFile(filepath.Join("/tmp/dump", filepath.Base(p)+".txt"), []byte(doc.Title+"\n=====\n"+outline(doc)), 0o644)
		t.Log(p, doc.Removed, len(doc.Text))
	}
}
