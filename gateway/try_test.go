package gateway_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/pool"
)

// A run is what came of asking a model many times.
type run struct {
	good  int
	bad   map[string]int
	times []time.Duration // in the order in which they ended
}

func (r run) p99(from int) time.Duration {
	t := slices.Clone(r.times[from:])
	slices.Sort(t)
	return t[len(t)*99/100]
}

// work asks n times, so many at once, each for the text that all servers say.
func work(ctx context.Context, m *gateway.Model, n, at int, want string) run {
	return askedFor(ctx, m, hello, n, at, want)
}

func askedFor(ctx context.Context, m *gateway.Model, r wenyuan.Request, n, at int, want string) run {
	out := run{bad: map[string]int{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	close(left)
	for range at {
		wg.Go(func() {
			for range left {
				begun := time.Now()
				text, last, err := told(m, ctx, r)
				took := time.Since(begun)
				mu.Lock()
				out.times = append(out.times, took)
				switch {
				case err != nil:
					out.bad[err.Error()]++
				case text != want || last.Finish != "stop":
					out.bad["said "+text]++
				default:
					out.good++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// whole is an answer in one piece.
const whole = `{"choices":[{"message":{"role":"assistant","content":"all is well"},"finish_reason":"stop"}]}`

// gone is an address at which nothing listens.
func gone(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// TestOneOfThree: whatever one of three replicas does before it begins to answer, every answer is
// good, and it is asked only now and then.
func TestOneOfThree(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]Reply{
		"500": Fail(500, `{"error":{"message":"out of memory"}}`), "502 with a page": Fail(502, "<html>", "Content-Type", "text/html"), "503": Fail(503, ""),
		"429": Fail(429, `{"error":{"message":"slow down"}}`), "429, to wait": Refuse(RateLimit), "529": Refuse(Overloaded),
		"reset": Reset(), "closed": BreakOff(), "no HTTP": Framing("what?\r\n\r\n"), "wrong length": Framing("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: -7\r\n\r\n"),
		"an error in 200": JSON(`{"error":{"message":"CUDA error","code":500}}`), "an error in a stream": RefuseMidway(Broken), "a page": Page(), "nothing": JSON(``),
		"half an object": Short(whole), "an empty stream": EndEarly(), "rubbish in a stream": Events("{", "]"), "bad key": Refuse(BadKey), "no model": Refuse(NoModel),
		"no credit": Refuse(NoCredit), "redirect": Redirect("http://127.0.0.1:1/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := After(2*time.Millisecond, Say("all ", "is well"))
			bad, a, b := New(t, reply), New(t, good), New(t, good)
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, bad.URL, b.URL)}})
			got := work(t.Context(), get(t, m, "m"), 400, 16, "all is well")
			asked := len(bad.Requests())
			if got.good != 400 || asked == 0 || asked > 100 { // of 133, were it not taken out
				t.Errorf("%d good, the bad one was asked %d times; %v", got.good, asked, got.bad)
			}
			if n := asked + len(a.Requests()) + len(b.Requests()); n > 400+asked+200 { // on a busy machine a good one may seem silent for a moment
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

// TestOneBreaksOff: who waits for the whole of an answer gets it though one of three replicas breaks
// off in the middle, which is taken out; who reads along is told, as what it has cannot be taken back.
func TestOneBreaksOff(t *testing.T) {
	t.Parallel()
	stops := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"all \"}}]}\n\n")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, reply := range map[string]Reply{"reset": BreakOff("all "), "end": EndEarly("all "), "error": RefuseMidway(Broken, "all "), "silence": stops} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := After(2*time.Millisecond, Say("all ", "is well"))
			bad, a, b := New(t, reply), New(t, good), New(t, good)
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, bad.URL, b.URL)}})
			n := 60
			got := askedFor(t.Context(), get(t, m, "m"), wenyuan.Request{Messages: hello.Messages, Whole: true}, n, 8, "all is well")
			if asked := len(bad.Requests()); got.good != n || asked == 0 || asked > 30 {
				t.Errorf("%d good, the bad one was asked %d times; %v", got.good, asked, got.bad)
			}
			if all, _ := m.Replicas(wenyuan.DefaultSpace, "m"); all[1].State == pool.Serving {
				t.Errorf("%+v", all[1])
			}
		})
	}
}

// TestUnreachable: a replica where nothing listens, or whose name is not known, costs nobody an answer.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"nothing listens": gone(t), "no such name": "http://no-such-host.invalid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := New(t, Say("x")), New(t, Say("x"))
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", url, a.URL, b.URL)}})
			if got := work(t.Context(), get(t, m, "m"), 100, 8, "x"); got.good != 100 {
				t.Errorf("%d good; %v", got.good, got.bad)
			}
			all, _ := m.Replicas(wenyuan.DefaultSpace, "m")
			if all[0].State != pool.Ejected || all[0].Why == "" || all[0].Until.IsZero() {
				t.Errorf("%+v", all[0])
			}
		})
	}
}

// TestOneHangs: a replica that accepts and says nothing is noticed by the others' being answered,
// from the first requests on, and what waits for it is asked elsewhere.
func TestOneHangs(t *testing.T) {
	t.Parallel()
	drip := Bytewise(time.Second, whole)
	for name, reply := range map[string]Reply{"before the head": Hang(nil), "after the head": head, "one byte a second": drip, "signs of life": Drip(30 * time.Millisecond)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := After(20*time.Millisecond, Say("all is well"))
			bad, a, b := New(t, reply), New(t, good), New(t, good)
			m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL, bad.URL, b.URL)}})
			begun := time.Now()
			got := work(t.Context(), get(t, m, "m"), 600, 16, "all is well")
			t.Logf("%d good in %v, longest %v, 99th percentile after the first 32: %v, the bad one was asked %d times", got.good, time.Since(begun), slices.Max(got.times), got.p99(32), len(bad.Requests()))
			if got.good != 600 || slices.Max(got.times) > time.Minute {
				t.Errorf("%v", got.bad)
			}
			if asked := len(bad.Requests()); asked == 0 || asked > 150 { // of 200, were it not taken out
				t.Errorf("the bad one was asked %d times", asked)
			}
		})
	}
}

// head sends the head of a stream and nothing else.
func head(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// TestSlowIsNotHung: a replica alone, or one with a long prompt, is waited for.
func TestSlowIsNotHung(t *testing.T) {
	t.Parallel()
	s := New(t, Say("x"), Say("x"), Say("x"), After(600*time.Millisecond, Say("x")))
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", s.URL)}}), "m")
	if got := work(t.Context(), m, 6, 2, "x"); got.good != 6 || len(s.Requests()) != 6 {
		t.Errorf("%+v after %d requests", got.bad, len(s.Requests()))
	}
	both := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, After(300*time.Millisecond, Say("x"))).URL, New(t, After(300*time.Millisecond, Say("x"))).URL)}})
	if got := work(t.Context(), get(t, both, "m"), 8, 4, "x"); got.good != 8 {
		t.Errorf("%+v", got.bad)
	}
	all, _ := both.Replicas(wenyuan.DefaultSpace, "m")
	for _, l := range all {
		if l.State != pool.Serving {
			t.Errorf("%+v", l)
		}
	}
}
