package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/trace"
)

// alikeHouse is a house with an assistant whose answers serve questions that mean the same.
func alikeHouse(t *testing.T) (house, *moody) {
	m := newMoody(t, gatewaytest.Say(kept400))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: m.URL}}, Location: "inside"}}})
	h.add(t, "pumps", talks)
	var as struct{ Hash string }
	h.into(t, &as, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "writer", "cache": {"level": "alike"}}`)
	return h, m
}

// generated is what the trace of an answer says of its making.
func (h house) generated(t *testing.T, a wenyuan.Answer) (text string) {
	t.Helper()
	var tr trace.Trace
	h.into(t, &tr, "GET", "/api/traces/"+a.Trace, "")
	for _, s := range tr.Steps {
		if s.Name == "generate" {
			b, err := json.Marshal(s.Detail)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
	}
	return text
}

// TestAlikeAnswers: a question that means the same is served by the kept answer, checked and cited as
// any other; one that differs in what counts is not; and who calls such an answer wrong ends it.
func TestAlikeAnswers(t *testing.T) {
	t.Parallel()
	h, m := alikeHouse(t)
	first := h.asks(t, alarmed)
	calls := len(m.Requests())
	// try asks and says whether the model was spared; one hit in fifty is tried out.
	try := func(q string) (wenyuan.Answer, bool) {
		t.Helper()
		a := h.asks(t, q)
		now := len(m.Requests())
		spared := now == calls
		calls = now
		return a, spared
	}
	polite := "Please tell me, for how many days is a closed alarm kept"
	a, spared := try(polite)
	if !spared || a.Answer != first.Answer || len(a.Citations) != 1 {
		t.Fatalf("spared %v: %+v", spared, a)
	}
	if text := h.generated(t, a); !strings.Contains(text, `"level":"alike"`) || !strings.Contains(text, `"near":`) || strings.Contains(text, alarmed) {
		t.Errorf("the trace says %s", text)
	}
	for _, other := range []string{"For how many days is a closed alarm not kept?", "For how many weeks is a closed alarm kept?", "Why is a closed alarm kept for days?"} {
		if _, spared := try(other); spared {
			t.Errorf("%q is served by the answer to %q", other, alarmed)
		}
	}
	var f trace.Feedback
	h.into(t, &f, "POST", "/api/traces/"+a.Trace+"/feedback", `{"rating": "down"}`)
	if _, spared = try("Thanks, for how many days is a closed alarm kept?"); spared {
		t.Error("an answer is given that somebody called wrong")
	}
}
