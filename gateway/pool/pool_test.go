package pool_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wenyuan/gateway/pool"
)

var ask = pool.Ask{Tokens: 100, Prompt: 50}

// made is a pool of replicas a, b, c and what it told.
func made(n int) (p *pool.Pool, told *[]pool.Event) {
	told = &[]pool.Event{}
	var mu sync.Mutex // a timer tells too
	p = pool.New(pool.Config{Event: func(e pool.Event) {
		mu.Lock()
		defer mu.Unlock()
		*told = append(*told, e)
	}})
	p.Set(members(n))
	return p, told
}

func members(n int) (all []pool.Member) {
	for i := range n {
		all = append(all, pool.Member{ID: string(rune('a' + i))})
	}
	return all
}

// only asks for a place at one replica.
func only(p *pool.Pool, id string, n int) *pool.Turn {
	a := ask
	for _, m := range members(n) {
		if m.ID != id {
			a.Not = append(a.Not, m.ID)
		}
	}
	return p.Take(a)
}

func fail(p *pool.Pool, id string, n, times int) {
	for range times {
		if t := only(p, id, n); t != nil {
			t.Done(pool.Failed, 0, errors.New("it broke"))
		}
	}
}

func state(p *pool.Pool, id string) pool.Look {
	all := p.Look()
	return all[slices.IndexFunc(all, func(l pool.Look) bool { return l.ID == id })]
}

func TestChoice(t *testing.T) {
	t.Parallel()
	p := pool.New(pool.Config{Region: "here"})
	p.Set([]pool.Member{{ID: "far", Region: "there"}, {ID: "dear", Region: "here", Cost: 2}, {ID: "cheap", Region: "here", Cost: 1}, {ID: "spare", Priority: 1, Region: "here"}})
	for _, want := range []string{"cheap", "dear", "cheap", "dear"} {
		if got := p.Take(ask); got.ID != want {
			t.Errorf("%s, want %s", got.ID, want)
		}
	}
	for p.Look()[2].InFlight+p.Look()[1].InFlight < 16 {
		p.Take(ask)
	}
	if got := p.Take(ask); got.ID != "far" {
		t.Errorf("%s, though another region has room", got.ID)
	}
	for range 7 {
		p.Take(ask)
	}
	if got := p.Take(ask); got == nil || got.ID != "spare" {
		t.Errorf("%+v, want the one of the lower priority", got)
	}
}

// TestWeight: shares of what is outstanding are as the weights.
func TestWeight(t *testing.T) {
	t.Parallel()
	p := pool.New(pool.Config{})
	p.Set([]pool.Member{{ID: "a", Weight: 3}, {ID: "b", Weight: 1}})
	for range 8 {
		p.Take(ask)
	}
	if a, b := p.Look()[0], p.Look()[1]; a.InFlight != 6 || b.InFlight != 2 || a.Tokens != 600 {
		t.Errorf("%d and %d", a.InFlight, b.InFlight)
	}
}

// TestPrefix: a prompt goes where its beginning is warm, unless there is more to do there than the
// bound allows.
func TestPrefix(t *testing.T) {
	t.Parallel()
	p, _ := made(3)
	begin := func(n int, tail uint64) pool.Ask {
		a := ask
		a.Prefix = append(prefixes(n, 1000), pool.Prefix{Hash: tail, Tokens: 128*n + 50})
		a.Prompt = 128*n + 50
		return a
	}
	first := p.Take(begin(8, 1))
	first.End(pool.Good)
	for i := range 6 {
		p.Take(ask).End(pool.Good) // others come in between
		got := p.Take(begin(8, uint64(i+2)))
		if got.ID != first.ID || got.Reason != pool.Affinity || got.Warm != 8*128 {
			t.Errorf("%s for %s, warm %d; want %s", got.ID, got.Reason, got.Warm, first.ID)
		}
		got.End(pool.Good)
	}
	warm, others, beyond := 0, 0, 0
	for i := range 12 {
		got := p.Take(begin(8, uint64(i+20)))
		if got == nil {
			break
		}
		if got.ID == first.ID {
			warm++
		} else if others++; got.Reason == pool.Beyond {
			beyond++
		}
	}
	if warm < 4 || others < 4 || beyond == 0 {
		t.Errorf("%d at the warm one, %d at the others, of these %d for the bound", warm, others, beyond)
	}
	if got := state(p, first.ID); got.Warm < 0.5 {
		t.Errorf("warm share %.2f", got.Warm)
	}
}

