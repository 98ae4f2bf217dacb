package prompt

import (
	"fmt"
	"strings"
	"testing"

	"wenyuan"
)

// BenchmarkBuild is a prompt with more to choose from than an assistant usually has.
func BenchmarkBuild(b *testing.B) {
	en := "The broker stores messages of topic %d in the commit log and flushes them to disk; a consumer of group %d that fails retries after 10 s, 30 s and 1 min, at most 16 times. "
	zh := "消费组 %d 里的消费者处理失败后，消息会按 %d 秒的间隔重试，最多重试十六次，之后转入死信主题，需要人工处理。"
	for _, c := range []struct{ name, text, question string }{{"en", en, "How often is a message of group 7 retried?"}, {"zh", zh, "消费组 7 的消息最多重试多少次？"}} {
		in := Input{Question: c.question, Model: "qwen3"}
		for i := range 50 {
			p := passage(fmt.Sprint(i), strings.Repeat(fmt.Sprintf(c.text, i, i*3), 3), 1-float64(i)/100)
			in.Knowledge = append(in.Knowledge, p)
			in.Examples = append(in.Examples, Example{fmt.Sprint(i), fmt.Sprintf(c.text, i, i), fmt.Sprintf(c.text, i, i)})
		}
		for i := range 20 {
			in.Tools = append(in.Tools, wenyuan.Tool{Name: fmt.Sprintf("tool_%d", i), Description: fmt.Sprintf(c.text, i, i), Parameters: []byte(`{"type":"object","properties":{"group":{"type":"string","description":"name of the group"}},"required":["group"]}`)})
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
