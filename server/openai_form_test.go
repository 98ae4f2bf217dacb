package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
)

// formHouse has a model that takes schemas and one that takes none, on one scripted server.
func formHouse(t *testing.T, replies ...gatewaytest.Reply) (house, *gatewaytest.Server) {
	t.Helper()
	model := gatewaytest.New(t, replies...)
	spec := func(name string, can ...string) gateway.Spec {
		return gateway.Spec{Name: name, Replicas: []gateway.Replica{{URL: model.URL}}, Can: can}
	}
	return openWith(t, app.Config{Models: []gateway.Spec{spec("plain", "chat"), spec("schemas", "chat", "json_schema")}}), model
}

const daysSchema = `{"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"], "additionalProperties": false}`

// asked is a request to a plain model; more are further fields.
func asked(model string, stream bool, more string) string {
	return fmt.Sprintf(`{"model": %q, "stream": %v, "messages": [{"role": "user", "content": "How many days?"}], %s}`, model, stream, more)
}

type chatBody struct {
	Choices []struct {
		Message struct{ Content string }
		Delta   struct{ Content string }
		Finish  string `json:"finish_reason"`
	}
	Usage struct {
		Total int `json:"total_tokens"`
	}
}

// TestForms: every form is told to the model in the way that it takes, an answer in the form goes
// through, and one that is not is asked for once more.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, model, more, bad, good string }{
		{"response_format", "schemas", `"response_format": {"type": "json_schema", "json_schema": {"name": "d", "schema": ` + daysSchema + `}}`, `{"days": "many"}`, `{"days": 400}`},
		{"in words", "plain", `"response_format": {"type": "json_schema", "json_schema": {"name": "d", "schema": ` + daysSchema + `}}`, `Sure! {"days": 400}`, `{"days": 400}`},
		{"json_object", "schemas", `"response_format": {"type": "json_object"}`, `[400]`, `{"days": 400}`},
		{"guided_json", "schemas", `"guided_json": ` + daysSchema, `{}`, `{"days": 400}`},
		{"guided_json as a text", "plain", `"guided_json": ` + string(must(json.Marshal(daysSchema))), `{"days": 1.5}`, `{"days": 400}`},
		{"guided_regex", "plain", `"guided_regex": "\\d+ days"`, `About 400 days`, `400 days`},
		{"guided_choice", "plain", `"guided_choice": ["few", "many"]`, `Many.`, `many`},
		{"guided_grammar", "plain", `"guided_grammar": "root ::= [0-9]+ \" days\""`, `days`, `400 days`},
		{"structured_outputs", "plain", `"structured_outputs": {"choice": ["few", "many"]}`, `lots`, `few`},
		{"grammar of llama.cpp", "plain", `"grammar": "root ::= \"yes\" | \"no\""`, `maybe`, `no`},
		{"json_schema of llama.cpp", "schemas", `"json_schema": ` + daysSchema, `{"day": 1}`, `{"days": 400}`},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, stream), func(t *testing.T) {
				t.Parallel()
				h, model := formHouse(t, gatewaytest.Say(cutIn(c.bad, 3)...), gatewaytest.Say(cutIn(c.good, 2)...))
				resp, text := h.send(t, "POST", "/v1/chat/completions", asked(c.model, stream, c.more))
				requests := model.Requests()
				if resp.StatusCode != 200 || len(requests) != 2 || said(t, text, stream) != c.good {
					t.Fatalf("%d after %d calls: %s", resp.StatusCode, len(requests), text)
				}
				first, again := requests[0], requests[1].Messages
				if strings.Contains(first.Body, `"response_format"`) != (c.model == "schemas") || (first.Messages[0].Role == "system") != (c.model == "plain") {
					t.Errorf("the form was told so: %s", first.Body)
				}
				last := again[len(again)-1]
				if last.Role != "user" || !strings.Contains(last.Content, "does not have the form") || strings.Contains(last.Content, ": .") {
					t.Errorf("asked anew with %q", last.Content)
				}
			})
		}
	}
}

// said is the text of an answer.
func said(t *testing.T, body string, stream bool) (text string) {
	t.Helper()
	var c chatBody
	if !stream {
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		return c.Choices[0].Message.Content
	}
	for line := range strings.Lines(body) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		c = chatBody{}
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			t.Fatal(err)
		}
		for _, x := range c.Choices {
			text += x.Delta.Content
		}
	}
	return text
}

