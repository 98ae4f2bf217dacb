package server_test

import (
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/auth/audit"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestPlainCallsAreRecorded: also a question that goes straight to a model stands in the record,
// without a word of it, unless the space records nothing.
func TestPlainCallsAreRecorded(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("Hello."), gatewaytest.Say("Hello."), gatewaytest.Say("Hello."))
	h := recordedHouse{house: openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}}}})}
	var key struct {
		Key string `json:"key"`
	}
	h.into(t, &key, "POST", "/api/init", `{"name":"op"}`)
	h.op = key.Key
	for i, c := range []struct {
		record, stream string
		entries        int
	}{{"all", "false", 1}, {"none", "true", 1}, {"metadata", "true", 2}} {
		h.by(t, h.op, http.StatusOK, nil, "PATCH", "/api/spaces/main", `{"record":"`+c.record+`"}`)
		h.by(t, h.op, http.StatusOK, nil, "POST", "/v1/chat/completions", `{"model":"writer","stream":`+c.stream+`,"messages":[{"role":"user","content":"the ZEBRA"}]}`)
		var list struct{ Entries []audit.Entry }
		text := h.by(t, h.op, http.StatusOK, &list, "GET", "/api/audit?action=question", "")
		if len(list.Entries) != c.entries || strings.Contains(text, "ZEBRA") {
			t.Fatalf("%d: %s", i, text)
		}
		if e := list.Entries[0]; e.Object != "writer" || e.Version == "" || e.Actor.Name != "op" || !strings.Contains(string(e.Detail), "tokens_out") {
			t.Errorf("%+v", e)
		}
	}
}
