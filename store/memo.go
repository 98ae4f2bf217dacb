package store

import "sync"

// Writes counts the transactions that were written through this store, also those that failed. It
// has grown before Write returns. Where it is what it was before something was read, that still
// holds; exact is false where other processes write to the same database, which it does not see.
func (s *Store) Writes() (n int64, exact bool) { return s.writes.Load(), !s.Shared() }

// A Memo keeps what was read from the database for as long as nothing is written to it, so that what
// each request asks is not read for each. Where other processes write too it keeps nothing: what they
// change must hold for the next request here. The zero value is ready; it may be used from many
// goroutines.
type Memo[K comparable, V any] struct {
	mu    sync.RWMutex
	since int64 // Writes when what is kept was read
	kept  map[K]V
}

// maxMemo is how many values a Memo keeps.
const maxMemo = 10_000

// Of gives what is kept under a key, else what read gives, which is kept unless it gives an error.
// What read gives must hang on the key and on the database alone.
func (m *Memo[K, V]) Of(s *Store, key K, read func() (V, error)) (V, error) {
	now, exact := s.Writes() // before it is read: what is written meanwhile makes it old
	if !exact {
		return read()
	}
	m.mu.RLock()
	v, ok := m.kept[key]
	ok = ok && m.since == now
	m.mu.RUnlock()
	if ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		m.keep(now, key, v)
	}
	return v, err
}

func (m *Memo[K, V]) keep(now int64, key K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case now < m.since:
		return // somebody read later
	case m.kept == nil:
		m.kept = map[K]V{}
	case now > m.since || len(m.kept) >= maxMemo:
		clear(m.kept)
	}
	m.since, m.kept[key] = now, v
}
