package ollama_test

import (
	"net/http"
	"testing"

	"wenyuan/gateway/drift"
	. "wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/ollama"
	"wenyuan/gateway/wire"
)

// TestOllamaSaysWhatItRuns reads what /api/show and /api/version say.
func TestOllamaSaysWhatItRuns(t *testing.T) {
	t.Parallel()
	srv := New(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := `{"version": "0.9.1"}`
		if r.URL.Path == "/api/show" {
			body = `{"template": "{{ .Prompt }}", "details": {"family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}, "model_info": {"qwen2.context_length": 32768}}`
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	})
	f, err := ollama.New(wire.Config{Name: "qwen", URL: srv.URL}).Identify(t.Context())
	want := drift.Fingerprint{Engine: "ollama", Model: "qwen2 7.6B", Build: "0.9.1", Quantisation: "Q4_K_M", Template: drift.Short("{{ .Prompt }}"), Context: 32768}
	if err != nil || f != want {
		t.Errorf("%+v, %v", f, err)
	}
}
