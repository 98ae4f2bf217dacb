package index

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"wenyuan"
	"wenyuan/index/analysis"
	"wenyuan/internal/scope"
)

// An Index may be used from several goroutines at once.
type Index struct {
	o       Options
	mu      sync.RWMutex
	change  int64
	entries []Entry
	rebuilt string
	learned string
}

type saved struct {
	Change    int64
	Embedding string
	Entries   []Entry
}

// Open opens the index, or an empty one where Rebuilt says why.
func Open(o Options) (*Index, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	x := &Index{o: o}
	f, err := os.Open(filepath.Join(o.Dir, "index.gob"))
	if errors.Is(err, os.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	defer f.Close()
	var s saved
	if err := gob.NewDecoder(f).Decode(&s); err != nil {
		x.rebuilt = "the index is damaged: " + err.Error()
		return x, nil
	}
	if s.Embedding != o.Embedding {
		x.rebuilt = "the embedding is another"
		return x, nil
	}
	x.change, x.entries = s.Change, s.Entries
	return x, nil
}

// Apply makes one step, durable and visible at once.
func (x *Index) Apply(ctx context.Context, b Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if b.Change <= x.change {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the index is at change %d already, %d is not after it", x.change, b.Change)}
	}
	gone := map[string]bool{}
	for _, d := range b.Remove {
		gone[d] = true
	}
	for _, e := range b.Add {
		gone[e.Document] = true
	}
	kept := make([]Entry, 0, len(x.entries)+len(b.Add))
	for _, e := range x.entries {
		if !gone[e.Document] {
			kept = append(kept, e)
		}
	}
	kept = append(kept, b.Add...)
	f, err := os.CreateTemp(x.o.Dir, "tmp-*")
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	err = gob.NewEncoder(f).Encode(saved{b.Change, x.o.Embedding, kept})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(x.o.Dir, "index.gob"))
	}
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	x.change, x.entries = b.Change, kept
	return nil
}

// Change is the number of the last step; 0 before the first.
func (x *Index) Change() int64 { x.mu.RLock(); defer x.mu.RUnlock(); return x.change }

// Rebuilt says why the index opened empty although there was something; "" otherwise.
func (x *Index) Rebuilt() string { return x.rebuilt }

// Learn trains the built-in vectors.
func (x *Index) Learn(ctx context.Context) (string, error) { return x.learned, ctx.Err() }

// Stale says whether learning again is worth it.
func (x *Index) Stale() bool { return false }

// Close frees the index.
func (x *Index) Close() error { return nil }

// Stats says what is in the index.
func (x *Index) Stats() Stats {
	x.mu.RLock()
	defer x.mu.RUnlock()
	docs := map[string]bool{}
	for _, e := range x.entries {
		docs[e.Document] = true
	}
	return Stats{Passages: len(x.entries), Documents: len(docs), Segments: 1}
}

// Search gives the best passages the scope sees.
func (x *Index) Search(ctx context.Context, sc scope.Scope, q Query) ([]Hit, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if q.K == 0 {
		q.K = 10
	}
	df := map[string]float64{}
	var bags []map[string]float64
	var seen []Entry
	total := 0.0
	for _, e := range x.entries {
		if !sc.Sees(x.o.Space, e.Document) {
			continue
		}
		bag := map[string]float64{}
		for _, t := range analysis.Terms(e.Title + "\n" + e.Text) {
			bag[t]++
			total++
		}
		for t := range bag {
			df[t]++
		}
		bags, seen = append(bags, bag), append(seen, e)
	}
	var hits []Hit
	n := float64(len(bags))
	for i, bag := range bags {
		dl, s := 0.0, 0.0
		for _, c := range bag {
			dl += c
		}
		for _, t := range analysis.Terms(q.Text) {
			if c := bag[t]; c > 0 {
				s += math.Log(1+(n-df[t]+0.5)/(df[t]+0.5)) * c * 2.2 / (c + 1.2*(0.25+0.75*dl*n/total))
			}
		}
		if s > 0 {
			hits = append(hits, Hit{Passage: seen[i].Passage, Document: seen[i].Document, Score: s})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		if a.Score > b.Score {
			return -1
		} else if a.Score < b.Score {
			return 1
		}
		return 0
	})
	return hits[:min(len(hits), q.K)], nil
}
