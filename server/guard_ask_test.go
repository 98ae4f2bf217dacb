package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/guard"
	"wenyuan/internal/testenv"
)

// waits are house rules that wait for a person on one word.
func waits(places ...guard.Place) guard.Policy {
	return guard.Policy{Name: guard.DefaultName, Rules: []guard.RuleSet{{Name: "own", Text: "[house; severity high]\nxyzzy\n"}},
		Checks: []guard.Check{{Check: guard.Rules, Places: places, Action: guard.Ask}}}
}

// TestAskAPerson: who asks is told that it waits, and once a reviewer has let it go on the same question
// of the same person passes; the conversation shows both.
func TestAskAPerson(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{"sqlite": "", "postgres": testenv.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, model := writing(t, database, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
			h.hold(t, waits(guard.Input))
			const question = "For how many days is a closed alarm of the line xyzzy kept?"
			first := h.say(t, "new", question)
			if !first.Refused || first.Guard == nil || first.Guard.Action != "ask" || first.Guard.Incident == "" || !strings.Contains(first.Answer, "waits for a reviewer") || len(model.Requests()) != 0 {
				t.Fatalf("%+v %+v", first, first.Guard)
			}
			if again := h.say(t, first.Conversation, question); again.Guard == nil || again.Guard.Incident != first.Guard.Incident {
				t.Errorf("asked again it is another incident: %+v", again.Guard)
			}
			if _, text := h.send(t, "POST", "/api/ask", fmt.Sprintf(`{"corpus": "pumps", "stream": true, "question": %q}`, question)); !strings.Contains(text, "event: guard\ndata: {\"action\":\"ask\"") {
				t.Errorf("%s", text)
			}
			resp, text := h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "writer", "messages": [{"role": "user", "content": %q}]}`, question))
			if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, first.Guard.Incident) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
			var i guard.Incident
			h.into(t, &i, "GET", "/api/guard/incidents/"+first.Guard.Incident, "")
			if i.State != guard.Waiting {
				t.Errorf("%+v", i)
			}
			h.into(t, &i, "POST", "/api/guard/incidents/"+first.Guard.Incident+"/review", `{"verdict": "release"}`)
			if i.State != guard.Released || i.Expires == 0 {
				t.Errorf("%+v", i)
			}
			if after := h.say(t, first.Conversation, question); after.Refused || !strings.Contains(after.Answer, "400 days") {
				t.Errorf("%+v %+v", after, after.Guard)
			}
			if other := h.say(t, "new", question+" And why?"); other.Guard == nil || other.Guard.Action != "ask" {
				t.Errorf("another question passes: %+v", other.Guard)
			}
			var c whole
			h.into(t, &c, "GET", "/api/conversations/"+first.Conversation, "")
			if len(c.Turns) != 3 || c.Turns[0].Answer.Guard == nil || c.Turns[0].Answer.Guard.Action != "ask" || c.Turns[2].Answer.Refused {
				t.Errorf("%+v", c.Turns)
			}
		})
	}
}

// TestVisitorsAreToldWhy: in the language of the question, without what only people of the house can
// do something with.
func TestVisitorsAreToldWhy(t *testing.T) {
	t.Parallel()
	h, model := attacked(t, gatewaytest.Say("never said"))
	widget := h.door(t, shopWidget)
	page := h.door(t, `{"kind": "page", "assistant": "pumps"}`)
	for i, attack := range injections {
		says := []string{"This question is not answered: The ", "这个问题不予回答："}[i]
		_, text := h.fromShop(t, widget.Key, `{"question": `+string(must(json.Marshal(attack)))+`}`)
		if !strings.Contains(text, says) || !strings.Contains(text, `"guarded":true`) || strings.Contains(text, "inc_") || i == 1 && strings.Contains(text, "tells the assistant") {
			t.Errorf("widget: %s", text)
		}
		visitor := http.Client{Jar: must(cookiejar.New(nil))}
		resp, err := visitor.PostForm(h.url+"/p/"+page.Name, url.Values{"question": {attack}})
		if err != nil {
			t.Fatal(err)
		}
		body := string(must(io.ReadAll(resp.Body)))
		resp.Body.Close()
		if !strings.Contains(body, says) || strings.Contains(body, "inc_") {
			t.Errorf("page: %s", body)
		}
	}
	if n := len(model.Requests()); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
}

// TestWholeAnswerIsRefused: what a service that is asked about the whole answer does not let through is
// shown nowhere, whatever was sent of it before.
func TestWholeAnswerIsRefused(t *testing.T) {
	t.Parallel()
	judge := gatewaytest.New(t, gatewaytest.Say(`{"score": 0.97, "category": "unsafe"}`))
	model := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat"}}, {Name: "judge", Replicas: []gateway.Replica{{URL: judge.URL}}, Can: []string{"chat"}}}})
	h.add(t, "pumps", handbook)
	h.into(t, new(any), "PUT", "/api/assistants/keeper", `{"corpora": ["pumps"], "model": "writer"}`)
	h.hold(t, guard.Policy{Name: guard.DefaultName, Checks: []guard.Check{{Check: guard.Judge, Model: "judge", Places: []guard.Place{guard.Output}, Action: guard.Refuse}}})
	var a wenyuan.Answer
	h.into(t, &a, "POST", "/api/ask", fmt.Sprintf(`{"assistant": "keeper", "question": %q}`, clientQuestion))
	if !a.Refused || strings.Contains(a.Answer, "400 days") || len(a.Sentences) != 0 || a.Guard == nil || a.Guard.Action != "refuse" {
		t.Errorf("%+v %+v", a, a.Guard)
	}
	_, text := h.send(t, "POST", "/api/ask", fmt.Sprintf(`{"assistant": "keeper", "stream": true, "question": %q}`, clientQuestion))
	if _, done, _ := strings.Cut(text, "event: done"); !strings.Contains(done, `"refused":true`) || strings.Contains(done, "400 days [") {
		t.Errorf("%s", text)
	}
	for _, stream := range []string{"false", "true"} {
		_, text := h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "keeper", "stream": %s, "messages": [{"role": "user", "content": %q}]}`, stream, clientQuestion))
		if !strings.Contains(text, `"finish_reason":"content_filter"`) || !strings.Contains(text, `"refusal":"What the model wrote`) {
			t.Errorf("stream %s: %s", stream, text)
		}
	}
}

