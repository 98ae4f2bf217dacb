package store_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

var tables = []string{"access", "access_change", "access_class", "access_file", "access_glob", "access_key", "assistant_share", "audit", "audit_checkpoint", "change", "channel", "conversation", "corpus", "counter",
	"document", "edge", "feedback", "group_member", "job", "label", "label_move", "label_split", "limit_rule", "limit_use", "memory", "passage", "person", "person_group", "revision", "signin_attempt", "space", "space_member",
	"trace", "trace_document", "turn", "vector", "version"}

// fleeting are the tables that no backup brings back.
var fleeting = []string{"house_server", "label_ready", "limit_lease", "signin_session", "signin_state"}

// dump is every row of every table, and every blob.
func dump(t testing.TB, s *store.Store) map[string][]string {
	t.Helper()
	all := map[string][]string{"blobs": hashes(t, s)}
	storetest.Read(t, s, func(tx *store.Tx) error {
		for _, table := range tables {
			rows, err := tx.Query(t.Context(), `SELECT * FROM `+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(columns))
			targets := make([]any, len(columns))
			for i := range values {
				targets[i] = &values[i]
			}
			for rows.Next() {
				if err := rows.Scan(targets...); err != nil {
					return err
				}
				var line strings.Builder
				for i, v := range values {
					fmt.Fprintf(&line, "%s=%T:%v ", columns[i], v, v)
				}
				all[table] = append(all[table], line.String())
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
			slices.Sort(all[table])
		}
		return nil
	})
	return all
}

// fill puts something into every table.
func fill(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	for i := range 3 {
		hash := put(t, s, strings.Repeat(fmt.Sprint("original ", i), 1000*i+1))
		storetest.Write(t, s, func(tx *store.Tx) error { return document(ctx, tx, fmt.Sprint("d", i), hash, hash) })
	}
	storetest.Write(t, s, func(tx *store.Tx) error {
		for _, q := range []string{
			`INSERT INTO version (hash, kind, space, name, data, created) VALUES ('h', 'prompt', 'main', '提示', '{"a":"b"}', 9007199254740993)`,
			`INSERT INTO label (space, kind, name, label, hash, moved) VALUES ('main', 'prompt', '提示', 'production', 'h', 1)`,
			`INSERT INTO label_split (space, kind, name, label, hash, share, moved) VALUES ('main', 'prompt', '提示', 'production', 'h', 10000, 1)`,
			`INSERT INTO label_move (space, kind, name, label, target, number) VALUES ('main', 'prompt', '提示', 'draft', '[]', 1)`,
			`INSERT INTO label_ready (server, space, kind, name, label, number, fault) VALUES ('r', 'main', 'prompt', '提示', 'draft', 1, '')`,
			`INSERT INTO house_server (server, until) VALUES ('r', 1)`,
			`INSERT INTO edge (space, from_kind, from_hash, to_kind, to_hash) VALUES ('main', 'a', 'b', 'c', 'd')`,
			`INSERT INTO trace (id, space, question, created, took, answer, steps) VALUES ('t', 'main', '为什么？', 1, 2, '{}', '[]')`,
			`INSERT INTO trace_document (trace, document, space, cited, held) VALUES ('t', 'd0', 'main', 1, 1)`,
			`INSERT INTO conversation (id, space, principal, assistant, title, created, updated, summary) VALUES ('c', 'main', 'li', '助手', '标题', 1, 2, '{"text":"前情"}')`,
			`INSERT INTO turn (conversation, number, space, question, trace, created) VALUES ('c', 1, 'main', '为什么？', 't', 1)`,
			`INSERT INTO memory (id, space, principal, text, conversation, created) VALUES ('m', 'main', 'li', '我用 5.3.1', 'c', 1)`,
			`INSERT INTO feedback (trace, principal, space, rating, reason, created) VALUES ('t', 'li', 'main', 'down', '不全', 3)`,
			`INSERT INTO channel (id, space, kind, name, assistant, key_hash, settings, created) VALUES ('w', 'main', 'widget', 'shop', '助手', 'hash', '{"origins":["https://shop.example"]}', 4)`,
			`INSERT INTO job (id, space, kind, key, state, created) VALUES ('j', 'main', 'k', 'key', 'queued', -1)`,
			`INSERT INTO space (id, name, created) VALUES ('second', 'Zweiter', 5)`,
			`INSERT INTO person (id, name, fold, email, operator, password, created, updated) VALUES ('p', '李雷', '李雷', 'li@example.com', 1, 'hash', 1, 2)`,
			`INSERT INTO person_group (id, name, fold, created, updated) VALUES ('g', 'HR', 'hr', 1, 2)`,
			`INSERT INTO group_member (grp, kind, member) VALUES ('g', 'person', 'p')`,
			`INSERT INTO space_member (space, kind, member, role) VALUES ('main', 'group', 'g', 'asker')`,
			`INSERT INTO assistant_share (space, assistant, kind, member) VALUES ('main', '助手', 'person', 'p')`,
			`INSERT INTO access_key (id, person, hash, created) VALUES ('k', 'p', 'hash', 1)`,
			`INSERT INTO signin_session (id, person, family, secret, rotated, created, seen, expires) VALUES ('s', 'p', 'f', 'x', 1, 1, 1, 9007199254740993)`,
			`INSERT INTO signin_state (hash, provider, nonce, verifier, created) VALUES ('h', 'dex', 'n', 'v', 1)`,
			`INSERT INTO signin_attempt (who, since, failed) VALUES ('name:h', 1, 2)`,
			`INSERT INTO access_class (id, space, corpus, layer, origin, readers) VALUES ('cls', 'main', 'c', 'file', 'hr/.access line 3', '["group:hr"]')`,
			`INSERT INTO access (document, space, corpus, source, class) VALUES ('d', 'main', 'c', 'hr/d.md', 'cls')`,
			`INSERT INTO access_file (corpus, folder, space, text) VALUES ('c', 'hr', 'main', 'read: group:hr')`,
			`INSERT INTO access_glob (corpus, glob, space, readers, number) VALUES ('c', '**', 'main', '[]', 1)`,
			`INSERT INTO access_change (number, kind, id) VALUES (1, 'document', 'd')`,
			`INSERT INTO audit (number, at, action, sealed, digest) VALUES (1, 2, 'document.add', 'a', 'b')`,
			`INSERT INTO audit_checkpoint (number, digest, at) VALUES (0, 'c', 1)`,
			`INSERT INTO limit_rule (id, kind, resource, span, hard, created) VALUES ('l', 'house', 'requests', 'day', 9, 1)`,
			`INSERT INTO limit_use (space, kind, subject, resource, span, currency, since, used) VALUES ('', 'house', '', 'requests', 'day', '', 1, 2)`,
			`INSERT INTO limit_lease (replica, space, kind, subject, resource, span, currency, since, amount, until) VALUES ('r', '', 'house', '', 'requests', 'day', '', 1, 2, 3)`,
		} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func backup(t testing.TB, s *store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBackupMovesBetweenEngines: from each engine into each.
func TestBackupMovesBetweenEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		from := storetest.Open(t, c)
		fill(t, from)
		want := dump(t, from)
		for _, table := range tables {
			if len(want[table]) == 0 {
				t.Fatalf("the test puts nothing into %s", table)
			}
		}
		var last, total int64
		var b bytes.Buffer
		if err := from.Backup(t.Context(), &b, func(d, n int64) { last, total = d, n }); err != nil {
			t.Fatal(err)
		}
		if last != total || total == 0 {
			t.Errorf("the progress ended at %d of %d", last, total)
		}
		file := b.Bytes()
		storetest.Each(t, func(t *testing.T, into store.Config) {
			if err := store.Restore(t.Context(), into, bytes.NewReader(file), nil); err != nil {
				t.Fatal(err)
			}
			s := storetest.Open(t, into)
			if diff := cmp.Diff(want, dump(t, s)); diff != "" {
				t.Errorf("(-before +restored):\n%s", diff)
			}
			for _, table := range fleeting {
				if n := column(t, s, `SELECT CAST(COUNT(*) AS TEXT) FROM `+table); n[0] != "0" {
					t.Errorf("%s has %s rows: who was signed in is so again", table, n[0])
				}
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			left, err := filepath.Glob(filepath.Join(into.Dir, "*"))
			if err != nil || len(left) > 5 || slices.Contains(left, filepath.Join(into.Dir, "restoring")) {
				t.Errorf("the folder has %v, %v", left, err)
			}
			storetest.Write(t, s, func(tx *store.Tx) error {
				n, err := tx.NextChange(t.Context())
				if n != 4 {
					t.Errorf("the next change is %d, want 4", n)
				}
				return err
			})
		})
	})
}

// TestBackupWhileWriting: whatever happens beside it, a backup is one moment.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		fill(t, s)
		stop, wg := make(chan struct{}), sync.WaitGroup{}
		started := make(chan struct{}, 2)
		for w := range 2 {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					if err := addAndRemove(ctx, s, fmt.Sprint("w", w, "_", i)); err != nil {
						t.Error(err)
						return
					}
					if i == 2 {
						started <- struct{}{}
					}
				}
			})
		}
		<-started
		<-started
		var files [][]byte
		for range 3 {
			files = append(files, backup(t, s))
		}
		close(stop)
		wg.Wait()
		for _, file := range files {
			into := store.Config{Dir: t.TempDir()}
			if err := store.Restore(ctx, into, bytes.NewReader(file), nil); err != nil {
				t.Fatal(err)
			}
			checkWhole(t, storetest.Open(t, into))
		}
	})
}

