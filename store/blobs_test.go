package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func sqliteStore(t testing.TB) *store.Store {
	t.Helper()
	return storetest.Open(t, store.Config{Dir: t.TempDir()})
}

func put(t testing.TB, s *store.Store, content string) string {
	t.Helper()
	hash, _, err := s.Blobs().Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func hashes(t testing.TB, s *store.Store) []string {
	t.Helper()
	var all []string
	for hash, err := range s.Blobs().All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hash)
	}
	return all
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	for _, content := range []string{"", "x", "文渊阁", strings.Repeat("0123456789", 1<<17)} {
		sum := sha256.Sum256([]byte(content))
		want := hex.EncodeToString(sum[:])
		for range 2 { // putting again is no error
			hash, size, err := s.Blobs().Put(t.Context(), iotest.HalfReader(strings.NewReader(content)))
			if err != nil || hash != want || size != int64(len(content)) {
				t.Fatalf("Put gives %s, %d, %v", hash, size, err)
			}
		}
		f, err := s.Blobs().Open(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil || string(got) != content {
			t.Errorf("%d bytes came back as %d, %v", len(content), len(got), err)
		}
		if has, err := s.Blobs().Has(want); !has || err != nil {
			t.Errorf("Has: %v, %v", has, err)
		}
	}
	all := hashes(t, s)
	if len(all) != 4 || !slices.IsSorted(all) {
		t.Errorf("All gives %v", all)
	}
	for range 2 { // deleting again is no error
		if err := s.Blobs().Delete(all[0]); err != nil {
			t.Error(err)
		}
	}
	if has, _ := s.Blobs().Has(all[0]); has || len(hashes(t, s)) != 3 {
		t.Error("a deleted blob is there")
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	batch := s.Blobs().Batch()
	var want []string
	for i := range 40 {
		hash, size, err := batch.Put(t.Context(), strings.NewReader(strings.Repeat("文", i%20))) // each twice
		if err != nil || size != int64(3*(i%20)) {
			t.Fatal(size, err)
		}
		want = append(want, hash)
	}
	if n := len(hashes(t, s)); n != 0 {
		t.Errorf("%d blobs are there before the commit", n)
	}
	if err := batch.Commit(); err != nil {
		t.Fatal(err)
	}
	batch.Discard() // does nothing any more
	slices.Sort(want)
	if got := hashes(t, s); !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("%d blobs, want %d", len(got), len(slices.Compact(want)))
	}
	if _, _, err := batch.Put(t.Context(), strings.NewReader("dropped")); err != nil {
		t.Fatal(err)
	}
	batch.Discard()
	if left := files(t, filepath.Join(s.Dir(), "blobs", "tmp")); len(left) != 0 || len(hashes(t, s)) != 20 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBlobNames(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	put(t, s, "x")
	for _, name := range []string{"", "x", "../../wenyuan.db", strings.Repeat("a", 64), strings.Repeat("A", 64), "tmp/" + strings.Repeat("a", 60), strings.Repeat("ä", 32)} {
		if _, err := s.Blobs().Open(name); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("Open(%q): %v", name, err)
		}
		if has, err := s.Blobs().Has(name); has || err != nil {
			t.Errorf("Has(%q): %v, %v", name, has, err)
		}
	}
	if err := s.Blobs().Delete("../../wenyuan.db"); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("Delete: %v", err)
	}
}

