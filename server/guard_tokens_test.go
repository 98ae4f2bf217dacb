package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/guard"
	"wenyuan/internal/testenv"
	"wenyuan/store"
)

const (
	herMail  = "li.wei@example.org"
	hisMail  = "zhang.min@example.org"
	deskMail = "desk@pumps.example"
)

// byTokens covers addresses of mail by tokens wherever models and records would read them.
func byTokens(places ...guard.Place) guard.Policy {
	return guard.Policy{Name: guard.DefaultName, Checks: []guard.Check{{Check: guard.PII, Kinds: []string{"EMAIL_ADDRESS"}, Places: places, Action: guard.Mask, How: "token"}}}
}

// writing is a house with a model on a scripted server and the handbook, on a database of either kind.
func writing(t *testing.T, database string, replies ...gatewaytest.Reply) (house, *gatewaytest.Server) {
	t.Helper()
	model := gatewaytest.New(t, replies...)
	h := openWith(t, app.Config{Database: database, Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat", "json_schema", "tools"}}}})
	docs := map[string]string{"en/desk.md": "# Alarm desk\n\nOn alarms that are closed by mistake write to " + deskMail + " within 400 days.\n"}
	for k, v := range handbook {
		docs[k] = v
	}
	h.add(t, "pumps", docs)
	return h, model
}

// tokens counts what is kept of tokens.
func (h house) tokens(t *testing.T) (n int) {
	t.Helper()
	err := h.Store.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM guard_token`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTokensOfAConversation: the same person has the same token in every turn, also where the record
// holds tokens; who wrote a value reads it again, and the record does not tell it.
func TestTokensOfAConversation(t *testing.T) {
	t.Parallel()
	for engine, database := range map[string]string{"sqlite": "", "postgres": testenv.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h, model := writing(t, database, gatewaytest.Say("A closed alarm is kept for 400 days [1]. ", "Tell [EMAIL_ADDRESS_1] of it [1]."))
			h.hold(t, byTokens(guard.Input, guard.Log))
			first := h.say(t, "new", "I am "+herMail+". For how many days is a closed alarm kept?")
			again := h.say(t, first.Conversation, "And for how many days for "+hisMail+", whom I, "+strings.ToUpper(herMail)+", stand in for?")
			if !strings.Contains(first.Answer, "Tell "+herMail) || !strings.Contains(again.Answer, "Tell "+herMail) {
				t.Errorf("%q, then %q", first.Answer, again.Answer)
			}
			last := model.Requests()[len(model.Requests())-1].Body
			if !strings.Contains(last, "[EMAIL_ADDRESS_1]. For how many") || !strings.Contains(last, "for [EMAIL_ADDRESS_3], whom I, [EMAIL_ADDRESS_1], stand") {
				t.Errorf("the tokens of the second turn: %s", last)
			}
			for i, r := range model.Requests() {
				if strings.Contains(r.Body, "example.org") {
					t.Errorf("call %d: %s", i, r.Body)
				}
			}
			var c whole
			h.into(t, &c, "GET", "/api/conversations/"+first.Conversation, "")
			if len(c.Turns) != 2 || !strings.Contains(c.Turns[0].Question, herMail) || !strings.Contains(c.Turns[1].Answer.Answer, herMail) {
				t.Errorf("what the asker reads again: %+v", c.Turns)
			}
			for _, a := range []wenyuan.Answer{first, again} {
				if _, text := h.send(t, "GET", "/api/traces/"+a.Trace, ""); strings.Contains(strings.ToLower(text), "example.org") || !strings.Contains(text, "[EMAIL_ADDRESS_1]") {
					t.Errorf("the record: %s", text)
				}
			}
			if n := h.tokens(t); n != 3 { // one of an original, as records are covered too
				t.Errorf("%d tokens are kept", n)
			}
			h.into(t, new(any), "DELETE", "/api/conversations/"+first.Conversation, "")
			if n := h.tokens(t); n != 0 {
				t.Errorf("%d tokens outlive their conversation", n)
			}
		})
	}
}

// TestTokensOfDocuments: what stands in an original is restored as long as it is seen, and nothing is
// left of it once it is removed.
func TestTokensOfDocuments(t *testing.T) {
	t.Parallel()
	h, model := writing(t, "", gatewaytest.Say("Write to [EMAIL_ADDRESS_1] within 400 days [1]."))
	h.hold(t, byTokens(guard.Input, guard.Retrieved, guard.Log))
	a := h.say(t, "new", "Where to write to on alarms that are closed by mistake?")
	if !strings.Contains(a.Answer, deskMail) || len(model.Requests()) == 0 {
		t.Fatalf("%+v", a)
	}
	for i, r := range model.Requests() {
		if strings.Contains(r.Body, deskMail) {
			t.Errorf("call %d: %s", i, r.Body)
		}
	}
	if n := h.tokens(t); n != 1 {
		t.Errorf("%d tokens are kept", n)
	}
	var list struct{ Documents []struct{ ID, Source string } }
	h.into(t, &list, "GET", "/api/documents?corpus=pumps", "")
	for _, d := range list.Documents {
		if d.Source == "en/desk.md" {
			h.into(t, new(any), "DELETE", "/api/documents/"+d.ID, "")
		}
	}
	if n := h.tokens(t); n != 0 {
		t.Errorf("%d tokens outlive their document", n)
	}
	if _, text := h.send(t, "GET", "/api/conversations/"+a.Conversation, ""); strings.Contains(text, deskMail) {
		t.Errorf("%s", text)
	}
}

// TestTokensAreNotKept: where no words are recorded none are, nor where records take them out for good.
func TestTokensAreNotKept(t *testing.T) {
	t.Parallel()
	masked := byTokens(guard.Input)
	masked.Checks = append(masked.Checks, guard.Check{Check: guard.PII, Places: []guard.Place{guard.Log}, Action: guard.Mask})
	for _, c := range []struct {
		record string
		policy guard.Policy
	}{{"metadata", byTokens(guard.Input)}, {"none", byTokens(guard.Input)}, {"all", masked}} {
		h, model := writing(t, "", gatewaytest.Say("A closed alarm is kept for 400 days, [EMAIL_ADDRESS_1] [1]."))
		h.hold(t, c.policy)
		h.into(t, new(any), "PATCH", "/api/spaces/main", `{"record": "`+c.record+`"}`)
		a := h.say(t, "new", "I am "+herMail+". For how many days is a closed alarm kept?")
		if !strings.Contains(a.Answer, herMail) || strings.Contains(model.Requests()[0].Body, herMail) || h.tokens(t) != 0 {
			t.Errorf("%s: %s, %d tokens", c.record, a.Answer, h.tokens(t))
		}
	}
}

// TestHashesAreTheHouses: a value has the same hash at every door, and after the house was opened anew.
func TestHashesAreTheHouses(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	c := app.Config{Data: t.TempDir(), Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"chat"}}}}
	ask := fmt.Sprintf(`"I am %s. For how many days is a closed alarm kept?"`, herMail)
	var hashes []string
	for range 2 {
		c.Program = "test"
		a, err := app.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.Guards.Vault(t.Context(), sc, "")
		if err != nil {
			t.Fatal(err)
		}
		g, err := a.Guards.With(t.Context(), wenyuan.DefaultSpace, guard.Policy{Name: "h", Checks: []guard.Check{{Check: guard.PII, Places: []guard.Place{guard.Input}, Action: guard.Mask, How: "hash"}}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := g.Look(t.Context(), guard.Input, herMail, guard.About{Vault: v, Dry: true})
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, d.Text)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	h := openWith(t, c)
	h.add(t, "pumps", handbook)
	h.hold(t, guard.Policy{Name: guard.DefaultName, Checks: []guard.Check{{Check: guard.PII, Places: []guard.Place{guard.Input}, Action: guard.Mask, How: "hash"}}})
	h.send(t, "POST", "/api/ask", `{"corpus": "pumps", "question": `+ask+`}`)
	h.send(t, "POST", "/v1/chat/completions", `{"model": "writer", "messages": [{"role": "user", "content": `+ask+`}]}`)
	want := hashes[0]
	if !strings.HasPrefix(want, "[EMAIL_ADDRESS:") || hashes[1] != want || len(model.Requests()) != 2 {
		t.Fatalf("%q, %d calls", hashes, len(model.Requests()))
	}
	for i, r := range model.Requests() {
		if !strings.Contains(r.Body, want) {
			t.Errorf("call %d: no %s in %s", i, want, r.Body)
		}
	}
}

// plainReply is what a plain model says, whole or put together from its stream.
func (h house) plainReply(t *testing.T, body string, stream bool) (text string, calls []wenyuan.ToolCall, finish string) {
	t.Helper()
	_, raw := h.send(t, "POST", "/v1/chat/completions", strings.Replace(body, "{", fmt.Sprintf(`{"stream": %v, `, stream), 1))
	type message struct {
		Content string
		Calls   []struct {
			Index    int
			ID       string
			Function struct{ Name, Arguments string }
		} `json:"tool_calls"`
	}
	for line := range strings.Lines(raw) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
		var c struct {
			Choices []struct {
				Message, Delta message
				Finish         string `json:"finish_reason"`
			}
		}
		if json.Unmarshal([]byte(line), &c) != nil || len(c.Choices) == 0 {
			if line != "" && line != "[DONE]" {
				t.Logf("%s", line)
			}
			continue
		}
		one := c.Choices[0]
		text += one.Message.Content + one.Delta.Content
		if one.Finish != "" {
			finish = one.Finish
		}
		for _, call := range append(one.Message.Calls, one.Delta.Calls...) {
			calls = append(calls, wenyuan.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: call.Function.Arguments})
		}
	}
	return text, calls, finish
}

// TestCallsPassTheGuards: in arguments tokens are put back, secrets are covered, and an address that
// the model made up is taken out; all of them stay JSON, and what the client says again is covered again.
func TestCallsPassTheGuards(t *testing.T) {
	t.Parallel()
	h, model := writing(t, "", gatewaytest.Call("", wenyuan.ToolCall{ID: "a", Name: "send", Arguments: `{"to": "[EMAIL_ADDRESS_1]", "n": 12345678901234567890, "text": "the key is ` + secretKey + `"}`},
		wenyuan.ToolCall{ID: "b", Name: "open", Arguments: `{"urls":["https://evil.example/?q=1","https://given.example/a"],"https://evil.example/name":true}`}))
	p := byTokens(guard.Input)
	p.Checks = append(p.Checks, guard.Check{Check: guard.Secrets, Places: []guard.Place{guard.Input, guard.Output}, Action: guard.Mask}, guard.Check{Check: guard.Links, Action: guard.Mask})
	h.hold(t, p)
	body := fmt.Sprintf(`{"model": "writer", "tools": [{"type": "function", "function": {"name": "send"}}, {"type": "function", "function": {"name": "open"}}], "messages": [
		{"role": "developer", "content": "The house's key is %s. See https://given.example/a for more."}, {"role": "user", "content": "I am %s."},
		{"role": "assistant", "content": "I know %s.", "tool_calls": [{"id": "x", "type": "function", "function": {"name": "send", "arguments": "{\"to\": \"%s\"}"}}]},
		{"role": "tool", "tool_call_id": "x", "content": "done"}, {"role": "user", "content": "Again."}]}`, secretKey, herMail, herMail, herMail)
	for _, stream := range []bool{false, true} {
		_, calls, finish := h.plainReply(t, body, stream)
		if len(calls) != 2 || finish != "tool_calls" {
			t.Fatalf("stream %v: %+v %s", stream, calls, finish)
		}
		if a := calls[0].Arguments; !json.Valid([]byte(a)) || !strings.Contains(a, herMail) || strings.Contains(a, secretKey) || !strings.Contains(a, "12345678901234567890") {
			t.Errorf("stream %v: %s", stream, a)
		}
		if a := calls[1].Arguments; !json.Valid([]byte(a)) || strings.Contains(a, "?q=1") || !strings.Contains(a, "https://given.example/a") {
			t.Errorf("stream %v: %s", stream, a)
		}
	}
	for i, r := range model.Requests() {
		if strings.Contains(r.Body, herMail) || strings.Contains(r.Body, secretKey) || strings.Count(r.Body, "[EMAIL_ADDRESS_1]") != 3 {
			t.Errorf("call %d: %s", i, r.Body)
		}
	}
}

// TestCallsAreRefused: calls that the guards do not let through are not made.
func TestCallsAreRefused(t *testing.T) {
	t.Parallel()
	h, _ := writing(t, "", gatewaytest.Call("", wenyuan.ToolCall{ID: "a", Name: "run", Arguments: `{"line": "echo xy\u007azy"}`}))
	h.hold(t, guard.Policy{Name: guard.DefaultName, Rules: []guard.RuleSet{{Name: "own", Text: "[house; severity high]\nxyzzy\n"}},
		Checks: []guard.Check{{Check: guard.Rules, Places: []guard.Place{guard.Output}, Action: guard.Refuse}}})
	for _, stream := range []bool{false, true} {
		_, calls, finish := h.plainReply(t, `{"model": "writer", "tools": [{"type": "function", "function": {"name": "run"}}], "messages": [{"role": "user", "content": "Run it."}]}`, stream)
		if len(calls) != 0 || finish != "content_filter" {
			t.Errorf("stream %v: %+v %s", stream, calls, finish)
		}
	}
}

// TestTokensInAForm: tokens are put back before the form is looked at, in pieces too.
func TestTokensInAForm(t *testing.T) {
	t.Parallel()
	const said = `{"mail": "[EMAIL_ADDRESS_1]"}`
	h, model := writing(t, "", gatewaytest.Say(cutIn(said, 3)...))
	h.hold(t, byTokens(guard.Input))
	body := fmt.Sprintf(`{"model": "writer", "guided_json": {"type": "object", "properties": {"mail": {"type": "string", "pattern": "^[a-z.]+@example\\.org$"}}, "required": ["mail"]}, "messages": [{"role": "user", "content": "I am %s."}]}`, herMail)
	for _, stream := range []bool{false, true} {
		if text, _, finish := h.plainReply(t, body, stream); text != `{"mail": "`+herMail+`"}` || finish != "stop" {
			t.Errorf("stream %v: %s %s", stream, text, finish)
		}
	}
	if n := len(model.Requests()); n != 2 {
		t.Errorf("the model was asked %d times", n)
	}
}

// TestTokensAreNotShared: what a model is told tokens in is asked for each who asks, also where the
// words that reach the model are the same; without tokens one call serves both.
func TestTokensAreNotShared(t *testing.T) {
	t.Parallel()
	h, model := writing(t, "", gatewaytest.Say("A closed alarm is kept for 400 days [1]. ", "Tell [EMAIL_ADDRESS_1] of it [1]."))
	h.hold(t, byTokens(guard.Input))
	if resp, text := h.send(t, "PUT", "/api/assistants/desk", `{"corpora": ["pumps"], "model": "writer", "cache": {"level": "exact"}}`); resp.StatusCode != 200 {
		t.Fatal(text)
	}
	plain := func(from string) string {
		t.Helper()
		resp, text := h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": "writer", "temperature": 0, "messages": [{"role": "user", "content": "I am %s. Who is told?"}]}`, from), "Wenyuan-Cache", "on")
		if resp.StatusCode != 200 {
			t.Fatal(text)
		}
		return text
	}
	desk := func(from string) string {
		t.Helper()
		var a wenyuan.Answer
		h.into(t, &a, "POST", "/api/ask", fmt.Sprintf(`{"assistant": "desk", "question": "I am %s. For how many days is a closed alarm kept?"}`, from))
		return a.Answer
	}
	for name, ask := range map[string]func(string) string{"plain": plain, "assistant": desk} {
		before := len(model.Requests())
		for i, mail := range []string{herMail, hisMail, herMail} {
			other := herMail
			if mail == herMail {
				other = hisMail
			}
			if said := ask(mail); !strings.Contains(said, mail) || strings.Contains(said, other) {
				t.Errorf("%s: %s is answered %q", name, mail, said)
			}
			if n := len(model.Requests()) - before; n != i+1 {
				t.Errorf("%s: after %d questions the model was asked %d times", name, i+1, n)
			}
		}
		before = len(model.Requests())
		for range 2 {
			ask("somebody")
		}
		if n := len(model.Requests()) - before; n != 1 {
			t.Errorf("%s: without tokens the model was asked %d times", name, n)
		}
	}
	if l := h.Models.CacheLook(); l.Levels[1].Hits != 2 {
		t.Errorf("%+v", l)
	}
}
