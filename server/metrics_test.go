package server_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

// TestMetricsOfNames: models and replicas are named in the figures as they are called, with what happened
// to them, and Prometheus' own tool reads all of it where it is installed.
func TestMetricsOfNames(t *testing.T) {
	t.Parallel()
	bad := gatewaytest.New(t, gatewaytest.Fail(500, "no"))
	good := gatewaytest.New(t, gatewaytest.Say("an answer"))
	const name = "模型@m/1"
	h := openWith(t, app.Config{Models: []gateway.Spec{
		{Name: name, Replicas: []gateway.Replica{{URL: bad.URL, Region: "a\u200b\u00a0b"}, {URL: good.URL, Priority: 1}}},
		{Name: "other", Replicas: []gateway.Replica{{URL: bad.URL}}}}})
	for i := range 12 {
		h.send(t, "POST", "/v1/chat/completions", fmt.Sprintf(`{"model": %q, "messages": [{"role": "user", "content": "%d"}]}`, []string{name, "other"}[i%2], i))
	}
	resp, text := h.send(t, "GET", "/metrics", "")
	if resp.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	for _, want := range []string{`wenyuan_replica_events_total{model="` + name + `",replica="` + bad.URL + `",event="ejected"}`, `gen_ai_client_operation_duration_seconds_count`, `wenyuan_goroutines `} {
		if !strings.Contains(text, want) {
			t.Errorf("the figures lack %s", want)
		}
	}
	tool, err := exec.LookPath("promtool")
	if err != nil {
		return // TestGatewayMetrics looks at the form
	}
	check := exec.CommandContext(t.Context(), tool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil && !onlyAdvice(string(out)) {
		t.Errorf("%v\n%s", err, out)
	}
}

// onlyAdvice says whether promtool read all and has thoughts about names alone.
func onlyAdvice(out string) bool { return !strings.Contains(out, "error while linting") }
