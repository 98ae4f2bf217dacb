package server_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// explainedReply is what the interface says of a request.
type explainedReply struct {
	Request string
	Calls   []struct {
		Model, Level, Replica, Because, Code string
		First                                int64 `json:"first_us"`
		Steps                                []struct{ Kind, Where, Why, Result, Because, Came string }
	}
}

const plainAsk = `{"model": "m", "messages": [{"role": "user", "content": "How long is a closed alarm kept?"}]}`

// TestExplain: a request whose first replica failed is told of with both, and holds no word of it.
func TestExplain(t *testing.T) {
	t.Parallel()
	bad := gatewaytest.New(t, gatewaytest.Fail(502, "no"))
	good := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: bad.URL}, {URL: good.URL, Priority: 1}}}}})
	resp, text := h.send(t, "POST", "/v1/chat/completions", plainAsk)
	if resp.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	id := resp.Header.Get("X-Request-Id")
	var e explainedReply
	h.into(t, &e, "GET", "/api/gateway/requests/"+id, "")
	if len(e.Calls) != 1 || e.Calls[0].Level != "model" || e.Calls[0].Replica != good.URL || e.Calls[0].First == 0 {
		t.Fatalf("%+v", e)
	}
	var tried []string
	for _, s := range e.Calls[0].Steps {
		if s.Kind == "replica" {
			tried = append(tried, s.Where+" "+s.Why+" "+s.Result)
		}
	}
	if len(tried) != 2 || !strings.HasPrefix(tried[0], bad.URL) || !strings.HasSuffix(tried[0], "failed") || tried[1] != good.URL+" retry good" {
		t.Errorf("%q", tried)
	}
	_, raw := h.send(t, "GET", "/api/gateway/requests/"+id, "", "Accept-Language", "zh")
	if !strings.Contains(raw, "前一个副本在发出内容之前失败") || strings.Contains(raw, "alarm") || strings.Contains(raw, "an answer") {
		t.Error(raw)
	}
	resp, raw = h.send(t, "GET", "/gateway/requests/"+id, "", "Accept", "text/html")
	if resp.StatusCode != http.StatusOK || !strings.Contains(raw, "failed before anything was sent") {
		t.Error(resp.StatusCode, raw)
	}
	if resp, _ := h.send(t, "GET", "/api/gateway/requests/req_NOBODY", ""); resp.StatusCode != http.StatusNotFound {
		t.Error(resp.StatusCode)
	}
	var list struct{ Calls []json.RawMessage }
	h.into(t, &list, "GET", "/api/gateway/requests?find="+id[4:], "")
	if len(list.Calls) != 1 {
		t.Errorf("%d calls are found", len(list.Calls))
	}
}

// TestLiveState: the state, its stream and the page tell of what was asked.
func TestLiveState(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	resp, _ := h.send(t, "POST", "/v1/chat/completions", plainAsk)
	id := resp.Header.Get("X-Request-Id")
	var state struct {
		Models []struct {
			Model    string
			Replicas []struct {
				ID, State string
				Requests  int
			}
			Queue   struct{ Places int }
			Seconds []struct{ Offered int }
		}
		Cache *struct{ Levels []struct{ Level string } }
	}
	h.into(t, &state, "GET", "/api/gateway?seconds=60", "")
	if len(state.Models) != 1 || len(state.Models[0].Replicas) != 1 || state.Models[0].Replicas[0].Requests != 1 || state.Models[0].Queue.Places == 0 || len(state.Models[0].Seconds) != 60 || state.Cache == nil {
		t.Fatalf("%+v", state)
	}
	for path, event := range map[string]string{"/api/gateway/live": "state", "/gateway/live/parts?model=m": "parts"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		lines, n := bufio.NewScanner(resp.Body), 0
		lines.Buffer(nil, 1<<20)
		for n < 2 && lines.Scan() {
			if lines.Text() == "event: "+event {
				n++
			}
		}
		resp.Body.Close()
		if n != 2 {
			t.Errorf("%s: %d events, %v", path, n, lines.Err())
		}
	}
	resp, page := h.send(t, "GET", "/gateway/live", "", "Accept", "text/html", "Accept-Language", "zh")
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, id) || !strings.Contains(page, "服务中") || !strings.Contains(page, m.URL) {
		t.Error(resp.StatusCode, page)
	}
}

