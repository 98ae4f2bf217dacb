package limit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/store"
)

// Three servers and many goroutines never get more than the hard limit together, in any span,
// and never run more at once.
func TestManyServers(t *testing.T) {
	t.Parallel()
	at := clockAt("2026-11-21 23:58:00")
	c := at.in(store.Config{URL: testenv.Postgres(t)})
	var servers []*Limiter
	for range 3 {
		c.Dir = t.TempDir()
		servers = append(servers, open(t, c))
	}
	const hard, running = 300, 4
	set(t, servers[0], fmt.Sprintf("person tokens_in=%d/minute", hard), fmt.Sprintf("model concurrency=%d", running), "house tokens_in=800/day")
	var granted [4]atomic.Int64
	var now, most atomic.Int64
	var wg sync.WaitGroup
	for minute := range 4 {
		for i := range 24 {
			wg.Go(func() {
				l := servers[i%3]
				if err := l.Look(t.Context()); err != nil {
					t.Error(err)
				}
				for n := range 12 {
					r, err := l.Reserve(t.Context(), call(int64(1+(i+n)%7), 1))
					if wenyuan.CodeOf(err) == wenyuan.Limited {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					for here := now.Add(1); ; {
						if m := most.Load(); here <= m || most.CompareAndSwap(m, here) {
							break
						}
					}
					really := int64((i + n) % 3)
					granted[minute].Add(min(really, int64(1+(i+n)%7)))
					now.Add(-1)
					r.Settle(Use{In: min(really, int64(1+(i+n)%7))})
				}
			})
		}
		wg.Wait()
		at.move(time.Minute)
	}
	day := granted[0].Load() + granted[1].Load()
	for minute := range granted {
		if n := granted[minute].Load(); n > hard || n == 0 {
			t.Errorf("minute %d: %d of %d", minute, n, hard)
		}
	}
	if day > 800 || most.Load() > running {
		t.Errorf("%d of 800 in a day, %d of %d at once", day, most.Load(), running)
	}
}

// twoServers have one database.
func twoServers(t *testing.T, at *clock) (a, b *Limiter) {
	t.Helper()
	c := at.in(store.Config{URL: testenv.Postgres(t)})
	c.Dir = t.TempDir()
	a = open(t, c)
	c.Dir = t.TempDir()
	return a, open(t, c)
}

// The whole budget can be had by servers together, once idle blocks went back.
func TestBlocksGoBack(t *testing.T) {
	t.Parallel()
	at := clockAt("2026-11-21 10:00:00")
	a, b := twoServers(t, at)
	set(t, a, "person requests=40/day", "person concurrency=8")
	if err := b.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	take := func(l *Limiter) (n int) {
		for {
			r, err := l.Reserve(t.Context(), request)
			if err != nil {
				return n
			}
			n++
			defer r.Release()
		}
	}
	one := must(t, a, request)
	one.Release()
	if n := take(b); n > 8 || n == 0 {
		t.Errorf("%d run at once", n)
	}
	at.move(11 * time.Second)
	for _, l := range []*Limiter{a, b} {
		if err := l.beat(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	at.move(2 * time.Second) // over the time for which a refusal holds
	if n := take(b); n != 8 {
		t.Errorf("%d run at once, of 8", n)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	at.move(2 * time.Second)
	total := used(t, a, operator, request)["person:p1 requests/day"]
	for {
		r, err := a.Reserve(t.Context(), request)
		if err != nil {
			if !strings.Contains(err.Error(), "40 requests a day") {
				t.Fatal(err)
			}
			break
		}
		r.Release()
		total++
	}
	if total != 40 {
		t.Errorf("%d requests of 40", total)
	}
}

// A server that is killed: what it had leased of counts stays spent and is said so, what ran
// there is free again once its lease has run out.
func TestKilled(t *testing.T) {
	t.Parallel()
	at := clockAt("2026-11-21 10:00:00")
	dead, alive := twoServers(t, at)
	set(t, dead, "person requests=80/day", "person concurrency=2")
	if err := alive.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must(t, dead, request)
	}
	refused(t, alive, request, "2 at once")
	at.move(leaseFor + time.Second)
	for range 2 {
		must(t, alive, request)
	}
	refused(t, alive, request, "2 at once")
	got := used(t, alive, asker, request)
	lost := got["person:p1 requests/day lost"]
	if lost == 0 || got["person:p1 requests/day"] < 3 || got["person:p1 requests/day"]+lost > 20 || got["person:p1 concurrency"] != 2 {
		t.Errorf("standing: %v", got)
	}
	if err := alive.sweep(t.Context()); err != nil || !alive.told[dead.replica] {
		t.Errorf("the log says nothing of the dead server: %v", err)
	}
	at.move(24 * time.Hour)
	if got := used(t, alive, asker, request); got["person:p1 requests/day lost"] != 0 {
		t.Errorf("the day after: %v", got)
	}
}

// Alone on its database, a server need not wait for the leases of the one before it that was killed.
func TestKilledAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	dead, err := Open(t.Context(), Config{Store: before})
	if err != nil {
		t.Fatal(err)
	}
	set(t, dead, "person concurrency=2", "person requests=100/day")
	for range 2 {
		must(t, dead, request)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, store.Config{Dir: dir})
	for range 2 {
		must(t, l, request)
	}
	if got := used(t, l, asker, request); got["person:p1 concurrency"] != 2 || got["person:p1 requests/day"] < 3 || got["person:p1 requests/day"] > 50 {
		t.Errorf("standing: %v", got)
	}
}

// A caller that goes away gives back what it had running, and waits for no lease.
func TestCancelled(t *testing.T) {
	t.Parallel()
	l := open(t, store.Config{Dir: t.TempDir()})
	set(t, l, "person concurrency=1")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	r, err := l.Reserve(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(done)
		defer r.Release()
		<-ctx.Done()
	}()
	refused(t, l, request, "1 at once")
	cancel()
	<-done
	must(t, l, request).Release()
	<-l.leasing
	set2 := request
	set2.Person = "p9"
	if _, err := l.Reserve(ctx, set2); !errors.Is(err, context.Canceled) {
		t.Errorf("a lease is waited for although nobody wants it: %v", err)
	}
	l.leasing <- struct{}{}
}

func TestNothingLimits(t *testing.T) {
	t.Parallel()
	var none *Limiter
	r, err := none.Reserve(t.Context(), request)
	if r.Settle(Use{}); err != nil || r != nil || none.Counts(request) || none.Look(t.Context()) != nil || none.Close(t.Context()) != nil {
		t.Error("no limiter limits")
	}
	ctx := For(t.Context(), call(1, 1))
	if got := Of(ctx); got.Person != "p1" || got.Model != "" || got.In != 0 {
		t.Errorf("of the context: %+v", got)
	}
}
