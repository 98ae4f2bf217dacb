package server_test

import (
	"fmt"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/guard"
)

// TestFence: what is outside the field is refused with what the assistant is for, without asking a
// model; what is inside and small talk are answered.
func TestFence(t *testing.T) {
	t.Parallel()
	h, model := attacked(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h.hold(t, guard.Policy{Name: "strict", Fence: guard.Fence{Mode: guard.FenceCorpus, About: "Alarms of pumps."}})
	h.into(t, new(any), "PUT", "/api/assistants/keeper", `{"corpora": ["pumps"], "model": "writer", "guard": "strict", "smalltalk": true}`)
	for question, says := range map[string]string{
		"Write a poem about cherry blossoms in the moonlight.": "Alarms of pumps.",
		"写一首关于月光下樱花的诗。":                                        "我的用途：Alarms of pumps.",
		clientQuestion: "400 days",
		"Hello":        "Ask me about",
	} {
		var a wenyuan.Answer
		h.into(t, &a, "POST", "/api/ask", fmt.Sprintf(`{"assistant": "keeper", "question": %q}`, question))
		if !strings.Contains(a.Answer, says) {
			t.Errorf("%s: %s", question, a.Answer)
		}
		named := false
		for _, v := range a.Versions {
			named = named || v.Kind == guard.Kind && v.Name == "strict" && v.Hash != ""
		}
		if !named {
			t.Errorf("%s: the versions are %v", question, a.Versions)
		}
	}
	if n := len(model.Requests()); n != 1 {
		t.Errorf("the model was asked %d times", n)
	}
	if resp, text := h.send(t, "PUT", "/api/assistants/other", `{"corpora": ["pumps"], "guard": "nowhere"}`); resp.StatusCode != 404 || !strings.Contains(text, "nowhere") {
		t.Errorf("a policy that is not there: %d %s", resp.StatusCode, text)
	}
}

// TestFenceByModel: a model says what is outside; one that says nonsense or nothing leaves it to the
// corpus, and each question asks it once.
func TestFenceByModel(t *testing.T) {
	t.Parallel()
	outside, inside := gatewaytest.Say(`{"score": 0.9, "category": "poetry"}`), gatewaytest.Say(`{"score": 0.0, "category": "none"}`)
	judge := gatewaytest.New(t, outside, inside, gatewaytest.Say("I cannot say."), gatewaytest.Say(`{"score": 7}`), gatewaytest.Hang(nil))
	model := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat"}}, {Name: "judge", Replicas: []gateway.Replica{{URL: judge.URL}}, Can: []string{"chat"}}}})
	h.add(t, "pumps", handbook)
	h.hold(t, guard.Policy{Name: "strict", Fence: guard.Fence{Mode: guard.FenceModel, About: "Alarms of pumps.", Model: "judge"}})
	h.into(t, new(any), "PUT", "/api/assistants/keeper", `{"corpora": ["pumps"], "model": "writer", "guard": "strict"}`)
	const far = "Write a poem about cherry blossoms in the moonlight."
	for i, c := range []struct{ question, says string }{
		{far, "Alarms of pumps."}, {clientQuestion, "400 days"}, // as the model says
		{clientQuestion, "400 days"}, {far, "Alarms of pumps."}, // no answer of it: as the corpus says
		{clientQuestion, "400 days"},
	} {
		var a wenyuan.Answer
		h.into(t, &a, "POST", "/api/ask", fmt.Sprintf(`{"assistant": "keeper", "question": %q}`, c.question))
		if !strings.Contains(a.Answer, c.says) {
			t.Errorf("%d: %s", i, a.Answer)
		}
	}
	if n := len(judge.Requests()); n != 5 {
		t.Errorf("the judge was asked %d times", n)
	}
	for _, r := range judge.Requests() {
		if len(r.Body) > 16<<10 || strings.Contains(r.Body, "A closed alarm is kept") {
			t.Errorf("the judge reads more than the question: %s", r.Body)
		}
	}
}
