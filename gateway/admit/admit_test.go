package admit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/wire"
)

// A house is a model with so many places, each held as long as hold says.
type house struct {
	*admit.Queue
	places int
	hold   func() time.Duration

	mu   sync.Mutex
	held int
	wg   sync.WaitGroup
	all  []got
}

// A got is what became of one request.
type got struct {
	admit.Want
	came   time.Duration // since the start
	waited time.Duration
	err    error
}

func newHouse(places int, hold time.Duration) *house {
	return &house{Queue: admit.New(admit.Config{Name: "m"}), places: places, hold: func() time.Duration { return hold }}
}

// vary has places held between 1-share and 1+share of the time, as a seed has it.
func (h *house) vary(seed uint64, share float64) {
	r, hold := rand.New(rand.NewPCG(seed, 2)), float64(h.hold())
	h.hold = func() time.Duration {
		h.mu.Lock()
		defer h.mu.Unlock()
		return time.Duration(hold * (1 + share*(2*r.Float64()-1)))
	}
}

// take is asked under the lock of the queue, as a pool is.
func (h *house) take() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held >= h.places {
		return false
	}
	h.held++
	return true
}

// ask is one request to its end.
func (h *house) ask(ctx context.Context, began time.Time, w admit.Want) {
	h.wg.Go(func() {
		came := time.Now()
		err := h.Enter(ctx, w, h.take)
		one := got{w, came.Sub(began), time.Since(came), err}
		h.mu.Lock()
		h.all = append(h.all, one)
		h.mu.Unlock()
		if err != nil {
			return
		}
		time.Sleep(h.hold())
		h.mu.Lock()
		h.held--
		h.mu.Unlock()
		h.Leave(w.Class)
	})
}

// A stream is somebody who asks so often per second, at random moments.
type stream struct {
	admit.Want
	rate float64
}

// load has streams ask for a time; the moments are those of a seed.
func (h *house) load(seed uint64, during time.Duration, all ...stream) {
	began := time.Now()
	var sources sync.WaitGroup
	for i, s := range all {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		sources.Go(func() {
			for {
				time.Sleep(time.Duration(r.ExpFloat64() / s.rate * float64(time.Second)))
				if time.Since(began) > during {
					return
				}
				h.ask(context.Background(), began, s.Want)
			}
		})
	}
	sources.Wait()
	h.wg.Wait()
}

// of are the requests of a key, from a moment on.
func (h *house) of(key string, from time.Duration) (admitted, refused []got) {
	for _, o := range h.all {
		if key != "" && o.Key != key || o.came < from {
			continue
		}
		if o.err != nil {
			refused = append(refused, o)
		} else {
			admitted = append(admitted, o)
		}
	}
	return admitted, refused
}

// quantile is that of the waits.
func quantile(all []got, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.SortFunc(all, func(a, b got) int { return int(a.waited - b.waited) })
	return all[int(float64(len(all)-1)*p)].waited
}

func key(space, key string) admit.Want { return admit.Want{Space: space, Key: key, Tokens: 500} }

// Ten times the capacity: what is served is the capacity, who is served waits less than the service
// takes, and the others are refused at once with a time to come again.
func TestTenTimesTheCapacity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		places int
		hold   time.Duration
		jitter float64
	}{{8, 100 * time.Millisecond, 0}, {8, 100 * time.Millisecond, 0.5}, {1, 100 * time.Millisecond, 0.2}, {64, 20 * time.Millisecond, 0.2}, {4, 20 * time.Second, 0.5}} {
		t.Run(fmt.Sprintf("%d places of %s", c.places, c.hold), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(c.places, c.hold)
				h.vary(1, c.jitter)
				capacity := float64(c.places) / c.hold.Seconds()
				during := 100 * c.hold
				h.load(7, during, stream{key("s", "a"), 10 * capacity})
				if all, _ := h.of("", 0); quantile(all, 1) > 50*time.Millisecond+c.hold*5/2*time.Duration(max(8, c.places))/time.Duration(c.places) {
					t.Errorf("the longest wait is %s with the first ones", quantile(all, 1))
				}
				steady, refused := h.of("", 12*c.hold)
				if goodput := float64(len(steady)) / (88 * c.hold).Seconds(); goodput < 0.95*capacity {
					t.Errorf("goodput %.1f of %.1f", goodput, capacity)
				}
				if p := quantile(steady, 0.99); p > c.hold {
					t.Errorf("the 99th percentile of the waits is %s, a service takes %s", p, c.hold)
				}
				if p := quantile(refused, 0.9); p > 0 {
					t.Errorf("refused after %s", p)
				}
				for _, o := range refused {
					if wait := wire.WaitOf(o.err); wenyuan.CodeOf(o.err) != wenyuan.Limited || wait < time.Second || wait%time.Second != 0 {
						t.Fatalf("refused with %v, to come again after %s", o.err, wait)
					}
				}
			})
		})
	}
}

