package dataset

import "sync"

// known keeps what was found out of versions, which do not change, so that a page that is looked at again does not count
// a million rows again. The zero value is ready; it may be used from many goroutines.
type known[K comparable, V any] struct {
	mu    sync.Mutex
	kept  map[K]V
	order []K // the oldest first
}

// maxKnown is how many answers are kept of a kind.
const maxKnown = 50

// of gives what is kept, else what find gives, which is kept unless it fails. What is kept is not to be changed.
func (n *known[K, V]) of(k K, find func() (V, error)) (V, error) {
	n.mu.Lock()
	v, ok := n.kept[k]
	n.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := find()
	if err != nil {
		return v, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.kept[k]; ok {
		return v, nil
	}
	if n.kept == nil {
		n.kept = map[K]V{}
	}
	if n.kept[k], n.order = v, append(n.order, k); len(n.order) > maxKnown {
		delete(n.kept, n.order[0])
		n.order = n.order[1:]
	}
	return v, nil
}
