package sketch_test

import (
	"fmt"
	"testing"

	"wenyuan/guard/guardtest"
	"wenyuan/guard/sketch"
	"wenyuan/internal/testenv"
)

type row struct {
	Text, Label, Lang, Source string
}

// rows are the prompts of the measuring data.
func rows(t *testing.T) []row {
	t.Helper()
	return testenv.Rows[row](t, testenv.NamedData(t), "security", "prompts.jsonl")
}

// With all attacks of the measuring data remembered: how many of the ordinary and of the
// hard prompts are taken for one, and how many attacks are found again when rewritten.
func TestRates(t *testing.T) {
	t.Parallel()
	var m sketch.Memory
	all := rows(t)
	for i, r := range all {
		if r.Label == "attack" {
			m.Add(fmt.Sprint(i), sketch.Of(folded(r.Text)))
		}
	}
	wrong, benign := map[string]int{}, map[string]int{}
	for _, r := range all {
		if r.Label == "attack" {
			continue
		}
		key := r.Label + " " + r.Lang + " " + r.Source
		benign[key]++
		if id, s := m.Near(folded(r.Text), sketch.Close); id != "" {
			wrong[key]++
			t.Logf("%.2f %s", s, key)
		}
	}
	for key, n := range benign {
		t.Logf("%-50s %d of %d", key, wrong[key], n)
		if n >= 90 && wrong[key]*200 > n {
			t.Errorf("%s: %d of %d ordinary prompts are taken for attacks", key, wrong[key], n)
		}
	}
	for _, k := range guardtest.Kinds() {
		if !k.Understood || k.Level == guardtest.Letters {
			continue
		}
		found, n := 0, 0
		for i, r := range all {
			if r.Label != "attack" || r.Lang == "zh" != k.Chinese && !k.English || len(r.Text) < 30 {
				continue
			}
			changed := guardtest.Transform(k.Name, uint64(i), r.Text)
			if changed == r.Text {
				continue
			}
			n++
			if id, _ := m.Near(folded(changed), sketch.Close); id != "" {
				found++
			}
		}
		t.Logf("%-12s %d of %d", k.Name, found, n)
	}
}
