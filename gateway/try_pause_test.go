package gateway_test

import (
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/wire"
)

// TestStopsInTheMiddle: an answer that stands still in the middle is ended long before the client's own patience,
// its reader is told so at once, and it counts against its replica. Where nothing was told yet, another replica gives it.
func TestStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	well := Trickle(time.Millisecond, "x", 3)
	var a, b changing
	a.set(well)
	b.set(well)
	m := open(t, gateway.Config{Declared: []gateway.Spec{at("m", New(t, a.reply).URL, New(t, b.reply).URL)}, Pool: pool.Config{Pause: 100 * time.Millisecond}})
	model := get(t, m, "m")
	if got := work(t.Context(), model, 200, 4, "xxx"); got.good != 200 {
		t.Fatalf("%d good; %v", got.good, got.bad)
	}
	a.set(Hang(nil, "x"))
	stopped := 0
	for range 8 {
		begun := time.Now()
		text, _, err := said(model, t.Context())
		switch {
		case err == nil && text == "xxx":
		case text == "x" && wire.Paused(err) && strings.Contains(err.Error(), "nothing came for") && time.Since(begun) < 20*time.Second:
			stopped++
		default:
			t.Fatalf("%q, %v after %s", text, err, time.Since(begun))
		}
	}
	all, ok := m.Replicas(wenyuan.DefaultSpace, "m")
	if failed := all[0].Errors + all[1].Errors; !ok || stopped == 0 || failed != stopped {
		t.Errorf("%d stopped, %d failures are counted", stopped, failed)
	}
	whole := wenyuan.Request{Messages: hello.Messages, Whole: true}
	if got := askedFor(t.Context(), model, whole, 24, 2, "xxx"); got.good != 24 {
		t.Errorf("%d good as a whole; %v", got.good, got.bad)
	}
}
