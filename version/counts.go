package version

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Count is what was counted about one version since the start of this server.
type Count struct {
	Space    string        `json:"-"`
	Kind     string        `json:"-"`
	Name     string        `json:"-"`
	Hash     string        `json:"hash" doc:"of the version"`
	Requests int64         `json:"requests"`
	Errors   int64         `json:"errors"`
	First    time.Duration `json:"first_ns" doc:"to the first words, added up, in nanoseconds"`
	Firsts   int64         `json:"firsts" doc:"answers that first_ns is the sum of"`
	Times    Times         `json:"-"` // to the first words
}

// Times counts durations by how long they were: each place holds those up to half as long again as the
// place three before it. Place 0 holds what took up to a millisecond, and the last one all that took
// twelve minutes or more.
type Times [101]int64

// add counts a duration.
func (t *Times) add(d time.Duration) { t[TimesPlace(d)]++ }

// TimesPlace is the place of Times that counts a duration.
func TimesPlace(d time.Duration) int {
	if d <= time.Millisecond {
		return 0
	}
	return min(int(math.Ceil(3*math.Log(float64(d)/float64(time.Millisecond))/math.Log(1.5))), len(Times{})-1)
}

// Counts are those of all versions that were served, so that versions beside one another can be
// compared. The zero value is ready; it is safe for concurrent use. Of many versions those are
// forgotten that were not served for longest.
type Counts struct {
	mu  sync.Mutex
	all []*Counted // the one that was asked for last at the end
}

// maxCounted is how many versions are counted at once.
const maxCounted = 1000

// A Counted is one version that is counted. A nil Counted counts nothing.
type Counted struct {
	mu sync.Mutex
	c  Count
}

// Of finds the count of a version.
func (c *Counts) Of(space, kind, name, hash string) *Counted {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, x := range c.all {
		if x.c.Hash == hash && x.c.Name == name && x.c.Kind == kind && x.c.Space == space {
			if i < len(c.all)-1 {
				c.all = append(slices.Delete(c.all, i, i+1), x)
			}
			return x
		}
	}
	x := &Counted{c: Count{Space: space, Kind: kind, Name: name, Hash: hash}}
	if c.all = append(c.all, x); len(c.all) > maxCounted {
		c.all = slices.Delete(c.all, 0, 1)
	}
	return x
}

// Add counts one request: how long its first words took, 0 where none came, and whether it failed.
func (x *Counted) Add(first time.Duration, failed bool) {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.c.Requests++
	if failed {
		x.c.Errors++
	}
	if first > 0 {
		x.c.First, x.c.Firsts = x.c.First+first, x.c.Firsts+1
		x.c.Times.add(first)
	}
}

// Look gives what was counted, by space, name and hash. space, kind and name may be empty: then that
// of all.
func (c *Counts) Look(space, kind, name string) []Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Count{}
	for _, x := range c.all {
		x.mu.Lock()
		if (space == "" || x.c.Space == space) && (kind == "" || x.c.Kind == kind) && (name == "" || x.c.Name == name) {
			out = append(out, x.c)
		}
		x.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Space, b.Space), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.Hash, b.Hash))
	})
	return out
}
