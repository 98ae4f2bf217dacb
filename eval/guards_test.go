package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/eval"
	"wenyuan/guard"
)

// wordGuard catches what holds a word.
func wordGuard(word string) eval.GuardLook {
	return func(_ context.Context, r eval.GuardRow) (guard.Decision, error) {
		if strings.Contains(r.Looked(), word) {
			return guard.Decision{Action: guard.Flag}, nil
		}
		return guard.Decision{Action: guard.Allow}, nil
	}
}

func rowsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGuardRows(t *testing.T) {
	t.Parallel()
	path := rowsFile(t, `{"text": "bad one", "label": "attack", "lang": "en", "kind": "override"}
{"text": "bad luck", "label": "benign", "lang": "en"}
{"text": "安静", "label": "attack", "lang": "zh"}
{"text": "bad", "label": "unsafe_question", "lang": "zh", "position": null}

{"question": "q", "context": "a bad passage", "label": "attack", "attack": "the words", "position": "end"}
{"question": "q", "context": "a passage", "label": 0, "attack": null}
`)
	rows, err := eval.LoadGuardRows(path)
	if err != nil {
		t.Fatal(err)
	}
	var steps int
	rep, err := eval.Guard(t.Context(), wordGuard("bad"), rows, func(n, of int) { steps = n })
	if err != nil || steps != 6 {
		t.Fatal(err, steps)
	}
	if rep.Attacks != 4 || rep.Benign != 2 || *rep.TPR != 0.75 || *rep.FPR != 0.5 {
		t.Errorf("figures: %+v", rep.GuardFigures)
	}
	if !slices.Equal(rep.Missed, []int{3}) || !slices.Equal(rep.Alarmed, []int{2}) {
		t.Errorf("missed %v, alarmed %v", rep.Missed, rep.Alarmed)
	}
	if zh := rep.By["lang"]["zh"]; zh.Attacks != 2 || zh.Benign != 0 || *zh.TPR != 0.5 || zh.FPR != nil {
		t.Errorf("zh: %+v", zh)
	}
	if end := rep.By["position"]["end"]; end.Caught != 1 || rep.By["position"]["null"] != nil {
		t.Errorf("positions: %+v", rep.By["position"])
	}
	if rep.Actions["attack"]["flag"] != 3 || rep.Actions["benign"]["allow"] != 1 {
		t.Errorf("actions: %v", rep.Actions)
	}
	var out map[string]json.RawMessage
	b, err := json.Marshal(rep)
	if err := errors.Join(err, json.Unmarshal(b, &out)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"tpr", "fpr", "attacks", "benign", "by", "p50_ms", "p99_ms"} {
		if _, ok := out[key]; !ok {
			t.Errorf("the JSON has no %q", key)
		}
	}
}

// TestWilson compares intervals with those that are printed for 8 of 10 and 0 of 10 in
// textbooks: 0.490 to 0.943, 0 to 0.278.
func TestWilson(t *testing.T) {
	t.Parallel()
	rows := make([]eval.GuardRow, 20)
	for i := range rows {
		rows[i] = eval.GuardRow{Text: "x", Attack: i < 10}
		if i < 8 {
			rows[i].Text = "bad"
		}
	}
	rep, err := eval.Guard(t.Context(), wordGuard("bad"), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	near := func(a, b float64) bool { return a-b < 0.001 && b-a < 0.001 }
	if ci := rep.TPRCI; !near(ci[0], 0.490) || !near(ci[1], 0.943) {
		t.Errorf("8 of 10: %v", *ci)
	}
	if ci := rep.FPRCI; !near(ci[0], 0) || !near(ci[1], 0.278) {
		t.Errorf("0 of 10: %v", *ci)
	}
}

func TestBadGuardRows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"text": "x", "label": "perhaps"}`:                  `:1 has the label "perhaps"`,
		`{"text": "x"}`:                                      ":1 has the label",
		`{"label": "attack"}`:                                ":1 has neither text nor context",
		"{\"text\": \"x\", \"label\": \"attack\"}\nnot json": ":2 is no JSON object",
		"":                                   "holds no row",
		`{"text": ["x"], "label": "attack"}`: ":1 is no JSON object",
		"{\"text\":\"x\",\"label\":\"benign\"}\n{\"label\": \"benign\"}\n": ":2 has neither",
	} {
		_, err := eval.LoadGuardRows(rowsFile(t, text))
		if wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
