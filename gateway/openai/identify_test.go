package openai_test

import (
	"net/http"
	"testing"

	"wenyuan/gateway/drift"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
	"wenyuan/internal/testenv"
)

// TestLlamaSaysWhatItRuns: a real llama.cpp server tells its build, its chat template and how its
// weights are kept.
func TestLlamaSaysWhatItRuns(t *testing.T) {
	t.Parallel()
	url := testenv.ScriptedServer(t, "Yes.")
	f, err := openai.New(wire.Config{Name: "m", URL: url}).Identify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Engine != drift.LlamaCpp || f.Model == "" || f.Build == "" || f.Quantisation == "" || f.Template == "" || f.Context != 16384 {
		t.Errorf("%+v", f)
	}
	t.Log(f)
}

// TestOthersSayWhatTheyRun: vLLM tells its version, and of others the state of their system is asked.
func TestOthersSayWhatTheyRun(t *testing.T) {
	t.Parallel()
	say := func(bodies map[string]string) *gatewaytest.Server {
		return gatewaytest.New(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if _, err := w.Write([]byte(bodies[r.URL.Path])); err != nil {
				t.Error(err)
			}
		})
	}
	vllm := say(map[string]string{"/v1/models": `{"data": [{"id": "m", "owned_by": "vllm", "root": "Qwen/Qwen2.5-7B-Instruct-AWQ", "max_model_len": 8192}]}`, "/version": `{"version": "0.11.0"}`})
	cloud := say(map[string]string{"/v1/models": `{"data": [{"id": "other", "owned_by": "x"}, {"id": "m", "owned_by": "x"}]}`, "/v1/chat/completions": `{"system_fingerprint": "fp_44"}`})
	for url, want := range map[string]drift.Fingerprint{
		vllm.URL:  {Engine: "vllm", Model: "Qwen/Qwen2.5-7B-Instruct-AWQ", Build: "0.11.0", Quantisation: "AWQ", Context: 8192},
		cloud.URL: {Engine: "openai", Model: "m", Build: "fp_44"},
	} {
		if f, err := openai.New(wire.Config{Name: "m", URL: url}).Identify(t.Context()); err != nil || f != want {
			t.Errorf("%+v, %v", f, err)
		}
	}
}