var sampleLine = regexp.MustCompile(`^([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? [0-9.e+-]+$`)

// TestGatewayMetrics: the exposition has each family once, each sample once, and no person.
func TestGatewayMetrics(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "m", Replicas: []gateway.Replica{{URL: m.URL}}}}})
	h.send(t, "POST", "/v1/chat/completions", plainAsk)
	_, text := h.send(t, "GET", "/metrics", "")
	families, samples := map[string]string{}, map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			if families[name] != "" {
				t.Errorf("%s stands twice", name)
			}
			families[name] = kind
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		parts := sampleLine.FindStringSubmatch(line)
		if parts == nil {
			t.Errorf("not a sample: %q", line)
			continue
		}
		base := parts[1]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if b := strings.TrimSuffix(base, suffix); families[b] == "histogram" {
				base = b
			}
		}
		if families[base] == "" {
			t.Errorf("%s has no type", parts[1])
		}
		if key := parts[1] + parts[2]; samples[key] {
			t.Errorf("%s stands twice", key)
		} else {
			samples[key] = true
		}
	}
	for _, want := range []string{
		`wenyuan_gateway_calls_total{model="m",outcome="answered"} 1`, `wenyuan_gateway_answers_total{model="m",level="model"} 1`,
		`gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="wenyuan",gen_ai_request_model="m"} 1`,
		`gen_ai_client_operation_duration_seconds_bucket{gen_ai_operation_name="chat",gen_ai_provider_name="wenyuan",gen_ai_request_model="m",le="+Inf"} 1`,
		`outcome="good"} 1`, `wenyuan_queue_waiting{model="m"`, `wenyuan_cache_hits_total{level="memory"} 0`, `wenyuan_replica_state{model="m"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

// TestWhoSeesCalls: an asker sees their own calls without where replicas are, an editor those of the
// space, an operator the house; to others a call is not there.
func TestWhoSeesCalls(t *testing.T) {
	t.Parallel()
	m := gatewaytest.New(t, gatewaytest.Say("an answer"))
	p := inhabit(t)
	p.as(t, "operator", "POST", "/api/models", `{"name": "m", "replicas": [{"url": "`+m.URL+`"}]}`, nil)
	resp, text := p.send(t, "POST", "/v1/chat/completions", plainAsk, bearerOf(p.key["asker"])...)
	if resp.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	path := "/api/gateway/requests/" + resp.Header.Get("X-Request-Id")
	for who, want := range map[string]struct {
		status int
		where  bool
	}{"asker": {200, false}, "editor": {200, true}, "owner": {200, true}, "operator": {200, true}, "viewer": {404, false}, "reviewer": {404, false}, "reader": {404, false}, "stranger": {404, false}} {
		resp, text := p.send(t, "GET", path, "", bearerOf(p.key[who])...)
		if resp.StatusCode != want.status || strings.Contains(text, m.URL) != want.where {
			t.Errorf("%s: %d %s", who, resp.StatusCode, text)
		}
		var list struct{ Calls []json.RawMessage }
		if who != "stranger" {
			p.as(t, who, "GET", "/api/gateway/requests", "", &list)
		}
		if (len(list.Calls) > 0) != (want.status == 200) {
			t.Errorf("%s: %d calls", who, len(list.Calls))
		}
	}
	for who, want := range map[string]int{"asker": 403, "viewer": 403, "editor": 200, "owner": 200, "operator": 200} {
		resp, text := p.send(t, "GET", "/api/gateway", "", bearerOf(p.key[who])...)
		if resp.StatusCode != want || strings.Contains(text, m.URL) != (who == "owner" || who == "operator") {
			t.Errorf("%s: %d %s", who, resp.StatusCode, text)
		}
	}
}
