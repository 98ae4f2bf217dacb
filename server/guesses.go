package server

import (
	"net/netip"
	"sync"
	"time"
)

const (
	guessesAllowed = 30          // keys that open nothing, from one address in guessSpan
	beginsAllowed  = 300         // sign-ins at a provider that were begun, the same: each is kept for a while
	guessSpan      = time.Minute // until an address begins anew
	guessAddresses = 10_000      // that are remembered; what comes on top forgets those that are over
	guessNetwork   = 64          // bits of an IPv6 address: who has one has all that begin so
)

// guesses counts what comes from addresses of which nobody knows who is there: keys that opened
// nothing, and sign-ins that were begun. A key that opens is never looked up here, so that nobody who
// shares an address with a guesser is slowed.
type guesses struct {
	now  func() time.Time
	free int // from one address in guessSpan
	mu   sync.Mutex
	from map[netip.Prefix]guessed
}

type guessed struct {
	since time.Time
	n     int
}

func newGuesses(now func() time.Time, free int) *guesses {
	return &guesses{now: now, free: free, from: map[netip.Prefix]guessed{}}
}

// failed counts one, and says how long its address has to wait; 0: not yet.
func (g *guesses) failed(at netip.Addr) time.Duration {
	bits := at.Unmap().BitLen()
	if at.Unmap().Is6() {
		bits = guessNetwork
	}
	net, err := at.Unmap().Prefix(bits)
	if err != nil {
		return 0 // in memory there is no address, and nobody who guesses
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	x, known := g.from[net]
	if !known && len(g.from) >= guessAddresses {
		g.forget(now)
	}
	if now.Sub(x.since) >= guessSpan {
		x = guessed{since: now}
	}
	x.n++
	g.from[net] = x
	if x.n <= g.free {
		return 0
	}
	return x.since.Add(guessSpan).Sub(now)
}

// forget drops the addresses whose time is over, and where none is, all of them: a map that
// grows without end would be the better attack.
func (g *guesses) forget(now time.Time) {
	for net, x := range g.from {
		if now.Sub(x.since) >= guessSpan {
			delete(g.from, net)
		}
	}
	if len(g.from) >= guessAddresses {
		clear(g.from)
	}
}
