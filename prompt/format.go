package prompt

import (
	"fmt"
	"strings"

	"wenyuan"
)

// The formats of a prompt.
const (
	XML      = "xml"      // <original n="1" title="...">: what Claude was trained on, and the default
	Markdown = "markdown" // ### [Original 1] ...: GPT, Llama, Mistral, Gemma
	Brackets = "brackets" // 〈资料 1 · ...〉: the Chinese families, for Chinese questions
	Plain    = "plain"    // [Original 1: ...]
)

// Formats are their names.
func Formats() []string { return []string{XML, Markdown, Brackets, Plain} }

// formatFor is the format for a model's family and the language of the question.
func formatFor(model string, chinese bool) string {
	switch {
	case known(model, "qwen", "glm", "deepseek", "yi-", "baichuan", "internlm", "minicpm", "hunyuan", "ernie", "kimi", "moonshot", "doubao") && chinese:
		return Brackets
	case known(model, "gpt", "llama", "mistral", "mixtral", "gemma", "phi-", "phi3", "phi4", "smollm", "qwen", "glm", "deepseek", "yi-"):
		return Markdown
	}
	return XML
}

// A style writes pieces of memory in one format and one language.
type style struct {
	format  string
	chinese bool
}

// frameNames are what frames are called.
var frameNames = map[string][2]string{
	"original": {"Original", "原文"}, "example": {"Example", "示例"}, "remembered": {"Remembered", "记住"}, "earlier": {"Earlier", "前情"},
}

// source is what the rules call a passage.
func (s style) source() string {
	switch {
	case !s.chinese:
		return "original"
	case s.format == Brackets:
		return "资料"
	}
	return "原文"
}

// word is the name of a frame.
func (s style) word(name string) string {
	if s.chinese && name == "original" {
		return s.source()
	}
	if s.chinese {
		return frameNames[name][1]
	}
	return frameNames[name][0]
}

// frame puts a text between the lines that open and close it. n is 0 where there is but one.
func (s style) frame(name string, n int, title, under, text string) string {
	title, under = label(title), label(under)
	if s.format == XML {
		return s.element(name, n, title, under, text)
	}
	head := s.word(name)
	if n > 0 {
		head = fmt.Sprintf("%s %d", head, n)
	}
	about := strings.Join(nonEmpty(title, under), " › ")
	switch s.format {
	case Brackets:
		if about != "" {
			about = " · " + about
		}
		return fmt.Sprintf("〈%s%s〉\n%s\n〈/%s〉\n", head, about, text, head)
	case Markdown:
		if about != "" {
			about = " " + about
		}
		return fmt.Sprintf("### [%s]%s\n%s\n### [%s]\n", head, about, text, s.end(head))
	}
	if about != "" {
		about = map[bool]string{true: "：", false: ": "}[s.chinese] + about
	}
	return fmt.Sprintf("[%s%s]\n%s\n[%s]\n", head, about, text, s.end(head))
}

// end is what closes a frame that is no element.
func (s style) end(head string) string {
	if s.chinese {
		return head + "完"
	}
	return "End of " + strings.ToLower(head[:1]) + head[1:]
}

func (s style) element(name string, n int, title, under, text string) string {
	var b strings.Builder
	b.WriteString("<" + name)
	if n > 0 {
		fmt.Fprintf(&b, ` n="%d"`, n)
	}
	if title != "" {
		fmt.Fprintf(&b, ` title="%s"`, title)
	}
	if under != "" {
		fmt.Fprintf(&b, ` under="%s"`, under)
	}
	fmt.Fprintf(&b, ">\n%s\n</%s>\n", text, name)
	return b.String()
}

func nonEmpty(all ...string) []string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// passage writes the passage that the prompt numbers n.
func (s style) passage(n int, p wenyuan.Passage) string {
	return s.frame("original", n, p.Title, strings.Join(p.Heading, " › "), passageText(p))
}

// passageText is what a model reads of a passage: its text, under the header row where it is
// a piece of a table.
func passageText(p wenyuan.Passage) string {
	text := clean(p.Text)
	if header, ok := tableHeader(p); ok {
		text = clean(header) + "\n" + text
	}
	return text
}

func (s style) example(n int, e Example) string {
	return s.frame("example", n, "", "", s.asked(clean(e.Question))+"\n"+s.answered(clean(e.Answer)))
}

func (s style) asked(q string) string {
	if s.chinese {
		return "问题：" + q
	}
	return "Question: " + q
}

func (s style) answered(a string) string {
	if s.chinese {
		return "回答：" + a
	}
	return "Answer: " + a
}

// remembered writes what the person asked to be remembered, one line each.
func (s style) remembered(all []string) string {
	var lines []string
	for _, r := range all {
		lines = append(lines, "- "+oneLine(clean(r)))
	}
	return s.frame("remembered", 0, "", "", strings.Join(lines, "\n"))
}

func (s style) earlier(summary string) string {
	return s.frame("earlier", 0, "", "", clean(summary))
}

// oneLine joins the lines of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
