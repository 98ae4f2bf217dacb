package prompt_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/prompt"
)

// TestPool: the nearest questions come first, those in the language of what is asked before others, and what
// shares nothing with it does not come.
func TestPool(t *testing.T) {
	t.Parallel()
	p := prompt.NewPool([]string{
		"How do I replace the filter of the pump?",
		"怎么更换水泵的滤芯？",
		"When is the canteen open?",
		"How often is the filter of the pump cleaned?",
		"请问 pump 的 filter 多久清洗一次？",
	})
	for _, c := range []struct {
		asked string
		want  []int
	}{
		{"How do I replace the pump's filter?", []int{0, 3, 4}},
		{"水泵的滤芯怎么更换？", []int{1}},
		{"pump 的 filter 怎么清洗？", []int{4, 0, 3}},
		{"xyzzy", nil},
		{"", nil},
	} {
		var got []int
		for _, n := range p.Nearest(c.asked, 0.1) {
			got = append(got, n.At)
			if n.Score < 0.1 || n.Score > 1 {
				t.Errorf("%q: %+v", c.asked, n)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%q: %v, not %v", c.asked, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: %v, not %v", c.asked, got, c.want)
				break
			}
		}
	}
}

// TestAway: the model reads examples whose words are kept elsewhere, and nothing that is recorded holds a word
// of them.
func TestAway(t *testing.T) {
	t.Parallel()
	for _, format := range prompt.Formats() {
		for _, asked := range []string{"How is the pump primed?", "水泵怎么灌水？"} {
			b, err := prompt.Build(t.Context(), prompt.Input{Question: asked, Settings: prompt.Settings{Format: format, Most: 4},
				Examples: []prompt.Example{{Question: "How is the gauge read, by hand?", Answer: "Byhand: from above."}},
				Away: []prompt.Example{{ID: "smp_1", Question: "How is the pump bled, secretly?", Answer: "Slowly and secretly."},
					{ID: "smp_2", Question: "水泵的秘密是什么？", Answer: "秘密不可说。"}}})
			if err != nil {
				t.Fatal(err)
			}
			all, recorded := joined(b.Messages), joined(b.Recorded)
			for _, secret := range []string{"bled, secretly", "Slowly and secretly", "水泵的秘密", "秘密不可说"} {
				if !strings.Contains(all, secret) || strings.Contains(recorded, secret) {
					t.Errorf("%s: %q\n%s\n%s", format, secret, all, recorded)
				}
			}
			if !strings.Contains(recorded, "Byhand") || !strings.Contains(recorded, "smp_1") || !strings.Contains(recorded, asked) {
				t.Errorf("%s: %s", format, recorded)
			}
			foreign := false // in the language of the question first
			for _, i := range b.Plan.Items {
				if strings.Contains(i.Title, "secret") || strings.Contains(i.Title, "秘密") {
					t.Errorf("%+v", i)
				}
				foreign = foreign || i.ID == "smp_2"
			}
			if !foreign {
				t.Errorf("%+v", b.Plan.Items)
			}
			want := "en"
			if asked != "How is the pump primed?" {
				want = "zh"
			}
			one, err := prompt.Build(t.Context(), prompt.Input{Question: asked, Settings: prompt.Settings{Format: format, Most: 1},
				Away: []prompt.Example{{ID: "en", Question: "How is the pump primed?", Answer: "a"}, {ID: "zh", Question: "滤芯怎么换？", Answer: "b"}}})
			if err != nil || one.Plan.Items[0].ID != want {
				t.Errorf("%+v, %v", one.Plan.Items, err)
			}
		}
	}
	b, err := prompt.Build(t.Context(), prompt.Input{Question: "q", Examples: []prompt.Example{{Question: "x", Answer: "y"}}})
	if err != nil || b.Recorded != nil {
		t.Errorf("%+v, %v", b.Recorded, err)
	}
}

func joined(messages []wenyuan.Message) string {
	var b strings.Builder
	for _, m := range messages {
		b.WriteString(m.Role + ": " + m.Content + "\n")
	}
	return b.String()
}