// addAndRemove adds a document, and removes the one before it together with its
// original.
func addAndRemove(ctx context.Context, s *store.Store, id string) error {
	hash, _, err := s.Blobs().Put(ctx, strings.NewReader("content of "+id))
	if err != nil {
		return err
	}
	if err := s.Write(ctx, func(tx *store.Tx) error { return document(ctx, tx, id, hash, hash) }); err != nil {
		return err
	}
	if strings.HasSuffix(id, "0") {
		return nil // some stay
	}
	err = s.Write(ctx, func(tx *store.Tx) error {
		for _, q := range []string{`DELETE FROM vector WHERE passage = 'p_` + id + `'`, `DELETE FROM passage WHERE document = '` + id + `'`, `DELETE FROM revision WHERE document = '` + id + `'`, `DELETE FROM document WHERE id = '` + id + `'`} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Blobs().Delete(hash)
}

// checkWhole: the counter fits the log, and every document has its parts and its original.
func checkWhole(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	storetest.Read(t, s, func(tx *store.Tx) error {
		var counter, log, documents, passages int64
		err := tx.QueryRow(t.Context(), `SELECT (SELECT value FROM counter WHERE name = 'change'), (SELECT COUNT(*) FROM change), (SELECT COUNT(*) FROM document), (SELECT COUNT(*) FROM passage)`).
			Scan(&counter, &log, &documents, &passages)
		if counter != log || documents != passages {
			t.Errorf("counter %d with %d changes, %d documents with %d passages", counter, log, documents, passages)
		}
		return err
	})
	for _, hash := range strings.Fields(strings.Join(column(t, s, `SELECT hash FROM document`), " ")) {
		if has, err := s.Blobs().Has(hash); !has || err != nil {
			t.Errorf("the original %s: %v, %v", hash, has, err)
		}
	}
}

func column(t testing.TB, s *store.Store, query string) (all []string) {
	t.Helper()
	storetest.Read(t, s, func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				return err
			}
			all = append(all, v)
		}
		return rows.Err()
	})
	return all
}

