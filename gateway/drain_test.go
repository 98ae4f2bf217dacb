package gateway_test

import (
	"context"
	"net/http"
	"testing"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/pool"
)

// TestDrain: a replica that is drained finishes what it has and gets nothing more, the last one cannot be
// drained, and what comes back serves again.
func TestDrain(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	slow := func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-goOn
		Say("all is well")(w, r)
	}
	a, b := New(t, slow), New(t, Say("all is well"))
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", a.URL)}})
	model := get(t, m, "m")
	answered := make(chan error, 1)
	go func() {
		_, _, err := said(model, context.Background())
		answered <- err
	}()
	<-begun
	if err := m.Drain(t.Context(), everything(t), "m", a.URL, true); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("the only one is drained: %v", err)
	}
	if err := m.Replace([]gateway.Spec{at("m", a.URL, b.URL)}, nil); err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]wenyuan.Code{"http://127.0.0.1:1": wenyuan.NotFound, b.URL + "/": ""} {
		if err := m.Drain(t.Context(), everything(t), "m", name, false); err != nil && wenyuan.CodeOf(err) != code || code != "" && err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.Drain(t.Context(), everything(t), "m", a.URL+"/", true); err != nil { // its address is enough
		t.Fatal(err)
	}
	if all, _ := m.Replicas(wenyuan.DefaultSpace, "m"); all[0].State != pool.Draining || all[0].InFlight != 1 {
		t.Errorf("%+v", all[0])
	}
	if err := m.Drain(t.Context(), everything(t), "m", b.URL, true); wenyuan.CodeOf(err) != wenyuan.Conflict {
		t.Errorf("the last one is drained: %v", err)
	}
	if got := work(t.Context(), get(t, m, "m"), 20, 4, "all is well"); got.good != 20 || len(a.Requests()) != 1 {
		t.Errorf("%d good, it was asked %d times", got.good, len(a.Requests()))
	}
	close(goOn)
	if err := <-answered; err != nil {
		t.Errorf("what was under way: %v", err)
	}
	if err := m.Drain(t.Context(), everything(t), "m", a.URL, false); err != nil {
		t.Fatal(err)
	}
	if all, _ := m.Replicas(wenyuan.DefaultSpace, "m"); all[0].State == pool.Draining {
		t.Errorf("%+v", all[0])
	}
	if err := m.Drain(t.Context(), everything(t), "another", a.URL, true); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("%v", err)
	}
}
