package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// outside is a connection to PostgreSQL past the store, as an operator has one.
func outside(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// another makes a second database on the server of the first, dropped with the test.
func another(t *testing.T, address, options string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/") + "_2"
	db := outside(t, address)
	if _, err := db.ExecContext(t.Context(), `CREATE DATABASE `+name+` TEMPLATE template0 `+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`) }) // gone with the server at the latest
	u.Path = "/" + name
	return u.String()
}

// TestPostgresSortsByBytes also in a database that was made for a language.
func TestPostgresSortsByBytes(t *testing.T) {
	t.Parallel()
	c := store.Config{Dir: t.TempDir(), URL: another(t, testenv.Postgres(t), `LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`)}
	s := storetest.Open(t, c)
	storetest.Write(t, s, func(tx *store.Tx) error {
		var inOrder bool
		if err := tx.QueryRow(t.Context(), `SELECT 'a' < 'B'`).Scan(&inOrder); err != nil || !inOrder {
			t.Errorf("the database does not sort by the language: %v", err)
		}
		return errors.Join(set(t.Context(), tx, "a", 1), set(t.Context(), tx, "B", 1))
	})
	if got := column(t, s, `SELECT name FROM counter WHERE name IN ('a', 'B') ORDER BY name`); !slices.Equal(got, []string{"B", "a"}) {
		t.Errorf("sorted as %v", got)
	}
}

func TestPostgresNeedsUTF8(t *testing.T) {
	t.Parallel()
	c := store.Config{Dir: t.TempDir(), URL: another(t, testenv.Postgres(t), `ENCODING 'LATIN1' LOCALE 'C'`)}
	if _, err := store.Open(t.Context(), c); wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(fmt.Sprint(err), "LATIN1") {
		t.Errorf("open: %v", err)
	}
}

func TestPostgresNoSuchDatabase(t *testing.T) {
	t.Parallel()
	u := testenv.Postgres(t)
	_, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), URL: strings.Replace(u, "/test_", "/no_", 1)})
	if wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(fmt.Sprint(err), "no such database") {
		t.Errorf("open: %v", err)
	}
}

// TestPostgresGoesAway: a connection that the server closes fails one transaction,
// which is undone, and no other.
func TestPostgresGoesAway(t *testing.T) {
	t.Parallel()
	c := store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)}
	s := storetest.Open(t, c)
	db := outside(t, c.URL)
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if err := set(t.Context(), tx, "a", 1); err != nil {
			return err
		}
		if _, err := db.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`); err != nil {
			return err
		}
		return set(t.Context(), tx, "a", 2)
	})
	if wenyuan.CodeOf(err) != wenyuan.Unavailable {
		t.Errorf("the write that was broken off: %v", err)
	}
	if _, ok := stored(t, s, "a"); ok {
		t.Error("what it wrote is there")
	}
	storetest.Write(t, s, func(tx *store.Tx) error { return set(t.Context(), tx, "a", 3) })
}

// TestPostgresDeadlock: when the server ends a transaction for the sake of another
// program's, the transaction is begun again.
func TestPostgresDeadlock(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)}
	s := storetest.Open(t, c)
	storetest.Write(t, s, func(tx *store.Tx) error { return errors.Join(set(ctx, tx, "a", 0), set(ctx, tx, "b", 0)) })
	other, err := outside(t, c.URL).BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	bump := `UPDATE counter SET value = value + 1 WHERE name = `
	if _, err := other.Exec(bump + `'a'`); err != nil {
		t.Fatal(err)
	}
	runs, through := 0, make(chan error, 1)
	err = s.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, bump+`'b'`); err != nil {
			return err
		}
		if runs++; runs == 1 {
			if _, err := tx.Exec(ctx, `SET LOCAL deadlock_timeout = '100ms'`); err != nil { // so that it is this one that gives way
				return err
			}
			go func() {
				_, err := other.Exec(bump + `'b'`)
				through <- errors.Join(err, other.Commit())
			}()
		}
		_, err := tx.Exec(ctx, bump+`'a'`)
		return err
	})
	if err := errors.Join(err, <-through); err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	for _, name := range []string{"a", "b"} {
		if v, _ := stored(t, s, name); v != 2 {
			t.Errorf("%s is %d, want 2", name, v)
		}
	}
}

// TestDamageIsFound: Check reads the whole database.
func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		storetest.Write(t, s, func(tx *store.Tx) error { return document(t.Context(), tx, fmt.Sprint(i), "", fmt.Sprintf("%064d", i)) })
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "wenyuan.db")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(raw), "正文 of 25") / 4096 * 4096
	copy(raw[at:], strings.Repeat("\xff", 100)) // the head of a page
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err == nil {
		defer damaged.Close()
		err = damaged.Check(t.Context())
	}
	if e, ok := errors.AsType[*wenyuan.Error](err); !ok || !strings.Contains(e.Message, "damaged") || !strings.Contains(e.Hint, "restore") {
		t.Errorf("check: %v", err)
	}
}