// TestBackupKeepsBlobsOfItsMoment: an original that is removed while the backup runs is
// in it, and is gone afterwards.
func TestBackupKeepsBlobsOfItsMoment(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	fill(t, s)
	hash := hashes(t, s)[0]
	var b bytes.Buffer
	once := sync.OnceFunc(func() {
		if err := s.Blobs().Delete(hash); err != nil {
			t.Error(err)
		}
		if has, err := s.Blobs().Has(hash); !has || err != nil {
			t.Errorf("the original went while the backup ran: %v", err)
		}
	})
	if err := s.Backup(t.Context(), &b, func(int64, int64) { once() }); err != nil {
		t.Fatal(err)
	}
	if has, _ := s.Blobs().Has(hash); has {
		t.Error("the original is there after the backup")
	}
	names := entries(t, b.Bytes())
	if !slices.Contains(names, "blobs/"+hash) {
		t.Errorf("the backup has %v", names)
	}
}

func TestBackupSaysWhichOriginalIsLost(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("other"), 0o600) },
	} {
		s := sqliteStore(t)
		fill(t, s)
		hash := column(t, s, `SELECT hash FROM document WHERE id = 'd1'`)[0]
		if err := spoil(filepath.Join(s.Dir(), "blobs", hash[:2], hash[2:])); err != nil {
			t.Fatal(err)
		}
		err := s.Backup(t.Context(), io.Discard, nil)
		if err == nil || !strings.Contains(err.Error(), "文档/d1.md") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// entries are the names in a backup.
func entries(t testing.TB, file []byte) (names []string) {
	t.Helper()
	rewrite(t, file, func(h *tar.Header, body []byte) []byte {
		names = append(names, h.Name)
		return body
	})
	return names
}

// rewrite passes every entry of a backup through f, which may change it, or drop it
// by giving it no name.
func rewrite(t testing.TB, file []byte, f func(h *tar.Header, body []byte) []byte) []byte {
	t.Helper()
	unzip, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	from, to := tar.NewReader(unzip), tar.NewWriter(zip)
	for {
		h, err := from.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		body = f(h, body)
		if h.Name == "" {
			continue
		}
		h.Size = int64(len(body))
		if err := to.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// refuse restores what must not be restored, and looks whether anything was left.
func refuse(t *testing.T, c store.Config, file []byte, code wenyuan.Code) error {
	t.Helper()
	err := store.Restore(t.Context(), c, bytes.NewReader(file), nil)
	if wenyuan.CodeOf(err) != code {
		t.Fatalf("restore: %v, want %s", err, code)
	}
	if left := files(t, c.Dir); len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left behind: %v", left)
	}
	return err
}

func TestRestoreRefusesDamage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := sqliteStore(t)
		fill(t, s)
		good := backup(t, s)
		refuse(t, c, nil, wenyuan.Invalid)
		refuse(t, c, []byte("no backup at all"), wenyuan.Invalid)
		refuse(t, c, append(slices.Clone(good), "more"...), wenyuan.Invalid)
		step, tried := len(good)/20+1, 0
		if testing.Short() || c.URL != "" {
			step = len(good)/5 + 1
		}
		for at := 1; at < len(good); at += step {
			refuse(t, c, good[:at], wenyuan.Invalid)
			bad := slices.Clone(good)
			bad[at] ^= 0x10
			if !bytes.Equal(unzip(bad), unzip(good)) { // some bits of gzip mean nothing
				refuse(t, c, bad, wenyuan.Invalid)
				tried++
			}
		}
		refuse(t, c, good[:len(good)-1], wenyuan.Invalid)
		if tried < 3 {
			t.Errorf("only %d damaged files were tried", tried)
		}
		if err := store.Restore(t.Context(), c, bytes.NewReader(good), nil); err != nil {
			t.Errorf("the whole one, after all that: %v", err)
		}
	})
}

