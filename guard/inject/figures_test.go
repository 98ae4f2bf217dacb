package inject

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"wenyuan/guard/reading"
	"wenyuan/internal/testenv"
)

type labelled struct {
	Text, Label, Kind, Lang, Source, Variant, Category string
}

func readSet(t testing.TB, name string) []labelled {
	t.Helper()
	return testenv.Rows[labelled](t, testenv.NamedData(t), "security", name)
}

func caught(text string) bool {
	hits := Find(reading.Of(text))
	return len(hits) > 0 && hits[0].Score >= Threshold
}

// TestFigures measures on sets that the model was never trained on, and holds the bounds
// that the room promises. Of the sets that it was trained on wenyuan guard train --report
// gives the figures that count.
func TestFigures(t *testing.T) {
	t.Parallel()
	n, hit := map[string]int{}, map[string]int{}
	count := func(key string, is bool) {
		n[key]++
		if is {
			hit[key]++
		}
	}
	for _, row := range readSet(t, "prompts.jsonl") {
		switch {
		case strings.HasPrefix(row.Source, "LLaMA-Factory/"):
			count("benign alpaca "+row.Lang, caught(row.Text))
			count("benign alpaca", caught(row.Text))
		case row.Source == "PIGuard/wildguard":
			count("benign wildguard", caught(row.Text))
		case row.Kind == "benign_hard":
			count("benign hard (trained)", caught(row.Text))
		case row.Label == "attack":
			name, _, _ := strings.Cut(strings.TrimPrefix(row.Source, "PIGuard/valid/"), "/")
			count("attack "+name+" (trained)", caught(row.Text))
		}
	}
	for _, row := range readSet(t, "prompts_seval_nc.jsonl") {
		count("attack S-Eval "+row.Variant+" "+row.Lang, caught(row.Text))
	}
	var keys []string
	for key := range n {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "%-44s %4d / %4d  %.3f\n", key, hit[key], n[key], float64(hit[key])/float64(n[key]))
	}
	t.Log("\n" + b.String())
	for key, most := range map[string]float64{"benign alpaca": 0.01, "benign alpaca en": 0.015, "benign alpaca zh": 0.015, "benign hard (trained)": 0.05} {
		if rate := float64(hit[key]) / float64(n[key]); rate > most {
			t.Errorf("%s: %.3f, want at most %.3f", key, rate, most)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	english := "Could you tell me which of the rules about travel holds for people who work from home on Fridays, and what our system asks for? "
	chinese := "请问在家办公的同事周五出差时，应该按照哪一条规定报销交通费用和住宿费用？系统里要填写哪些内容？"
	for name, text := range map[string]string{
		"en500": strings.Repeat(english, 6)[:500], "en4000": strings.Repeat(english, 50)[:4000],
		"zh500": strings.Repeat(chinese, 20)[:1500], "zh4000": strings.Repeat(chinese, 150)[:12000],
	} {
		read := reading.Of(text)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Find(read)
			}
		})
	}
}
