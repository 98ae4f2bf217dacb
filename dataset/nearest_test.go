package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// talked are rows of words by Zipf's law, so that common runs stand in many of them.
func talked(rng *rand.Rand, n, words int) (rows []string) {
	zipf := rand.NewZipf(rng, 1.2, 3, 5000)
	for i := range n {
		var w []string
		for range words/2 + rng.IntN(words) {
			w = append(w, fmt.Sprint("w", zipf.Uint64()))
		}
		half := len(w) / 3
		rows = append(rows, qa(fmt.Sprint("n", i, " ", strings.Join(w[:half], " ")), strings.Join(w[half:], " ")))
	}
	return rows
}

// TestIndexGoesWithItsSpace: the files of a space that is removed go, and no others.
func TestIndexGoesWithItsSpace(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.file(dataset.ImportOrder{Name: "f", Licence: "MIT"}, talked(rand.New(rand.NewPCG(1, 2)), 20, 20)...)
	h.build(dataset.Recipe{Name: "s"})
	if _, err := h.Nearest(t.Context(), h.sc, li, "s", "w1 w2 w3 w4", 1); err != nil {
		t.Fatal(err)
	}
	files := func() (n int) {
		all, err := filepath.Glob(filepath.Join(h.Store.Dir(), "nearest", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	h.ForgetSpace("mai")
	if n := files(); n != 1 {
		t.Errorf("%d files of a space that stays", n)
	}
	h.ForgetSpace(h.sc.Space())
	if n := files(); n != 0 {
		t.Errorf("%d files of a space that is gone", n)
	}
	if err := os.RemoveAll(filepath.Join(h.Store.Dir(), "nearest")); err != nil {
		t.Fatal(err)
	}
	h.ForgetSpace(h.sc.Space()) // which never had any
}

// TestNearestMissesNothing holds the index against reading every row.
func TestNearestMissesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		rng := rand.New(rand.NewPCG(1, 9))
		h.file(dataset.ImportOrder{Name: "f", Licence: "MIT"}, talked(rng, 1200, 30)...)
		h.build(dataset.Recipe{Name: "s"})
		all := h.rows(h.sc, li, "s", dataset.Train)
		for k := range 60 {
			from := strings.Fields(all[rng.IntN(len(all))].Messages[1].Content)
			at := rng.IntN(len(from) - 5)
			text := strings.Join(from[at:min(len(from), at+3+rng.IntN(12))], " ")
			if k == 0 {
				text = "nothing of this stands anywhere in it"
			}
			got, err := h.Nearest(t.Context(), h.sc, li, "s", text, 10)
			if err != nil || got.Looked != len(all) || got.Cut {
				t.Fatalf("%+v, %v", got, err)
			}
			want := map[string]bool{}
			words := strings.Fields(text)
			for i := 0; i+3 <= len(words); i++ {
				want[strings.Join(words[i:i+3], " ")] = true
			}
			var shares []float64
			for _, r := range all {
				said, n := " "+r.Messages[0].Content+" "+r.Messages[1].Content+" ", 0
				for run := range want {
					if strings.Contains(said, " "+run+" ") {
						n++
					}
				}
				if share := float64(n) / float64(len(want)); share >= 0.15 {
					shares = append(shares, share)
				}
			}
			slices.Sort(shares)
			slices.Reverse(shares)
			shares = shares[:min(10, len(shares))]
			if len(got.Rows) != len(shares) {
				t.Fatalf("%q: %d rows, want %d", text, len(got.Rows), len(shares))
			}
			for i, r := range got.Rows {
				if r.Share != shares[i] || r.Licence != "MIT" || r.Source != "f" {
					t.Fatalf("%q: row %d has %.3f, want %.3f: %+v", text, i, r.Share, shares[i], r)
				}
			}
		}
		// What is erased is not found, though the index was made before; nor what somebody may not see.
		near, err := h.Nearest(t.Context(), h.sc, li, "s", all[0].Messages[1].Content, 1)
		if err != nil || len(near.Rows) != 1 || near.Rows[0].Sample != all[0].Sample {
			t.Fatalf("%+v, %v", near, err)
		}
		if _, err := h.Remove(t.Context(), h.sc, li, []string{all[0].Sample}); err != nil {
			t.Fatal(err)
		}
		if near, err = h.Nearest(t.Context(), h.sc, li, "s", all[0].Messages[1].Content, 1); err != nil || len(near.Rows) == 1 && near.Rows[0].Sample == all[0].Sample {
			t.Errorf("after it was erased: %+v, %v", near, err)
		}
		wang := wenyuan.Principal{ID: "psn_wang"}
		if near, err = h.Nearest(t.Context(), scope.All("main", scope.Edit), wang, "s", all[1].Messages[1].Content, 1); err != nil || len(near.Rows) != 0 {
			t.Errorf("another's rows: %+v, %v", near, err)
		}
	})
}

// BenchmarkNearest asks a set of WENYUAN_ROWS rows, 20,000 where nothing is said.
func BenchmarkNearest(b *testing.B) {
	n := 20_000
	if s := os.Getenv("WENYUAN_ROWS"); s != "" {
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
	}
	h := open(b, store.Config{Dir: b.TempDir()})
	rng := rand.New(rand.NewPCG(2, 9))
	h.file(dataset.ImportOrder{Name: "f"}, talked(rng, n, 100)...)
	h.build(dataset.Recipe{Name: "s", Split: dataset.Split{Train: 1}})
	var asked []string
	for r, err := range h.RowsFrom(b.Context(), h.sc, li, "s", "", n/2) {
		if err != nil {
			b.Fatal(err)
		}
		w := strings.Fields(r.Messages[1].Content)
		if asked = append(asked, strings.Join(w[:min(len(w), 25)], " ")); len(asked) == 200 {
			break
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if err := os.RemoveAll(filepath.Join(h.Store.Dir(), "nearest")); err != nil {
				b.Fatal(err)
			}
			if _, err := h.Nearest(b.Context(), h.sc, li, "s", asked[0], 5); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("next", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := h.Nearest(b.Context(), h.sc, li, "s", asked[i%len(asked)], 5); err != nil {
				b.Fatal(err)
			}
		}
	})
}
