package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/internal/testenv"
	"wenyuan/session"
	"wenyuan/trace"
)

// talks is what these stories ask about: one document says how long alarms are kept, another
// one how to restart a pump.
var talks = map[string]string{
	"alarms.md":  "# Alarms\n\nA closed alarm is kept for 400 days. An open alarm is kept until it is closed.",
	"restart.md": "# Restart\n\nA pump is restarted with the red lever. Wait two minutes before a pump is restarted.",
}

type whole struct {
	Conversation session.Conversation `json:"conversation"`
	Turns        []session.Turn       `json:"turns"`
}

// say asks within a conversation.
func (h house) say(t *testing.T, conversation, question string) (a wenyuan.Answer) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"question": question, "corpus": "pumps", "conversation": conversation})
	h.into(t, &a, "POST", "/api/ask", string(body))
	return a
}

// TestConversation walks a conversation with a model of a real inference server: three turns, a
// look back, a document that is removed, an export, and the end.
func TestConversation(t *testing.T) {
	t.Parallel()
	url := testenv.ScriptedServer(t, "A closed alarm is kept for 400 days [1].")
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "real", Replicas: []gateway.Replica{{URL: url}}, Location: "inside"}}})
	h.add(t, "pumps", talks)

	first := h.say(t, "new", "For how many days is a closed alarm kept?")
	id := first.Conversation
	if id == "" || !strings.Contains(first.Answer, "400") {
		t.Fatalf("%+v", first)
	}
	h.say(t, id, "Remember that I use pump 7.")
	h.say(t, id, "And for how many days is a closed alarm kept now?")
	var c whole
	h.into(t, &c, "GET", "/api/conversations/"+id, "")
	if len(c.Turns) != 3 || c.Conversation.Turns != 3 || c.Conversation.Title != "For how many days is a closed alarm kept?" || c.Conversation.Version == "" {
		t.Fatalf("%+v", c)
	}
	if turn := c.Turns[1]; turn.Answer == nil || !strings.Contains(turn.Answer.Answer, "pump 7") || turn.Answer.Refused {
		t.Errorf("%+v", turn.Answer)
	}
	var third trace.Trace
	h.into(t, &third, "GET", "/api/traces/"+c.Turns[2].Trace, "")
	if sent := detail(t, third, "generate"); third.Conversation != id || !strings.Contains(sent, "I use pump 7") || !strings.Contains(sent, "For how many days is a closed alarm kept?") {
		t.Errorf("the model was told %s", sent)
	}
	var memories struct {
		Memories []session.Memory `json:"memories"`
	}
	h.into(t, &memories, "GET", "/api/memories", "")
	if len(memories.Memories) != 1 || memories.Memories[0].Text != "I use pump 7." || memories.Memories[0].Conversation != id {
		t.Errorf("%+v", memories)
	}

	var gone struct{}
	h.into(t, &gone, "DELETE", "/api/documents/"+first.Citations[0].Document, "")
	c = whole{}
	h.into(t, &c, "GET", "/api/conversations/"+id, "")
	if !c.Turns[0].Withdrawn || !c.Turns[2].Withdrawn || c.Turns[0].Answer != nil || c.Turns[0].Question == "" || c.Turns[1].Withdrawn {
		t.Errorf("%+v", c.Turns)
	}
	for _, path := range []string{"/api/conversations/" + id, "/api/conversations/export", "/api/traces/" + c.Turns[0].Trace, "/api/traces/" + c.Turns[2].Trace, "/api/traces"} {
		if _, text := h.send(t, "GET", path, ""); strings.Contains(text, "400 days") || strings.Contains(text, "alarms.md") {
			t.Errorf("%s shows what was removed:\n%s", path, text)
		}
	}
	if after := h.say(t, id, "How is a pump restarted?"); strings.Contains(detail(t, h.trace(t, after.Trace), "generate"), "400 days") {
		t.Error("the model was told of what was removed")
	}

	resp, lines := h.send(t, "GET", "/api/conversations/export", "")
	if n := strings.Count(lines, "\n"); resp.Header.Get("Content-Type") != "application/x-ndjson; charset=utf-8" || n != 6 {
		t.Errorf("%d lines of %s:\n%s", n, resp.Header.Get("Content-Type"), lines)
	}
	var renamed session.Conversation
	h.into(t, &renamed, "PATCH", "/api/conversations/"+id, `{"title": "Alarms"}`)
	if renamed.Title != "Alarms" {
		t.Errorf("%+v", renamed)
	}
	h.into(t, &renamed, "DELETE", "/api/conversations/"+id, "")
	for _, path := range []string{"/api/conversations/" + id, "/api/traces/" + c.Turns[1].Trace} {
		if resp, text := h.send(t, "GET", path, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
	}
	h.into(t, &gone, "DELETE", "/api/memories/"+memories.Memories[0].ID, "")
}

