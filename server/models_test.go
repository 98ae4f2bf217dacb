package server_test

import (
	"net/http"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/corpus"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestModelRoutes declares, lists, tries and removes a model over HTTP. No reply holds a key.
func TestModelRoutes(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("A closed alarm is kept for 400 days [1]."))
	const secret = "sk-models-4711"
	h := openWith(t, app.Config{Key: func(env string) gateway.Secret { return gateway.Secret(map[string]string{"SET": secret}[env]) }})
	h.add(t, "pumps", handbook)
	spec := `{"name": "a/b", "replicas": [{"url": "` + m.URL + `", "key_env": "SET"}], "price": {"input": 1000, "output": 2000, "currency": "EUR"}}`
	var declared gateway.Listed
	h.into(t, &declared, "POST", "/api/models", spec)
	if declared.Name != "a/b" || declared.Location != "inside" || declared.Declared || len(declared.Missing) != 0 || len(declared.Hash) != 64 {
		t.Errorf("%+v", declared)
	}
	var report gateway.Report
	h.into(t, &report, "POST", "/api/models/a%2Fb/test", "")
	if !report.OK || len(report.Checks) != 1 || m.Requests()[0].Header.Get("Authorization") != "Bearer "+secret {
		t.Errorf("%+v", report)
	}
	var a wenyuan.Answer
	h.into(t, &a, "POST", "/api/ask", `{"question": "For how many days is a closed alarm kept?", "corpus": "pumps"}`)
	if a.Usage == nil || a.Usage.Currency != "EUR" || a.Usage.Cost != 7*0.001+1*0.002 {
		t.Errorf("usage %+v", a.Usage)
	}
	_, figures := h.send(t, "GET", "/metrics", "")
	for _, line := range []string{
		`wenyuan_model_requests_total{model="a/b",space="main"} 2`, `wenyuan_model_tokens_total{model="a/b",space="main",kind="prompt"} 14`, `wenyuan_model_tokens_total{model="a/b",space="main",kind="completion"} 2`,
		`wenyuan_model_cost_total{model="a/b",space="main",currency="EUR"} 0.018`, `wenyuan_model_first_tokens_total{model="a/b",space="main"} 2`, `wenyuan_model_first_token_seconds_total{model="a/b",space="main"} `,
	} {
		if !strings.Contains(figures, line) {
			t.Errorf("%s is not in\n%s", line, figures)
		}
	}
	var list struct{ Models []gateway.Listed }
	h.into(t, &list, "GET", "/api/models", "")
	if len(list.Models) != 1 || list.Models[0].Replicas[0].KeyEnv != "SET" {
		t.Errorf("%+v", list)
	}
	for _, path := range []string{"/api/models", "/api/status", "/metrics", "/api/traces/" + a.Trace} {
		if _, text := h.send(t, "GET", path, ""); strings.Contains(text, secret) {
			t.Errorf("%s shows the key", path)
		}
	}
	h.into(t, &declared, "DELETE", "/api/models/a%2Fb", "")
	for _, c := range []struct{ method, path, body, says string }{
		{"DELETE", "/api/models/a%2Fb", "", "没有名为“a/b”的模型"},
		{"POST", "/api/models", strings.Replace(spec, `"price"`, `"tokenizer": "nosuch", "price"`, 1), "请用 engine，或其中之一：o200k_base, cl100k_base"},
		{"POST", "/api/models/a%2Fb/test", "", "没有名为“a/b”的模型"},
		{"POST", "/api/models", `{"name": "x", "replicas": [{"url": "http://127.0.0.1:1", "dialect": "latin"}]}`, "replicas[0].dialect: 没有“latin”"},
		{"POST", "/api/models", `{"name": "x", "key": "sk-1"}`, "key"},
	} {
		resp, text := h.send(t, c.method, c.path, c.body, "Accept-Language", "zh")
		if resp.StatusCode == http.StatusOK || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, resp.StatusCode, text)
		}
	}
}

func TestClosedRoute(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Closed: []string{"personnel"}})
	var c corpus.Corpus
	h.into(t, &c, "POST", "/api/corpora", `{"name": "a", "closed": true}`)
	if !c.Closed || c.Declared {
		t.Errorf("%+v", c)
	}
	h.into(t, &c, "POST", "/api/corpora", `{"name": "a"}`)
	if !c.Closed {
		t.Error("making a corpus that is there opened it")
	}
	h.add(t, "a", handbook)
	h.into(t, &c, "PATCH", "/api/corpora/a", `{"closed": false}`)
	if c.Closed || c.Documents != 2 || c.Ready != 2 || c.Passages == 0 {
		t.Errorf("%+v", c)
	}
	h.into(t, &c, "POST", "/api/corpora", `{"name": "personnel"}`)
	if !c.Closed || !c.Declared {
		t.Errorf("%+v", c)
	}
	for path, want := range map[string]int{"/api/corpora/personnel": 409, "/api/corpora/none": 404} {
		if resp, text := h.send(t, "PATCH", path, `{"closed": false}`); resp.StatusCode != want {
			t.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
	}
	if resp, text := h.send(t, "PATCH", "/api/corpora/a", `{}`); resp.StatusCode != 400 {
		t.Errorf("nothing to set: %d %s", resp.StatusCode, text)
	}
}