// TestEjection: failures in a row take a replica out, longer each time; then one request tries it.
func TestEjection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(3)
		fail(p, "a", 3, 2)
		only(p, "a", 3).End(pool.Good)
		fail(p, "a", 3, 2)
		if state(p, "a").State != pool.Serving {
			t.Fatal("failures that are not in a row took it out")
		}
		fail(p, "a", 3, 1)
		l := state(p, "a")
		if l.State != pool.Ejected || l.Last != "it broke" || l.Until.Sub(time.Now()) != time.Second || len(*told) != 1 || (*told)[0].Kind != pool.WasEjected {
			t.Fatalf("%+v, %+v", l, *told)
		}
		for range 10 {
			if got := p.Take(ask); got.ID == "a" {
				t.Fatal("it is asked though it is out")
			}
		}
		for _, length := range []time.Duration{2, 4, 8} {
			time.Sleep(time.Until(state(p, "a").Until) + time.Millisecond)
			probe := p.Take(ask)
			if probe.ID != "a" || probe.Reason != pool.Probe {
				t.Fatalf("%s for %s, want the probe", probe.ID, probe.Reason)
			}
			if second := p.Take(ask); second.ID == "a" {
				t.Fatal("two at once try it")
			}
			if v := probe.Done(pool.Failed, 0, nil); !v.Other {
				t.Error("the failure of a probe counts against the budget")
			}
			if left := time.Until(state(p, "a").Until); left != length*time.Second {
				t.Errorf("out for %v, want %d s", left, length)
			}
		}
		time.Sleep(8*time.Second + time.Millisecond)
		p.Take(ask).End(pool.Good)
		if l := state(p, "a"); l.State != pool.Starting || (*told)[len(*told)-1].Kind != pool.WasReturned {
			t.Errorf("%+v", l)
		}
		time.Sleep(10 * time.Second)
		if l := state(p, "a"); l.State != pool.Serving {
			t.Errorf("%+v", l)
		}
	})
}

// TestRate: a replica that fails more often than not, though never often in a row, is taken out
// where the others do better, and not where they do as badly.
func TestRate(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		p, told := made(3)
		for range 12 {
			for _, id := range []string{"a", "b", "c"} {
				if id == "a" || all {
					fail(p, id, 3, 2)
				}
				only(p, id, 3).End(pool.Good)
			}
		}
		if out := len(*told) > 0; out == all {
			t.Errorf("taken out: %v, while the others do as badly: %v", out, all)
		}
	}
}

// TestCrowded: a refusal for the load lowers the limit; one of a replica that has nothing to do lets
// it rest for as long as it asks.
func TestCrowded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(1)
		var all []*pool.Turn
		for range 5 {
			all = append(all, p.Take(ask))
		}
		if v := all[4].Done(pool.Crowded, 0, nil); !v.Same || state(p, "a").Limit != 4 || state(p, "a").State != pool.Serving {
			t.Errorf("%+v, %+v", v, state(p, "a"))
		}
		for _, one := range all[:4] {
			one.End(pool.Good)
		}
		if v := p.Take(ask).Done(pool.Crowded, 7*time.Second, nil); v.Same {
			t.Error("it is to be asked again at once")
		}
		if l := state(p, "a"); l.State != pool.Resting || p.Take(ask) != nil || p.Rest() != 7*time.Second {
			t.Errorf("%+v, %v", l, p.Rest())
		}
		time.Sleep(7*time.Second + 1)
		if p.Rest() != 0 || p.Take(ask) == nil {
			t.Error("it rests for longer than it asked")
		}
	})
}

