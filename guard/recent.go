package guard

import "sync"

// A recent set remembers the newest keys: up to twice most of them. It is two generations of which the
// older one is dropped when the newer is full.
type recent[K comparable] struct {
	mu       sync.Mutex
	most     int
	new, old map[K]struct{}
}

func newRecent[K comparable](most int) *recent[K] {
	return &recent[K]{most: most, new: map[K]struct{}{}}
}

func (r *recent[K]) has(k K) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.new[k]; ok {
		return true
	}
	_, ok := r.old[k]
	if ok {
		r.put(k)
	}
	return ok
}

func (r *recent[K]) add(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(k)
}

func (r *recent[K]) put(k K) {
	if len(r.new) >= r.most {
		r.old, r.new = r.new, make(map[K]struct{}, r.most)
	}
	r.new[k] = struct{}{}
}
