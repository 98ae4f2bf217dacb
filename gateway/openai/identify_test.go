package openai_test

import (
	"testing"

	"wenyuan/gateway/drift"
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
