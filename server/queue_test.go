package server_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/gatewaytest"
)

// Before a model that has no place requests wait; who cannot is refused with the time to come again,
// as OpenAI's clients read it, and nobody who waits is lost.
func TestQueueBeforeAModel(t *testing.T) {
	t.Parallel()
	const many = 20
	free := make(chan struct{})
	held := gatewaytest.Say("done")
	model := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
			held(w, r)
		case <-r.Context().Done():
		}
	})
	h := openWith(t, app.Config{Waiting: admit.Config{Places: 16}, Models: []gateway.Spec{{Name: "busy", Replicas: []gateway.Replica{{URL: model.URL}}, Location: "inside"}}})
	ask := func(n int, headers ...string) (*http.Response, string) {
		return h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "busy", "messages": [{"role": "user", "content": "number %d"}]}`, n), headers...)
	}
	var wg sync.WaitGroup
	for n := range many {
		wg.Go(func() {
			if resp, text := ask(n); resp.StatusCode != http.StatusOK || !strings.Contains(text, "done") {
				t.Errorf("%d: %d %s", n, resp.StatusCode, text)
			}
		})
	}
	for came, end := 0, time.Now().Add(time.Minute); came < many; runtime.Gosched() { // as many as have a place are there, and the others wait
		q := h.Models.Standing()[0].Queue
		if came = q.Flight[0] + q.Waiting[0]; time.Now().After(end) {
			close(free)
			t.Fatalf("%d of %d have come", came, many)
		}
	}
	began := time.Now()
	resp, text := ask(many, "Wenyuan-Deadline", "0.2")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "rate_limit") {
		t.Errorf("%d, Retry-After %q: %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("refused after %s", took)
	}
	if resp, text := ask(many, "Wenyuan-Priority", "first"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, _ := ask(many, "Accept-Language", "zh", "Wenyuan-Deadline", "0.1"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%d", resp.StatusCode)
	}
	close(free)
	wg.Wait()
}
