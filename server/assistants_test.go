package server_test

import (
	"net/http"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestAssistants saves, reads, asks and removes an assistant, and sees what is wrong refused.
func TestAssistants(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]. ", "A closed alarm is kept for 300 days [1]."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "script", Replicas: []gateway.Replica{{URL: model.URL}}, Location: "inside"}}})
	h.add(t, "pumps", talks)

	var first, second, old answer.Assistant
	h.into(t, &first, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "script", "extractive": true}`)
	h.into(t, &second, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "script", "unsupported": "withhold"}`)
	h.into(t, &old, "GET", "/api/assistants/helper?version="+first.Hash, "")
	if first.Hash == second.Hash || old.Hash != first.Hash || old.Unsupported != "mark" || second.Corpus != "pumps" {
		t.Errorf("%+v, %+v, %+v", first, second, old)
	}
	if !second.Extractive || !second.Smalltalk {
		t.Errorf("what was left out is off: %+v", second)
	}
	var off answer.Assistant
	if h.into(t, &off, "PUT", "/api/assistants/silent", `{"corpora": ["pumps"], "model": "script", "extractive": false, "smalltalk": false}`); off.Extractive || off.Smalltalk {
		t.Errorf("what was switched off is on: %+v", off)
	}
	var versions struct{ Versions []wenyuan.Version }
	if h.into(t, &versions, "GET", "/api/assistants/helper/versions", ""); len(versions.Versions) != 2 {
		t.Errorf("%+v", versions)
	}
	_, stream := h.send(t, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "assistant": "helper", "conversation": "new", "stream": true}`)
	withheld, done := strings.Index(stream, "event: withheld"), strings.Index(stream, "event: done")
	if withheld < 0 || done < withheld || !strings.Contains(stream[withheld:done], "300 days") || strings.Contains(stream, `"piece":" A closed alarm is kept for 300`) || !strings.Contains(stream[done:], `"conversation":"cnv_`) {
		t.Error(stream)
	}
	for body, says := range map[string]string{
		`{"corpora": ["pumps"], "colour": "red"}`:              "colour",
		`{"corpora": ["pumps"], "unsupported": "hide"}`:        "unsupported",
		`{"corpora": ["nowhere"]}`:                             "nowhere",
		`{"corpora": ["pumps"], "model": "nobody"}`:            "nobody",
		`{"corpora": ["pumps"], "name": "another"}`:            "another",
		`{"corpora": ["pumps"], "recall": {"rounds": "many"}}`: "rounds",
	} {
		if resp, text := h.send(t, "PUT", "/api/assistants/helper", body); resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusNotFound || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", body, resp.StatusCode, text)
		}
	}
	var gone struct{ Removed string }
	if h.into(t, &gone, "DELETE", "/api/assistants/helper", ""); gone.Removed != "helper" {
		t.Errorf("%+v", gone)
	}
	if resp, text := h.send(t, "GET", "/api/assistants/helper", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}
