package engine

import (
	"encoding/json"
	"testing"
	"time"
)

func TestBudgetIsText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Budget{
		`{"time":"30m"}`:                {Time: 30 * time.Minute},
		`{"time":"1h30m0s","tokens":5}`: {Time: 90 * time.Minute, Tokens: 5},
		`{"time":1000000000}`:           {Time: time.Second},
		`{"tokens":7}`:                  {Tokens: 7},
		`{}`:                            {},
	} {
		var got Budget
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
		b, err := json.Marshal(got)
		var back Budget
		if err != nil || json.Unmarshal(b, &back) != nil || back != want {
			t.Errorf("%s comes back as %s", raw, b)
		}
	}
	for _, raw := range []string{`{"time":"soon"}`, `{"time":true}`, `{"hours":2}`, `7`} {
		if err := json.Unmarshal([]byte(raw), new(Budget)); err == nil {
			t.Errorf("%s is taken", raw)
		}
	}
	if b, err := json.Marshal(Spec{Budget: Budget{Time: time.Minute}}); err != nil || !json.Valid(b) {
		t.Errorf("%s, %v", b, err)
	}
}
