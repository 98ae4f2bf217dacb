package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
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
