package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/prompt"
)

const courteous = `---
name: courteous
description: Says please
variables:
  house: {type: string, default: Wenyuan}
---
{{define "system"}}{{template "rules" .}} Be courteous, for {{.Values.house}}.{{template "session" .}}{{template "examples" .}}{{end}}
{{define "user"}}{{template "knowledge" .}}{{template "question" .}}{{end}}
`

func TestPrompts(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{})
	body := func(text string) string {
		b, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var list struct{ Prompts []prompt.Listed }
	h.into(t, &list, "GET", "/api/prompts", "")
	if len(list.Prompts) != 1 || !list.Prompts[0].BuiltIn || list.Prompts[0].Text != prompt.BuiltIn {
		t.Errorf("%+v", list)
	}
	var first, second, old prompt.Listed
	h.into(t, &first, "PUT", "/api/prompts/courteous", body(courteous))
	h.into(t, &second, "PUT", "/api/prompts/courteous", body(strings.Replace(courteous, "please", "please, twice", 1)))
	h.into(t, &old, "GET", "/api/prompts/courteous?version="+first.Hash, "")
	if old.Text != courteous || second.Hash == first.Hash || len(second.History) != 2 || second.Description != "Says please, twice" || second.Variables["house"].Default != "Wenyuan" {
		t.Errorf("%+v\n%+v", old, second)
	}
	for _, c := range []struct {
		method, path, body, says string
		status                   int
	}{
		{"GET", "/api/prompts/nobody", "", "there is no prompt", http.StatusNotFound},
		{"GET", "/api/prompts/courteous?version=abc", "", "there is no prompt with the version", http.StatusNotFound},
		{"PUT", "/api/prompts/x", body(courteous), "calls itself", http.StatusBadRequest},
		{"PUT", "/api/prompts/x", body("{{define \"system\"}}"), "cannot be used", http.StatusBadRequest},
		{"PUT", "/api/prompts/x", body(strings.Repeat("x", prompt.MaxTemplate+1)), "more than 65536", http.StatusRequestEntityTooLarge},
		{"PUT", "/api/prompts/a%2Fb", body(`{{define "system"}}s{{end}}{{define "user"}}{{template "knowledge" .}}{{.Question}}{{end}}`), "cannot be its name", http.StatusBadRequest},
		{"POST", "/api/assistants/nobody/render", `{"question":"?"}`, "", http.StatusNotFound},
	} {
		resp, text := h.send(t, c.method, c.path, c.body, "Content-Type", "application/json")
		if resp.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, text)
		}
	}
}

// TestRender shows what would be sent, also where no model is configured.
func TestRender(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{})
	h.upload(t, "c", "lamp.md", "# Lamps\n\nThe lamp in the hall is green and was made in 1912.\n")
	var b prompt.Built
	h.into(t, &b, "POST", "/api/assistants/c/render", `{"question":"When was the lamp in the hall made?"}`)
	if len(b.Messages) != 2 || !strings.Contains(b.Messages[1].Content, "made in 1912") || len(b.Passages) == 0 || b.Plan.Budget == 0 || len(b.Plan.Items) == 0 {
		t.Errorf("%+v", b)
	}
}
