package gateway_test

import (
	"io"
	"net/http"
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
	"wenyuan/limit"
)

// changing is a reply that can be changed.
type changing struct{ now atomic.Pointer[Reply] }

func (c *changing) set(r Reply) { c.now.Store(&r) }

func (c *changing) reply(w http.ResponseWriter, r *http.Request) { (*c.now.Load())(w, r) }

// soon has another replica asked beside a silent one without the wait that people need.
var soon = pool.Config{Quiet: 250 * time.Millisecond}

// TestSomeHang: requests that get no answer from replicas that answer others are asked elsewhere, beside, also
// where two of three do so.
func TestSomeHang(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]Reply{"before the head": Hang(nil), "after the head": head, "in the middle of a whole": stalls} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := After(5*time.Millisecond, Whole("all is well"))
			var n atomic.Int64
			some := func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1)%5 == 0 {
					hangs(w, r)
					return
				}
				good(w, r)
			}
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, some).URL, New(t, some).URL, New(t, good).URL)}, Pool: soon})
			if got := work(t.Context(), get(t, m, "m"), 300, 16, "all is well"); got.good != 300 {
				t.Errorf("%d good; %v", got.good, got.bad)
			}
		})
	}
}

// stalls sends the half of a whole answer and then nothing.
func stalls(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "400")
	w.Write([]byte(`{"choices":[{"message":{"role":"assistant","content":"all`))
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// TestLastOneHangs: where the only replica in service begins to hang, and those that were taken out are well
// again, nobody is lost, and they are found.
func TestLastOneHangs(t *testing.T) {
	t.Parallel()
	good, fails := After(5*time.Millisecond, Say("all is well")), Fail(500, "")
	var a, others changing
	a.set(good)
	others.set(fails)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, a.reply).URL, New(t, others.reply).URL, New(t, others.reply).URL)}, Pool: soon})
	model := get(t, m, "m")
	out := func() (n int) {
		all, _ := m.Replicas(wenyuan.DefaultSpace, "m")
		for _, l := range all {
			if l.State == pool.Ejected {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(20 * time.Second); out() < 2; {
		if got := work(t.Context(), model, 32, 8, "all is well"); got.good != 32 || time.Now().After(end) {
			t.Fatalf("%d good, %d are out; %v", got.good, out(), got.bad)
		}
	}
	a.set(Hang(nil))
	others.set(good)
	if got := work(t.Context(), model, 96, 32, "all is well"); got.good != 96 {
		t.Errorf("%d good; %v", got.good, got.bad)
	}
}

// TestSilentAmongFailing: a request that hangs is rescued though those that are asked beside it fail at first.
func TestSilentAmongFailing(t *testing.T) {
	t.Parallel()
	good := After(5*time.Millisecond, Say("all is well"))
	var a, others changing
	a.set(good)
	others.set(good)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, a.reply).URL, New(t, others.reply).URL, New(t, others.reply).URL)}, Pool: soon})
	model := get(t, m, "m")
	work(t.Context(), model, 60, 4, "all is well")
	var failed atomic.Int64
	a.set(Hang(nil))
	others.set(func(w http.ResponseWriter, r *http.Request) {
		if failed.Add(1) == 5 {
			others.set(good)
		}
		Fail(500, "")(w, r)
	})
	if got := work(t.Context(), model, 3, 3, "all is well"); got.good != 3 {
		t.Errorf("%d good; %v", got.good, got.bad)
	}
}

// TestLongIsAskedOnce: who takes long by itself is asked beside at most, and heard when it begins first.
func TestLongIsAskedOnce(t *testing.T) {
	t.Parallel()
	var long atomic.Int64
	gone := make(chan struct{}, 9)
	reply := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "a long one") {
			After(2*time.Millisecond, Say("x"))(w, r)
			return
		}
		if long.Add(1) == 1 {
			After(time.Second, Say("the first"))(w, r)
			return
		}
		<-r.Context().Done()
		gone <- struct{}{}
	}
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL, New(t, reply).URL)}, Pool: soon}), "m")
	work(t.Context(), m, 60, 4, "x")
	text, _, err := told(m, t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "a long one"}}})
	if err != nil || text != "the first" {
		t.Errorf("%q, %v", text, err)
	}
	for range long.Load() - 1 { // whoever was asked beside is let go
		<-gone
	}
	if n := long.Load(); n > 2 {
		t.Errorf("asked of %d", n)
	}
}

// TestSharedIsAskedOnce: a request that many share is one call, however slow its replica is beside others: a
// second one is only asked where the first seems to have failed.
func TestSharedIsAskedOnce(t *testing.T) {
	t.Parallel()
	var slow atomic.Bool
	var asked atomic.Int64
	reply := func(w http.ResponseWriter, r *http.Request) {
		after := 2 * time.Millisecond
		if slow.Load() {
			asked.Add(1)
			after = 400 * time.Millisecond
		}
		After(after, Say("all is well"))(w, r)
	}
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL, New(t, reply).URL)}}), "m")
	short := wenyuan.Request{Messages: hello.Messages, MaxTokens: 16}
	askedFor(t.Context(), m, short, 100, 4, "all is well") // so that hedging begins
	slow.Store(true)
	ctx := limit.For(t.Context(), limit.Claim{Space: "main", Person: "li"})
	var wg sync.WaitGroup
	var good atomic.Int64
	for range 200 {
		wg.Go(func() {
			ctx := manner.With(ctx, manner.Manner{Share: true, Keep: time.Hour})
			if text, _, err := told(m, ctx, short); err == nil && text == "all is well" {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 200 || asked.Load() != 1 {
		t.Errorf("%d good by %d calls", good.Load(), asked.Load())
	}
}
