package gateway_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/pool"
)

// TestOthersComeBack: where the only replica in service begins to fail at the moment at which those that were
// taken out are well again, who is failed waits until one of them is found well.
func TestOthersComeBack(t *testing.T) {
	t.Parallel()
	good, fails := After(5*time.Millisecond, Say("x")), Fail(500, "")
	var a, others changing
	a.set(good)
	others.set(fails)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, a.reply).URL, New(t, others.reply).URL, New(t, others.reply).URL)}, Pool: pool.Config{Limit: 64}})
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
		if got := work(t.Context(), model, 32, 8, "x"); got.good != 32 || time.Now().After(end) {
			t.Fatalf("%d good, %d are out; %v", got.good, out(), got.bad)
		}
	}
	for range 3 { // so that the budget of retries is used up
		others.set(good)
		a.set(fails)
		if got := work(t.Context(), model, 64, 64, "x"); got.good != 64 {
			t.Fatalf("%d good; %v", got.good, got.bad)
		}
		a.set(good)
		others.set(fails)
		if got := work(t.Context(), model, 64, 64, "x"); got.good != 64 {
			t.Fatalf("%d good; %v", got.good, got.bad)
		}
	}
}

// TestAskedAfresh: who was failed by one replica and finds no place at the others is not kept waiting for these:
// the one that failed once is asked again.
func TestAskedAfresh(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	stays := make(chan struct{})
	reply := func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1: // at one of the two, which has no other place
			<-stays
			Say("x")(w, r)
		case 2: // at the other one
			Fail(500, "")(w, r)
		default:
			Say("x")(w, r)
		}
	}
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL, New(t, reply).URL)}, Pool: pool.Config{Limit: 1}}), "m")
	first := make(chan error)
	go func() {
		_, _, err := said(m, t.Context())
		first <- err
	}()
	for n.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	begun := time.Now()
	if text, _, err := said(m, t.Context()); err != nil || text != "x" || time.Since(begun) > time.Minute {
		t.Errorf("%q, %v after %s", text, err, time.Since(begun))
	}
	close(stays)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestOneAnswersMost: where the other replicas are down, a request that gets no answer from one that answers others is
// asked there once more.
func TestOneAnswersMost(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	most := func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%25 == 0 {
			Hang(nil)(w, r)
			return
		}
		After(5*time.Millisecond, Say("x"))(w, r)
	}
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, most).URL, New(t, Fail(500, "")).URL)}, Pool: soon})
	done := make(chan run, 1)
	go func() { done <- work(t.Context(), get(t, m, "m"), 90, 8, "x") }()
	select {
	case got := <-done:
		if got.good != 90 {
			t.Errorf("%d good; %v", got.good, got.bad)
		}
	case <-time.After(30 * time.Second):
		t.Error("somebody waits for an answer that does not come")
	}
}

// TestBesideBreaksOff: a whole answer that a replica began that was asked beside a silent one, and that breaks off, is
// asked elsewhere as any other one.
func TestBesideBreaksOff(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	var n atomic.Int64
	well.Store(true)
	reply := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case well.Load():
			Say("x")(w, r)
		case n.Add(1) == 1:
			Hang(nil)(w, r)
		case n.Load() == 2:
			BreakOff("half of ")(w, r)
		default:
			Say("x")(w, r)
		}
	}
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL, New(t, reply).URL, New(t, reply).URL)}, Pool: soon}), "m")
	work(t.Context(), m, 60, 4, "x")
	well.Store(false)
	if text, _, err := told(m, t.Context(), wenyuan.Request{Messages: hello.Messages, Whole: true}); err != nil || text != "x" || n.Load() != 3 {
		t.Errorf("%q, %v after %d calls", text, err, n.Load())
	}
}

// TestRefusedByTheReplica: who had a place and whose replica refuses for its load is no newcomer: it waits though
// nobody else may.
func TestRefusedByTheReplica(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	all := make(chan struct{})
	reply := func(w http.ResponseWriter, r *http.Request) {
		me := n.Add(1)
		if me == 3 {
			close(all)
		}
		<-all // each has a place before one is refused
		if me == 2 || me == 3 {
			Fail(429, "")(w, r)
			return
		}
		Say("x")(w, r)
	}
	m := get(t, open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, reply).URL)}, Queue: admit.Config{Places: -1}}), "m")
	if got := work(t.Context(), m, 3, 3, "x"); got.good != 3 || n.Load() != 5 {
		t.Errorf("%d good after %d calls; %v", got.good, n.Load(), got.bad)
	}
}
