package prompt

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/zh"
)

// TestWhysInChinese: whatever is left out, a Chinese reader can read why.
func TestWhysInChinese(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A group is a set of consumers that share the work. ", 60)
	in := Input{Question: "What is a group of consumers?", Settings: Settings{Budget: 700, Most: 1}, Count: wordCount{fail: true},
		Knowledge: []wenyuan.Passage{passage("a", long, 1), passage("b", "A group is a set of consumers", 1), passage("c", strings.Repeat("Lamps shine. ", 300), 0.5)},
		Tools:     []wenyuan.Tool{{Name: "unrelated", Description: "nothing of it"}},
		Examples:  []Example{{"1", "What is a group?", "A set."}, {"2", "What is a group?", "A set."}, {"3", "What is a broker?", "A server."}},
		Past:      Past{Summarised: 2, Summary: long, Turns: []Turn{{"one?", long}, {"two?", long}}}}
	check := func(in Input) {
		b := build(t, in)
		for _, i := range b.Plan.Items {
			if _, ok := zh.Sentence(i.Why); i.Why != "" && !ok {
				t.Errorf("%q has no Chinese", i.Why)
			}
			if (i.Code == "") != (i.Why == "") || !i.Kept && i.Code == "" {
				t.Errorf("%+v says half", i)
			}
		}
		if _, ok := zh.Sentence(b.Plan.Counted); !ok {
			t.Errorf("%q has no Chinese", b.Plan.Counted)
		}
	}
	check(in)
	in.Template = parsedAs(t, "plain", plainTemplate)
	check(in)
}