// TestCrowdedLast: who came first and is refused last, when the others have gone, was not alone.
func TestCrowdedLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(1)
		first, second := p.Take(ask), p.Take(ask)
		second.End(pool.Good)
		if v := first.Done(pool.Crowded, 0, nil); !v.Same || state(p, "a").State != pool.Serving {
			t.Errorf("%+v, %+v", v, state(p, "a"))
		}
		if v := p.Take(ask).Done(pool.Crowded, 0, nil); v.Same {
			t.Error("one that was alone is asked again at once")
		}
	})
}

// TestHung: silence is one where others were answered that were asked later, and ends the waiting.
func TestHung(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(3)
		cut := 0
		silent := only(p, "a", 3)
		silent.Cut(func() { cut++ })
		long := ask
		long.Not = []string{"a"}
		for range 2 {
			o := p.Take(long)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if cut != 0 {
			t.Fatal("two answers make nobody hung")
		}
		for range 2 {
			o := p.Take(long)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		synctest.Wait()
		second := p.Take(ask)
		if cut != 0 || second.ID != "a" || second.Reason != pool.Doubt {
			t.Fatalf("cut %d times, %s asked for %s: one request may be one that takes long", cut, second.ID, second.Reason)
		}
		second.Cut(func() { cut++ })
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if cut != 2 || state(p, "a").State != pool.Ejected || (*told)[0].Kind != pool.WasHung {
			t.Fatalf("cut %d times, %+v", cut, state(p, "a"))
		}
		if v := silent.Done(pool.Hung, 0, nil); !v.Other {
			t.Error("what it was asked is not to be asked elsewhere")
		}
	})
}

// TestLongIsNotHung: a request that takes long goes on at a replica that answers others meanwhile,
// and is ended once only where it takes much longer still.
func TestLongIsNotHung(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(3)
		cut := time.Duration(0)
		begun := time.Now()
		p.Take(ask).Cut(func() { cut = time.Since(begun) })
		for time.Since(begun) < 25*time.Second {
			o := p.Take(ask)
			time.Sleep(5 * time.Millisecond)
			o.End(pool.Good)
		}
		if len(*told) != 0 || cut < 10*time.Second {
			t.Errorf("ended after %v, %+v", cut, *told)
		}
		again := ask
		again.Not = []string{"a", "b"}
		p.Take(again).Cut(func() { t.Error("ended a second time") })
		for range 20000 {
			o := p.Take(ask)
			time.Sleep(5 * time.Millisecond)
			o.End(pool.Good)
		}
	})
}

// TestStuck: a request that stays at a silent replica though its silence was noticed takes it out once,
// and keeps nobody from trying it again.
func TestStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(2)
		stuck := only(p, "a", 2)
		only(p, "a", 2)
		for range 50 {
			o := only(p, "b", 2)
			time.Sleep(20 * time.Millisecond)
			o.End(pool.Good)
		}
		synctest.Wait()
		if len(*told) != 1 || (*told)[0].For != time.Second {
			t.Fatalf("%+v", *told)
		}
		time.Sleep(time.Second)
		if probe := p.Take(ask); probe.ID != "a" || probe.Reason != pool.Probe {
			t.Errorf("%s for %s", probe.ID, probe.Reason)
		}
		stuck.End(pool.Abandoned)
	})
}

// TestHungAtOnce: the waiting ends by itself soon after three others were answered, though nobody
// asks any more.
func TestHungAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(3)
		var took atomic.Int64
		begun := time.Now()
		only(p, "a", 3).Cut(func() { took.Store(int64(time.Since(begun))) })
		only(p, "a", 3)
		var others []*pool.Turn
		for range 3 {
			others = append(others, only(p, "b", 3))
		}
		time.Sleep(20 * time.Millisecond)
		for _, o := range others {
			o.End(pool.Good)
		}
		time.Sleep(time.Second)
		if cut := time.Duration(took.Load()); cut < 50*time.Millisecond || cut > 150*time.Millisecond {
			t.Errorf("it took %v", cut)
		}
	})
}

