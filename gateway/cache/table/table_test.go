package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"

	"wenyuan/gateway/cache"
	"wenyuan/gateway/cache/cachetest"
	"wenyuan/gateway/cache/table"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

func TestConform(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		cachetest.Conform(t, func(t *testing.T) cache.Engine {
			x := table.Open(s, 0)
			if _, err := x.Purge(t.Context(), cache.Purge{}); err != nil {
				t.Fatal(err)
			}
			return x
		})
	})
}

// TestLimit: there is never much more than the limit, and what ends next goes first.
func TestLimit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		x := table.Open(s, 1<<20)
		for i := range 64 {
			var all []*cache.Entry
			for j := range 10 {
				e := cachetest.Entry("main", i*10+j)
				e.Chunks = []wenyuan.Chunk{{Text: strings.Repeat("x", 8<<10), Finish: "stop"}}
				all = append(all, e)
			}
			if err := x.Put(t.Context(), all...); err != nil {
				t.Fatal(err)
			}
		}
		storetest.Read(t, s, func(tx *store.Tx) error {
			var size, entries, made int64
			if err := tx.QueryRow(t.Context(), `SELECT SUM(size), COUNT(*) FROM cache_entry`).Scan(&size, &entries); err != nil {
				return err
			}
			if size > 1<<20 || entries == 0 {
				t.Errorf("%d entries of %d bytes", entries, size)
			}
			err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM cache_made`).Scan(&made)
			if made != 4*entries {
				t.Errorf("%d sources of %d entries", made, entries)
			}
			return err
		})
		if e, err := x.Get(t.Context(), "main", cachetest.Entry("main", 639).Key); e == nil || err != nil {
			t.Errorf("the last one is gone: %v", err)
		}
	})
}

// TestTold: every server learns of every purge once.
func TestTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		all, last, err := table.Told(t.Context(), s, -1)
		if len(all) != 0 || last != 0 || err != nil {
			t.Fatalf("%v, %d, %v", all, last, err)
		}
		want := []cache.Purge{{Space: "main"}, {Kind: cache.OfDocument, Name: "doc_1"}}
		for _, p := range want {
			storetest.Write(t, s, func(tx *store.Tx) error { return table.Tell(t.Context(), tx, p) })
		}
		if all, last, err = table.Told(t.Context(), s, last); !cmp.Equal(all, want) || err != nil {
			t.Errorf("%v, %v", all, err)
		}
		if all, _, _ = table.Told(t.Context(), s, last); len(all) != 0 {
			t.Errorf("told twice: %v", all)
		}
		if all, first, _ := table.Told(t.Context(), s, -1); len(all) != 0 || first != last {
			t.Errorf("who comes new is told of %v", all)
		}
	})
}
