package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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
	for tries := 1; !queued(t, tries == 10); tries++ { // where nobody is served for seconds, the last who came are sent away
	}
}

// queued has some wait before a model. It is false where one who waited was sent away, which is a fault in the last
// try alone.
func queued(t *testing.T, last bool) bool {
	t.Helper()
	const many = 20
	free := make(chan struct{})
	open := sync.OnceFunc(func() { close(free) })
	defer open()
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
	var away atomic.Bool
	for n := range many {
		wg.Go(func() {
			switch resp, text := ask(n); {
			case resp.StatusCode == http.StatusTooManyRequests && !last:
				away.Store(true)
			case resp.StatusCode != http.StatusOK || !strings.Contains(text, "done"):
				t.Errorf("%d: %d %s", n, resp.StatusCode, text)
			}
		})
	}
	until(t, "as many as have a place are there, and the others wait", func() bool {
		q := h.Models.Standing()[0].Queue
		return q.Flight[0]+q.Waiting[0] == many || away.Load()
	})
	if away.Load() {
		open()
		wg.Wait()
		return false
	}
	began := time.Now()
	resp, text := ask(many, "Wenyuan-Deadline", "0.2")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "rate_limit") {
		t.Errorf("%d, Retry-After %q: %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("refused after %s", took)
	}
	if resp, text := ask(many, "Wenyuan-Priority", "first"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, _ := ask(many, "Accept-Language", "zh", "Wenyuan-Deadline", "0.1"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%d", resp.StatusCode)
	}
	open()
	wg.Wait()
	return !away.Load()
}