// TestOutputTokens: what the policy covers by tokens in answers, its asker reads where it is theirs or
// stands in what they see; what the model has from nowhere stays covered.
func TestOutputTokens(t *testing.T) {
	t.Parallel()
	h, _ := writing(t, "", gatewaytest.Say("A closed alarm is kept for 400 days, [EMAIL_ADDRESS_1] [1]. ", "Write to "+deskMail+" or to "+hisMail+" [1]."))
	h.hold(t, byTokens(guard.Input, guard.Output))
	a := h.say(t, "new", "I am "+herMail+". For how many days is a closed alarm kept, and whom do I write to on alarms closed by mistake?")
	if !strings.Contains(a.Answer, herMail) || !strings.Contains(a.Answer, deskMail) || strings.Contains(a.Answer, hisMail) || !strings.Contains(a.Answer, "[EMAIL_ADDRESS_") {
		t.Errorf("%s", a.Answer)
	}
	for _, stream := range []bool{false, true} {
		text, _, _ := h.plainReply(t, fmt.Sprintf(`{"model": "writer", "messages": [{"role": "user", "content": "I am %s."}]}`, herMail), stream)
		if !strings.Contains(text, herMail) || strings.Contains(text, hisMail) {
			t.Errorf("stream %v: %s", stream, text)
		}
	}
}

// TestMemoriesPassTheGuards: on their way in, and those of before on their way to a model.
func TestMemoriesPassTheGuards(t *testing.T) {
	t.Parallel()
	h, model := attacked(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h.hold(t, guard.Policy{Name: guard.DefaultName, Checks: []guard.Check{{Check: guard.Rules, Places: []guard.Place{guard.Data}, Action: guard.Flag}}})
	remember := fmt.Sprintf(`{"text": %q}`, injections[0])
	h.into(t, new(any), "POST", "/api/memories", remember)
	h.hold(t, guard.BuiltIn())
	if resp, text := h.send(t, "POST", "/api/memories", remember); resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, "guard_refused") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	var m struct{ Text string }
	if h.into(t, &m, "POST", "/api/memories", `{"text": "My key is `+secretKey+`."}`); strings.Contains(m.Text, secretKey) {
		t.Errorf("%s", m.Text)
	}
	a := h.say(t, "new", clientQuestion)
	if a.Refused || !strings.Contains(a.Notice, "Left out of what was remembered") || len(model.Requests()) != 1 || strings.Contains(model.Requests()[0].Body, "previous instructions") {
		t.Errorf("%+v %+v", a, model.Requests())
	}
}

// TestToolsBringNoSecrets: what is told to no model is not, whoever says it.
func TestToolsBringNoSecrets(t *testing.T) {
	t.Parallel()
	h, model := writing(t, "", gatewaytest.Say("Well."))
	body := fmt.Sprintf(`{"model": "writer", "messages": [{"role": "user", "content": "Read the file."}, {"role": "assistant", "content": "", "tool_calls": [{"id": "x", "type": "function", "function": {"name": "read", "arguments": "{\"key\": \"%s\"}"}}]},
		{"role": "tool", "tool_call_id": "x", "content": "ok %s"}]}`, secretKey, secretKey)
	if text, _, _ := h.plainReply(t, body, false); text != "Well." || strings.Contains(model.Requests()[0].Body, secretKey) {
		t.Errorf("%s %s", text, model.Requests()[0].Body)
	}
}

// TestFloods: many messages each of which is in doubt do not go on together.
func TestFloods(t *testing.T) {
	t.Parallel()
	h, model := writing(t, "", gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	p := waits(guard.Input)
	p.Checks[0].Action = guard.Flag
	h.hold(t, p)
	many := func(n int) (out string) {
		for i := range n {
			out += fmt.Sprintf(`{"role": "user", "content": "How is xyzzy %d done?"}, {"role": "assistant", "content": "Like this."}, `, i)
		}
		return out + fmt.Sprintf(`{"role": "user", "content": %q}`, clientQuestion)
	}
	for name, says := range map[string]string{"writer": "8 of its messages are in doubt", "pumps": "8 turns"} {
		if _, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "`+name+`", "messages": [`+many(8)+`]}`); !strings.Contains(text, says) {
			t.Errorf("%s: %s", name, text)
		}
		if _, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "`+name+`", "messages": [`+many(3)+`]}`); !strings.Contains(text, "400 days") {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, r := range model.Requests()[:1] {
		if strings.Contains(r.Body, "xyzzy 7") {
			t.Errorf("%s", r.Body)
		}
	}
}
