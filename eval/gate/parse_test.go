package gate_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/eval/gate"
)

// TestParsePolicy: a policy reads alike from YAML and JSON, and what is not known is named with its line.
func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"# ours\nname: default\nalpha: 5e-2\nparts:\n  - name: logic\n    items: 24\n    margin: 0.3\n    floor: 0.9\n",
		`{"name": "default", "alpha": 0.05, "parts": [{"name": "logic", "items": 24, "margin": 0.3, "floor": 0.9}]}`,
	} {
		p, err := gate.ParsePolicy([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(); err != nil || p.Alpha != 0.05 || len(p.Parts) != 1 || p.Parts[0] != (gate.Part{Name: "logic", Items: 24, Margin: 0.3, Floor: 0.9}) {
			t.Errorf("%+v, %v", p, err)
		}
	}
	for text, says := range map[string]string{
		"name: default\nparts:\n  - name: logic\n    flor: 0.9\n": `[4:5] unknown field "flor"`,
		"name: default\nparts:\n  - name: logic\n    items: many": "items: many",
		"{\"name\": \"default\",\n\"part\": []}":                  `[2:1] unknown field "part"`,
		"name: [":                                                 "[1:7]",
	} {
		if _, err := gate.ParsePolicy([]byte(text)); wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), says) && says != "items: many" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := gate.ParsePolicy(make([]byte, gate.MaxPolicy+1)); wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Errorf("%v", err)
	}
}
