package store_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var update = flag.Bool("update", false, "write the data folder and the backup of this release into testdata; only before it is released")

// release is what -update writes. The files of earlier releases are never written again.
const release = "0.1"

// TestReleases opens a data folder, and restores a backup, of every release there
// has been: any release opens the data of any earlier one.
func TestReleases(t *testing.T) {
	t.Parallel()
	if *update {
		writeRelease(t)
	}
	folders, err := filepath.Glob("testdata/*.folder.tar.gz")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no data folder of a release: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			dir := t.TempDir()
			unpack(t, folder, dir)
			s := storetest.Open(t, store.Config{Dir: dir})
			checkRelease(t, s)
			fresh := sqliteStore(t)
			if diff := cmp.Diff(schema(t, fresh), schema(t, s)); diff != "" {
				t.Errorf("the schema is not that of a new folder (-new +this). A release that is not out yet is written anew with: go test ./store -run TestReleases -update\n%s", diff)
			}
		})
		storetest.Each(t, func(t *testing.T, c store.Config) {
			f, err := os.Open(strings.Replace(folder, ".folder.tar.gz", ".backup", 1))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := store.Restore(t.Context(), c, f, nil); err != nil {
				t.Fatal(err)
			}
			checkRelease(t, storetest.Open(t, c))
		})
	}
}

// checkRelease looks for what fill has written.
func checkRelease(t *testing.T, s *store.Store) {
	t.Helper()
	checkWhole(t, s)
	for query, want := range map[string]string{
		`SELECT source FROM document ORDER BY source`:                       "文档/d0.md 文档/d1.md 文档/d2.md",
		`SELECT text FROM passage WHERE document = 'd1'`:                    "正文",
		`SELECT question FROM trace`:                                        "为什么？",
		`SELECT document FROM trace_document WHERE held = 1`:                "d0",
		`SELECT kind FROM job`:                                              "k",
		`SELECT hash FROM label WHERE name = '提示' AND label = 'production'`: "h",
		`SELECT id FROM space ORDER BY id`:                                  "main second",
	} {
		if got := strings.Join(column(t, s, query), " "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if n := len(hashes(t, s)); n != 3 {
		t.Errorf("%d originals, want 3", n)
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return document(t.Context(), tx, "new", "", strings.Repeat("0", 64)) })
}

// schema is the columns of every table, and the indexes.
func schema(t *testing.T, s *store.Store) []string {
	t.Helper()
	return column(t, s, `SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || COALESCE(c.dflt_value, '') || ' ' || c.pk FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' UNION ALL SELECT tbl_name || ': ' || COALESCE(sql, name) FROM sqlite_master WHERE type = 'index' ORDER BY 1`)
}

func writeRelease(t *testing.T) {
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	c := store.Config{Dir: t.TempDir(), Clock: func() time.Time { return at }}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/"+release+".backup", backup(t, s), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	pack := tar.NewWriter(zip)
	if err := errors.Join(pack.AddFS(os.DirFS(c.Dir)), pack.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/"+release+".folder.tar.gz", packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for pack := tar.NewReader(zip); ; {
		h, err := pack.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var body []byte
			if body, err = io.ReadAll(pack); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, body, 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLatest: a new migration is of no use while the program does not count it.
func TestLatest(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	found := column(t, sqliteStore(t), `SELECT CAST(MAX(version_id) AS TEXT) FROM schema_version`)[0]
	if last := files[len(files)-1].Name(); last[:4] != fmt.Sprintf("%04s", found) || len(files) != int(last[3]-'0')+10*int(last[2]-'0') {
		t.Errorf("the last of %d files is %s, the schema is %s", len(files), last, found)
	}
}

// TestNewerSchemaIsRefused, and left as it is.
func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			for _, q := range []string{`INSERT INTO schema_version (version_id, is_applied) VALUES (99, TRUE)`, `CREATE TABLE of_the_future (x BIGINT)`} {
				if _, err := tx.Exec(t.Context(), q); err != nil {
					return err
				}
			}
			return nil
		})
		for range 2 {
			_, err := store.Open(t.Context(), c)
			if wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "newer") {
				t.Errorf("open: %v", err)
			}
			if e, ok := errors.AsType[*wenyuan.Error](err); !ok || e.Hint == "" {
				t.Errorf("no hint: %v", err)
			}
		}
		storetest.Read(t, s, func(tx *store.Tx) error {
			var n int
			return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM of_the_future`).Scan(&n)
		})
	})
}

// TestOpenAtOnce: several processes may start on one database of PostgreSQL. With SQLite
// the lock on the data folder lets only one in.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	c := store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)}
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			s, err := store.Open(t.Context(), c)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestOpenSaysWhatIsWrong: an operator reads the message and the hint.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	damaged := filepath.Join(dir, "damaged")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(damaged, 0o700), os.WriteFile(filepath.Join(damaged, "wenyuan.db"), bytes.Repeat([]byte("no database "), 1000), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config store.Config
		code   wenyuan.Code
		says   string
	}{
		"no folder":       {store.Config{}, wenyuan.Invalid, "no data folder"},
		"a file":          {store.Config{Dir: file}, wenyuan.Invalid, "is not a folder"},
		"below a file":    {store.Config{Dir: filepath.Join(file, "x")}, wenyuan.Invalid, "is not a folder"},
		"damaged":         {store.Config{Dir: damaged}, wenyuan.Internal, "is damaged"},
		"a wrong address": {store.Config{Dir: dir, URL: "postgres://u:secret@h:port/x"}, wenyuan.Invalid, "address"},
		"nobody there":    {store.Config{Dir: dir, URL: "postgres://u:secret@127.0.0.1:1/x?connect_timeout=2"}, wenyuan.Unavailable, "cannot be reached"},
	} {
		_, err := store.Open(t.Context(), c.config)
		e, ok := errors.AsType[*wenyuan.Error](err)
		if !ok || e.Code != c.code || !strings.Contains(e.Message, c.says) || e.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}
