package openai

import (
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

func TestPace(t *testing.T) {
	t.Parallel()
	var p pace
	for i, c := range []struct {
		took time.Duration
		want bool
	}{{time.Millisecond, true}, {time.Second, false}, {time.Millisecond, false}} {
		if p.came(c.took); p.atOnce() != c.want {
			t.Errorf("%d: at once is %v", i, !c.want)
		}
	}
	for range 20 {
		p.came(time.Millisecond)
	}
	if !p.atOnce() {
		t.Error("one answer that took long counts for ever")
	}
}

// TestWholeOfAQuickServer: where whole answers are there at once, also those are asked for in one piece
// whose length the request leaves open; those of a server that takes its time come as streams.
func TestWholeOfAQuickServer(t *testing.T) {
	t.Parallel()
	s := gatewaytest.New(t, gatewaytest.JSON(`{"choices":[{"message":{"content":"Hello."},"finish_reason":"stop"}]}`))
	m := New(wire.Config{Name: "m", URL: s.URL})
	t.Cleanup(m.Close)
	ask := func() (body string) {
		for _, err := range m.Stream(t.Context(), wenyuan.Request{Messages: []wenyuan.Message{{Role: "user", Content: "Hi"}}, Whole: true}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		all := s.Requests()
		return all[len(all)-1].Body
	}
	if body := ask(); !strings.Contains(body, `"stream":true`) {
		t.Errorf("of a server that nobody knows: %s", body)
	}
	for end := time.Now().Add(20 * time.Second); !strings.Contains(ask(), `"stream":false`); {
		if time.Now().After(end) {
			t.Fatal("answers of a quick server come as streams")
		}
	}
	m.wholes.came(time.Minute)
	if body := ask(); !strings.Contains(body, `"stream":true`) {
		t.Errorf("of a server that takes its time: %s", body)
	}
}
