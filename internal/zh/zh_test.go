package zh

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ english, chinese string }{
		{"a/b.pdf is encrypted", "a/b.pdf 已加密"},
		{"x is empty is empty", "x is empty 是空的"},
		{"Leave it out.", "不必加入它。"},
		{`there is no corpus named "手\"册"`, `没有名为“手"册”的语料库`},
		{"big.csv has 130 MiB, more than the limit of 100 MiB", "big.csv 有 130 MiB，超过 100 MiB 的上限"},
		{"a has b has 1 MiB, more than the limit of 2 MiB", "a has b 有 1 MiB，超过 2 MiB 的上限"},
		{"a.docx is damaged; what was read from it before is still in use", "a.docx 已损坏；以前读到的内容仍在使用"},
		{"not every file could be taken into manual: a.pdf could not be read", "有些文件未能加入 manual：a.pdf 无法读取"},
		{"60 % the same as a better passage of a.md", "与 a.md 里更好的一段有 60% 相同"},
		{"about 7 tokens more than the budget of 6000", "约超出 6000 的预算 7 个 token"},
		{"the data folder /d is held by another program", "数据文件夹 /d 正被另一程序占用"},
		{`the data folder /d is held by "wenyuan" (process 12, since 2026-01-02 03:04:05)`, "数据文件夹 /d 正被“wenyuan”（进程 12，自 2026-01-02 03:04:05 起）占用"},
		{"a.yaml:3: models: wants a list: each entry on its own line behind a hyphen\nb: is nested too deep", "a.yaml:3: models: 应为列表：每项一行，以连字符开头\nb: 嵌套太深"},
		{"own.rules:5: a word of the rule is empty", "own.rules:5: 规则中有一个词是空的"},
		{"own.rules:5:2: x is empty", "own.rules:5:2: x 是空的"},
		{"the model writer failed: status 500, server_error: worn out", "模型 writer 出错了：status 500, server_error: worn out"},
		{"3 failures in a row: the model writer failed: status 500, server_error: worn out", "连续失败 3 次：模型 writer 出错了：status 500, server_error: worn out"},
		{"there is no assistant and no model nobody: /v1/models lists them", "没有名为 nobody 的助手或模型：/v1/models 列出所有助手和模型"},
		{"b.pdf is a damaged PDF", "b.pdf 是损坏的 PDF"},
		{"c%s.png is a picture (image/png)", "c%s.png 是图片（image/png）"},
	} {
		if got, ok := Sentence(c.english); !ok || got != c.chinese {
			t.Errorf("Sentence(%q) = %q, %v; want %q", c.english, got, ok, c.chinese)
		}
	}
}

// TestUnknown: what is not known comes back as it was.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "hello", "a question has x to 3 characters, this one has 9", "没有语料库", strings.Repeat("a", maxText) + " is empty"} {
		if got, ok := Sentence(text); ok || got != text {
			t.Errorf("Sentence(%.40q) = %.40q, %v", text, got, ok)
		}
	}
}

// TestPairs holds each pair against the rules of writing: no form twice, each value
// used, Chinese punctuation beside Chinese text, and none of the words that are not used.
func TestPairs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range table {
		if seen[p.en] {
			t.Errorf("%q stands twice", p.en)
		}
		seen[p.en] = true
		var args []any
		for i := range parse(p).verbs {
			args = append(args, fmt.Sprintf("<%d>", i))
		}
		got := parse(p).chinese(texts(args), maxDepth)
		for _, a := range args {
			if strings.Count(got, a.(string)) != 1 {
				t.Errorf("%q: %q does not hold each value once", p.en, got)
			}
		}
		for _, no := range []string{"%!", "您", "进行", "%%"} {
			if strings.Contains(got, no) {
				t.Errorf("%q: %q holds %q", p.en, got, no)
			}
		}
		if halfWidth(p.zh) {
			t.Errorf("%q: %q has half-width punctuation beside a Chinese character", p.en, p.zh)
		}
		if strings.HasSuffix(p.en, ".") != strings.HasSuffix(p.zh, "。") && !strings.HasSuffix(p.en, "...") {
			t.Errorf("%q and %q do not both end with a stop", p.en, p.zh)
		}
	}
}

func texts(args []any) (out []string) {
	for _, a := range args {
		out = append(out, a.(string))
	}
	return out
}

// halfWidth finds a comma, semicolon, question mark or bracket right behind a Chinese character.
func halfWidth(s string) bool {
	last := ' '
	for _, r := range s {
		if strings.ContainsRune(",;?!()", r) && unicode.Is(unicode.Han, last) {
			return true
		}
		last = r
	}
	return false
}

func FuzzSentence(f *testing.F) {
	for _, p := range table[:40] {
		f.Add(example(p.en))
	}
	f.Add(strings.Repeat(" has ", 1000))
	f.Add(strings.Repeat(": ", 1000))
	f.Add(`"\xff" cannot be the name of a corpus`)
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := Sentence(text)
		if !ok && got != text {
			t.Errorf("unknown %q became %q", text, got)
		}
		if utf8.ValidString(text) && !strings.Contains(text, `\`) && !utf8.ValidString(got) {
			t.Errorf("%q became invalid: %q", text, got)
		}
		if strings.Contains(got, "%!") && !strings.Contains(text, "%!") && !strings.Contains(text, `\`) {
			t.Errorf("%q was filled wrongly: %q", text, got)
		}
	})
}

func BenchmarkSentence(b *testing.B) {
	for name, text := range map[string]string{
		"known":   "folder/report.pdf is damaged; what was read from it before is still in use",
		"unknown": "the quick brown fox jumps over the lazy dog",
		"hostile": strings.Repeat(" has is cannot ", maxText/16),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Sentence(text)
			}
		})
	}
}
