package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestModelFormKeepsAll: what the form of a model shows of its replicas and of its fallback is kept when
// it is saved, and what cannot be read is said under its field and given back as it was typed.
func TestModelFormKeepsAll(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := open(t)
	h.into(t, new(any), "POST", "/api/models", fmt.Sprintf(`{"name": "m", "fallback": ["small", "tiny"], "replicas": [{"url": %q, "weight": 2.5, "region": "eu"}, {"url": "http://127.0.0.1:9", "priority": 1, "cost": 0.4}]}`, m.URL))
	r := h.reader(t)
	_, _, page := r.get("/gateway/models/m")
	form := formOf(t, page)
	form.Set("context", "4096")
	r.post("/gateway/models/m", form)
	var list struct{ Models []gateway.Spec }
	h.into(t, &list, "GET", "/api/models", "")
	want := gateway.Spec{Context: 4096, Fallback: []string{"small", "tiny"}}
	got := list.Models[0]
	if got.Context != want.Context || fmt.Sprint(got.Fallback) != fmt.Sprint(want.Fallback) || len(got.Replicas) != 2 || got.Replicas[0].Weight != 2.5 || got.Replicas[0].Region != "eu" || got.Replicas[1].Priority != 1 || got.Replicas[1].Cost != .4 {
		t.Errorf("%+v", got)
	}
	form["weight"][0], form["priority"][1], form["fallback"] = "much", "-3", []string{"m"}
	status, _, page := r.post("/gateway/models/m", form)
	if status != http.StatusBadRequest {
		t.Error(status)
	}
	r.want("faults", page, `value="much"`, `id="e-weight-0"`, `id="e-priority-1"`, "name another one that takes its place")
}

// TestDriftPage: two replicas that answer in different ways are shown side by side to who asks all now.
func TestDriftPage(t *testing.T) {
	t.Parallel()
	a, b := gatewaytest.New(t, gatewaytest.Say("twelve of them")), gatewaytest.New(t, gatewaytest.Say("thirteen were there"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: a.URL}, {URL: b.URL}}}}})
	r := h.reader(t)
	_, _, page := r.get("/gateway/live?model=m")
	r.want("live", page, `href="/gateway/drift?model=m"`)
	_, _, page = r.get("/gateway/drift?model=m")
	r.want("before", page, "No two replicas differed", a.URL, b.URL)
	_, _, page = r.post("/gateway/drift/compare?model=m", url.Values{})
	r.want("compared", page, "twelve of them", "thirteen were there", "2 differ", "Compare again", "which of the two differs is not known")
	if status, _, _ := r.get("/gateway/drift?model=nobody"); status != http.StatusNotFound {
		t.Error(status)
	}
}

// TestCachesPage: answers are counted, and forgotten from the page with a line in the audit.
func TestCachesPage(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	same := strings.Replace(plainAsk, `"model"`, `"temperature": 0, "model"`, 1)
	for range 2 {
		if resp, text := h.send(t, "POST", "/v1/chat/completions", same); resp.StatusCode != http.StatusOK {
			t.Fatal(text)
		}
	}
	r := h.reader(t)
	_, _, page := r.get("/gateway/caches")
	r.want("counts", page, "exact, memory", "50.0 %", "At most 1 %")
	status, _, page := r.post("/gateway/caches", url.Values{"kind": {"model"}})
	if status != http.StatusBadRequest {
		t.Error(status)
	}
	_, _, page = r.post("/gateway/caches", url.Values{"kind": {"model"}, "name": {"m"}})
	if !regexp.MustCompile(`[12] entr(y|ies) forgotten`).MatchString(page) {
		t.Error(page)
	}
	var audit json.RawMessage
	h.into(t, &audit, "GET", "/api/audit", "")
	if !strings.Contains(string(audit), "cache.purge") {
		t.Error(string(audit))
	}
}

// TestSplitPage: shares of a model are moved from the page, and what is no split is refused there.
func TestSplitPage(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := open(t)
	for _, context := range []int{4096, 8192} {
		h.into(t, new(any), "POST", "/api/models", fmt.Sprintf(`{"name": "m", "context": %d, "replicas": [{"url": %q}]}`, context, m.URL))
	}
	r := h.reader(t)
	_, _, page := r.get("/gateway/splits")
	r.want("list", page, `href="/gateway/splits?model=m"`, "100 %")
	_, _, page = r.get("/gateway/splits?model=m")
	hashes := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindAllStringSubmatch(page, -1)
	if len(hashes) != 2 {
		t.Fatal(page)
	}
	form := url.Values{"hash": {hashes[0][1], hashes[1][1]}, "share": {"90", "20"}}
	if status, _, page := r.post("/gateway/splits/models/m", form); status != http.StatusBadRequest || !strings.Contains(page, `value="20"`) {
		t.Error(status, page)
	}
	form["share"] = []string{"90", "x"}
	if status, _, page := r.post("/gateway/splits/models/m", form); status != http.StatusBadRequest || !strings.Contains(page, "is not a percentage") {
		t.Error(status, page)
	}
	form["share"] = []string{"87.5", "12.5"}
	_, _, page = r.post("/gateway/splits/models/m", form)
	r.want("moved", page, "The shares hold from the next request on.", `value="87.5"`, `value="12.5"`)
	_, _, page = r.get("/gateway/splits")
	r.want("both", page, "87.5 %", "12.5 %")
}

// TestUsagePage: plain requests are counted by model, key and day.
func TestUsagePage(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	r := h.reader(t)
	_, _, page := r.get("/gateway/usage")
	r.want("nothing", page, "Nothing was used yet.")
	for range 3 {
		h.send(t, "POST", "/v1/chat/completions", plainAsk)
	}
	for _, by := range []string{"model", "person", "key", "day", "version", "space", "nonsense"} {
		_, _, page = r.get("/gateway/usage?days=7&by=" + by)
		r.want(by, page, "3 requests; the most came on", "Together")
	}
	_, _, page = r.get("/gateway/usage?model=other")
	r.want("another model", page, "Nothing was used yet.", "Show all")
}
