package store_test

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestMemo: what was written is read anew, on every engine, and what failed is not kept.
func TestMemo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		var memo store.Memo[string, int64]
		reads := 0
		number := func() int64 {
			t.Helper()
			n, err := memo.Of(s, "change", func() (n int64, err error) {
				reads++
				err = s.Read(t.Context(), func(tx *store.Tx) error {
					return tx.QueryRow(t.Context(), `SELECT value FROM counter WHERE name = 'change'`).Scan(&n)
				})
				return n, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		first := number()
		for want := first; want < first+3; want++ {
			for range 3 {
				if got := number(); got != want {
					t.Fatalf("%d, want %d", got, want)
				}
			}
			storetest.Write(t, s, func(tx *store.Tx) error {
				_, err := tx.NextChange(t.Context())
				return err
			})
		}
		if _, exact := s.Writes(); exact && reads != 3 {
			t.Errorf("read %d times", reads)
		} else if !exact && reads != 10 {
			t.Errorf("read %d times beside other servers", reads)
		}
		wrong := errors.New("no")
		if _, err := memo.Of(s, "failed", func() (int64, error) { return 1, wrong }); err != wrong {
			t.Error(err)
		}
		if n, err := memo.Of(s, "failed", func() (int64, error) { return 2, nil }); n != 2 || err != nil {
			t.Errorf("an error was kept: %d %v", n, err)
		}
	})
}

// TestMemoUnderWrites: whoever begins to read after a write has ended sees what it wrote.
func TestMemoUnderWrites(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	var memo store.Memo[string, int64]
	var written atomic.Int64
	storetest.Write(t, s, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE counter SET value = 0 WHERE name = 'change'`)
		return err
	})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for written.Load() < 50 {
				least := written.Load()
				got, err := memo.Of(s, "change", func() (n int64, err error) {
					err = s.Read(t.Context(), func(tx *store.Tx) error {
						return tx.QueryRow(t.Context(), `SELECT value FROM counter WHERE name = 'change'`).Scan(&n)
					})
					return n, err
				})
				if err != nil || got < least {
					t.Errorf("%d after %d was written, %v", got, least, err)
					return
				}
			}
		})
	}
	for n := range int64(50) {
		storetest.Write(t, s, func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE counter SET value = `+strconv.FormatInt(n+1, 10)+` WHERE name = 'change'`)
			return err
		})
		written.Store(n + 1)
	}
	readers.Wait()
}
