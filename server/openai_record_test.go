package server_test

import (
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestPlainCallsAreCounted: also a question that goes straight to a model is kept as use of it, without
// a word of it, unless the space records nothing.
func TestPlainCallsAreCounted(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("Hello."), gatewaytest.Say("Hello."), gatewaytest.Say("Hello."))
	h := recordedHouse{house: openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Price: &gateway.Price{Input: 1, Output: 2, Currency: "CNY"}, Replicas: []gateway.Replica{{URL: model.URL}}}}})}
	var key struct {
		Key string `json:"key"`
	}
	h.into(t, &key, "POST", "/api/init", `{"name":"op"}`)
	h.op = key.Key
	for i, c := range []struct {
		record, stream string
		requests       int64
	}{{"all", "false", 1}, {"none", "true", 1}, {"metadata", "true", 2}} {
		h.by(t, h.op, http.StatusOK, nil, "PATCH", "/api/spaces/main", `{"record":"`+c.record+`"}`)
		h.by(t, h.op, http.StatusOK, nil, "POST", "/v1/chat/completions", `{"model":"writer","stream":`+c.stream+`,"messages":[{"role":"user","content":"the ZEBRA"}]}`)
		var list struct {
			Usage []struct {
				Model, Person, Version, Currency string
				Requests, Failed                 int64
				Out                              int64 `json:"tokens_out"`
				Money                            float64
			}
		}
		text := h.by(t, h.op, http.StatusOK, &list, "GET", "/api/usage?by=model&by=person&by=version", "")
		if len(list.Usage) != 1 || strings.Contains(text, "ZEBRA") {
			t.Fatalf("%d: %s", i, text)
		}
		if u := list.Usage[0]; u.Model != "writer" || u.Version == "" || u.Person != "op" || u.Requests != c.requests || u.Failed != 0 || u.Out == 0 || u.Currency != "CNY" || u.Money == 0 {
			t.Errorf("%d: %+v", i, u)
		}
	}
	var audit struct{ Entries []any }
	if h.by(t, h.op, http.StatusOK, &audit, "GET", "/api/audit?action=question", ""); len(audit.Entries) != 0 {
		t.Errorf("%d rows of their own", len(audit.Entries))
	}
	var export strings.Builder
	export.WriteString(h.by(t, h.op, http.StatusOK, nil, "GET", "/api/people/op/export", ""))
	if !strings.Contains(export.String(), `"kind":"usage"`) {
		t.Errorf("the export has no usage: %s", export.String())
	}
}