// Also where only some more come than can be served, a short queue loses little of what can be; below
// that nearly all are served.
func TestAboutTheCapacity(t *testing.T) {
	t.Parallel()
	for load, least := range map[float64]float64{0.7: 0.97, 0.95: 0.93, 1.2: 0.93, 2: 0.97} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(8, 100*time.Millisecond)
			h.vary(2, 0.3)
			h.load(5, 200*time.Second, stream{key("s", "a"), load * 80})
			done, refused := h.of("", 0)
			share := float64(len(done)) / min(float64(len(done)+len(refused)), 200*80)
			if share < least {
				t.Errorf("of %.2f times the capacity %.1f%% of what can be is served", load, 100*share)
			}
		})
	}
}

// Where nobody is to wait, whoever finds no place is refused at once, but for who had one before.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := admit.New(admit.Config{Places: -1})
		var free atomic.Bool
		take := free.Load
		for c := range manner.Class(3) {
			begun := time.Now()
			if err := q.Enter(t.Context(), admit.Want{Class: c, Space: "s"}, take); !limited(err) || time.Since(begun) > 0 {
				t.Errorf("class %s: %v after %s", c, err, time.Since(begun))
			}
		}
		time.AfterFunc(time.Second, func() { free.Store(true); q.Wake() })
		if err := q.Enter(t.Context(), admit.Want{Space: "s", Again: true}, take); err != nil {
			t.Errorf("who had a place: %v", err)
		}
		if err := q.Enter(t.Context(), admit.Want{Space: "s"}, take); err != nil {
			t.Errorf("there is a place: %v", err)
		}
	})
}

// A key that floods takes nothing from another one that asks for little, in its own space or another.
func TestFloodingKeyStarvesNobody(t *testing.T) {
	t.Parallel()
	for _, other := range []admit.Want{key("s", "b"), key("t", "b")} {
		for _, places := range []int{1, 8} {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(places, 100*time.Millisecond)
				h.vary(1, 0.2)
				capacity := float64(places) * 10
				h.load(3, 100*time.Second, stream{key("s", "a"), 10 * capacity}, stream{other, 0.05 * capacity})
				fine, lost := h.of("b", 0)
				if len(lost) > 0 {
					t.Errorf("%d places, space %s: %d of %d lost: %v", places, other.Space, len(lost), len(lost)+len(fine), lost[0].err)
				}
				if p := quantile(fine, 0.99); p > 100*time.Millisecond*3/2 {
					t.Errorf("%d places, space %s: the 99th percentile of the waits is %s", places, other.Space, p)
				}
				if p := quantile(fine, 0.5); p > 100*time.Millisecond/time.Duration(places)*3/2 {
					t.Errorf("%d places, space %s: the median wait is %s", places, other.Space, p)
				}
			})
		}
	}
}

// jain is Jain's index: 1 where all have the same, 1/n where one has all (Jain, Chiu and Hawe, 1984).
func jain(all []float64) float64 {
	var sum, squares float64
	for _, x := range all {
		sum, squares = sum+x, squares+x*x
	}
	return sum * sum / (float64(len(all)) * squares)
}

// A rush to a model whose places grow as it is used is served, however small it begins.
func TestRushWhilePlacesGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(8, 10*time.Second)
		began := time.Now()
		for i := range 4000 {
			h.ask(t.Context(), began, key("s", fmt.Sprint(i%50)))
		}
		for h.places < 4000 {
			time.Sleep(50 * time.Millisecond)
			h.mu.Lock()
			h.places *= 2
			h.mu.Unlock()
			h.Wake()
		}
		h.wg.Wait()
		if _, refused := h.of("", 0); len(refused) > 0 {
			t.Errorf("%d refused: %v", len(refused), refused[0].err)
		}
	})
}

