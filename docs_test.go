package wenyuan_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest  = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	namedStory = regexp.MustCompile(`(?:stories|story) ([a-z0-9*, -]+)`)
	declared   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestPromisesAreTested: docs/security.md names the test behind each promise, so each has to be there.
func TestPromisesAreTested(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		b, err := os.ReadFile(file)
		for _, m := range declared.FindAllSubmatch(b, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := namedTest.FindAllSubmatch(page, -1)
	for _, m := range names {
		if !there[string(m[1])] {
			t.Errorf("docs/security.md names %s, which is not there", m[1])
		}
	}
	if len(names) < 40 {
		t.Errorf("docs/security.md names %d tests: its table is read wrongly", len(names))
	}
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, m := range namedStory.FindAllStringSubmatch(line, -1) {
			for name := range strings.SplitSeq(m[1], ",") {
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				if found, err := filepath.Glob("app/testdata/access/" + name + ".txtar"); err != nil || len(found) == 0 {
					t.Errorf("docs/security.md names the story %q, which is not there (%v)", name, err)
				}
			}
		}
	}
}
