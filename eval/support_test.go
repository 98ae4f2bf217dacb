package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wenyuan"
)

func TestSupport(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("testdata", "support.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var scores bytes.Buffer
	got, err := Support(context.Background(), f, &scores)
	if err != nil {
		t.Fatal(err)
	}
	one := 1.0
	want := SupportReport{AUROC: &one, F1: 1, By: map[string]KindCount{
		"en/copy": {N: 1}, "en/numform": {N: 1}, "en/number": {N: 1, Flagged: 1, Unsupported: 1}, "en/word": {N: 1, Flagged: 1},
		"zh/lead": {N: 1}, "zh/negation": {N: 1, Flagged: 1, Unsupported: 1}, "zh/unit": {N: 1, Flagged: 1, Unsupported: 1},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(SupportReport{}, "P50", "P99")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.P50 <= 0 || got.P99 < got.P50 {
		t.Errorf("times %v and %v", got.P50, got.P99)
	}
	var ids []string
	for d := json.NewDecoder(&scores); d.More(); {
		var s SupportScore
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		if s.Score < 0 || s.Score > 1 || s.Verdict == "" {
			t.Errorf("%+v", s)
		}
		ids = append(ids, s.ID)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5", "6", "7"}, ids); diff != "" {
		t.Error(diff)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var shape map[string]any
	if err := json.Unmarshal(b, &shape); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"auroc", "f1", "by", "p50_us", "p99_us"} {
		if _, ok := shape[k]; !ok {
			t.Errorf("%s is not printed", k)
		}
	}
}

func TestSupportRefuses(t *testing.T) {
	t.Parallel()
	const good = `{"id":"1","claim":"a b c","evidence":["a b c"],"label":"supported","lang":"en","kind":"copy"}` + "\n"
	for name, c := range map[string]struct{ rows, says string }{
		"nothing":       {"\n\n", "there is no row"},
		"no JSON":       {good + "{", "row:2"},
		"two objects":   {strings.TrimSpace(good) + " {}", "row:1 has something after"},
		"evidence":      {good + strings.Replace(good, `["a b c"]`, `"a b c"`, 1), "row:2 is not a JSON object"},
		"label":         {strings.Replace(good, "supported", "maybe", 1), `row:1 has the label "maybe"`},
		"no id":         {strings.Replace(good, `"id":"1",`, "", 1), "row:1 has no id"},
		"no claim":      {strings.Replace(good, "a b c", "", 1), "row:1 has a claim of 0 bytes"},
		"long claim":    {strings.Replace(good, "a b c", strings.Repeat("a", maxClaim+1), 1), "row:1 has a claim"},
		"no lang":       {strings.Replace(good, `"en"`, `""`, 1), "row:1 has no lang"},
		"much evidence": {strings.Replace(good, `["a b c"]`, `["`+strings.Repeat("a", maxEvidence+1)+`"]`, 1), "row:1 has 1 pieces"},
	} {
		_, err := Support(context.Background(), strings.NewReader(c.rows), nil)
		if err == nil || !strings.Contains(err.Error(), c.says) || wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSupportStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Support(ctx, strings.NewReader(`{"id":"1","claim":"a","evidence":[],"label":"supported","lang":"en","kind":"x"}`), nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSupportOneLabel(t *testing.T) {
	t.Parallel()
	r, err := Support(context.Background(), strings.NewReader(`{"id":"1","claim":"a b c","evidence":["a b c"],"label":"supported","lang":"en","kind":"copy","more":1}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.AUROC != nil || r.F1 != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAUROC(t *testing.T) {
	t.Parallel()
	m := func(score float64, supported bool) mark { return mark{score: score, supported: supported} }
	for _, c := range []struct {
		marks []mark
		want  float64
	}{
		{[]mark{m(.1, false), m(.9, true)}, 1},
		{[]mark{m(.9, false), m(.1, true)}, 0},
		{[]mark{m(.5, false), m(.5, true)}, .5},
		{[]mark{m(.1, false), m(.2, true), m(.3, false), m(.4, true)}, .75},
	} {
		if got := auroc(c.marks); got == nil || *got != c.want {
			t.Errorf("%v: %v, want %v", c.marks, got, c.want)
		}
	}
}