// unzip is what a file of gzip holds; nil when it is damaged.
func unzip(file []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return all
}

// TestRestoreRefusesForgery: the checksums of gzip and tar are right, the content is not.
func TestRestoreRefusesForgery(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	fill(t, s)
	good := backup(t, s)
	changed := func(prefix string, f func(h *tar.Header, body []byte) []byte) []byte {
		hit := false
		out := rewrite(t, good, func(h *tar.Header, body []byte) []byte {
			if !hit && strings.HasPrefix(h.Name, prefix) {
				hit = true
				return f(h, body)
			}
			return body
		})
		if !hit {
			t.Fatalf("no entry %s", prefix)
		}
		return out
	}
	drop := func(h *tar.Header, body []byte) []byte { h.Name = ""; return nil }
	replace := func(from, to string) func(*tar.Header, []byte) []byte {
		return func(h *tar.Header, body []byte) []byte { return bytes.Replace(body, []byte(from), []byte(to), 1) }
	}
	rename := func(to string) func(*tar.Header, []byte) []byte {
		return func(h *tar.Header, body []byte) []byte { h.Name = to; return body }
	}
	for name, file := range map[string][]byte{
		"no head":              changed("wenyuan.json", drop),
		"another's head":       changed("wenyuan.json", replace("wenyuan backup", "something else")),
		"no manifest":          changed("manifest.json", drop),
		"no table":             changed("tables/corpus/", drop),
		"no original":          changed("blobs/", drop),
		"changed text":         changed("tables/passage/", replace("正文", "反文")),
		"changed original":     changed("blobs/", replace("original", "Original")),
		"unknown table":        changed("tables/corpus/", rename("tables/corpses/000001.jsonl")),
		"unknown entry":        changed("tables/corpus/", rename("etc/passwd")),
		"a name leading out":   changed("blobs/", rename("blobs/../../x")),
		"unknown column":       changed("tables/corpus/", replace(`"description"`, `"prescription"`)),
		"wrong type":           changed("tables/change/", replace(`"main"`, `7`)),
		"text for a number":    changed("tables/counter/", replace(`["change",3]`, `["change","3"]`)),
		"a fraction":           changed("tables/counter/", replace(`["change",3]`, `["change",3.5]`)),
		"a value too few":      changed("tables/counter/", replace(`["change",3]`, `["change"]`)),
		"not base 64":          changed("tables/vector/", replace(`"AAH+/w=="`, `"***"`)),
		"a row twice":          changed("tables/counter/", replace(`["change",3]`, `["change",3]["change",3]`)),
		"U+0000":               changed("tables/space/", replace(`Zweiter`, `\u0000`)),
		"not an allowed state": changed("tables/job/", replace(`"queued"`, `"lost"`)),
		"a link": changed("blobs/", func(h *tar.Header, body []byte) []byte {
			h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd"
			return nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			refuse(t, store.Config{Dir: t.TempDir()}, file, wenyuan.Invalid)
		})
	}
	newer := changed("wenyuan.json", replace(`"schema":`, `"schema":9`))
	if err := refuse(t, store.Config{Dir: t.TempDir()}, newer, wenyuan.Conflict); err == nil || !strings.Contains(err.Error(), "9") || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer backup: %v", err)
	}
}

func TestRestoreNeedsAnEmptyPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		fill(t, s)
		want := dump(t, s)
		file := backup(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := store.Restore(t.Context(), c, bytes.NewReader(file), nil); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("into its own place: %v", err)
		}
		if c.URL != "" { // the database is full though the folder is new
			into := store.Config{Dir: t.TempDir(), URL: c.URL}
			refuse(t, into, file, wenyuan.Conflict)
		}
		if diff := cmp.Diff(want, dump(t, storetest.Open(t, c))); diff != "" {
			t.Errorf("the data changed:\n%s", diff)
		}
	})
	for _, name := range []string{"wenyuan.db", "index", "notes.txt", "blobs/ab/" + strings.Repeat("0", 62)} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := store.Restore(t.Context(), store.Config{Dir: dir}, bytes.NewReader(nil), nil)
		if wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("into a folder with %s: %v", name, err)
		}
	}
}

func TestRestoreIntoAHeldFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := store.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if err := store.Restore(t.Context(), store.Config{Dir: dir}, bytes.NewReader(nil), nil); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("restore: %v", err)
	}
}

// TestRestoreIntoMigratedDatabase: a database that was opened once but never used is
// empty, with PostgreSQL, where one cannot see it at the folder.
func TestRestoreIntoMigratedDatabase(t *testing.T) {
	t.Parallel()
	from := sqliteStore(t)
	fill(t, from)
	c := store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)}
	storetest.Open(t, c)
	c.Dir = t.TempDir()
	if err := store.Restore(t.Context(), c, bytes.NewReader(backup(t, from)), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dump(t, from), dump(t, storetest.Open(t, c))); diff != "" {
		t.Error(diff)
	}
}

// TestRestoreCancelled: who goes away leaves nothing.
func TestRestoreCancelled(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t)
	fill(t, s)
	file := backup(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	in := io.MultiReader(bytes.NewReader(file[:len(file)/2]), readerFunc(func([]byte) (int, error) { cancel(); return 0, nil }))
	err := store.Restore(ctx, store.Config{Dir: dir}, in, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("restore: %v", err)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
