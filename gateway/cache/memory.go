package cache

import (
	"slices"
	"sync"
)

// memory is what is kept here. What goes when it is full is decided as in Yang et al., FIFO queues
// are all you need for cache eviction (SOSP 2023): what is new enters a small queue; what was hit in it
// passes on to the main one, the rest goes, and is let straight into the main one if it is soon missed.
// Each space has queues of its own, and the one that holds most gives way first, so that no space
// pushes out another that holds less.
type memory struct {
	limit  int64 // bytes
	share  int64 // bytes that one space may take
	shards [shards]shard

	mu      sync.Mutex // of the queues; taken before the lock of a shard
	spaces  map[string]*queues
	bytes   int64
	entries int64
	evicted int64
}

const (
	shards     = 32
	smallShare = 10   // percent of the bytes of a space that its small queue has
	mostGhosts = 4096 // keys that went out of the small queue of a space and are remembered
	mostHits   = 3    // that are counted of an entry
)

type shard struct {
	mu sync.RWMutex
	m  map[Key]*Entry
	_  [32]byte // so that two are not on one line of the processor's cache
}

// queues are the entries of one space, the oldest first. Those that are gone are passed over.
type queues struct {
	small, main fifo
	bytes       int64
	smallBytes  int64
	ghosts      map[Key]struct{}
	order       []Key // of the ghosts; a ring once it is full
	next        int   // in it
}

// A fifo is a queue. Entries that are gone stay in it until they are met, or are too many.
type fifo struct {
	all  []*Entry
	head int
	gone int
}

func (f *fifo) push(e *Entry) { f.all = append(f.all, e) }

// pop takes the oldest entry that is not gone; nil where there is none.
func (f *fifo) pop() *Entry {
	for f.head < len(f.all) {
		e := f.all[f.head]
		f.all[f.head] = nil
		f.head++
		if e.gone {
			f.gone--
			continue
		}
		if f.head > 32 && f.head*2 > len(f.all) {
			f.compact()
		}
		return e
	}
	return nil
}

// left notes that an entry of the queue is gone.
func (f *fifo) left() {
	f.gone++
	if f.gone > 32 && f.gone*2 > len(f.all)-f.head {
		f.compact()
	}
}

// compact moves what is left to the front.
func (f *fifo) compact() {
	kept := f.all[:0]
	for _, e := range f.all[f.head:] {
		if !e.gone {
			kept = append(kept, e)
		}
	}
	clear(f.all[len(kept):])
	f.all, f.head, f.gone = kept, 0, 0
}

func (m *memory) open(limit int64, percent int) {
	m.limit, m.share = limit, limit
	if percent > 0 && percent < 100 {
		m.share = limit * int64(percent) / 100
	}
	m.spaces = map[string]*queues{}
	for i := range m.shards {
		m.shards[i].m = map[Key]*Entry{}
	}
}

func (m *memory) of(k *Key) *shard { return &m.shards[k[0]%shards] }

// peek finds an entry, fresh or not.
func (m *memory) peek(k *Key) *Entry {
	s := m.of(k)
	s.mu.RLock()
	e := s.m[*k]
	s.mu.RUnlock()
	return e
}

// get is the same, and counts that it was hit.
func (m *memory) get(k *Key) *Entry {
	e := m.peek(k)
	if e != nil && e.used.Load() < mostHits {
		e.used.Add(1) // one or two more than counted do no harm
	}
	return e
}

// put keeps an entry in the place of one with the same key. One that is too large for its space is not kept.
func (m *memory) put(e *Entry) {
	if e.size == 0 {
		e.size = e.measured()
	}
	if e.size > m.share/2 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.of(&e.Key)
	s.mu.Lock()
	old := s.m[e.Key]
	s.m[e.Key] = e
	s.mu.Unlock()
	if old != nil {
		m.leave(old)
	}
	q := m.spaces[e.Space]
	if q == nil {
		q = &queues{ghosts: map[Key]struct{}{}}
		m.spaces[e.Space] = q
	}
	m.bytes, m.entries, q.bytes = m.bytes+e.size, m.entries+1, q.bytes+e.size
	if _, missed := q.ghosts[e.Key]; missed || old != nil && old.main {
		delete(q.ghosts, e.Key)
		e.main = true
		q.main.push(e)
	} else {
		q.smallBytes += e.size
		q.small.push(e)
	}
	for q.bytes > m.share {
		m.evict(q)
	}
	for m.bytes > m.limit {
		m.evict(m.largest())
	}
}

// leave counts an entry out. Its place in its queue is passed over later.
func (m *memory) leave(e *Entry) {
	q := m.spaces[e.Space]
	e.gone = true
	m.bytes, m.entries, q.bytes = m.bytes-e.size, m.entries-1, q.bytes-e.size
	if e.main {
		q.main.left()
		return
	}
	q.smallBytes -= e.size
	q.small.left()
}

// out takes an entry out, if it is still the one under its key.
func (m *memory) out(e *Entry) bool {
	s := m.of(&e.Key)
	s.mu.Lock()
	is := s.m[e.Key] == e
	if is {
		delete(s.m, e.Key)
	}
	s.mu.Unlock()
	if is {
		m.leave(e)
	}
	return is
}

// drop takes an entry out.
func (m *memory) drop(e *Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out(e)
}

// dropAll takes out all entries that which says, and gives them.
func (m *memory) dropAll(which func(*Entry) bool) (all []*Entry) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.RLock()
		for _, e := range s.m {
			if which(e) {
				all = append(all, e)
			}
		}
		s.mu.RUnlock()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(all, func(e *Entry) bool { return !m.out(e) })
}

// look says how much there is.
func (m *memory) look() (entries, bytes, limit, evicted int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entries, m.bytes, m.limit, m.evicted
}

// largest is the space that holds most.
func (m *memory) largest() (most *queues) {
	for _, q := range m.spaces {
		if most == nil || q.bytes > most.bytes {
			most = q
		}
	}
	return most
}

// evict takes one entry of a space out.
func (m *memory) evict(q *queues) {
	for {
		first, second := &q.main, &q.small
		if q.smallBytes*100 > q.bytes*smallShare {
			first, second = second, first
		}
		e := first.pop()
		if e == nil {
			e = second.pop()
		}
		if e == nil {
			return // never: what is counted stands in a queue
		}
		switch hits := e.used.Load(); {
		case e.main && hits > 0:
			e.used.Store(hits - 1)
			q.main.push(e)
		case !e.main && hits > 1:
			q.smallBytes -= e.size
			e.main = true
			e.used.Store(0)
			q.main.push(e)
		default:
			m.passOut(q, e)
			return
		}
	}
}

// passOut takes out an entry that was taken from its queue.
func (m *memory) passOut(q *queues, e *Entry) {
	s := m.of(&e.Key)
	s.mu.Lock()
	delete(s.m, e.Key)
	s.mu.Unlock()
	e.gone = true
	m.bytes, m.entries, q.bytes = m.bytes-e.size, m.entries-1, q.bytes-e.size
	m.evicted++
	if !e.main {
		q.smallBytes -= e.size
		q.remember(e.Key)
	}
}

// remember keeps the key of what went out unhit.
func (q *queues) remember(k Key) {
	if len(q.order) < mostGhosts {
		q.order = append(q.order, k)
	} else {
		delete(q.ghosts, q.order[q.next])
		q.order[q.next] = k
		q.next = (q.next + 1) % mostGhosts
	}
	q.ghosts[k] = struct{}{}
}
