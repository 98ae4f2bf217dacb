package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/server"
)

// delegated is a house with an assistant over two corpora: everybody in the space reads the first,
// the group hr alone the second.
func delegated(t *testing.T) peopled {
	t.Helper()
	model := gatewaytest.New(t, gatewaytest.Say("NO_ANSWER"))
	h := openWith(t, app.Config{Server: server.Config{Token: token}, Models: []gateway.Spec{{Name: "of-the-house", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	p := peopled{house: h, key: map[string]string{"machine": token}}
	h.add(t, "pumps", map[string]string{"alarms.md": englishHandbook})
	h.add(t, "payroll", map[string]string{"pay.md": "# Pay\n\nThe annual bonus of the maintenance crew is 1700 euros, paid in December.\n"})
	var k struct{ Key string }
	p.as(t, "machine", "POST", "/api/init", `{}`, &k)
	p.key["operator"] = k.Key
	p.as(t, "operator", "POST", "/api/groups", `{"name": "hr"}`, nil)
	for _, name := range []string{"ann", "bob", "guest", "editor", "reviewer"} {
		role := map[string]string{"editor": "editor", "reviewer": "reviewer"}[name]
		body := fmt.Sprintf(`{"name": %q, "role": %q}`, name, role)
		if role == "" {
			body = fmt.Sprintf(`{"name": %q}`, name)
		}
		if name == "guest" {
			body = `{"name": "guest", "space": ""}`
		}
		p.as(t, "operator", "POST", "/api/people", body, nil)
		p.as(t, "operator", "POST", "/api/keys", fmt.Sprintf(`{"person": %q}`, name), &k)
		p.key[name] = k.Key
	}
	p.as(t, "operator", "POST", "/api/groups/hr/members", `{"members": ["person:bob"]}`, nil)
	p.as(t, "operator", "PATCH", "/api/corpora/payroll", `{"read": ["group:hr"]}`, nil)
	p.as(t, "operator", "PUT", "/api/assistants/desk", `{"title": "Desk", "corpora": ["pumps", "payroll"]}`, nil)
	return p
}

// TestDelegation: an assistant answers each from what they may read, and says nothing of the rest.
func TestDelegation(t *testing.T) {
	t.Parallel()
	p := delegated(t)
	ask := func(who, question string, headers ...string) (a wenyuan.Answer, text string) {
		resp, text := p.send(t, "POST", "/api/ask", fmt.Sprintf(`{"question": %q, "assistant": "desk"}`, question), append(bearerOf(p.key[who]), headers...)...)
		if resp.StatusCode == http.StatusOK {
			p.as(t, who, "POST", "/api/ask", fmt.Sprintf(`{"question": %q, "assistant": "desk"}`, question), &a, headers...)
		}
		return a, text
	}
	bonus := "How high is the annual bonus of the maintenance crew?"
	if a, text := ask("bob", bonus); !strings.Contains(a.Answer, "1700") {
		t.Errorf("who reads the document is answered %s", text)
	}
	for _, question := range []string{bonus, clientQuestion, "hello", "who are you?"} {
		if a, text := ask("ann", question); strings.Contains(text, "1700") || strings.Contains(text, "payroll") || question == clientQuestion && !strings.Contains(a.Answer, "400") {
			t.Errorf("who does not is answered %s", text)
		}
	}
	for _, path := range []string{"/api/assistants", "/api/assistants/desk", "/v1/models", "/api/corpora", "/api/assistants/payroll"} {
		for _, who := range []string{"ann", "reviewer"} {
			if _, text := p.send(t, "GET", path, "", bearerOf(p.key[who])...); path != "/api/assistants/payroll" && strings.Contains(text, "payroll") {
				t.Errorf("%s: %s names the corpus: %s", who, path, text)
			}
		}
	}
	there, _ := p.send(t, "GET", "/api/assistants/payroll", "", bearerOf(p.key["ann"])...)
	if there.StatusCode != http.StatusNotFound {
		t.Errorf("the default assistant of a corpus that is not seen: %d", there.StatusCode)
	}
	var shown, full struct {
		Title   string
		Corpora []string
		Partial bool
		Filters struct{ Keep int }
	}
	p.as(t, "ann", "GET", "/api/assistants/desk", "", &shown)
	if shown.Title != "Desk" || !shown.Partial || shown.Filters.Keep != 0 || !slices.Equal(shown.Corpora, []string{"pumps"}) {
		t.Errorf("who asks is shown %+v", shown)
	}
	p.as(t, "editor", "GET", "/api/assistants/desk", "", &full)
	if full.Partial || full.Filters.Keep == 0 || len(full.Corpora) != 2 {
		t.Errorf("who edits is shown %+v", full)
	}
	// A corpus that is not seen is not found, also where it is named beside the assistant that has it.
	for _, name := range []string{"payroll", "nowhere"} {
		resp, text := p.send(t, "POST", "/api/ask", fmt.Sprintf(`{"question": "x y", "assistant": "desk", "corpus": %q}`, name), bearerOf(p.key["ann"])...)
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
	}
}

// TestSharedAssistant: who is not in the space asks what was shared with them, gets answers from
// what they may read, and nothing else is there for them; taken back, it is gone.
func TestSharedAssistant(t *testing.T) {
	t.Parallel()
	p := delegated(t)
	status := func(who, method, path, body string) int {
		resp, _ := p.send(t, method, path, body, append(bearerOf(p.key[who]), server.SpaceHeader, "main")...)
		return resp.StatusCode
	}
	question := fmt.Sprintf(`{"question": %q, "assistant": "desk"}`, clientQuestion)
	if got := status("guest", "POST", "/api/ask", question); got != http.StatusNotFound {
		t.Errorf("before: %d", got)
	}
	if got := status("ann", "PUT", "/api/assistants/desk/shares", `{"with": ["person:guest"]}`); got != http.StatusForbidden {
		t.Errorf("an asker shares: %d", got)
	}
	if got := status("operator", "PUT", "/api/assistants/nobody/shares", `{"with": ["person:guest"]}`); got != http.StatusNotFound {
		t.Errorf("what is not there is shared: %d", got)
	}
	var shares struct{ With []string }
	p.as(t, "operator", "PUT", "/api/assistants/desk/shares", `{"with": ["person:guest", "group:hr"]}`, &shares)
	if p.as(t, "editor", "GET", "/api/assistants/desk/shares", "", &shares); !slices.Equal(shares.With, []string{"group:hr", "person:guest"}) {
		t.Errorf("shared with %v", shares.With)
	}
	in := []string{server.SpaceHeader, "main"}
	var a wenyuan.Answer
	if p.as(t, "guest", "POST", "/api/ask", question, &a, in...); !a.Refused || strings.Contains(a.Answer, "pumps") || len(a.Passages) > 0 {
		t.Errorf("who may read nothing is answered %+v", a)
	}
	var docs struct{ Documents []struct{ ID string } }
	p.as(t, "operator", "GET", "/api/documents?corpus=pumps", "", &docs)
	p.as(t, "operator", "POST", "/api/grants", fmt.Sprintf(`{"on": %q, "read": ["person:guest", "space"]}`, docs.Documents[0].ID), nil)
	if p.as(t, "guest", "POST", "/api/ask", question, &a, in...); a.Refused || !strings.Contains(a.Answer, "400") {
		t.Errorf("who may read one document is answered %+v", a)
	}
	var list struct{ Assistants []struct{ Name string } }
	if p.as(t, "guest", "GET", "/api/assistants", "", &list, in...); len(list.Assistants) != 1 || list.Assistants[0].Name != "desk" {
		t.Errorf("there is %+v", list)
	}
	if got := status("guest", "POST", "/api/ask", `{"question": "x y", "corpus": "pumps"}`); got != http.StatusNotFound {
		t.Errorf("another assistant: %d", got)
	}
	for path, body := range map[string]string{"/v1/chat/completions": `{"model": "of-the-house", "messages": [{"role": "user", "content": "hello"}]}`,
		"/v1/embeddings": `{"model": "of-the-house", "input": "x"}`, "/api/answer": `{"question": "x y", "model": "of-the-house", "passages": []}`} {
		if got := status("guest", "POST", path, body); got != http.StatusNotFound {
			t.Errorf("who was given an assistant uses a model itself: %s: %d", path, got)
		}
	}
	for _, path := range []string{"/v1/models", "/api/status"} {
		if _, text := p.send(t, "GET", path, "", append(bearerOf(p.key["guest"]), in...)...); strings.Contains(text, "of-the-house") {
			t.Errorf("%s: %s", path, text)
		}
	}
	p.as(t, "operator", "DELETE", "/api/assistants/desk/shares", `{"with": ["person:guest"]}`, &shares)
	if got := status("guest", "POST", "/api/ask", question); got == http.StatusOK || !slices.Equal(shares.With, []string{"group:hr"}) {
		t.Errorf("taken back: %d, %v", got, shares.With)
	}
	all := `{"with": ["person:guest", "person:ann", "group:hr"]}`
	for address, left := range map[string][]string{"?with=person:guest&with=group:hr": {"person:ann"}, "?with=person:guest,%20group:hr": {"person:ann"}, "": nil} {
		p.as(t, "operator", "PUT", "/api/assistants/desk/shares", all, nil)
		p.as(t, "operator", "DELETE", "/api/assistants/desk/shares"+address, "", &shares)
		if !slices.Equal(shares.With, left) {
			t.Errorf("%q leaves %v", address, shares.With)
		}
	}
	p.as(t, "operator", "PUT", "/api/assistants/desk/shares", all, nil)
	for _, address := range []string{"?with=", "?with=,", "?with=person:nosuch", "?who=person:ann"} {
		if got := status("operator", "DELETE", "/api/assistants/desk/shares"+address, ""); got != http.StatusBadRequest && got != http.StatusNotFound {
			t.Errorf("%q: %d", address, got)
		}
	}
	if p.as(t, "editor", "GET", "/api/assistants/desk/shares", "", &shares); len(shares.With) != 3 {
		t.Errorf("what was refused left %v", shares.With)
	}
}

// TestModelsOfASpace: what another space added is not there, under any door.
func TestModelsOfASpace(t *testing.T) {
	t.Parallel()
	p := delegated(t)
	model := gatewaytest.New(t, gatewaytest.Say("theirs"))
	p.as(t, "operator", "POST", "/api/spaces", `{"name": "theirs"}`, nil)
	theirs := []string{server.SpaceHeader, "theirs"}
	p.as(t, "operator", "POST", "/api/models", fmt.Sprintf(`{"name": "secret-model", "can": ["chat", "embeddings"], "replicas": [{"url": %q}]}`, model.URL), nil, theirs...)
	chat := `{"model": %q, "messages": [{"role": "user", "content": "hello"}]}`
	for _, who := range []string{"ann", "editor", "operator"} {
		for _, path := range []string{"/v1/models", "/api/models", "/api/status"} {
			if _, text := p.send(t, "GET", path, "", bearerOf(p.key[who])...); strings.Contains(text, "secret-model") {
				t.Errorf("%s: %s names it: %s", who, path, text)
			}
		}
		for _, try := range []struct{ path, body string }{{"/v1/chat/completions", chat}, {"/v1/embeddings", `{"model": %q, "input": "x"}`}, {"/api/answer", `{"question": "x y", "model": %q, "passages": []}`}} {
			resp, there := p.send(t, "POST", try.path, fmt.Sprintf(try.body, "secret-model"), bearerOf(p.key[who])...)
			_, never := p.send(t, "POST", try.path, fmt.Sprintf(try.body, "neverr-model"), bearerOf(p.key[who])...)
			if wording := strings.NewReplacer("secret-model", "M", "neverr-model", "M"); resp.StatusCode != http.StatusNotFound || cutID(wording.Replace(there)) != cutID(wording.Replace(never)) {
				t.Errorf("%s: %s: %d %s, and of what is nowhere %s", who, try.path, resp.StatusCode, there, never)
			}
		}
	}
	var said struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if p.as(t, "operator", "POST", "/v1/chat/completions", fmt.Sprintf(chat, "secret-model"), &said, theirs...); said.Choices[0].Message.Content != "theirs" {
		t.Errorf("in its own space it says %+v", said)
	}
}

// cutID is a reply without the name of its request.
func cutID(text string) string {
	before, _, _ := strings.Cut(text, `"request"`)
	return before
}
