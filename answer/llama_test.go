package answer_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
	"wenyuan/internal/testenv"
)

// A real inference server writes, with a model that always says the same: so what is asked for
// once more comes out as before.
func TestRealServerAndUnsupportedSentences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ question, reply, first, wrong string }{
		"english": {leaveQuestion, "Every employee has 25 days of paid leave a year (Source 1). Days that are not taken expire on 30 April of the next year.[1]\n\n```\nleave[1]\n```",
			"Every employee has 25 days of paid leave a year.", "30 April"},
		"chinese": {"员工每年有多少天年假？", "每位员工每年有 25 天带薪年假（来源1）。未休的年假在次年 6 月 30 日失效。【1】\n\n```\n年假[1]\n```", "每位员工每年有 25 天带薪年假。", "6 月 30 日"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := openai.New(wire.Config{Name: "small", URL: testenv.ScriptedServer(t, c.reply), Inside: true})
			t.Cleanup(client.Close)
			h := setup{docs: leave}.house(t)
			h.Models = func(_, n string) (answer.Chat, bool) {
				return answer.Chat{Name: "small", Model: client, Tokenizer: client, Settings: "small"}, n == "" || n == "small"
			}
			for _, way := range []string{answer.Mark, answer.Withhold, answer.Regenerate} {
				h.save(t, "model: small\nunsupported: "+way)
				a, err := h.Ask(context.Background(), h.sc, auth.Single, answer.Question{Assistant: "case", Text: c.question}, nil)
				if err != nil {
					t.Fatal(way, err)
				}
				h.sound(t, a)
				if len(a.Sentences) == 0 || a.Sentences[0].Text != c.first || a.Sentences[0].Verdict != wenyuan.Supported || !slices.Equal(a.Sentences[0].Citations, []int{1}) {
					t.Errorf("%s: %+v", way, a.Sentences)
				}
				shown := strings.Contains(a.Answer, c.wrong)
				if shown != (way != answer.Withhold) || (a.Notice == "") != (way == answer.Mark) || !strings.Contains(a.Answer, "[1]\n```") {
					t.Errorf("%s: %q, notice %q", way, a.Answer, a.Notice)
				}
				if a.Usage == nil || a.Usage.Completion == 0 {
					t.Errorf("%s: no usage", way)
				}
			}
		})
	}
}
