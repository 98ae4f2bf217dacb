package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestExpertIsShown: an answer and its record say who of the experts wrote it, and why, in both languages; the page of the
// assistant has them.
func TestExpertIsShown(t *testing.T) {
	t.Parallel()
	h, _, small := ladderHouse(t, `"experts": [{"name": "alarms", "model": "small", "corpora": ["pumps"]}], "gate": ""`)
	a := h.asks(t, alarmed)
	if a.Expert != "alarms" || len(small.Requests()) != 1 {
		t.Fatalf("%+v", a)
	}
	for lang, words := range map[string][]string{"en": {"expert", "alarms writes: what was found is of its corpora"}, "zh": {"专家", "由 alarms 撰写：找到的原文属于其文库"}} {
		_, record := h.send(t, "GET", "/records/"+a.Trace, "", "Accept-Language", lang)
		_, page := h.send(t, "GET", "/ask/"+a.Trace, "", "Accept-Language", lang)
		for _, w := range words {
			if !strings.Contains(record, w) {
				t.Errorf("%s: the record does not say %q", lang, w)
			}
		}
		if !strings.Contains(page, words[1]) {
			t.Errorf("%s: the answer does not say %q", lang, words[1])
		}
		if strings.Contains(page, "/learned/") {
			t.Error("what was learned is offered where nothing was")
		}
	}
	if resp, _ := h.send(t, "GET", "/records/"+a.Trace+"/learned/1", ""); resp.StatusCode != http.StatusConflict {
		t.Errorf("what a model learned that learned nothing here: %s", resp.Status)
	}
	if _, page := h.send(t, "GET", "/assistants/helper", ""); !strings.Contains(page, `name="experts.0.name" maxlength="64" autocomplete="off" value="alarms"`) {
		t.Error("the page of the assistant does not have its experts")
	}
}