// Whoever asks for more than its share gets its share, whatever the others ask for: between spaces,
// and between the keys of one, by tokens.
func TestSharesAreFair(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			h := newHouse(2+r.IntN(14), 100*time.Millisecond)
			capacity := float64(h.places) * 10
			var all []stream
			spaces := 2 + r.IntN(3)
			for s := range spaces {
				for k := range 1 + r.IntN(3) {
					w := admit.Want{Space: fmt.Sprint(s), Key: fmt.Sprint(s, k), Tokens: 100 << r.IntN(3)}
					all = append(all, stream{w, capacity * (1 + 9*r.Float64())})
				}
			}
			h.load(seed, 60*time.Second, all...)
			bySpace, byKey := map[string]float64{}, map[string]map[string]float64{}
			for _, s := range all {
				done, _ := h.of(s.Key, 5*time.Second)
				if byKey[s.Space] == nil {
					byKey[s.Space] = map[string]float64{}
				}
				byKey[s.Space][s.Key] = float64(len(done) * s.Tokens)
				bySpace[s.Space] += float64(len(done) * s.Tokens)
			}
			if j := jain(values(bySpace)); j < 0.95 {
				t.Errorf("seed %d: between spaces %.3f: %v", seed, j, bySpace)
			}
			for s, keys := range byKey {
				if j := jain(values(keys)); j < 0.95 {
					t.Errorf("seed %d: between the keys of %s %.3f: %v", seed, s, j, keys)
				}
			}
		})
	}
}

func values(m map[string]float64) (all []float64) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// People come first and services are not starved; batch takes what both leave, and not the last place.
func TestClasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(8, 100*time.Millisecond)
		person, service, batch := key("s", "p"), key("s", "v"), key("s", "b")
		service.Class, batch.Class = manner.Service, manner.Batch
		h.load(1, 60*time.Second, stream{person, 800}, stream{service, 800}, stream{batch, 20})
		p, _ := h.of("p", time.Second)
		s, _ := h.of("v", time.Second)
		b, _ := h.of("b", time.Second)
		b = slices.DeleteFunc(b, func(o got) bool { return o.came+o.waited > 60*time.Second })
		if len(s) < len(p)/10 || len(s) > len(p)/3 {
			t.Errorf("%d people and %d services were served", len(p), len(s))
		}
		if len(b) > 0 {
			t.Errorf("%d of batch were served while others waited", len(b))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(8, 100*time.Millisecond)
		batch := key("s", "b")
		batch.Class = manner.Batch
		h.load(1, 20*time.Second, stream{key("s", "p"), 8}, stream{batch, 100})
		p, lost := h.of("p", time.Second)
		if len(lost) > 0 || quantile(p, 0.95) > 0 {
			t.Errorf("a person waits %s behind batch, %d lost", quantile(p, 0.95), len(lost))
		}
	})
}

// A burst of people at a slow model waits, and is not refused.
func TestBurstAtASlowModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(4, 20*time.Second)
		began := time.Now()
		for range 4 { // what is known of the model
			h.ask(t.Context(), began, key("s", "x"))
		}
		h.wg.Wait()
		for i := range 12 {
			h.ask(t.Context(), began, key("s", fmt.Sprint(i)))
		}
		h.wg.Wait()
		if _, refused := h.of("", 0); len(refused) > 0 {
			t.Errorf("%d refused: %v", len(refused), refused[0].err)
		}
	})
}

// Who cannot be answered before its deadline is refused at once; who can is let in.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(1, 10*time.Second)
		began := time.Now()
		h.ask(t.Context(), began, key("s", "a"))
		h.wg.Wait()
		h.ask(t.Context(), began, key("s", "a"))
		synctest.Wait()
		late, early, past := key("s", "late"), key("s", "early"), key("s", "past")
		late.Deadline, early.Deadline, past.Deadline = time.Now().Add(15*time.Second), time.Now().Add(25*time.Second), time.Now().Add(-time.Second)
		for _, w := range []admit.Want{late, early, past} {
			h.ask(t.Context(), began, w)
		}
		h.wg.Wait()
		for name, fine := range map[string]bool{"late": false, "early": true, "past": false} {
			done, refused := h.of(name, 0)
			if len(done) == 1 != fine {
				t.Errorf("%s: let in %v", name, !fine)
			}
			if len(refused) == 1 && refused[0].waited > 0 {
				t.Errorf("%s waited %s to be refused", name, refused[0].waited)
			}
		}
		if past.Deadline = time.Now().Add(-time.Second); !limited(h.Enter(t.Context(), past, h.take)) {
			t.Error("let in after its deadline")
		}
		if n := h.Look().Refused["deadline"]; n != 3 {
			t.Errorf("%d refused for a deadline", n)
		}
	})
}

