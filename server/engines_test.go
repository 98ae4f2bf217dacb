package server_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/engine"
	"wenyuan/internal/testenv"
)

// TestEngineRoutes shows an engine, has it stopped and started, and keeps that in the audit. Nobody
// declares one over HTTP.
func TestEngineRoutes(t *testing.T) {
	t.Parallel()
	h := openWith(t, app.Config{Env: os.Getenv, Models: []gateway.Spec{{Name: "writer", Engine: &engine.Spec{Command: testenv.ScriptedCommand(t, "A pump runs for two hours.")}}}})
	var list struct{ Engines []engine.Status }
	h.into(t, &list, "GET", "/api/gateway/engines", "")
	if len(list.Engines) != 1 || list.Engines[0].State != engine.Stopped || list.Engines[0].Max != 1 {
		t.Errorf("%+v", list)
	}
	ask := `{"model": "writer", "messages": [{"role": "user", "content": "how long?"}]}`
	if resp, text := h.send(t, "POST", "/v1/chat/completions", ask); resp.StatusCode != http.StatusOK || !strings.Contains(text, "A pump runs for two hours.") {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	var s engine.Status
	h.into(t, &s, "POST", "/api/gateway/engines/writer", `{"action": "stop"}`)
	if !s.Held {
		t.Errorf("%+v", s)
	}
	if resp, text := h.send(t, "POST", "/v1/chat/completions", ask); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "was stopped by an operator") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	h.into(t, &s, "POST", "/api/gateway/engines/writer", `{"action": "start"}`)
	if resp, text := h.send(t, "POST", "/v1/chat/completions", ask); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if _, text := h.send(t, "GET", "/api/audit", ""); !strings.Contains(text, "engine.stop") || !strings.Contains(text, "engine.start") {
		t.Errorf("the audit says nothing of it: %s", text)
	}
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/api/gateway/engines/writer", `{"action": "burn"}`, http.StatusBadRequest, "引擎没有“burn”这个操作"},
		{"/api/gateway/engines/other", `{"action": "stop"}`, http.StatusNotFound, "没有名为“other”且带引擎的模型"},
		{"/api/models", `{"name": "mine", "engine": {"command": ["touch", "/tmp/{port}"]}}`, http.StatusForbidden, "模型 mine 指定了要运行的程序，只有配置文件才能这样做"},
	} {
		if resp, text := h.send(t, "POST", c.path, c.body, "Accept-Language", "zh"); resp.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", c.path, resp.StatusCode, text)
		}
	}
	if _, text := h.send(t, "GET", "/metrics", ""); !strings.Contains(text, `wenyuan_engine_instances{model="writer",state="ready"} 1`) || !strings.Contains(text, `wenyuan_engine_failed{model="writer"} 0`) {
		t.Errorf("%s", text)
	}
	if _, text := h.send(t, "GET", "/gateway/live", ""); !strings.Contains(text, "writer/2") {
		t.Errorf("%s", text)
	}
	if _, text := h.send(t, "GET", "/gateway", ""); !strings.Contains(text, "writer") {
		t.Errorf("%s", text)
	}
}
