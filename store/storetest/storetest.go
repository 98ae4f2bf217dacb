// Package storetest runs a test on every engine that the store knows, each time with a
// real, empty database. Only tests import it.
package storetest

import (
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/store"
)

// Each runs f in a subtest per engine, in parallel. PostgreSQL is skipped where there is
// none, and fails instead with CI set.
func Each(t *testing.T, f func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir(), URL: testenv.Postgres(t)})
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Write runs f in a transaction that must succeed.
func Write(t testing.TB, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// Read runs f in a snapshot, which must succeed.
func Read(t testing.TB, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