func limited(err error) bool { return wenyuan.CodeOf(err) == wenyuan.Limited }

// A waiter whose place does not come free does not stop those behind it.
func TestOneThatCannotBeServedStopsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := admit.New(admit.Config{})
		var open atomic.Bool
		enter := func(take func() bool) chan error {
			done := make(chan error, 1)
			go func() { done <- q.Enter(t.Context(), key("s", "a"), take) }()
			synctest.Wait()
			return done
		}
		stuck := enter(func() bool { return false })
		next := enter(open.Load)
		open.Store(true)
		q.Wake()
		synctest.Wait()
		select {
		case err := <-next:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("it waits behind one that cannot be served")
		}
		if err := <-stuck; !limited(err) {
			t.Error(err)
		}
	})
}

// Who leaves while it waits is out at once, and a place that came free without a word is found.
func TestLeavingAndPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := admit.New(admit.Config{})
		ctx, stop := context.WithCancelCause(t.Context())
		gone, done := make(chan error, 1), make(chan error, 1)
		var free atomic.Bool
		go func() { gone <- q.Enter(ctx, key("s", "a"), func() bool { return false }) }()
		go func() { done <- q.Enter(t.Context(), key("s", "b"), free.Load) }()
		synctest.Wait()
		why := errors.New("left")
		stop(why)
		if err := <-gone; err != why {
			t.Error(err)
		}
		if l := q.Look(); l.Waiting != [3]int{1, 0, 0} || len(l.Next) != 1 || l.Next[0].Key != "b" {
			t.Errorf("%+v", l)
		}
		began := time.Now()
		free.Store(true)
		if err := <-done; err != nil || time.Since(began) > time.Second {
			t.Error(err, time.Since(began))
		}
	})
}

// Of very many keys little is remembered, and no tokens are still a request.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(8, 10*time.Millisecond)
		for i := range 100_000 {
			h.ask(t.Context(), time.Now(), admit.Want{Space: fmt.Sprint("s", i%1000), Key: fmt.Sprint("k", i)})
			if i%4 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		h.wg.Wait()
		if n := admit.Remembered(h.Queue); n > 30_000 {
			t.Errorf("%d keys are remembered", n)
		}
		time.Sleep(time.Hour)
		h.ask(t.Context(), time.Now(), key("s", "a"))
		h.wg.Wait()
		if n := admit.Remembered(h.Queue); n > 0 {
			t.Errorf("%d keys are remembered after an hour", n)
		}
		if l := h.Look(); l.Flight != [3]int{} || l.Waiting != [3]int{} {
			t.Errorf("%+v", l)
		}
	})
}

// Everybody at once, leaving and giving up: under the race detector.
func TestRaces(t *testing.T) {
	t.Parallel()
	h := newHouse(4, 0)
	h.hold = func() time.Duration { return 50 * time.Microsecond }
	began := time.Now()
	for i := range 2000 {
		ctx, stop := context.WithCancel(t.Context())
		w := admit.Want{Space: fmt.Sprint(i % 3), Key: fmt.Sprint(i % 17), Class: manner.Class(i % 3), Tokens: i, Again: i%11 == 0}
		if i%5 == 0 {
			w.Deadline = time.Now().Add(time.Duration(i%7) * time.Millisecond)
		}
		h.ask(ctx, began, w)
		if i%4 == 0 {
			stop()
		}
		if i%50 == 0 {
			h.Wake()
			h.Look()
		}
		defer stop()
	}
	h.wg.Wait()
	if l := h.Look(); l.Flight != [3]int{} || l.Waiting != [3]int{} || h.held != 0 {
		t.Errorf("%+v, %d held", l, h.held)
	}
}

func BenchmarkEnter(b *testing.B) {
	q := admit.New(admit.Config{})
	take := func() bool { return true }
	w := key("s", "a")
	b.ReportAllocs()
	for b.Loop() {
		if err := q.Enter(context.Background(), w, take); err != nil {
			b.Fatal(err)
		}
		q.Leave(w.Class)
	}
}

func BenchmarkRefuse(b *testing.B) {
	q := admit.New(admit.Config{Places: 8})
	free := 8
	take := func() bool { free--; return free >= 0 }
	w := key("s", "a")
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { _ = q.Enter(ctx, w, take) })
	}
	for q.Look().Waiting[0] < 8 {
	}
	b.ReportAllocs()
	for b.Loop() {
		if !limited(q.Enter(ctx, w, take)) {
			b.Fatal("let in")
		}
	}
	stop()
	wg.Wait()
}
