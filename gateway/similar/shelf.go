package similar

import (
	"container/list"
	"slices"
	"time"
)

// A shelf holds the questions of one space, the oldest first to go.
type shelf struct {
	most   int
	places map[[32]byte][]*kept
	byKey  map[[32]byte]*kept
	order  *list.List  // of *kept, the oldest first
	left   func(*kept) // is told who is forgotten
}

// A kept is a question whose answer is kept.
type kept struct {
	question string
	key      [32]byte // of the answer
	place    [32]byte
	ends     time.Time
	at       *list.Element
	vector   *list.Element // of held, and
	gone     bool          // forgotten: both under the lock of the vectors
}

func newShelf(most int, left func(*kept)) *shelf {
	return &shelf{most: most, left: left, places: map[[32]byte][]*kept{}, byKey: map[[32]byte]*kept{}, order: list.New()}
}

// mostInPlace is how many questions of one place are compared: those who ask with the same evidence
// of the same assistant. Past it the oldest goes.
const mostInPlace = 64

func (s *shelf) add(k *kept) {
	s.forget(k.key)
	if here := s.places[k.place]; len(here) >= mostInPlace {
		s.forget(here[0].key)
	}
	for len(s.byKey) >= s.most {
		s.forget(s.order.Front().Value.(*kept).key)
	}
	k.at = s.order.PushBack(k)
	s.byKey[k.key] = k
	s.places[k.place] = append(s.places[k.place], k)
}

func (s *shelf) forget(key [32]byte) {
	k := s.byKey[key]
	if k == nil {
		return
	}
	delete(s.byKey, key)
	s.order.Remove(k.at)
	s.left(k)
	left := slices.DeleteFunc(s.places[k.place], func(o *kept) bool { return o == k })
	if len(left) == 0 {
		delete(s.places, k.place)
		return
	}
	s.places[k.place] = left
}

// A candidate is a kept question that agrees with the one that is asked.
type candidate struct {
	*kept
	comparison
}

// candidates are the kept questions of a place that agree with one, the nearest first.
func (x *Index) candidates(w Where, question string) (all []candidate) {
	now := time.Now()
	for _, k := range x.at(w) {
		if now.After(k.ends) {
			continue
		}
		if c := compare(question, k.question); c.why == "" {
			all = append(all, candidate{k, c})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch d := a.distance() - b.distance(); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return all
}

// at are the questions of a place, the newest first.
func (x *Index) at(w Where) []*kept {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.spaces[w.Space]
	if s == nil || len(s.places[w.Place]) == 0 {
		return nil
	}
	all := slices.Clone(s.places[w.Place])
	slices.Reverse(all)
	return all
}