func (h house) trace(t *testing.T, id string) (tr trace.Trace) {
	t.Helper()
	h.into(t, &tr, "GET", "/api/traces/"+id, "")
	return tr
}

// detail is what a trace holds of a step; empty where there was none.
func detail(t *testing.T, tr trace.Trace, step string) (all string) {
	t.Helper()
	for _, s := range tr.Steps {
		if s.Name == step {
			raw, err := json.Marshal(s.Detail)
			if err != nil {
				t.Fatal(err)
			}
			all += string(raw)
		}
	}
	return all
}

// TestConversationSurvives: a conversation goes on after the house was closed and opened again,
// and without a model.
func TestConversationSurvives(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{})
	h.add(t, "pumps", talks)
	a := h.say(t, "new", "How is a pump restarted?")
	dir := h.Server.Data
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := openWith(t, app.Config{Data: dir})
	b := again.say(t, a.Conversation, "For how many days is a closed alarm kept?")
	var c whole
	again.into(t, &c, "GET", "/api/conversations/"+a.Conversation, "")
	if b.Conversation != a.Conversation || len(c.Turns) != 2 || c.Turns[0].Answer == nil || c.Turns[0].Answer.Answer != a.Answer {
		t.Errorf("%+v", c)
	}
}

// TestFeedbackOverHTTP: what somebody thinks of an answer, and what is no feedback.
func TestFeedbackOverHTTP(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{})
	h.add(t, "pumps", talks)
	a := h.say(t, "", "How is a pump restarted?")
	if a.Conversation != "" {
		t.Errorf("a question of no conversation began %q", a.Conversation)
	}
	var f trace.Feedback
	h.into(t, &f, "POST", "/api/traces/"+a.Trace+"/feedback", `{"rating": "down", "corrected": "with the green lever", "reason": "it was painted"}`)
	if f.Rating != "down" || f.Question != "How is a pump restarted?" || f.Principal == "" {
		t.Errorf("%+v", f)
	}
	for path, want := range map[string]string{"/api/feedback": "green lever", "/api/feedback?rating=down": "green lever", "/api/feedback?rating=up": `"feedback":[]`, "/api/traces/" + a.Trace + "/feedback": "painted"} {
		if resp, text := h.send(t, "GET", path, ""); resp.StatusCode != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %q", path, resp.StatusCode, text, want)
		}
	}
	for _, wrong := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/traces/trc_none/feedback", `{"rating": "up"}`, http.StatusNotFound},
		{"POST", "/api/traces/" + a.Trace + "/feedback", `{"rating": "five"}`, http.StatusBadRequest},
		{"POST", "/api/traces/" + a.Trace + "/feedback", `{"stars": 5}`, http.StatusBadRequest},
		{"POST", "/api/traces/" + a.Trace + "/feedback", `{"reason": "` + strings.Repeat("x", trace.MaxReason+1) + `"}`, http.StatusRequestEntityTooLarge},
		{"GET", "/api/feedback?rating=five", "", http.StatusBadRequest},
		{"GET", "/api/traces/trc_none/feedback", "", http.StatusNotFound},
		{"GET", "/api/traces?document=doc_none", "", http.StatusNotFound},
		{"GET", "/api/conversations?before=cnv_none", "", http.StatusNotFound},
		{"GET", "/api/conversations/cnv_none?before=-1", "", http.StatusBadRequest},
		{"PATCH", "/api/conversations/cnv_none", `{"title": "x"}`, http.StatusNotFound},
		{"POST", "/api/ask", `{"question": "x?", "corpus": "pumps", "conversation": "cnv_none"}`, http.StatusNotFound},
		{"POST", "/api/memories", `{"text": ""}`, http.StatusBadRequest},
		{"POST", "/api/memories", `{"text": "x", "conversation": "cnv_none"}`, http.StatusNotFound},
		{"DELETE", "/api/memories/mem_none", "", http.StatusNotFound},
	} {
		if resp, text := h.send(t, wrong.method, wrong.path, wrong.body); resp.StatusCode != wrong.status {
			t.Errorf("%s %s: %d %s, want %d", wrong.method, wrong.path, resp.StatusCode, text, wrong.status)
		}
	}
}