// TestNotHung: who speaks, who was asked later, who has a long prompt and who is alone is not hung.
func TestNotHung(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, told := made(2)
		others := func() {
			for range 40 {
				o := only(p, "b", 2)
				time.Sleep(20 * time.Millisecond)
				o.End(pool.Good)
			}
		}
		speaks := only(p, "a", 2)
		speaks.First()
		waits := only(p, "a", 2)
		waits.Cut(func() { t.Error("cut though the replica speaks to others") })
		for range 100 {
			o := only(p, "b", 2)
			time.Sleep(10 * time.Millisecond)
			speaks.Alive()
			o.End(pool.Good)
		}
		speaks.End(pool.Good)
		waits.End(pool.Good)
		long := pool.Ask{Tokens: 60000, Prompt: 50000, Not: []string{"b"}}
		reads := p.Take(long)
		reads.Cut(func() { t.Error("cut though the prompt is long") })
		others()
		reads.End(pool.Good)
		alone, _ := made(1)
		alone.Take(ask).Cut(func() { t.Error("cut though there is no other") })
		time.Sleep(time.Hour)
		if len(*told) != 0 {
			t.Errorf("%+v", *told)
		}
	})
}

// TestBudget: beyond the failures that take replicas out, only a share of the requests is tried again.
func TestBudget(t *testing.T) {
	t.Parallel()
	p, _ := made(2)
	tried := 0
	for i := range 1000 {
		one := p.Take(ask)
		if i%2 == 0 {
			one.End(pool.Good)
			continue
		}
		if one.Done(pool.Faulted, 0, nil).Other {
			tried++
		}
	}
	if tried < 150 || tried > 250 {
		t.Errorf("%d of 1000 requests were tried again", tried)
	}
}

// TestHedge: the second place is offered to short requests once times are known, for a twentieth of
// the requests.
func TestHedge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		short := ask
		short.Short = true
		if p.Hedge(short) != 0 {
			t.Error("hedged though nothing is known")
		}
		seconds := 0
		for range 1000 {
			o := p.Take(short)
			time.Sleep(20 * time.Millisecond)
			if after := p.Hedge(short); after != 0 {
				if after < 15*time.Millisecond || after > 40*time.Millisecond {
					t.Fatalf("after %v", after)
				}
				if s := p.Second(pool.Ask{Tokens: 100, Not: []string{o.ID}}); s != nil {
					if seconds++; s.ID == o.ID {
						t.Fatal("the same one")
					}
					s.End(pool.Abandoned)
				}
			}
			o.End(pool.Good)
		}
		if seconds < 30 || seconds > 55 || p.Hedge(ask) != 0 {
			t.Errorf("%d second ones", seconds)
		}
	})
}

// TestComeAndGo: what is known of a replica outlives a new declaration; one that goes gets nothing
// more, and what is under way there ends as it should; one that joins begins with a small share.
func TestComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(2)
		fail(p, "a", 2, 6)
		under := only(p, "b", 2)
		p.Set([]pool.Member{{ID: "a"}, {ID: "c"}})
		if state(p, "a").State != pool.Ejected || state(p, "c").State != pool.Starting || len(p.Look()) != 2 {
			t.Errorf("%+v", p.Look())
		}
		under.End(pool.Good)
		for range 3 {
			if got := p.Take(ask); got.ID != "c" {
				t.Errorf("%s is asked", got.ID)
			}
		}
		p.Set(members(3))
		time.Sleep(time.Minute)
		if !p.Drain("b", true) || p.Drain("x", true) {
			t.Error("drained what is not there")
		}
		for range 10 {
			if got := p.Take(ask); got != nil && got.ID == "b" {
				t.Error("it is drained and asked")
			}
		}
		p.Drain("b", false)
		if state(p, "b").State != pool.Starting {
			t.Errorf("%+v", state(p, "b"))
		}
	})
}

// TestSlowStart: the share of one that comes back grows.
func TestSlowStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := made(1)
		time.Sleep(time.Minute)
		p.Set(members(2))
		share := func() (n int) {
			var all []*pool.Turn
			for range 8 {
				one := p.Take(ask)
				if one.ID == "b" {
					n++
				}
				all = append(all, one)
			}
			for _, one := range all {
				one.End(pool.Good)
			}
			return n
		}
		a := share()
		time.Sleep(5 * time.Second)
		b := share()
		time.Sleep(5 * time.Second)
		if c := share(); a > 1 || b <= a || b >= c || c != 4 {
			t.Errorf("%d, %d, %d of 8", a, b, c)
		}
	})
}

