package gateway_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/watch"
)

// TestChangeUnderLoad: replicas that come, go and get other keys while requests are under way cost
// nobody an answer, and one that went is asked no more.
func TestChangeUnderLoad(t *testing.T) {
	t.Parallel()
	reply := After(3*time.Millisecond, Say("all ", "is ", "well"))
	a, b, c := New(t, reply), New(t, reply), New(t, reply)
	var key atomic.Pointer[string]
	first := "k1"
	key.Store(&first)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, b.URL)}, Key: func(string) gateway.Secret { return gateway.Secret(*key.Load()) }})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	var good, bad atomic.Int64
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				o, ok := m.Get(wenyuan.DefaultSpace, "m")
				if !ok {
					bad.Add(1)
					continue
				}
				if text, _, err := said(o, t.Context()); err != nil || text != "all is well" {
					t.Errorf("%q, %v", text, err)
					bad.Add(1)
					continue
				}
				good.Add(1)
			}
		})
	}
	until := func(n int64) {
		for good.Load() < n && bad.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	change := func(s gateway.Spec) {
		t.Helper()
		if err := m.Replace([]gateway.Spec{s}, nil); err != nil {
			t.Fatal(err)
		}
		until(good.Load() + 200)
	}
	until(200)
	change(at("m", a.URL, b.URL, c.URL))
	change(at("m", c.URL))
	before := len(a.Requests()) + len(b.Requests())
	keyed := at("m", c.URL)
	keyed.Replicas[0].KeyEnv = "HOUSE_KEY"
	change(keyed)
	second := "k2"
	key.Store(&second)
	change(keyed)
	if n := len(a.Requests()) + len(b.Requests()); n > before {
		t.Errorf("%d requests went to replicas that are gone", n-before)
	}
	change(at("m", a.URL))
	stop()
	wg.Wait()
	if !slices.ContainsFunc(c.Requests(), func(r Request) bool { return strings.HasSuffix(r.Header.Get("Authorization"), "k2") }) {
		t.Error("the other key was never sent")
	}
	t.Logf("%d good answers", good.Load())
}

// TestHedge: a short request whose replica is slower than nearly all answers are is answered by another
// one, few are asked twice, and the slow one is let go.
func TestHedge(t *testing.T) {
	t.Parallel()
	var n, left atomic.Int64
	slow := func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%40 != 0 {
			After(5*time.Millisecond, Say("x"))(w, r)
			return
		}
		select {
		case <-r.Context().Done():
			left.Add(1)
		case <-time.After(2 * time.Second):
			Say("x")(w, r)
		}
	}
	a, b := New(t, slow), New(t, slow)
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, b.URL)}}), "m")
	short := wenyuan.Request{Messages: hello.Messages, MaxTokens: 16}
	var times []time.Duration
	for range 400 {
		begun := time.Now()
		told := &manner.Told{}
		for c, err := range m.Stream(manner.With(t.Context(), manner.Manner{Told: told}), short) {
			if err != nil || c.Text == "" && c.Finish == "" || told.Replica == "" {
				t.Fatalf("%+v, %v, %+v", c, err, told)
			}
		}
		times = append(times, time.Since(begun))
	}
	asked := len(a.Requests()) + len(b.Requests())
	slices.Sort(times)
	t.Logf("%d requests for 400, median %v, 99th percentile %v, longest %v; %d slow ones were let go", asked, times[200], times[395], times[399], left.Load())
	if asked > 460 || left.Load() == 0 {
		t.Error("too many requests, or no slow one was let go")
	}
}

// TestDeadline: no attempt outlives what the answer is of use for, and its end says nothing about the
// replica.
func TestDeadline(t *testing.T) {
	t.Parallel()
	hangs := New(t, Hang(nil), Say("x"))
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", hangs.URL)}})
	ctx := manner.With(t.Context(), manner.Manner{Deadline: time.Now().Add(100 * time.Millisecond)})
	begun := time.Now()
	_, _, err := said(get(t, m, "m"), ctx)
	if wenyuan.CodeOf(err) != wenyuan.Unavailable || !strings.Contains(err.Error(), "deadline") || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if all, _ := m.Replicas(wenyuan.DefaultSpace, "m"); all[0].State != pool.Serving || all[0].Errors != 0 || all[0].InFlight != 0 {
		t.Errorf("%+v", all[0])
	}
}

// TestCapacityAtTheWire: ten times as many as a server serves at once get their answers one after
// another, and the server is given little more than it takes.
func TestCapacityAtTheWire(t *testing.T) {
	t.Parallel()
	for name, beyond := range map[string]Reply{"waits": nil, "refuses": Fail(429, `{"error":{"message":"slow down"}}`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Serve(4, After(40*time.Millisecond, Whole("x")), beyond)
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, c.Reply).URL)}})
			model := get(t, m, "m")
			patient := func(n int) (good int64, took time.Duration) {
				begun := time.Now()
				var done atomic.Int64
				var wg sync.WaitGroup
				for range 40 {
					wg.Go(func() {
						for done.Load() < int64(n) {
							if _, _, err := said(model, t.Context()); err == nil {
								done.Add(1)
							} else if wenyuan.CodeOf(err) != wenyuan.Limited {
								t.Error(err)
							}
							time.Sleep(2 * time.Millisecond) // it comes again at once, whatever it is told
						}
					})
				}
				wg.Wait()
				return done.Load(), time.Since(begun)
			}
			patient(100)                // the limit is found
			for tries := 1; ; tries++ { // where this machine stands still, times say little about the server
				c.Most.Store(0)
				good, took := patient(300)
				share := float64(good) * 0.04 / 4 / took.Seconds()
				t.Logf("%d good, %.0f%% of the throughput, at most %d at once", good, 100*share, c.Most.Load())
				if share >= 0.05 && c.Most.Load() <= 16 { // a busy machine serves much less than it could
					break
				}
				if tries == 5 {
					t.Fatal("too little, or too many at once")
				}
			}
		})
	}
}

