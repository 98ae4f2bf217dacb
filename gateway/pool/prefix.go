package pool

// A Prefix is a beginning of a prompt.
type Prefix struct {
	Hash   uint64
	Tokens int // about how many it has
}

// A warmth remembers which replicas have seen which beginnings of prompts, so that one goes where
// its keys and values are still in the model's cache. It holds two generations: what was seen in
// the present one or the one before is warm.
type warmth struct {
	members uint64
	young   map[uint64]uint64 // hash: replicas, by their bits
	old     map[uint64]uint64
	since   int64
}

const (
	prefixes    = 16384 // of one generation
	prefixesAge = 600e9 // nanoseconds: an engine's cache is not kept much longer under load
)

// longest finds the replicas that have seen the longest beginning, and how many tokens it has.
// Beginnings are learned with all shorter ones, so the longest known one is found by halving.
func (w *warmth) longest(all []Prefix) (bits uint64, tokens int) {
	lo, hi := 0, len(all)
	for lo < hi {
		mid := (lo + hi) / 2
		if b := w.of(all[mid].Hash); b != 0 {
			bits, tokens, lo = b, all[mid].Tokens, mid+1
		} else {
			hi = mid
		}
	}
	return bits, tokens
}

func (w *warmth) of(hash uint64) uint64 { return (w.young[hash] | w.old[hash]) & w.members }

// learn notes that a replica sees a prompt.
func (w *warmth) learn(all []Prefix, slot uint, now int64) {
	if w.young == nil || len(w.young)+len(all) > prefixes || now-w.since > prefixesAge {
		w.old, w.young, w.since = w.young, make(map[uint64]uint64), now
	}
	for i := len(all) - 1; i >= 0; i-- {
		seen := w.young[all[i].Hash]
		if seen&(1<<slot) != 0 {
			return // and so were all shorter ones
		}
		w.young[all[i].Hash] = seen | 1<<slot
	}
}

// forget empties the memory.
func (w *warmth) forget() { w.young, w.old = nil, nil }
