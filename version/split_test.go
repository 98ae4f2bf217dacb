package version_test

import (
	"context"
	"fmt"
	"testing"

	"wenyuan"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/version"
)

// TestSplitIsSticky: everybody keeps their version, shares are as given, and when a share grows
// only those move that it grows by.
func TestSplitIsSticky(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		hashes := putVersions(t, s, 3)
		before := drawAll(t, s, []version.Share{{Hash: hashes[0], Share: 9000}, {Hash: hashes[1], Share: 1000}})
		again := drawAll(t, s, []version.Share{{Hash: hashes[1], Share: 1000}, {Hash: hashes[0], Share: 9000}})
		after := drawAll(t, s, []version.Share{{Hash: hashes[0], Share: 8000}, {Hash: hashes[1], Share: 2000}})
		third := drawAll(t, s, []version.Share{{Hash: hashes[0], Share: 7200}, {Hash: hashes[1], Share: 1800}, {Hash: hashes[2], Share: 1000}})
		moved := 0
		for i := range before {
			if before[i] != again[i] {
				t.Fatal("the same shares gave another version")
			}
			if before[i] != after[i] {
				moved++
				if after[i] != hashes[1] {
					t.Fatal("somebody moved away from the version whose share grew")
				}
			}
			if after[i] != third[i] && third[i] != hashes[2] {
				t.Fatal("somebody moved between two versions when a third joined")
			}
		}
		near(t, "moved", moved, people/10)
		near(t, "before", count(before, hashes[1]), people/10)
		near(t, "after", count(after, hashes[1]), people/5)
		near(t, "third", count(third, hashes[2]), people/10)
	})
}

const people = 4000

func count(all []string, hash string) (n int) {
	for _, h := range all {
		if h == hash {
			n++
		}
	}
	return n
}

// near allows five standard deviations of a draw of people.
func near(t *testing.T, what string, got, want int) {
	t.Helper()
	if got < want-130 || got > want+130 {
		t.Errorf("%s: %d of %d, want about %d", what, got, people, want)
	}
}

func putVersions(t *testing.T, s *store.Store, n int) (hashes []string) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		hashes = nil
		for i := range n {
			v, err := version.Put(t.Context(), tx, "main", "model", "writer", map[string]int{"n": i})
			if err != nil {
				return err
			}
			hashes = append(hashes, v.Hash)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hashes
}

// drawAll splits the label and says what everybody gets.
func drawAll(t *testing.T, s *store.Store, shares []version.Share) (all []string) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		return version.SetSplit(t.Context(), tx, "main", "model", "writer", version.Production, shares)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		splits, err := version.Splits(t.Context(), tx, "main", "model", "")
		if err != nil || len(splits) != 1 {
			return fmt.Errorf("%d splits, %w", len(splits), err)
		}
		all = nil
		for i := range people {
			all = append(all, splits[0].Pick(fmt.Sprintf("per_%d", i)))
		}
		v, err := version.ResolveFor(t.Context(), tx, "main", "model", "writer", version.Production, "per_7")
		if v.Hash != all[7] {
			t.Errorf("resolved to %s, picked %s", v.Hash, all[7])
		}
		main, _ := version.ResolveFor(t.Context(), tx, "main", "model", "writer", version.Production, "")
		if main.Hash != splits[0].Shares[0].Hash {
			t.Errorf("nobody in particular gets %s", main.Hash)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSplitEnds: a label that is moved or taken away is split no longer, and what is no split is
// refused.
func TestSplitEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		hashes := putVersions(t, s, 2)
		both := []version.Share{{Hash: hashes[0], Share: 5000}, {Hash: hashes[1], Share: 5000}}
		do := func(f func(ctx context.Context, tx *store.Tx) error) error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) })
		}
		split := func(shares []version.Share) error {
			return do(func(ctx context.Context, tx *store.Tx) error {
				return version.SetSplit(ctx, tx, "main", "model", "writer", version.Production, shares)
			})
		}
		for name, end := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"moved": func(ctx context.Context, tx *store.Tx) error {
				return version.Label(ctx, tx, "main", "model", "writer", version.Production, hashes[1])
			},
			"gone": func(ctx context.Context, tx *store.Tx) error {
				return version.Unlabel(ctx, tx, "main", "model", "writer", version.Production)
			},
			"one": func(ctx context.Context, tx *store.Tx) error {
				return version.SetSplit(ctx, tx, "main", "model", "writer", version.Production, []version.Share{{Hash: hashes[1], Share: version.Whole}, {Hash: hashes[0]}})
			},
		} {
			if err := split(both); err != nil {
				t.Fatal(err)
			}
			if err := do(end); err != nil {
				t.Fatal(name, err)
			}
			if err := s.Read(t.Context(), func(tx *store.Tx) error {
				left, err := version.Splits(t.Context(), tx, "main", "model", "")
				if len(left) != 0 {
					t.Errorf("%s: still split: %+v", name, left)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		for name, shares := range map[string][]version.Share{
			"too little": {{Hash: hashes[0], Share: 100}}, "twice": {{Hash: hashes[0], Share: 5000}, {Hash: hashes[0], Share: 5000}},
			"negative": {{Hash: hashes[0], Share: 10100}, {Hash: hashes[1], Share: -100}}, "none": nil,
		} {
			if err := split(shares); wenyuan.CodeOf(err) != wenyuan.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := split([]version.Share{{Hash: "unknown", Share: version.Whole}}); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("unknown: %v", err)
		}
	})
}