// TestOut: one that is taken out from outside comes back when it is put back, and is asked where
// there is no other.
func TestOut(t *testing.T) {
	t.Parallel()
	p, told := made(2)
	p.Out("a", "answers in another way", true)
	for range 8 {
		if got := p.Take(ask); got.ID != "b" {
			t.Errorf("%s", got.ID)
		}
	}
	if l := state(p, "a"); l.State != pool.Drifting || l.Why != "answers in another way" {
		t.Errorf("%+v", l)
	}
	p.Out("b", "the same", true)
	if got := p.Take(ask); got == nil || got.Reason != pool.Last {
		t.Errorf("%+v, want one all the same", got)
	}
	p.Out("a", "", false)
	if state(p, "a").State != pool.Starting || len(*told) != 3 {
		t.Errorf("%+v", state(p, "a"))
	}
}

// TestFloor: whatever happens, some replica is asked when there is one, no place is given twice, and
// all of them come back.
func TestFloor(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			n := 1 + rnd.IntN(6)
			p, _ := made(n)
			var open []*pool.Turn
			for range 2000 {
				switch x := rnd.IntN(20); {
				case x < 9:
					if one := p.Take(ask); one != nil {
						open = append(open, one)
					}
				case x < 18 && len(open) > 0:
					i := rnd.IntN(len(open))
					if rnd.IntN(2) == 0 {
						open[i].First()
					}
					open[i].Done([]pool.Outcome{pool.Good, pool.Failed, pool.Failed, pool.Hung, pool.Abandoned, pool.Faulted}[rnd.IntN(6)], 0, nil)
					open = slices.Delete(open, i, i+1)
				case x == 18:
					time.Sleep(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				default:
					id := string(rune('a' + rnd.IntN(n)))
					p.Heard(id, []error{nil, errors.New("gone")}[rnd.IntN(2)])
				}
				serving, flight := 0, 0
				for _, l := range p.Look() {
					if flight += l.InFlight; l.State != pool.Ejected {
						serving++
					}
				}
				if serving == 0 || flight != len(open) {
					t.Fatalf("%d serve, %d under way of %d", serving, flight, len(open))
				}
			}
			for _, one := range open {
				one.End(pool.Abandoned)
			}
			for range 200 {
				time.Sleep(time.Minute)
				for range n {
					if one := p.Take(ask); one != nil {
						one.First()
						one.End(pool.Good)
					} else {
						t.Fatal("nobody is asked")
					}
				}
			}
			for _, l := range p.Look() {
				if l.State != pool.Serving && l.State != pool.Starting || l.InFlight != 0 || l.Tokens != 0 {
					t.Errorf("%+v", l)
				}
			}
		})
	}
}

// TestWake: who waits is woken when one that was out is to be tried.
func TestWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var woken atomic.Int64
		p := pool.New(pool.Config{Wake: func() { woken.Add(1) }})
		p.Set(members(2))
		before := woken.Load()
		fail(p, "a", 2, 3)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if woken.Load() <= before {
			t.Error("nobody was woken")
		}
	})
}

// TestNever: who is not wanted is asked by nobody who says so, not even when all others are full or
// out, and who says so has asked nobody yet.
func TestNever(t *testing.T) {
	t.Parallel()
	p, _ := made(3)
	wanted := pool.Ask{Tokens: 100, Prompt: 50, Never: []string{"a", "b"}}
	for range 8 {
		got := p.Take(wanted)
		if got == nil || got.ID != "c" || got.Others != 0 {
			t.Fatalf("%+v", got)
		}
	}
	p.Out("c", "answers in another way", true)
	if got := p.Take(wanted); got != nil && got.ID != "c" {
		t.Errorf("%+v", got)
	}
	wanted.Never = []string{"a", "b", "c"}
	if got := p.Take(wanted); got != nil {
		t.Errorf("%+v", got)
	}
}
