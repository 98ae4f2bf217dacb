package server

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/usage"
	"wenyuan/guard"
	"wenyuan/limit"
)

// chatPath is where OpenAI's clients ask.
const chatPath = "/v1/chat/completions"

// A front holds what was answered to which bytes, as they came over a connection: the key, the space and
// the question are among them, and of all of that it has the hash alone. An answer is given as long as the
// cache has it, and as long as everything is as it was when the request was handled in full; what cannot be
// given any more goes at the next sweep, and all of it at once where answers are to be forgotten.
type front struct {
	seed  maphash.Seed
	mu    sync.RWMutex
	all   map[uint64]*frontAnswer
	bytes int
	given atomic.Int64 // answers that were given again
}

// The bounds of a front. What is beyond them goes, whichever it is: it is handled in full again.
const (
	maxFront      = 20_000
	maxFrontBytes = 32 << 20
)

// frontSweep is how often what cannot be given any more is taken out.
const frontSweep = time.Minute

// A frontAnswer is a reply with everything that it hangs on. It is not changed once it is made.
type frontAnswer struct {
	hash [32]byte // SHA-256 of the request; zero: what comes next with this sum is wanted
	made time.Time

	writes   int64 // of the store
	access   *Access
	identity auth.Identity
	guard    *guard.Guard // nil where there are none
	space    string
	claim    limit.Claim
	model    *gateway.Model
	entry    *cache.Entry
	class    manner.Class

	use  usage.Of
	keep bool   // use is kept
	tail []byte // of the reply, behind the time it was made
}

func newFront() *front { return &front{seed: maphash.MakeSeed(), all: map[uint64]*frontAnswer{}} }

// find finds what was answered to bytes of a sum; nil where nothing was. The bytes may be others.
func (f *front) find(sum uint64) *frontAnswer {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.all[sum]
}

// clear forgets everything.
func (f *front) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.all)
	f.bytes = 0
}

// sweep takes out what cannot be given any more, until ctx ends.
func (s *Server) sweepFront(ctx context.Context) {
	tick := time.NewTicker(frontSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.front.sweep(func(k *frontAnswer) bool { return k.over(s, now) })
		}
	}
}

// over says whether it cannot be given any more, or was asked for once and not again.
func (k *frontAnswer) over(s *Server, now time.Time) bool {
	if k.tail == nil {
		return now.Sub(k.made) >= frontSweep
	}
	return !k.stands(s) || !k.model.Holds(k.entry, now)
}

// sweep takes out what is over.
func (f *front) sweep(over func(*frontAnswer) bool) {
	f.mu.RLock()
	gone := map[uint64]*frontAnswer{}
	for sum, k := range f.all {
		if over(k) {
			gone[sum] = k
		}
	}
	f.mu.RUnlock()
	for sum, k := range gone {
		f.drop(sum, k)
	}
}

// drop takes one out that is still there.
func (f *front) drop(sum uint64, k *frontAnswer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all[sum] == k {
		delete(f.all, sum)
		f.bytes -= k.size()
	}
}

// put notes an answer in the place of what was there.
func (f *front) put(sum uint64, k *frontAnswer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.all[sum]; old != nil {
		f.bytes -= old.size()
	}
	f.all[sum] = k
	f.bytes += k.size()
	for s, o := range f.all {
		if len(f.all) <= maxFront && f.bytes <= maxFrontBytes {
			break
		}
		delete(f.all, s)
		f.bytes -= o.size()
	}
}

// size is about how many bytes it takes.
func (k *frontAnswer) size() int { return 512 + len(k.tail) }

// noteAnswer notes a whole reply that came from memory, so that the same bytes are answered with it
// before they are handled. clean says that the guards had nothing to say about it.
func (p *plainTalk) noteAnswer(said spoken) {
	r := p.r
	c, ok := r.Context().Value(frontKey{}).(*frontConn)
	if !ok || p.told.Level != manner.Memory || p.guards.touched || p.guards.keepsSecrets() || p.form.Kind() != "" || len(said.calls) > 0 || r.Close || c.length == 0 || c.length != c.handed || c.length > largestAsked {
		return
	}
	id, n := r.identity, p.model.(*noted)
	if _, exact := p.s.Store.Writes(); !exact || id.Key == "" || id.Behind != nil || id.ViewAs != "" || p.s.Gateway.Telemetry() != nil || asksOutside(p.guards.guard) {
		return
	}
	if !c.asked.wanted {
		p.s.front.put(c.asked.sum, &frontAnswer{made: time.Now()}) // how it is read is seen when it comes the next time
		return
	}
	entry, ok := n.Model.Peek(r.Context(), p.request)
	if !ok {
		return
	}
	whole, err := encode(nil, &p.head)
	at := bytes.Index(whole, []byte(`,"model":`))
	if err != nil || at < 0 {
		return
	}
	k := &frontAnswer{
		hash: c.asked.hash, made: time.Now(), writes: c.asked.writes, access: c.asked.access, identity: id, guard: p.guards.guard, space: r.scope.Space(),
		claim: r.claim(), model: n.Model, entry: entry, class: manner.Of(r.Context()).Class, use: n.of(), keep: n.keep, tail: append(slices.Clone(whole[at:]), '\n'),
	}
	p.s.front.put(c.asked.sum, k)
	if !n.Model.Holds(entry, k.made) { // it was forgotten meanwhile
		p.s.front.drop(c.asked.sum, k)
	}
}

// asksOutside says whether a policy has somebody look at texts who may see them otherwise each time.
func asksOutside(g *guard.Guard) bool {
	return g != nil && slices.ContainsFunc(g.Policy().Checks, func(c guard.Check) bool { return c.Check == guard.Judge || c.Check == guard.Moderation })
}

// holds says whether everything that an answer hangs on is as it was.
func (k *frontAnswer) holds(c *frontConn, now time.Time) bool {
	s := c.s
	if !k.stands(s) {
		return false
	}
	if e := k.identity.Expires; e != 0 && e <= s.Store.Now() {
		return false
	}
	if m, ok := s.Gateway.Pick(k.space, k.model.Name(), k.claim.Person); !ok || m != k.model {
		return false
	}
	if k.guard != nil {
		if g, err := s.Guards.For(s.life, k.space, ""); err != nil || g != k.guard {
			return false
		}
	}
	return k.model.Holds(k.entry, now)
}

// stands says whether nothing was written since, and the same are let in.
func (k *frontAnswer) stands(s *Server) bool {
	writes, exact := s.Store.Writes()
	return exact && writes == k.writes && s.access.Load() == k.access
}
