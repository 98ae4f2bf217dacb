package reading

import (
	"os"
	"strings"
	"testing"

	"wenyuan/internal/testenv"
)

// How many of the harmless prompts of the measuring data have a view, and by what.
func TestViewsOfOrdinaryPrompts(t *testing.T) {
	t.Parallel()
	all, with, views, how := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	type row struct{ ID, Text, Label, Lang, Source string }
	for _, r := range testenv.Rows[row](t, testenv.NamedData(t), "security", "prompts.jsonl") {
		x := Of(r.Text)
		key := r.Label + " " + r.Lang
		all[key]++
		if len(x.Views) > 0 {
			with[key]++
		}
		for _, v := range x.Views {
			views[key]++
			how[key+" "+strings.Join(v.How, " ")]++
			if os.Getenv("WENYUAN_SHOW") != "" && r.Label == "benign" {
				t.Logf("%s %v %.60q from %.60q", r.ID, v.How, v.Text, r.Text[v.Start:v.End])
			}
		}
	}
	for key, n := range all {
		t.Logf("%-14s %d of %d with views, %d views", key, with[key], n, views[key])
		if strings.HasPrefix(key, "benign") && n > 50 && with[key]*100 > 5*n {
			t.Errorf("%s: %d of %d have views", key, with[key], n)
		}
	}
	for key, n := range how {
		t.Logf("%4d %s", n, key)
	}
}
