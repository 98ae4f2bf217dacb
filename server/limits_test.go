package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
	"wenyuan/server"
)

// two is a house with two declared keys and a model.
func two(t *testing.T, replies ...gatewaytest.Reply) house {
	t.Helper()
	model := gatewaytest.New(t, replies...)
	return openWith(t, app.Config{
		Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}, Price: &gateway.Price{Input: 1, Output: 1, Currency: "USD"}}},
		Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "a", Value: aKey}, {Name: "b", Value: bKey}}}},
	})
}

const (
	aKey = "a-key-that-is-long-enough"
	bKey = "b-key-that-is-long-enough"
)

// as sends a request with a key, and wants a status.
func (h house) as(t *testing.T, key, method, path, body string, status int) (http.Header, string) {
	t.Helper()
	resp, text := h.send(t, method, path, body, "Authorization", "Bearer "+key)
	if resp.StatusCode != status {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.Header, text
}

func TestLimitsOnRequests(t *testing.T) {
	t.Parallel()
	h := two(t)
	head, _ := h.as(t, aKey, "GET", "/api/corpora", "", 200)
	if head.Get("X-RateLimit-Limit-Requests") != "" {
		t.Error("a limit is told where there is none")
	}
	_, text := h.as(t, aKey, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "day", "soft": 2, "hard": 3}, {"kind": "space", "subject": "main", "resource": "money", "span": "month", "hard": 0.5, "currency": "USD"}]}`, 200)
	var set struct {
		Limits []struct {
			ID, Space, Kind, Subject, Resource string
			Soft, Hard                         float64
		}
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil || len(set.Limits) != 2 || set.Limits[0].Hard != 3 || set.Limits[1].Hard != 0.5 || set.Limits[1].Subject != "main" {
		t.Fatalf("%s, %v", text, err)
	}
	for i, left := range []string{"2", "1", "0"} {
		head, _ := h.as(t, aKey, "GET", "/api/corpora", "", 200)
		if head.Get("X-RateLimit-Limit-Requests") != "3" || head.Get("X-RateLimit-Remaining-Requests") != left || head.Get("X-RateLimit-Reset-Requests") == "" {
			t.Errorf("headers of request %d: %v", i+1, head)
		}
		if warned := head.Get("Wenyuan-Limit-Warning"); warned == "your soft limit is passed: 2 requests a day" != (i == 2) {
			t.Errorf("warning of request %d: %q", i+1, warned)
		}
	}
	head, text = h.as(t, aKey, "GET", "/api/corpora", "", 429)
	if head.Get("Retry-After") == "" || !strings.Contains(text, `"code":"limited"`) || !strings.Contains(text, "your limit is reached: 3 requests a day") || head.Get("X-RateLimit-Remaining-Requests") != "0" {
		t.Errorf("refused with %s, %v", text, head)
	}
	_, text = h.as(t, aKey, "GET", "/v1/models", "", 429)
	if !strings.Contains(text, `"type":"rate_limit_error"`) {
		t.Errorf("refused with %s", text)
	}
	h.as(t, bKey, "GET", "/api/corpora", "", 200) // somebody else has their own
	_, text = h.as(t, aKey, "GET", "/api/limits/use", "", 200)
	if !strings.Contains(text, `"of":"a","used":3`) {
		t.Errorf("use: %s", text)
	}
	h.as(t, aKey, "DELETE", "/api/limits/"+set.Limits[0].ID, "", 200)
	h.as(t, aKey, "DELETE", "/api/limits/"+set.Limits[0].ID, "", 404)
	h.as(t, aKey, "GET", "/api/corpora", "", 200)
	_, text = h.as(t, aKey, "GET", "/api/limits", "", 200)
	if strings.Count(text, `"id"`) != 1 {
		t.Errorf("limits: %s", text)
	}
}

func TestLimitsOnModels(t *testing.T) {
	t.Parallel()
	h := two(t, gatewaytest.Say("Hello", " there"))
	h.as(t, aKey, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "tokens_out", "span": "day", "hard": 100}, {"kind": "model", "subject": "writer", "resource": "requests", "span": "day", "hard": 3}]}`, 200)
	const chat = `{"model": "writer", "max_tokens": 60, "messages": [{"role": "user", "content": "Hi"}]}`
	head, text := h.as(t, aKey, "POST", "/v1/chat/completions", chat, 200)
	var reply struct{ Usage wenyuan.Usage }
	if err := json.Unmarshal([]byte(text), &reply); err != nil || reply.Usage.Completion == 0 || head.Get("X-RateLimit-Limit-Tokens") != "100" {
		t.Fatalf("%s, %v, %v", text, err, head)
	}
	h.as(t, aKey, "POST", "/v1/chat/completions", chat, 200) // what was not used of the 60 came back
	head, text = h.as(t, aKey, "POST", "/v1/chat/completions", strings.Replace(chat, "60", "101", 1), 429)
	if !strings.Contains(text, "your limit is reached: 100 output tokens a day") || head.Get("Retry-After") != "" {
		t.Errorf("what never fits: %s, %v", text, head)
	}
	h.as(t, bKey, "POST", "/v1/chat/completions", chat, 200)
	if _, text = h.as(t, bKey, "POST", "/v1/chat/completions", chat, 429); !strings.Contains(text, "the limit of the model writer is reached: 3 requests a day") {
		t.Errorf("over the model's: %s", text)
	}
	_, text = h.send(t, "POST", "/v1/chat/completions", chat, "Authorization", "Bearer "+bKey, "Accept-Language", "zh")
	if !strings.Contains(text, "已达到模型 writer 的限额：每天 3 次请求") {
		t.Errorf("in Chinese: %s", text)
	}
}

