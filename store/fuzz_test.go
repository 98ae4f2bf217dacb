package store_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"wenyuan"
	"wenyuan/store"
)

// FuzzRestore reads what is inside the gzip of a backup, so that its checksum does not
// catch everything at the door. Whatever comes, Restore does not panic; it says what is
// wrong and leaves nothing, or leaves a database that is whole.
func FuzzRestore(f *testing.F) {
	releases, err := filepath.Glob("testdata/*.backup")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range releases {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(unzip(raw))
		f.Add(unzip(raw)[:1500])
	}
	s := sqliteStore(f)
	f.Add(unzip(backup(f, s)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, inside []byte) {
		var file bytes.Buffer
		zip := gzip.NewWriter(&file)
		if _, err := zip.Write(inside); err != nil {
			t.Fatal(err)
		}
		if err := zip.Close(); err != nil {
			t.Fatal(err)
		}
		c := store.Config{Dir: t.TempDir()}
		if err := store.Restore(t.Context(), c, &file, nil); err != nil {
			if code := wenyuan.CodeOf(err); code != wenyuan.Invalid && code != wenyuan.Conflict {
				t.Errorf("%s: %v", code, err)
			}
			if left := files(t, c.Dir); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
			return
		}
		s, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
