package channel

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// remembered is how many visitors a Limiter knows at once. Whoever was not heard of for
// longest is forgotten first and begins anew; the limits of the channel hold for all of them.
const remembered = 20_000

// A Limiter counts what visitors ask, by token buckets (Turner, "New directions in
// communications", 1986): so many questions at once, and as many again within the time. It
// may be used by many goroutines; its memory is bounded.
type Limiter struct {
	now   func() time.Time
	mu    sync.Mutex
	known map[string]*list.Element // of *account, by channel and visitor
	order *list.List               // the most recent first
	most  int
}

// NewLimiter makes a limiter that reads the time from now.
func NewLimiter(now func() time.Time) *Limiter {
	return &Limiter{now: now, known: map[string]*list.Element{}, order: list.New(), most: remembered}
}

// An account is what one visitor, or all of a channel, have left.
type account struct {
	key         string
	minute, day bucket
}

// Take counts one question of a visitor, known by the address it comes from. Where that would
// be too much nothing is counted, and wait says when to come again.
func (l *Limiter) Take(c Channel, address netip.Addr) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	all := l.account(c.ID, c.AllMinute, c.AllDay, now)
	one := l.account(c.ID+" "+network(address), c.PerMinute, c.PerDay, now)
	buckets := []*bucket{&all.minute, &all.day, &one.minute, &one.day}
	for _, b := range buckets {
		b.fill(now)
		wait = max(wait, b.wait())
	}
	if wait > 0 {
		return wait, false
	}
	for _, b := range buckets {
		b.left--
	}
	return 0, true
}

// Forget drops what is known of a channel that was removed.
func (l *Limiter) Forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, e := range l.known {
		if key == id || len(key) > len(id) && key[:len(id)+1] == id+" " {
			l.order.Remove(e)
			delete(l.known, key)
		}
	}
}

func (l *Limiter) account(key string, minute, day int, now time.Time) *account {
	if e, ok := l.known[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*account)
	}
	a := &account{key, newBucket(minute, time.Minute, now), newBucket(day, 24*time.Hour, now)}
	l.known[key] = l.order.PushFront(a)
	for l.order.Len() > l.most {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.known, last.Value.(*account).key)
	}
	return a
}

// A bucket holds up to size tokens and gets that many within every period.
type bucket struct {
	left, size float64
	period     time.Duration
	at         time.Time
}

func newBucket(size int, period time.Duration, now time.Time) bucket {
	return bucket{float64(size), float64(size), period, now}
}

func (b *bucket) fill(now time.Time) {
	if since := now.Sub(b.at); since > 0 {
		b.left = min(b.size, b.left+b.size*float64(since)/float64(b.period))
	}
	b.at = now
}

// wait is how long it takes until there is a whole token.
func (b *bucket) wait() time.Duration {
	if b.left >= 1 {
		return 0
	}
	return max(time.Duration((1-b.left)/b.size*float64(b.period)), time.Millisecond)
}

// network is what stands for one visitor: an IPv4 address, or the /64 of an IPv6 address,
// within which a household chooses addresses as it likes.
func network(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