func TestBadLimits(t *testing.T) {
	t.Parallel()
	h := two(t)
	for body, status := range map[string]int{
		`{"limits": []}`: 400,
		`{"limits": [{"kind": "group", "resource": "requests", "span": "day", "hard": 3}]}`:                                    400,
		`{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 1.5}]}`:                                 400,
		`{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": -3}]}`:                                  400,
		`{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 1e300}]}`:                               400,
		`{"limits": [{"kind": "person", "subject": "nobody", "resource": "requests", "span": "day", "hard": 3}]}`:              404,
		`{"limits": [{"kind": "space", "subject": "nowhere", "resource": "requests", "span": "day", "hard": 3}]}`:              404,
		`{"limits": [{"kind": "model", "subject": "none", "resource": "requests", "span": "day", "hard": 3}]}`:                 404,
		`{"limits": [{"kind": "person", "space": "nowhere", "resource": "requests", "span": "day", "hard": 3}]}`:               404,
		`{"limits": [{"kind": "person", "subject": "key:a", "resource": "requests", "span": "day", "hard": 3}], "more": true}`: 400,
	} {
		h.as(t, aKey, "PUT", "/api/limits", body, status)
	}
	_, text := h.as(t, aKey, "GET", "/api/limits", "", 200)
	if text != "{\"limits\":[]}\n" {
		t.Errorf("limits: %s", text)
	}
}

// key makes somebody with a role in the space main, and a key.
func (h house) key(t *testing.T, operator, name, role string) string {
	t.Helper()
	h.as(t, operator, "POST", "/api/people", `{"name": "`+name+`", "role": "`+role+`"}`, 200)
	_, text := h.as(t, operator, "POST", "/api/keys", `{"person": "`+name+`"}`, 200)
	return keyIn(t, text)
}

func keyIn(t *testing.T, text string) string {
	t.Helper()
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(text), &made); err != nil || made.Key == "" {
		t.Fatalf("no key in %s: %v", text, err)
	}
	return made.Key
}

