package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// set keeps a number under a name; the table of counters serves as the tests' own.
func set(ctx context.Context, tx *store.Tx, name string, value int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO counter (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

func get(ctx context.Context, tx *store.Tx, name string) (value int64, err error) {
	err = tx.QueryRow(ctx, `SELECT value FROM counter WHERE name = $1`, name).Scan(&value)
	return value, err
}

// stored reads a counter in a snapshot of its own; ok is false when it is not there.
func stored(t *testing.T, s *store.Store, name string) (value int64, ok bool) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *store.Tx) (err error) {
		value, err = get(t.Context(), tx, name)
		return err
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return value, err == nil
}

func TestReopen(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Write(t, s, func(tx *store.Tx) error { return set(t.Context(), tx, "kept", 7) })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = storetest.Open(t, c)
		if v, ok := stored(t, s, "kept"); !ok || v != 7 {
			t.Errorf("after reopening: %d, %v", v, ok)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestOnlyTheOwnerReads what is in the data folder, whatever the folder itself allows.
func TestOnlyTheOwnerReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, store.Config{Dir: dir})
	fill(t, s)
	for _, name := range files(t, dir) {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, %v", name, info.Mode(), err)
		}
	}
}

// TestDeletedIsOverwritten in the file and its log, for short texts that lie in a page and for
// long ones that have pages of their own, once the store is closed.
func TestDeletedIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"quarantine ", strings.Repeat("quarantine ", 10_000)}
	storetest.Write(t, s, func(tx *store.Tx) (err error) {
		for _, text := range texts {
			err = errors.Join(err, set(t.Context(), tx, text, 1))
		}
		return err
	})
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM counter WHERE name LIKE 'quarantine%'`)
		return err
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range files(t, dir) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(content, []byte("quarantine")); n > 0 {
			t.Errorf("%s holds the deleted word %d times", name, n)
		}
	}
}

func TestReadIsOneSnapshot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error { return set(ctx, tx, "a", 1) })
		storetest.Read(t, s, func(tx *store.Tx) error {
			before, err := get(ctx, tx, "a")
			if err != nil {
				return err
			}
			storetest.Write(t, s, func(tx *store.Tx) error { return set(ctx, tx, "a", 2) }) // does not wait for the reader
			after, err := get(ctx, tx, "a")
			if before != 1 || after != 1 {
				t.Errorf("the snapshot moved: %d, then %d", before, after)
			}
			return err
		})
		if v, _ := stored(t, s, "a"); v != 2 {
			t.Errorf("a new snapshot shows %d, want 2", v)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		err := s.Read(t.Context(), func(tx *store.Tx) error { return set(t.Context(), tx, "a", 1) })
		if err == nil {
			t.Error("a reader wrote")
		}
		if _, ok := stored(t, s, "a"); ok {
			t.Error("what a reader wrote is there")
		}
	})
}

// TestChangesBecomeVisibleInOrder: a reader of the change log remembers the highest
// number it has seen and asks for later ones; it must never miss one.
func TestChangesBecomeVisibleInOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s, other := storetest.Open(t, c), storetest.Open(t, c) // two processes, as PostgreSQL may have
		const writers, each = 8, 25
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				from := []*store.Store{s, other}[w%2]
				for i := range each {
					err := from.Write(ctx, func(tx *store.Tx) error {
						n, err := tx.NextChange(ctx)
						if err != nil {
							return err
						}
						if again, err := tx.NextChange(ctx); err != nil || again != n {
							return fmt.Errorf("asked twice: %d and %d, %v", n, again, err)
						}
						_, err = tx.Exec(ctx, `INSERT INTO change (number, space, corpus, document, kind, at) VALUES ($1, 'main', 'c', $2, 'put', $3)`, n, fmt.Sprint(w, i), tx.Now)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		var log []int64
		for len(log) < writers*each && !t.Failed() {
			seen := int64(len(log))
			storetest.Read(t, s, func(tx *store.Tx) error {
				rows, err := tx.Query(ctx, `SELECT number FROM change WHERE number > $1 ORDER BY number`, seen)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					var n int64
					if err := rows.Scan(&n); err != nil {
						return err
					}
					if log = append(log, n); n != int64(len(log)) {
						return fmt.Errorf("the log shows %d after %d", n, len(log)-1)
					}
				}
				return rows.Err()
			})
		}
		wg.Wait()
	})
}

// TestWritersTakeTurns: reading and writing in one transaction needs no lock of its own.
func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s, other := storetest.Open(t, c), storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error { return set(ctx, tx, "sum", 0) })
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for range 20 {
					err := []*store.Store{s, other}[w%2].Write(ctx, func(tx *store.Tx) error {
						v, err := get(ctx, tx, "sum")
						if err != nil {
							return err
						}
						return set(ctx, tx, "sum", v+1)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if v, _ := stored(t, s, "sum"); v != 160 {
			t.Errorf("the sum is %d, want 160", v)
		}
	})
}

// TestReadWhileWriting: many who wait to write do not keep the one who writes from
// reading beside its transaction.
func TestReadWhileWriting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					name := fmt.Sprint("n", i)
					if err := set(t.Context(), tx, name, 1); err != nil {
						return err
					}
					if _, ok := stored(t, s, name); ok {
						t.Error("a reader sees what is not committed")
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestFailureUndoesEverything(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		cases := map[string]func(*store.Tx) error{
			"error": func(tx *store.Tx) error {
				return errors.Join(set(ctx, tx, "a", 1), boom)
			},
			"panic": func(tx *store.Tx) error {
				if err := set(ctx, tx, "a", 1); err != nil {
					return err
				}
				panic(boom)
			},
			"error passed over": func(tx *store.Tx) error {
				err := set(ctx, tx, "a", 1)
				tx.Exec(ctx, `INSERT INTO nowhere (x) VALUES (1)`)
				return err
			},
			"row error passed over": func(tx *store.Tx) error {
				err := set(ctx, tx, "a", 1)
				var v int64
				tx.QueryRow(ctx, `INSERT INTO space (id, name, created) VALUES ('main', '', 0) RETURNING created`).Scan(&v)
				return err
			},
		}
		for name, f := range cases {
			called := false
			err := func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err = p.(error)
					}
				}()
				return s.Write(ctx, func(tx *store.Tx) error {
					tx.After(func() { called = true })
					return f(tx)
				})
			}()
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			if _, ok := stored(t, s, "a"); ok {
				t.Errorf("%s: what was written is there", name)
			}
			if called {
				t.Errorf("%s: After was called", name)
			}
		}
		storetest.Write(t, s, func(tx *store.Tx) error { return set(ctx, tx, "a", 2) }) // the store still works
	})
}

func TestStatementsAfterAFailureFail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		_ = s.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO space (id, name, created) VALUES ('main', '', 0)`); err == nil {
				t.Error("a second space 'main' was accepted")
			}
			if err := set(ctx, tx, "a", 1); err == nil {
				t.Error("a statement after the failure went through")
			}
			if err := tx.QueryRow(ctx, `SELECT 1`).Scan(new(int)); err == nil {
				t.Error("a query after the failure went through")
			}
			return nil
		})
		if _, ok := stored(t, s, "a"); ok {
			t.Error("what was written after the failure is there")
		}
	})
}

