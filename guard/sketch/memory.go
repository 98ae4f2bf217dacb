package sketch

import (
	"slices"
	"sync"
)

// Close is a similarity from which on a text may be taken for one that is remembered: a
// text of a few dozen letters with every tenth changed stays above it, and ordinary texts
// stay far below.
const Close = 0.5

const (
	keys      = 12 // hashes of a sketch by which it is found
	busiest   = 32 // remembered texts that are looked at for one hash: the newest
	mostTried = 64 // and for one question
	shared    = 2  // keys a text must share with another to be looked at: one is often chance
)

// A Memory finds sketches again. It is safe to use from several goroutines, and takes about
// 400 bytes for each text; its zero value is empty.
type Memory struct {
	mu    sync.RWMutex
	ids   map[string]int32
	all   []entry
	free  []int32
	whole map[uint64]int32   // the newest entry of each text
	twins map[uint64][]int32 // the older ones of the same
	heads map[uint32]int32   // the newest link of each key, counted from 1
	links []link
	loose []int32 // links that are free
}

type entry struct {
	id string
	s  Sketch
}

type link struct{ entry, next int32 }

// Add remembers a sketch under an id, in place of what the id stood for before.
func (m *Memory) Add(id string, s Sketch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids, m.whole, m.heads = map[string]int32{}, map[uint64]int32{}, map[uint32]int32{}
		m.twins = map[uint64][]int32{}
	}
	m.remove(id)
	at := int32(len(m.all))
	if n := len(m.free); n > 0 {
		at, m.free = m.free[n-1], m.free[:n-1]
	} else {
		m.all = append(m.all, entry{})
	}
	m.all[at] = entry{id, s}
	m.ids[id] = at
	if older, ok := m.whole[s.whole]; ok {
		m.twins[s.whole] = append(m.twins[s.whole], older)
	}
	m.whole[s.whole] = at
	if len(s.mins) < Fewest {
		return
	}
	for _, h := range s.mins[:min(keys, len(s.mins))] {
		m.link(h, at)
	}
}

func (m *Memory) link(h uint32, at int32) {
	l := link{at, m.heads[h]}
	if n := len(m.loose); n > 0 {
		place := m.loose[n-1]
		m.loose = m.loose[:n-1]
		m.links[place-1] = l
		m.heads[h] = place
		return
	}
	m.links = append(m.links, l)
	m.heads[h] = int32(len(m.links))
}

// Remove forgets what an id stands for, and says whether it stood for something.
func (m *Memory) Remove(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.remove(id)
}

func (m *Memory) remove(id string) bool {
	at, ok := m.ids[id]
	if !ok {
		return false
	}
	s := m.all[at].s
	delete(m.ids, id)
	m.forgetWhole(s.whole, at)
	if len(s.mins) >= Fewest {
		for _, h := range s.mins[:min(keys, len(s.mins))] {
			m.unlink(h, at)
		}
	}
	m.all[at] = entry{}
	m.free = append(m.free, at)
	return true
}

// forgetWhole takes an entry from those of the same text.
func (m *Memory) forgetWhole(whole uint64, at int32) {
	twins := m.twins[whole]
	switch i := slices.Index(twins, at); {
	case i >= 0:
		twins = slices.Delete(twins, i, i+1)
	case len(twins) > 0:
		m.whole[whole] = twins[len(twins)-1]
		twins = twins[:len(twins)-1]
	default:
		delete(m.whole, whole)
	}
	if len(twins) == 0 {
		delete(m.twins, whole)
	} else {
		m.twins[whole] = twins
	}
}

func (m *Memory) unlink(h uint32, at int32) {
	before := int32(0)
	for place := m.heads[h]; place != 0; before, place = place, m.links[place-1].next {
		if m.links[place-1].entry != at {
			continue
		}
		next := m.links[place-1].next
		switch {
		case before != 0:
			m.links[before-1].next = next
		case next != 0:
			m.heads[h] = next
		default:
			delete(m.heads, h)
		}
		m.loose = append(m.loose, place)
		return
	}
}

// Len is how many texts are remembered.
func (m *Memory) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.ids)
}

// Same returns the id of a remembered text that is the same as a folded text but for signs
// and spaces, or "". It is the part that is cheap enough for every text.
func (m *Memory) Same(folded string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.ids) == 0 {
		return ""
	}
	return m.same(Whole(folded))
}

func (m *Memory) same(whole uint64) string {
	if at, ok := m.whole[whole]; ok && whole != nothing {
		return m.all[at].id
	}
	return ""
}

// Near returns the remembered text that is most alike to a folded text or to a part of it,
// if its similarity is at least at, and "" otherwise. The similarity is how much of the
// remembered text stands together somewhere in the given one, 0 to 1; 1 where the two are
// the same.
func (m *Memory) Near(folded string, at float64) (id string, similarity float64) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.ids) == 0 {
		return "", 0
	}
	hashes, whole := shingles(folded)
	if id := m.same(whole); id != "" {
		return id, 1
	}
	q := newPlaces(hashes)
	best := -1
	for _, c := range m.candidates(hashes) {
		if s := q.holds(&m.all[c].s); s > similarity || s == similarity && best >= 0 && m.all[c].id < m.all[best].id {
			best, similarity = int(c), s
		}
	}
	if best < 0 || similarity < at {
		return "", 0
	}
	return m.all[best].id, similarity
}

// candidates are the entries that share a key with a text, those that share most keys
// first.
func (m *Memory) candidates(hashes []uint32) []int32 {
	var found []int32
	for _, h := range hashes {
		place := m.heads[h]
		for n := 0; place != 0 && n < busiest && len(found) < 1<<16; n++ {
			found = append(found, m.links[place-1].entry)
			place = m.links[place-1].next
		}
	}
	return mostFrequent(found)
}

// mostFrequent returns each once of what is often enough in a list: the most frequent
// first where they are too many.
func mostFrequent(list []int32) []int32 {
	slices.Sort(list)
	type count struct{ of, n int32 }
	var counts []count
	for _, x := range list {
		if n := len(counts); n > 0 && counts[n-1].of == x {
			counts[n-1].n++
			continue
		}
		counts = append(counts, count{x, 1})
	}
	counts = slices.DeleteFunc(counts, func(c count) bool { return c.n < shared })
	if len(counts) > mostTried {
		slices.SortStableFunc(counts, func(a, b count) int { return int(b.n - a.n) })
		counts = counts[:mostTried]
	}
	out := make([]int32, len(counts))
	for i, c := range counts {
		out[i] = c.of
	}
	return out
}
