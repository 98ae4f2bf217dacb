package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestRushOfQuestions: however many ask an assistant at once, a bounded number is searched for and looked at
// before a model writes; the others wait in turn, and who has no time for that is told when to come again.
func TestRushOfQuestions(t *testing.T) {
	t.Parallel()
	const places, many = 3, 60
	free := make(chan struct{})
	var at, peak, good atomic.Int64
	enough, writes := gatewaytest.Say("ENOUGH"), gatewaytest.Say(kept400)
	model := gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte("passages that a search found")) {
			writes(w, r)
			return
		}
		n := at.Add(1)
		defer at.Add(-1)
		for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
		}
		select {
		case <-free:
			enough(w, r)
		case <-r.Context().Done():
		}
	})
	h := openWith(t, app.Config{Questions: places, Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Location: "inside"}}})
	h.add(t, "pumps", talks)
	var as struct{ Hash string }
	h.into(t, &as, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "writer", "cache": {"level": "off"}, "recall": {"judge": "model"}}`)
	ask := func(n int, headers ...string) (*http.Response, string) {
		return h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "helper", "user": "%d", "messages": [{"role": "user", "content": %q}]}`, n, alarmed), headers...)
	}
	var wg sync.WaitGroup
	for n := range many {
		wg.Go(func() {
			resp, text := ask(n)
			switch {
			case resp.StatusCode == http.StatusOK:
				good.Add(1)
			case resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "":
				t.Errorf("%d: %d %s", n, resp.StatusCode, text)
			}
		})
	}
	until(t, "as many as have a turn", func() bool { return at.Load() == places })
	resp, text := ask(many, "Wenyuan-Deadline", "0.2")
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "the question cannot be answered within the time that was given") {
		t.Errorf("%d, Retry-After %q: %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
	close(free)
	wg.Wait()
	if peak.Load() != places || good.Load() < places {
		t.Errorf("%d at once, %d answered", peak.Load(), good.Load())
	}
}
