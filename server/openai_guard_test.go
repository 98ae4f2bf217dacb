package server_test

import (
	"strings"
	"testing"

	"wenyuan/app"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
)

const githubKey = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"

// TestGuardEmbeddings: what becomes a vector is looked at and covered as a question is.
func TestGuardEmbeddings(t *testing.T) {
	t.Parallel()
	model := gatewaytest.New(t, gatewaytest.Vectors(func(string) []float32 { return []float32{1, 2} }))
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "vectors", Replicas: []gateway.Replica{{URL: model.URL}}, Can: []string{"embeddings"}}}})
	for _, attack := range injections {
		resp, text := h.send(t, "POST", "/v1/embeddings", `{"model": "vectors", "input": ["pumps", "`+attack+`"]}`)
		if resp.StatusCode != 400 || !strings.Contains(text, "guard_refused") || len(model.Requests()) != 0 {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	resp, text := h.send(t, "POST", "/v1/embeddings", `{"model": "vectors", "input": ["pumps", "the key is `+githubKey+`"]}`)
	if r := model.Requests(); resp.StatusCode != 200 || len(r) != 1 || strings.Contains(r[0].Body, githubKey) || !strings.Contains(r[0].Body, "the key is") {
		t.Errorf("%d %s %+v", resp.StatusCode, text, r)
	}
}
