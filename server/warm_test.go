package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// A warmed is the reply of /api/cache/warm.
type warmed struct {
	Of, Asked, Kept, Already, Skipped, Failed int
	Nothing                                   []struct{ Model, Why string }
	Reasons                                   []struct {
		N      int
		Reason string
	}
}

// TestWarm: what a list asks ahead is answered from the cache, for everybody of the space; who keeps
// nothing is named with the reason and not asked, and what fails is told by its number.
func TestWarm(t *testing.T) {
	t.Parallel()
	m := newMoody(t, gatewaytest.Say(kept400))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: m.URL}}, Location: "inside"}}})
	h.add(t, "pumps", talks)
	var as struct{ Hash string }
	h.into(t, &as, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "writer", "cache": {"level": "exact"}}`)
	h.into(t, &as, "PUT", "/api/assistants/plain", `{"corpora": ["pumps"], "model": "writer", "cache": {"level": "off"}}`)
	questions := fmt.Sprintf(`{"assistant": "helper", "questions": [%q, "How long is an open alarm kept?"]}`, alarmed)
	var w warmed
	h.into(t, &w, "POST", "/api/cache/warm", questions)
	if w.Of != 2 || w.Asked != 2 || w.Kept != 2 || w.Failed != 0 || len(w.Nothing) != 0 {
		t.Errorf("%+v", w)
	}
	n := len(m.Requests())
	if h.asks(t, alarmed); len(m.Requests()) != n {
		t.Error("a question that was asked ahead is asked again")
	}
	w = warmed{}
	h.into(t, &w, "POST", "/api/cache/warm", questions)
	if w.Already != 2 || w.Kept != 0 || len(m.Requests()) != n {
		t.Errorf("%+v, %d calls", w, len(m.Requests())-n)
	}

	mixed := `{"jobs": 1, "stream": %v, "requests": [
		{"model": "writer", "stream": true, "messages": [{"role": "user", "content": "Hello"}]},
		{"model": "plain", "messages": [{"role": "user", "content": "For how many days?"}]},
		{"model": "nobody", "messages": [{"role": "user", "content": "Hello"}]}]}`
	w = warmed{}
	h.into(t, &w, "POST", "/api/cache/warm", fmt.Sprintf(mixed, false))
	if w.Of != 3 || w.Asked != 2 || w.Kept != 1 || w.Skipped != 1 || w.Failed != 1 || len(w.Nothing) != 1 || w.Nothing[0].Model != "plain" || w.Nothing[0].Why != "its cache is off" || w.Reasons[0].N != 3 {
		t.Errorf("%+v", w)
	}
	_, stream := h.send(t, "POST", "/api/cache/warm", fmt.Sprintf(mixed, true), "Accept-Language", "zh")
	if strings.Count(stream, "event: asked") != 2 || strings.Count(stream, "event: done") != 1 || !strings.Contains(stream, "它的缓存已关闭") {
		t.Errorf("%s", stream)
	}
	for body, status := range map[string]int{
		`{}`: 400,
		`{"assistant": "helper", "requests": [{"model": "writer", "messages": [{"role": "user", "content": "x"}]}]}`: 400,
		`{"requests": [{"model": 3}]}`:                                                     400,
		`{"assistant": "helper", "questions": ["x"], "jobs": 65}`:                          400,
		`{"assistant": "helper", "questions": ["x"` + strings.Repeat(`, "x"`, 1000) + `]}`: 413,
	} {
		if resp, text := h.send(t, "POST", "/api/cache/warm", body); resp.StatusCode != status {
			t.Errorf("%.80s: %d %s", body, resp.StatusCode, text)
		}
	}
	_, log := h.send(t, "GET", "/api/audit", "")
	if !strings.Contains(log, `"cache.warm"`) {
		t.Errorf("the audit says nothing: %s", log)
	}
}

// TestWarmRights: who may purge a cache may fill it.
func TestWarmRights(t *testing.T) {
	t.Parallel()
	f := openFronted(t)
	body := `{"requests": [{"model": "plain", "messages": [{"role": "user", "content": "Hello"}]}]}`
	if resp, text := f.send(t, "POST", "/api/cache/warm", body, bearerOf(f.key["ann"])...); resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if n := len(f.model.Requests()); n != 0 {
		t.Errorf("%d calls", n)
	}
	var w warmed
	f.as(t, "operator", "POST", "/api/cache/warm", body, &w)
	if w.Kept != 1 {
		t.Errorf("%+v", w)
	}
}
