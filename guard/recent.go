package guard

import "sync"

// A recent map remembers what was put last: up to twice most keys. It is two generations, of which the
// older one is dropped when the newer is full.
type recent[K comparable, V any] struct {
	mu       sync.Mutex
	most     int
	new, old map[K]V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, new: map[K]V{}}
}

func (r *recent[K, V]) get(k K) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok = r.new[k]; ok {
		return v, true
	}
	if v, ok = r.old[k]; ok {
		r.put(k, v)
	}
	return v, ok
}

func (r *recent[K, V]) add(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(k, v)
}

// update changes what is remembered of a key, from the zero value where nothing is, and gives it.
func (r *recent[K, V]) update(k K, change func(V) V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.new[k]
	if !ok {
		v = r.old[k]
	}
	v = change(v)
	r.put(k, v)
	return v
}

func (r *recent[K, V]) put(k K, v V) {
	if _, there := r.new[k]; !there && len(r.new) >= r.most {
		r.old, r.new = r.new, make(map[K]V, r.most)
	}
	r.new[k] = v
}
