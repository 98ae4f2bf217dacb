package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestDrain: a replica is drained and let back through the interface and the page, written down each time, and
// gets nothing meanwhile.
func TestDrain(t *testing.T) {
	t.Parallel()
	a, b := gatewaytest.New(t, gatewaytest.Say("an answer")), gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: a.URL}, {URL: b.URL}}}}})
	var state struct {
		Models []struct{ Replicas []struct{ State string } }
	}
	h.into(t, &state, "POST", "/api/gateway/drain", `{"model": "m", "replica": "`+a.URL+`"}`)
	if len(state.Models) != 1 || state.Models[0].Replicas[0].State != "drained" {
		t.Fatalf("%+v", state)
	}
	for range 6 {
		if resp, text := h.send(t, "POST", "/v1/chat/completions", plainAsk); resp.StatusCode != http.StatusOK {
			t.Fatal(text)
		}
	}
	if n := len(a.Requests()); n > 0 {
		t.Errorf("it was asked %d times", n)
	}
	if resp, text := h.send(t, "POST", "/api/gateway/drain", `{"model": "m", "replica": "`+b.URL+`"}`); resp.StatusCode != http.StatusConflict || !strings.Contains(text, "no other replica") {
		t.Error(resp.StatusCode, text)
	}
	back := "/gateway/live/drain?" + url.Values{"model": {"m"}, "off": {"true"}, "replica": {a.URL}}.Encode()
	_, page := h.send(t, "GET", "/gateway/live", "", "Accept", "text/html")
	if !strings.Contains(page, strings.ReplaceAll(back, "&", "&amp;")) || !strings.Contains(page, "drained by hand") {
		t.Error(page)
	}
	if resp, text := h.send(t, "POST", back, "", "Accept", "text/html", "Content-Type", "application/x-www-form-urlencoded"); resp.StatusCode != http.StatusOK || !strings.Contains(text, "It serves again") {
		t.Error(resp.StatusCode, text)
	}
	h.into(t, &state, "GET", "/api/gateway", "")
	if state.Models[0].Replicas[0].State == "drained" {
		t.Errorf("%+v", state)
	}
	_, audit := h.send(t, "GET", "/api/audit", "")
	for _, action := range []string{"replica.drain", "replica.undrain"} {
		if strings.Count(audit, `"`+action+`"`) != 1 {
			t.Errorf("%s is not written down once: %s", action, audit)
		}
	}
}