func TestBlobPutFailing(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	boom := errors.New("the source broke off")
	_, _, err := s.Blobs().Put(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom)))
	if !errors.Is(err, boom) {
		t.Errorf("a failing source: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Blobs().Put(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	if left := files(t, filepath.Join(s.Dir(), "blobs")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// files are all plain files below a folder.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBlobsConcurrent(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			content := strings.Repeat(string(rune('a'+i%4)), 10000)
			hash, _, err := s.Blobs().Put(t.Context(), strings.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			f, err := s.Blobs().Open(hash)
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(f)
			if err := errors.Join(err, f.Close()); err != nil || string(got) != content {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	wg.Wait()
	if n := len(hashes(t, s)); n != 4 {
		t.Errorf("%d blobs, want 4", n)
	}
}

// TestBlobDamagedIsMended: putting the bytes again replaces what the disk has spoilt.
func TestBlobDamagedIsMended(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	hash := put(t, s, "whole")
	if err := os.WriteFile(filepath.Join(s.Dir(), "blobs", hash[:2], hash[2:]), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, s, "whole")
	f, err := s.Blobs().Open(hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != "whole" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestBlobCrashLeftovers: what a killed process was writing goes at the next start; what
// a living one is writing stays.
func TestBlobCrashLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := storetest.Open(t, store.Config{Dir: dir})
	left := filepath.Join(dir, "blobs", "tmp", "put-123")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	done := make(chan error)
	go func() {
		_, _, err := s.Blobs().Put(context.Background(), in)
		done <- err
	}()
	if _, err := out.Write([]byte("half ")); err != nil { // Put is under way
		t.Fatal(err)
	}
	storetest.Open(t, store.Config{Dir: dir})
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the leftover is still there: %v", err)
	}
	if _, err := out.Write([]byte("whole")); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := <-done; err != nil {
		t.Errorf("the Put that was under way: %v", err)
	}
}

func TestSweepBlobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		revision, failed, orphan, young, waiting := put(t, s, "revision"), put(t, s, "failed"), put(t, s, "orphan"), put(t, s, "young"), put(t, s, "waiting")
		storetest.Write(t, s, func(tx *store.Tx) error {
			if err := document(ctx, tx, "d1", failed, revision); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO job (id, space, kind, payload, state, created) VALUES ('a', 'main', 'k', $1, 'queued', 0), ('b', 'main', 'k', $2, 'done', 0)`,
				`{"items":[{"blob":"`+waiting+`"}]}`, `{"blob":"`+orphan+`"}`)
			return err
		})
		old := time.Now().Add(-2 * time.Hour)
		for _, hash := range []string{revision, failed, orphan, waiting} {
			if err := os.Chtimes(filepath.Join(s.Dir(), "blobs", hash[:2], hash[2:]), old, old); err != nil {
				t.Fatal(err)
			}
		}
		n, err := s.SweepBlobs(ctx, time.Hour)
		if n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		want := []string{revision, failed, young, waiting}
		slices.Sort(want)
		if got := hashes(t, s); !slices.Equal(got, want) {
			t.Errorf("left %v, want %v", got, want)
		}
	})
}

// document makes a document with one revision in a corpus of its own.
func document(ctx context.Context, tx *store.Tx, id, hash, revision string) error {
	change, err := tx.NextChange(ctx)
	if err != nil {
		return err
	}
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO corpus (id, space, name, created) VALUES ($1, 'main', $1, $2)`, []any{"c_" + id, tx.Now}},
		{`INSERT INTO document (id, space, corpus, source, title, state, revision, hash, created, updated, change) VALUES ($1, 'main', $2, $3, '标题', 'ready', $4, $5, $6, $6, $7)`,
			[]any{id, "c_" + id, "文档/" + id + ".md", revision, hash, tx.Now, change}},
		{`INSERT INTO revision (document, revision, space, text, blocks, created, change) VALUES ($1, $2, 'main', $3, '[{"a":1}]', $4, $5)`,
			[]any{id, revision, "正文 of " + id + "\n\u2028<b>&</b> " + string(bytes.Repeat([]byte("长"), 100)), tx.Now, change}},
		{`INSERT INTO passage (id, space, document, revision, ord, start_, end_, text) VALUES ($1, 'main', $2, $3, 0, 0, 2, '正文')`, []any{"p_" + id, id, revision}},
		{`INSERT INTO vector (passage, embedder, data, space) VALUES ($1, 'e1', $2, 'main')`, []any{"p_" + id, []byte{0, 1, 254, 255}}},
		{`INSERT INTO change (number, space, corpus, document, kind, revision, at) VALUES ($1, 'main', $2, $3, 'put', $4, $5)`, []any{change, "c_" + id, id, revision, tx.Now}},
	} {
		if _, err := tx.Exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}
