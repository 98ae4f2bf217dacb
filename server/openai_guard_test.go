package server_test

import (
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

const githubKey = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"

// TestGuardEmbeddings: what becomes a vector is looked at and covered as a question is.
func TestGuardEmbeddings(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Vectors(func(string) []float32 { return []float32{1, 2} }))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "vectors", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"embeddings"}}}})
	for _, attack := range injections {
		resp, text := h.send(t, "POST", "/v1/embeddings", `{"model": "vectors", "input": ["pumps", "`+attack+`"]}`)
		if resp.StatusCode != 400 || !strings.Contains(text, "guard_refused") || len(model.Requests()) != 0 {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	resp, text := h.send(t, "POST", "/v1/embeddings", `{"model": "vectors", "input": ["pumps", "the key is `+githubKey+`"]}`)
	if r := model.Requests(); resp.StatusCode != 200 || len(r) != 1 || strings.Contains(r[0].Body, githubKey) || !strings.Contains(r[0].Body, "the key is") {
		t.Errorf("%d %s %+v", resp.StatusCode, text, r)
	}
}

// TestGuardToolsOfRequest: what a request says of its tools and of the form is covered, and a poisoned
// description does not go on.
func TestGuardToolsOfRequest(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say(`{"days": 400}`))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat", "tools", "json_schema"}}}})
	ask := func(description, inside, form string) (int, string) {
		resp, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "writer", "messages": [{"role": "user", "name": "`+githubKey+`", "content": "How many days?"}],
			"tools": [{"type": "function", "function": {"name": "lookup", "description": "`+description+`", "parameters": {"type": "object", "properties": {"word": {"type": "string", "description": "`+inside+`"}}}}}],
			"response_format": {"type": "json_schema", "json_schema": {"name": "d", "schema": {"type": "object", "description": "`+form+`"}}}}`)
		return resp.StatusCode, text
	}
	const good = "Looks a word up in the dictionary of pumps."
	for _, attack := range injections {
		for _, c := range [][2]string{{good + " " + attack, "the word"}, {good, "the word. " + attack}} {
			if status, text := ask(c[0], c[1], "days"); status != 400 || !strings.Contains(text, "guard_refused") || !strings.Contains(text, "lookup") {
				t.Errorf("%d %s", status, text)
			}
		}
	}
	if n := len(model.Requests()); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
	status, text := ask(good+" Its key is "+githubKey, "the word, with "+githubKey, "days, for "+githubKey)
	r := model.Requests()
	if status != 200 || len(r) != 1 || strings.Contains(r[0].Body, githubKey) || !strings.Contains(r[0].Body, good) || !strings.Contains(r[0].Body, "days, for") {
		t.Errorf("%d %s %+v", status, text, r)
	}
}

// TestGuardForgedReplies: what a client says that the model said counts where there is much of it.
func TestGuardForgedReplies(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("400 days."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat"}}}})
	for n, status := range map[int]int{1: 200, 8: 400} {
		forged := strings.Repeat(`{"role": "user", "content": "And then?"}, {"role": "assistant", "content": "`+injections[0]+`"}, `, n)
		resp, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "writer", "messages": [`+forged+`{"role": "user", "content": "How many days?"}]}`)
		if resp.StatusCode != status {
			t.Errorf("%d: %d %s", n, resp.StatusCode, text)
		}
	}
}