func TestAfterRunsOnceCommitted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var seen int64
		storetest.Write(t, s, func(tx *store.Tx) error {
			tx.After(func() { seen, _ = stored(t, s, "a") })
			return set(t.Context(), tx, "a", 5)
		})
		if seen != 5 {
			t.Errorf("After saw %d, want 5", seen)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Write(ctx, func(tx *store.Tx) error {
			if err := set(ctx, tx, "a", 1); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before the commit: %v", err)
		}
		if _, ok := stored(t, s, "a"); ok {
			t.Error("a cancelled write is there")
		}
		if err := s.Read(ctx, func(*store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a read with an ended context: %v", err)
		}
	})
}

// TestCancelWhileWaiting: who waits for its turn can go away.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			done := make(chan error)
			go func() { done <- s.Write(ctx, func(*store.Tx) error { return nil }) }()
			if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the second writer: %v", err)
			}
			return set(t.Context(), tx, "a", 1)
		})
	})
}

// TestCancelStopsAQuery: a query that would run for hours ends with its context.
func TestCancelStopsAQuery(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := s.Read(ctx, func(tx *store.Tx) error {
			var n int64
			return tx.QueryRow(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT COUNT(*) FROM n`).Scan(&n)
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the query ended with %v", err)
		}
	})
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", " ", "问源，文渊阁。", "𠮷𝛼👩‍👩‍👧", "Zürich naïve", "a\nb\r\n\tc", `quote ' " \ % _ $1`, "\u200b\ufeff\u2028", "\x01\x7f",
		strings.Repeat("大文本", 4<<20/9),
	}
	type named string
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		for _, want := range texts {
			storetest.Write(t, s, func(tx *store.Tx) error {
				var got, raw string
				var data []byte
				_, err := tx.Exec(ctx, `INSERT INTO corpus (id, space, name, description, settings, created) VALUES ('c', 'main', 'n', $1, $2, 0)`, named(want), json.RawMessage(want))
				if err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO vector (passage, embedder, data, space) VALUES ('p', 'e', $1, 'main')`, []byte(want)); err != nil {
					return err
				}
				err = tx.QueryRow(ctx, `SELECT c.description, c.settings, v.data FROM corpus c, vector v WHERE c.description = $1`, want).Scan(&got, &raw, &data)
				if got != want || raw != want || string(data) != want {
					t.Errorf("%.40q came back as %.40q, %.40q and %.40q", want, got, raw, data)
				}
				_, err2 := tx.Exec(ctx, `DELETE FROM vector`)
				_, err3 := tx.Exec(ctx, `DELETE FROM corpus`)
				return errors.Join(err, err2, err3)
			})
		}
	})
}

func TestTextThatNoDatabaseKeeps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		for _, text := range []string{"a\x00b", "\x00", "\xff", "中\xe4"} {
			err := s.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO counter (name, value) VALUES ($1, 1)`, text)
				return err
			})
			if wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("written %q: %v", text, err)
			}
			err = s.Read(ctx, func(tx *store.Tx) error {
				return tx.QueryRow(ctx, `SELECT value FROM counter WHERE name = $1`, text).Scan(new(int64))
			})
			if wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("asked for %q: %v", text, err)
			}
		}
	})
}

