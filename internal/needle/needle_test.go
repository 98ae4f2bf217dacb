package needle_test

import (
	"strings"
	"testing"

	"wenyuan/internal/needle"
)

var groups = [][]string{{"回答", "答案", "ai"}, {"助手", "模型"}, {"repeat", "rep", "again and again"}, {"。"}, {"你"}, {"nothing of this"}}

// in is the plain way.
func in(text string) (found uint64) {
	for i, group := range groups {
		for _, n := range group {
			if strings.Contains(text, n) {
				found |= 1 << i
			}
		}
	}
	return found
}

func TestIn(t *testing.T) {
	t.Parallel()
	s := needle.New(groups...)
	for _, text := range []string{"", "a", "ai", "答案", "案答", "rep", "re p", "你 ai 模型 repeat。", "again and agai", "nothing of this", "\xe4\xbd", "x你"} {
		if got, want := s.In(text), in(text); got != want {
			t.Errorf("%q: %b, want %b", text, got, want)
		}
	}
	if needle.New().In("anything") != 0 || needle.New([]string{""}).In("") != 1 {
		t.Error("no groups, and the empty string")
	}
}

func FuzzIn(f *testing.F) {
	f.Add("你 ai 模型 repeat。")
	f.Add("again and again")
	s := needle.New(groups...)
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := s.In(text), in(text); got != want {
			t.Errorf("%q: %b, want %b", text, got, want)
		}
	})
}

func BenchmarkIn(b *testing.B) {
	s := needle.New(groups...)
	for name, text := range map[string]string{"english": strings.Repeat("How do I set the retry interval of a consumer group? ", 10), "chinese": strings.Repeat("消费者处理失败以后重试间隔在哪里设置", 10)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.In(text)
			}
		})
	}
}