// TestFormFails: twice wrong is an error that says what was wrong, the usage of both calls is told,
// and what was sent already is not taken back.
func TestFormFails(t *testing.T) {
	t.Parallel()
	const more = `"guided_json": ` + daysSchema
	h, model := formHouse(t, gatewaytest.Say(`{"days": "many"}`))
	resp, text := h.send(t, "POST", "/v1/chat/completions", asked("schemas", false, more))
	if resp.StatusCode != 503 || !strings.Contains(text, "/days") || len(model.Requests()) != 2 {
		t.Errorf("%d after %d: %s", resp.StatusCode, len(model.Requests()), text)
	}
	resp, text = h.send(t, "POST", "/v1/chat/completions", asked("schemas", true, more))
	if !strings.Contains(text, "does not have the form") {
		t.Errorf("%d: %s", resp.StatusCode, text)
	}
	h, model = formHouse(t, gatewaytest.Say(`{"days": 400}`))
	var one, two chatBody
	h.into(t, &one, "POST", "/v1/chat/completions", asked("schemas", false, more))
	h, model = formHouse(t, gatewaytest.Say("```json\n{\"days\": 400}\n```"))
	h.into(t, &two, "POST", "/v1/chat/completions", asked("schemas", false, more))
	if two.Choices[0].Message.Content != `{"days": 400}` || len(model.Requests()) != 1 {
		t.Errorf("%d calls, %+v", len(model.Requests()), two)
	}
	h, _ = formHouse(t, gatewaytest.Say(`{"days": 0.5}`), gatewaytest.Say(`{"days": 400}`))
	h.into(t, &two, "POST", "/v1/chat/completions", asked("schemas", false, more))
	if two.Usage.Total <= one.Usage.Total {
		t.Errorf("one call took %d tokens, two %d", one.Usage.Total, two.Usage.Total)
	}
	long := `{"text": "A closed alarm is kept for 400 days. A confirmed one stays until it is closed. Pumps are looked at each spring, valves in autumn. `
	for i := range 20 {
		long += fmt.Sprintf("Part %d has its own page, with the number %d. ", i, 7*i)
	}
	heard := make(chan struct{}, 2)
	h, model = formHouse(t, gatewaytest.Heard(heard, long, `", "days": "x"}`))
	text = h.heard(t, heard, "400 days", asked("schemas", true, `"guided_json": {"properties": {"days": {"type": "integer"}}}`))
	if len(model.Requests()) != 1 || !strings.Contains(text, "does not have the form") || !strings.Contains(text, "400 days") || strings.Contains(text, "[DONE]") {
		t.Errorf("%d calls: %s", len(model.Requests()), text)
	}
}

// heard reads a plain model's answer, and says when it has come as far as some words.
func (h house) heard(t *testing.T, said chan<- struct{}, as, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	told := false
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if !told && strings.Contains(lines.Text(), as) {
			told = true
			said <- struct{}{} // the first piece was heard
			said <- struct{}{} // and nobody waits for the second one to be
		}
	}
	return text.String()
}

func TestFormsRefused(t *testing.T) {
	t.Parallel()
	h, model := formHouse(t, gatewaytest.Say("never said"))
	for more, says := range map[string]string{
		`"guided_regex": "("`:                                                              "regular expression",
		`"guided_choice": ["a"], "guided_regex": "b"`:                                      "2 forms",
		`"guided_grammar": "start: x"`:                                                     "grammar",
		`"guided_json": {"$ref": "http://127.0.0.1/x"}`:                                    "JSON Schema",
		`"response_format": {"type": "json_object"}, "structured_outputs": {"regex": "a"}`: "2 forms",
	} {
		if resp, text := h.send(t, "POST", "/v1/chat/completions", asked("plain", false, more)); resp.StatusCode != 400 || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", more, resp.StatusCode, text)
		}
	}
	h.add(t, "pumps", handbook)
	if resp, text := h.send(t, "POST", "/v1/chat/completions", asked("pumps", false, `"guided_choice": ["a"]`)); resp.StatusCode != 400 || !strings.Contains(text, "cited sentences") {
		t.Errorf("an assistant: %d %s", resp.StatusCode, text)
	}
	if len(model.Requests()) != 0 {
		t.Error("the model was asked")
	}
}

// TestFormsOnARealServer: llama.cpp's server takes a schema and answers by it.
func TestFormsOnARealServer(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "real", Replicas: []gateway.Replica{{URL: testenv.ScriptedServer(t, `{"days": 400}`)}}, Can: []string{"chat", "json_schema"}}}})
	for _, stream := range []bool{false, true} {
		resp, text := h.send(t, "POST", "/v1/chat/completions", asked("real", stream, `"guided_json": `+daysSchema))
		if resp.StatusCode != 200 || said(t, text, stream) != `{"days": 400}` {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
}

// TestFencedForm: the fence that a model puts around JSON is taken off, also in a stream.
func TestFencedForm(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{false, true} {
		h, model := formHouse(t, gatewaytest.Say(cutIn("```json\n{\"days\": 400}\n```\n", 3)...))
		_, text := h.send(t, "POST", "/v1/chat/completions", asked("plain", stream, `"guided_json": `+daysSchema))
		if got := said(t, text, stream); got != `{"days": 400}` || len(model.Requests()) != 1 {
			t.Errorf("%v: %q after %d calls", stream, got, len(model.Requests()))
		}
	}
}

// TestUnfinishedStream: what is held back of an answer that breaks off is not sent, and the client is
// told.
func TestUnfinishedStream(t *testing.T) {
	t.Parallel()
	h, _ := formHouse(t, gatewaytest.EndEarly("It is kept for 400 days. The rest of this sentence"))
	_, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "plain", "stream": true, "messages": [{"role": "user", "content": "How long?"}]}`)
	if strings.Contains(text, "The rest") || strings.Contains(text, "finish_reason\":\"stop") || !strings.Contains(text, `"error"`) {
		t.Errorf("%s", text)
	}
}