// Who may set and see what: an owner what is used in the space, an operator all, everybody else
// their own use.
func TestLimitsOfPeople(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, text := h.send(t, "POST", "/api/init", `{}`)
	operator := keyIn(t, text)
	li, wang := h.key(t, operator, "li", "owner"), h.key(t, operator, "wang", "asker")
	h.as(t, operator, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 100}, {"kind": "person", "subject": "li", "resource": "requests", "span": "day", "hard": 200}]}`, 200)

	h.as(t, wang, "GET", "/api/limits", "", 403)
	h.as(t, wang, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 1}]}`, 403)
	h.as(t, li, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "day", "hard": 1}]}`, 403)
	_, text = h.as(t, li, "PUT", "/api/limits", `{"limits": [{"space": "main", "kind": "person", "subject": "wang", "resource": "requests", "span": "day", "hard": 2}]}`, 200)
	if !strings.Contains(text, `"space":"main","kind":"person","subject":"wang"`) {
		t.Errorf("set: %s", text)
	}
	for key, want := range map[string]string{li: "200", wang: "2"} {
		if head, _ := h.as(t, key, "GET", "/api/corpora", "", 200); head.Get("X-RateLimit-Limit-Requests") != want {
			t.Errorf("told a limit of %s, not %s", head.Get("X-RateLimit-Limit-Requests"), want)
		}
	}
	h.as(t, wang, "GET", "/api/corpora", "", 200)
	if _, text := h.as(t, wang, "GET", "/api/corpora", "", 429); !strings.Contains(text, "your limit is reached: 2 requests a day") {
		t.Errorf("refused with %s", text)
	}
	for _, c := range []struct {
		name, key string
		of        int
		never     string
	}{{"asker", wang, 2, `"li"`}, {"owner", li, 2, `"subject":"wang","resource":"requests","span":"day","hard":100`}, {"operator", operator, 4, "per_"}} {
		_, text := h.as(t, c.key, "GET", "/api/limits/use", "", 200)
		if strings.Count(text, `"of"`) != c.of || strings.Contains(text, c.never) {
			t.Errorf("%s: %s", c.name, text)
		}
	}
	_, text = h.as(t, li, "GET", "/api/limits", "", 200)
	if strings.Count(text, `"id"`) != 1 || strings.Contains(text, "100") {
		t.Errorf("an owner is shown %s", text)
	}
	var all struct{ Limits []struct{ ID, Space string } }
	_, text = h.as(t, operator, "GET", "/api/limits", "", 200)
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all.Limits) != 3 {
		t.Fatalf("an operator is shown %s, %v", text, err)
	}
	for _, l := range all.Limits {
		status := 404 // an owner learns nothing of the house's
		if l.Space == "main" {
			status = 200
		}
		h.as(t, li, "DELETE", "/api/limits/"+l.ID, "", status)
	}
	h.as(t, wang, "GET", "/api/corpora", "", 200)
	_, text = h.as(t, operator, "GET", "/api/audit?action=limit.remove", "", 200)
	if !strings.Contains(text, "limit.remove") {
		t.Errorf("the audit says nothing of it: %s", text)
	}
}

// A stream that nobody reads any more gives its place to the next.
func TestLimitOnStreams(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	h := two(t, gatewaytest.Hang(gone, "one", "two"), gatewaytest.Say("three"))
	h.as(t, aKey, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "concurrency", "hard": 1}]}`, 200)
	ctx, cancel := context.WithCancel(t.Context())
	const chat = `{"model": "writer", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}`
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/v1/chat/completions", strings.NewReader(chat))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+aKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	h.as(t, aKey, "POST", "/v1/chat/completions", chat, 429)
	h.as(t, bKey, "GET", "/api/corpora", "", 200)
	cancel()
	<-gone
	for { // the handler ends a moment after its model was told
		resp, _ := h.send(t, "GET", "/api/corpora", "", "Authorization", "Bearer "+aKey)
		if resp.StatusCode == 200 {
			break
		}
	}
}