// TestManyBadRequests: requests that are wrong themselves take no replica out.
func TestManyBadRequests(t *testing.T) {
	t.Parallel()
	refuses := Fail(400, `{"error":{"message":"temperature must be a number"}}`)
	a, b := New(t, refuses), New(t, refuses)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, b.URL)}})
	work(t.Context(), get(t, m, "m"), 40, 4, "")
	all, _ := m.Replicas(wenyuan.DefaultSpace, "m")
	for _, l := range all {
		if l.State != pool.Serving {
			t.Errorf("%+v", l)
		}
	}
	_, _, err := said(get(t, m, "m"), t.Context())
	if wenyuan.CodeOf(err) != wenyuan.Invalid || gateway.WaitOf(err) != 0 { // who comes again is refused again
		t.Errorf("%v", err)
	}
}

// TestLasting: what an operator has to put right is told apart from what passes.
func TestLasting(t *testing.T) {
	t.Parallel()
	for want, all := range map[bool][]Reply{true: {Refuse(BadKey), Refuse(NoModel), Refuse(NoCredit), Redirect("http://127.0.0.1:1/")}, false: {Refuse(Broken), Fail(503, ""), Fail(408, ""), Fail(400, ""), Refuse(RateLimit)}} {
		for i, reply := range all {
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL)}})
			if _, _, err := said(get(t, m, "m"), t.Context()); gateway.Lasting(err) != want {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
}

// TestFailureIsNoted: the record of a call says with which status a replica failed.
func TestFailureIsNoted(t *testing.T) {
	t.Parallel()
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, Fail(500, "")).URL)}})
	if _, _, err := said(get(t, m, "m"), t.Context()); err == nil {
		t.Fatal("no error")
	}
	found := m.Watch().Find(1, func(*watch.Record) bool { return true })
	if len(found) != 1 || !slices.ContainsFunc(found[0].Steps, func(s watch.Step) bool { return s.Status == 500 && s.Said == "the model m failed" }) {
		t.Errorf("%+v", found)
	}
}

// TestRestIsPassedOn: while the only replica asks to be left alone, others are told at once for how
// long.
func TestRestIsPassedOn(t *testing.T) {
	t.Parallel()
	s := New(t, Refuse(RateLimit))
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", s.URL)}}), "m")
	for range 3 {
		if _, _, err := said(m, t.Context()); wenyuan.CodeOf(err) != wenyuan.Limited || gateway.WaitOf(err) < RetryAfter-time.Second || gateway.WaitOf(err) > RetryAfter {
			t.Errorf("%v, to wait %v", err, gateway.WaitOf(err))
		}
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestAffinityAtTheWire: a conversation goes on where its beginning is warm.
func TestAffinityAtTheWire(t *testing.T) {
	t.Parallel()
	a, b, c := New(t, Say("x")), New(t, Say("x")), New(t, Say("x"))
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, b.URL, c.URL)}}), "m")
	servers := []*Server{a, b, c}
	for who := range 6 {
		r := wenyuan.Request{Messages: []wenyuan.Message{{Role: "system", Content: strings.Repeat("Answer from the originals. ", 100)},
			{Role: "user", Content: strings.Repeat(string(rune('a'+who)), 600)}}}
		var before []int
		for turn := range 5 {
			if turn == 1 {
				for _, s := range servers {
					before = append(before, len(s.Requests()))
				}
			}
			for _, err := range m.Stream(t.Context(), r) {
				if err != nil {
					t.Fatal(err)
				}
			}
			r.Messages = append(r.Messages, wenyuan.Message{Role: "assistant", Content: "x"}, wenyuan.Message{Role: "user", Content: "and then?"})
		}
		at := 0
		for i, s := range servers {
			if len(s.Requests()) > before[i] {
				at++
			}
		}
		if at != 1 {
			t.Errorf("one conversation went on at %d replicas", at)
		}
	}
}

// TestManyStreamsAtOnce: a server without a bound of its own is given all that comes, also long
// streams that come at one moment.
func TestManyStreamsAtOnce(t *testing.T) {
	t.Parallel()
	c := Serve(1000, Trickle(150*time.Millisecond, "x", 10), nil)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, c.Reply).URL)}})
	model, all, good := get(t, m, "m"), 300, 0
	for end := time.Now().Add(2 * time.Minute); good < all; { // a busy machine may send some away, who come again
		got := work(t.Context(), model, all-good, all-good, strings.Repeat("x", 10))
		if good += got.good; good < all && time.Now().After(end) {
			t.Fatalf("%d good, at most %d at once; %v", good, c.Most.Load(), got.bad)
		}
	}
	if c.Most.Load() < 30 {
		t.Errorf("at most %d at once", c.Most.Load())
	}
}
