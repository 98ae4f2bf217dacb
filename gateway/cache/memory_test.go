package cache_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
)

// fill asks something new in a space, whose answer is kept. again says that it was kept before.
func fill(t *testing.T, c *cache.Cache, space string, n int, how manner.Manner) (again bool) {
	t.Helper()
	again = true
	q := cache.Query{Space: space, Model: fmt.Sprint("m", n%2), Hash: "h", How: how}
	binary.LittleEndian.PutUint64(q.Key[:], uint64(n))
	copy(q.Key[8:], space)
	if _, err := collect(c.Stream(t.Context(), q, func(ctx context.Context) stream {
		again = false
		return says(strings.Repeat("x", 1000))(ctx)
	})); err != nil {
		t.Error(err)
	}
	return again
}

// TestMemoryIsBounded: there is never more than the limit, a space has no more than its share, and one
// that floods pushes out its own answers and not those of another.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for _, share := range []int{0, 50} {
		c := open(t, cache.Config{Memory: limit, Share: share})
		for i := range 50 {
			fill(t, c, "small", i, keeping(time.Hour))
		}
		for i := range 5000 {
			fill(t, c, "flood", i, keeping(time.Hour))
			if l := c.Look().Levels[1]; l.Bytes > limit || share == 50 && l.Bytes > limit/2+200<<10 {
				t.Fatalf("%d bytes", l.Bytes)
			}
		}
		for i := range 50 {
			if !fill(t, c, "small", i, keeping(time.Hour)) {
				t.Fatalf("share %d: a flood in one space pushed out answer %d of another", share, i)
			}
		}
		if l := c.Look().Levels[1]; l.Evicted == 0 || l.Entries == 0 || l.Limit != limit {
			t.Errorf("%+v", l)
		}
	}
}

// TestHotAnswersStay: what is asked again and again outlives a run through what is asked once.
func TestHotAnswersStay(t *testing.T) {
	t.Parallel()
	c := open(t, cache.Config{Memory: 1 << 20})
	missed := 0
	for i := range 10000 {
		fill(t, c, "main", 1000+i, keeping(time.Hour))
		if i%4 == 0 && !fill(t, c, "main", i/4%50, keeping(time.Hour)) {
			missed++
		}
	}
	if missed > 100 {
		t.Errorf("%d of 2500 were missed", missed)
	}
}

// TestRandomRights plays with documents, revisions, askers and purges: an answer that was made from
// documents is never given to somebody who does not see them as they are.
func TestRandomRights(t *testing.T) {
	t.Parallel()
	for seed := range 20 {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		revision, sees := map[string]int{}, map[int]map[string]bool{}
		docs := []string{"a", "b", "c", "d"}
		for p := range 4 {
			sees[p] = map[string]bool{}
		}
		allowed := func(p int, made []manner.Made) bool {
			for _, m := range made {
				if !sees[p][m.Document] || fmt.Sprint(revision[m.Document]) != m.Revision {
					return false
				}
			}
			return true
		}
		asker := 0
		c := open(t, cache.Config{Alive: func(_ context.Context, _ scope.Scope, made []manner.Made) (bool, error) {
			return allowed(asker, made), nil
		}})
		hits := 0
		for range 4000 {
			switch d := docs[r.IntN(len(docs))]; r.IntN(12) {
			case 0:
				revision[d]++
			case 1, 2:
				p := r.IntN(4)
				sees[p][d] = !sees[p][d]
			case 3:
				c.Forget(cache.Purge{Kind: cache.OfDocument, Name: d})
			default:
				asker = r.IntN(4)
				how := keeping(time.Hour)
				how.Stale = time.Hour
				key := byte(r.IntN(6))
				var made []manner.Made
				for i, d := range docs {
					if key>>i&1 == 1 {
						made = append(made, manner.Made{Document: d, Revision: fmt.Sprint(revision[d])})
					}
				}
				if r.IntN(3) > 0 && allowed(asker, made) {
					how.Made = made // asks by the assistant; else sends the same words by the plain door
				}
				text := fmt.Sprint(key, made)
				said, err := collect(c.Stream(t.Context(), query(key, how), says(text)))
				if err != nil {
					t.Fatal(err)
				}
				if how.Told.Level == "" {
					continue
				}
				hits++
				var from []manner.Made
				if e, ok := c.Peek(query(key, how)); !ok || e.Text() != said {
					from = parsed(t, docs, said)
				}
				if !allowed(asker, from) {
					t.Fatalf("seed %d: %q was given to somebody who does not see it", seed, said)
				}
			}
		}
		if hits < 100 {
			t.Errorf("seed %d: %d hits: nothing was tried", seed, hits)
		}
	}
}

// parsed are the documents that the words of an answer name.
func parsed(t *testing.T, docs []string, said string) (made []manner.Made) {
	t.Helper()
	for _, d := range docs {
		if _, rest, ok := strings.Cut(said, "{"+d+" "); ok {
			n, _, _ := strings.Cut(rest, "}")
			made = append(made, manner.Made{Document: d, Revision: n})
		}
	}
	return made
}