// TestOrderAndLike: sorting and LIKE do not depend on the engine.
func TestOrderAndLike(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM counter`); err != nil {
				return err
			}
			for i, name := range []string{"b", "A", "ä", "a", "B", "_", "中", "a_b", "a-b"} {
				if err := set(ctx, tx, name, int64(i)); err != nil {
					return err
				}
			}
			return nil
		})
		for query, want := range map[string][]string{
			`SELECT name FROM counter ORDER BY name`:                                   {"A", "B", "_", "a", "a-b", "a_b", "b", "ä", "中"},
			`SELECT name FROM counter WHERE name LIKE 'a%' ORDER BY name`:              {"a", "a-b", "a_b"},
			`SELECT name FROM counter WHERE name LIKE 'a\_%' ESCAPE '\' ORDER BY name`: {"a_b"},
			`SELECT name FROM counter WHERE name > 'b' ORDER BY name DESC`:             {"中", "ä"},
		} {
			var got []string
			storetest.Read(t, s, func(tx *store.Tx) error {
				rows, err := tx.Query(ctx, query)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					var name string
					if err := rows.Scan(&name); err != nil {
						return err
					}
					got = append(got, name)
				}
				return rows.Err()
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:\n%s", query, diff)
			}
		}
	})
}

func TestArguments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			ids := []any{}
			for i := range 2000 {
				ids = append(ids, fmt.Sprint("n", i))
			}
			// Placeholders in any order, and one used twice.
			_, err := tx.Exec(ctx, `INSERT INTO job (id, space, kind, key, state, again, created) VALUES ($3, $2, $1, $1, 'queued', $4, $5)`, "kind", "space", "n7", true, tx.Now)
			if err != nil {
				return err
			}
			var kind, space, key string
			var again bool
			err = tx.QueryRow(ctx, `SELECT kind, space, key, again FROM job WHERE id IN (`+store.Marks(1, len(ids))+`)`, ids...).Scan(&kind, &space, &key, &again)
			if kind != "kind" || space != "space" || key != "kind" || !again {
				t.Errorf("got %q %q %q %v", kind, space, key, again)
			}
			return err
		})
		err := s.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO counter (name, value) VALUES ('t', $1)`, time.Now())
			return err
		})
		if err == nil {
			t.Error("a time.Time was accepted")
		}
	})
}

func TestReferencesAreHeldAtCommit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		ctx := t.Context()
		s := storetest.Open(t, c)
		passage := func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO passage (id, space, document, revision, ord, start_, end_, text) VALUES ('p', 'main', 'd', 'r', 0, 0, 1, 'x')`)
			return err
		}
		if err := s.Write(ctx, passage); err == nil {
			t.Error("a passage without a document was accepted")
		}
		storetest.Write(t, s, func(tx *store.Tx) error {
			// The order within a transaction is free.
			if err := passage(tx); err != nil {
				return err
			}
			for _, q := range []string{
				`INSERT INTO revision (document, revision, space, text, created) VALUES ('d', 'r', 'main', 'x', 0)`,
				`INSERT INTO document (id, space, corpus, source, state, created, updated) VALUES ('d', 'main', 'c', 's', 'ready', 0, 0)`,
				`INSERT INTO corpus (id, space, name, created) VALUES ('c', 'main', 'n', 0)`,
			} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err := s.Check(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		at := time.Date(2031, 2, 3, 4, 5, 6, 7000, time.UTC)
		c.Clock = func() time.Time { return at }
		s := storetest.Open(t, c)
		storetest.Write(t, s, func(tx *store.Tx) error {
			if tx.Now != at.UnixMicro() {
				t.Errorf("now is %d, want %d", tx.Now, at.UnixMicro())
			}
			return nil
		})
		c.Clock = nil
		real := storetest.Open(t, c)
		storetest.Write(t, real, func(tx *store.Tx) error {
			if off := time.Since(time.UnixMicro(tx.Now)); off < -time.Minute || off > time.Minute {
				t.Errorf("now is off by %v", off)
			}
			return nil
		})
	})
}

func TestID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := store.NewID("doc")
		if len(id) != 30 || !strings.HasPrefix(id, "doc_") || strings.ToLower(id) != id || seen[id] {
			t.Fatalf("bad or repeated id %q", id)
		}
		seen[id] = true
	}
	early := store.NewID("x")
	time.Sleep(2 * time.Millisecond) // the clock itself is what is tested
	if late := store.NewID("x"); late <= early {
		t.Errorf("%q does not sort behind %q", late, early)
	}
}
