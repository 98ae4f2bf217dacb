package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/trace"
)

// moody is a model whose server may change its mind.
type moody struct {
	*gatewaytest.Server
	now atomic.Pointer[gatewaytest.Reply]
}

func newMoody(t *testing.T, first gatewaytest.Reply) *moody {
	m := &moody{}
	m.be(first)
	m.Server = gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) { (*m.now.Load())(w, r) })
	return m
}

func (m *moody) be(r gatewaytest.Reply) { m.now.Store(&r) }

// crowded is what a server says that has too much to do.
func crowded() gatewaytest.Reply {
	return gatewaytest.Fail(http.StatusTooManyRequests, `{"error": {"message": "slow down", "type": "rate_limit_error"}}`, "Content-Type", "application/json", "Retry-After", "7")
}

const (
	kept400 = "A closed alarm is kept for 400 days [1]."
	alarmed = "For how many days is a closed alarm kept?"
)

// ladderHouse is a house with two models, and an assistant with a ladder.
func ladderHouse(t *testing.T, settings string) (h house, first, small *moody) {
	first, small = newMoody(t, gatewaytest.Say(kept400)), newMoody(t, gatewaytest.Say("Kept for 400 days is a closed alarm [1]."))
	h = openWith(t, app.Config{Models: []gateway.Spec{
		{Name: "large", Replicas: []gateway.Replica{{URL: first.URL}}, Location: "inside"},
		{Name: "small", Replicas: []gateway.Replica{{URL: small.URL}}, Location: "inside"},
	}})
	h.add(t, "pumps", talks)
	var as struct{ Ladder []string }
	h.into(t, &as, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "large", `+settings+`}`)
	return h, first, small
}

func (h house) asks(t *testing.T, question string) (a wenyuan.Answer) {
	t.Helper()
	h.into(t, &a, "POST", "/api/ask", `{"question": "`+question+`", "assistant": "helper"}`)
	return a
}

// climbed are the rungs that the trace of an answer names.
func (h house) climbed(t *testing.T, a wenyuan.Answer) (rungs []string) {
	t.Helper()
	var tr trace.Trace
	h.into(t, &tr, "GET", "/api/traces/"+a.Trace, "")
	for _, s := range tr.Steps {
		if s.Name == "ladder" {
			rungs = append(rungs, s.Summary)
		}
	}
	return rungs
}

// A model that is too busy is replaced by another one, and the answer says by whom it is.
func TestLadderTakesAnotherModel(t *testing.T) {
	t.Parallel()
	h, first, small := ladderHouse(t, `"ladder": ["model:small", "extractive"]`)
	if a := h.asks(t, alarmed); a.Degraded != "" || a.Notice != "" || len(small.Requests()) != 0 {
		t.Errorf("%q %q", a.Degraded, a.Notice)
	}
	for name, mood := range map[string]gatewaytest.Reply{"crowded": crowded(), "broken": gatewaytest.Fail(http.StatusInternalServerError, "")} {
		first.be(mood)
		a := h.asks(t, alarmed)
		if a.Refused || a.Degraded != "model:small" || !strings.Contains(a.Answer, "Kept for 400 days") || !strings.Contains(a.Notice, "written by the model small") || !strings.Contains(a.Notice, "large did not answer") {
			t.Errorf("%s: %+v", name, a)
		}
		var model string
		for _, v := range a.Versions {
			if v.Kind == "model" {
				model += v.Name
			}
		}
		if model != "small" {
			t.Errorf("%s: the record names the model %q", name, model)
		}
		if rungs := h.climbed(t, a); len(rungs) != 1 || !strings.HasPrefix(rungs[0], "model:small (") {
			t.Errorf("%s: %q", name, rungs)
		}
	}
	if a := h.asks(t, "已关闭的 alarm 保留多少天？"); a.Degraded == "model:small" && !strings.Contains(a.Notice, "以下回答由模型 small 撰写") {
		t.Errorf("%+v", a)
	}
	small.be(crowded())
	a := h.asks(t, alarmed)
	if a.Degraded != "extractive" || !strings.Contains(a.Answer, "400 days") || !strings.Contains(a.Notice, "the documents' own sentences") || len(h.climbed(t, a)) != 2 {
		t.Errorf("%+v", a)
	}
}

// An answer that was kept is given past its time where the model has none, and only to the same question.
func TestLadderGivesAKeptAnswer(t *testing.T) {
	t.Parallel()
	h, first, _ := ladderHouse(t, `"ladder": ["stale"], "extractive": false`)
	before := h.asks(t, alarmed)
	again := h.asks(t, alarmed)
	if before.Degraded+again.Degraded != "" || len(first.Requests()) != 2 {
		t.Fatalf("%q %q, %d requests", before.Degraded, again.Degraded, len(first.Requests()))
	}
	first.be(crowded())
	a := h.asks(t, alarmed)
	if a.Degraded != "stale" || a.Answer != before.Answer || !strings.Contains(a.Notice, "kept of the same question") || len(a.Citations) != 1 {
		t.Errorf("%+v", a)
	}
	resp, text := h.send(t, "POST", "/api/ask", `{"question": "What restarts a pump?", "assistant": "helper"}`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, `"limited"`) {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
	resp, text = h.send(t, "POST", "/v1/chat/completions", `{"model": "helper", "messages": [{"role": "user", "content": "What restarts a pump?"}]}`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "rate_limit") {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
}

// A model that hangs is given up at the deadline, and the documents' own sentences answer.
func TestLadderAtTheDeadline(t *testing.T) {
	t.Parallel()
	h, first, _ := ladderHouse(t, `"ladder": ["extractive"], "extractive": false`)
	gone := make(chan struct{})
	first.be(gatewaytest.Hang(gone))
	resp, text := h.send(t, "POST", "/api/ask", `{"question": "`+alarmed+`", "assistant": "helper"}`, "Wenyuan-Deadline", "0.3")
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"degraded":"extractive"`) || !strings.Contains(text, "400 days") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	<-gone
}

// What is no ladder is refused, with what one is.
func TestLadderOutOfBounds(t *testing.T) {
	t.Parallel()
	h, _, _ := ladderHouse(t, `"ladder": ["model:small", "stale"]`)
	for ladder, says := range map[string]string{
		`["model:nobody"]`:                   "nobody",
		`["model:large"]`:                    "ladder",
		`["model:"]`:                         "ladder",
		`["faster"]`:                         "ladder",
		`["stale", "stale"]`:                 "ladder",
		`["extractive", "stale"]`:            "ladder",
		`["model:small", "extractive ", ""]`: "ladder",
	} {
		resp, text := h.send(t, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "large", "ladder": `+ladder+`}`)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", ladder, resp.StatusCode, text)
		}
	}
	var as struct {
		Ladder     []string
		Extractive bool
		Hash       string
	}
	h.into(t, &as, "GET", "/api/assistants/helper", "")
	if strings.Join(as.Ladder, " ") != "model:small stale extractive" || !as.Extractive {
		t.Errorf("%+v", as)
	}
	whole := as.Hash
	h.into(t, &as, "PUT", "/api/assistants/helper", `{"corpora": ["pumps"], "model": "large", "ladder": ["model:small", "stale", "extractive"]}`)
	if as.Hash != whole {
		t.Error("equal settings have two hashes")
	}
}