// Whichever door somebody comes through, what models do for them is counted for them; what they
// do for a visitor is the space's.
func TestEveryDoorCounts(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "writer", Replicas: []gateway.Replica{{URL: model.URL}}}}})
	h.add(t, "pumps", handbook)
	var set struct{}
	h.into(t, &set, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "tokens_out", "span": "month", "soft": 1000000}, {"kind": "space", "resource": "tokens_out", "span": "month", "soft": 1000000}]}`)
	counted := func() (own, space float64) {
		var list struct {
			Use []struct {
				Limit struct{ Kind string }
				Used  float64
			}
		}
		h.into(t, &list, "GET", "/api/limits/use", "")
		for _, u := range list.Use {
			if u.Limit.Kind == "person" {
				own += u.Used
			} else {
				space += u.Used
			}
		}
		return own, space
	}
	var opened struct{ ID, Name string }
	h.into(t, &opened, "POST", "/api/channels", `{"name": "desk", "kind": "page", "assistant": "pumps"}`)
	a := agent(t, &mcp.StreamableClientTransport{Endpoint: h.url + "/mcp", MaxRetries: -1})
	for _, door := range []struct {
		name    string
		visitor bool
		ask     func()
	}{
		{"ask", false, func() {
			h.send(t, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`)
		}},
		{"a stream", false, func() {
			h.send(t, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps", "stream": true}`)
		}},
		{"an assistant for OpenAI's clients", false, func() {
			h.send(t, "POST", "/v1/chat/completions", `{"model": "pumps", "messages": [{"role": "user", "content": "For how many days is a closed alarm kept?"}]}`)
		}},
		{"a model for OpenAI's clients", false, func() {
			h.send(t, "POST", "/v1/chat/completions", `{"model": "writer", "messages": [{"role": "user", "content": "Hi"}]}`)
		}},
		{"an agent", false, func() {
			var answer struct{}
			call(t, a, "ask", map[string]any{"question": "For how many days is a closed alarm kept?"}, &answer)
		}},
		{"the test of a model", false, func() { h.send(t, "POST", "/api/models/writer/test", "") }},
		{"a visitor", true, func() {
			h.send(t, "POST", "/p/"+opened.Name, "question=For+how+many+days+is+a+closed+alarm+kept%3F", "Content-Type", "application/x-www-form-urlencoded", "Origin", h.url)
		}},
	} {
		own, space := counted()
		asked := len(model.Requests())
		door.ask()
		nowOwn, nowSpace := counted()
		if len(model.Requests()) == asked {
			t.Errorf("%s: no model was asked", door.name)
		}
		if nowSpace <= space || (nowOwn > own) == door.visitor {
			t.Errorf("%s: from %v and %v to %v and %v", door.name, own, space, nowOwn, nowSpace)
		}
	}
}

// What is set on one server holds for the next request on another, and together they let through
// no more than the limit.
func TestLimitsOfTwoServers(t *testing.T) {
	t.Parallel()
	c := app.Config{Database: testenv.Postgres(t), Server: server.Config{Access: server.Access{Keys: []server.Key{{Name: "a", Value: aKey}, {Name: "b", Value: bKey}}}}}
	one, other := openWith(t, c), openWith(t, c)
	other.as(t, bKey, "GET", "/api/corpora", "", 200)
	one.as(t, aKey, "PUT", "/api/limits", `{"limits": [{"kind": "person", "resource": "requests", "span": "month", "hard": 20}]}`, 200)
	if head, _ := other.as(t, bKey, "GET", "/api/corpora", "", 200); head.Get("X-RateLimit-Limit-Requests") != "20" {
		t.Errorf("the other server does not know the limit: %v", head)
	}
	through := 1
	for range 30 {
		for _, h := range []house{one, other} {
			if resp, _ := h.send(t, "GET", "/api/corpora", "", "Authorization", "Bearer "+bKey); resp.StatusCode == 200 {
				through++
			}
		}
	}
	if through > 20 || through < 12 {
		t.Errorf("%d requests of 20 came through", through)
	}
}
