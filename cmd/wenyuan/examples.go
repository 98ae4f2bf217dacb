package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan/prompt/library"
)

type examplesVerbs struct {
	List   examplesListCmd   `cmd:"" help:"examples_list"`
	Show   examplesShowCmd   `cmd:"" help:"examples_show"`
	Add    examplesAddCmd    `cmd:"" help:"examples_add"`
	Remove examplesRemoveCmd `cmd:"" help:"examples_remove"`
	Drop   examplesDropCmd   `cmd:"" help:"examples_drop"`
	Try    examplesTryCmd    `cmd:"" help:"examples_try"`
}

func (examplesVerbs) Help() string {
	return "  $ wenyuan prompt examples add support --task fix\n  $ wenyuan prompt examples try support \"How is a pump primed?\"\n  $ wenyuan prompt examples show support"
}

func examplesPath(name string, more ...string) string {
	return strings.Join(append([]string{"/api/examples/" + url.PathEscape(name)}, more...), "/")
}

type examplesListCmd struct{}

func (examplesListCmd) Help() string { return "  $ wenyuan prompt examples list" }

// Run lists libraries.
func (v *examplesListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/examples", nil, func(w io.Writer, l struct{ Libraries []library.Listed }) {
			var t table
			for _, one := range l.Libraries {
				t.row(one.Name, one.Examples, fmt.Sprintf("%.12s", one.Hash), moment(one.Moved))
			}
			t.write(w)
		})
	})
}

type examplesShowCmd struct {
	Library string `arg:"" help:"examples_library"`
	Version string `help:"prompt_version" placeholder:"HASH"`
	History bool   `help:"prompt_history"`
}

func (examplesShowCmd) Help() string {
	return "  $ wenyuan prompt examples show support\n  $ wenyuan prompt examples show support --history"
}

// Run shows a library.
func (v *examplesShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address(examplesPath(v.Library), "version", v.Version), nil, func(w io.Writer, l library.Library) {
			if v.History {
				for _, k := range l.History {
					mark := "  "
					if k.Hash == l.Hash {
						mark = "* "
					}
					fmt.Fprintf(w, "%s%s  %s\n", mark, k.Hash, moment(k.Created))
				}
				return
			}
			fmt.Fprintln(w, s.say("%s: %d examples, version %s", "%s：%d 个示例，版本 %s", l.Name, l.Examples, l.Hash))
			for _, x := range l.All {
				s.example(w, x.Sample, x.From, x.Left, x.Question, x.Answer)
			}
			if l.Hidden > 0 {
				fmt.Fprintln(w, s.say("%d more, of documents or conversations that you may not see", "另有 %d 个，所涉文档或对话你看不到", l.Hidden))
			}
		})
	})
}

// example writes one example, or why it has no words.
func (s *session) example(w io.Writer, sample, from, left, question, answer string) {
	fmt.Fprintln(w)
	fmt.Fprintln(w, strings.TrimSpace(sample+"  "+from))
	if left != "" {
		fmt.Fprintln(w, "  "+s.say("not shown: %s", "不展示：%s", s.leftOut(left)))
		return
	}
	fmt.Fprintln(w, "  "+s.say("Q: ", "问：")+oneLine(question, 200))
	fmt.Fprintln(w, "  "+s.say("A: ", "答：")+oneLine(answer, 400))
}

// leftOut says why a sample is no example.
func (s *session) leftOut(why string) string {
	p := map[string]pair{
		"erased": {"what it was made from was erased", "来源已清除"}, "aside": {"it was set aside", "已被搁置"}, "removed": {"a document was removed", "文档已移除"},
		"changed": {"a document has changed since", "文档此后有改动"}, "turns": {"no single question with an answer", "不是一问一答"}, "long": {"too long", "太长"},
		"disliked": {"the answer was called bad", "回答被评为不好"}, "unjudged": {"nobody judged it", "没有人评判过"}, "liked": {"liked, and not judged (--liked takes it)", "只是被点赞，未经评判（用 --liked 可取）"},
		"outranked": {"another answer came before it", "另有回答排在它前面"}, "gate": {"a gate asks it", "准入测试会问到"}, "hidden": {"you do not see it", "你看不到"},
		"full": {"the library is full", "示例库已满"}, "taken_out": {"taken out of the library since", "此后已从示例库移除"}, "asked": {"it answers the very question", "回答的正是这个问题"},
	}[why]
	if p.en == "" {
		return why
	}
	return s.say(p.en, p.zh)
}

type examplesAddCmd struct {
	Library string   `arg:"" help:"examples_library_new"`
	Task    string   `help:"examples_task" placeholder:"NAME"`
	Dataset string   `help:"examples_dataset" placeholder:"NAME"`
	Sample  []string `help:"examples_sample" placeholder:"ID"`
	Liked   bool     `help:"examples_liked"`
}

func (examplesAddCmd) Help() string {
	return "  $ wenyuan prompt examples add support --task fix\n  $ wenyuan prompt examples add support --dataset talk --liked\n  $ wenyuan prompt examples add support --sample smp_06c5h2k1m4"
}

// Run adds examples.
func (v *examplesAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		o := library.Order{Task: v.Task, Dataset: v.Dataset, Samples: v.Sample, Liked: v.Liked}
		return result(s, c, http.MethodPost, examplesPath(v.Library), o, func(w io.Writer, a library.Added) {
			fmt.Fprintln(w, s.say("%d added, %d were there before; %s has %d examples, version %.12s", "新增 %d 个，原有 %d 个；%s 现有 %d 个示例，版本 %.12s", a.Added, a.Known, a.Library.Name, a.Library.Examples, a.Library.Hash))
			for _, why := range sortedKeys(a.Left) {
				fmt.Fprintln(w, s.say("  left out, %s: %d", "  未取（%s）：%d", s.leftOut(why), a.Left[why]))
			}
			if a.More {
				fmt.Fprintln(w, s.say("  there are more samples than were looked at", "  还有样本没有看到"))
			}
			if a.Added > 0 {
				fmt.Fprintln(w, s.say("An assistant shows them once it is saved again with library: %s.", "助手以 library: %s 重新保存后，才会用到新增的示例。", a.Library.Name))
			}
		})
	})
}

type examplesRemoveCmd struct {
	Library string   `arg:"" help:"examples_library"`
	Samples []string `arg:"" help:"examples_ids"`
}

func (examplesRemoveCmd) Help() string {
	return "  $ wenyuan prompt examples remove support smp_06c5h2k1m4"
}

// Run takes examples out.
func (v *examplesRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		body := map[string]any{"samples": v.Samples}
		return result(s, c, http.MethodPost, examplesPath(v.Library, "remove"), body, func(w io.Writer, l library.Listed) {
			fmt.Fprintln(w, s.say("%s has %d examples, version %.12s; no assistant shows what was taken out", "%s 现有 %d 个示例，版本 %.12s；移除的示例不再用于任何助手", l.Name, l.Examples, l.Hash))
		})
	})
}

type examplesDropCmd struct {
	Library string `arg:"" help:"examples_library"`
}

func (examplesDropCmd) Help() string { return "  $ wenyuan prompt examples drop support" }

// Run takes a library out of use.
func (v *examplesDropCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, examplesPath(v.Library), nil, func(w io.Writer, _ struct{ Removed string }) {
			fmt.Fprintln(w, s.say("%s is out of use", "%s 已停用", v.Library))
		})
	})
}

type examplesTryCmd struct {
	Library  string `arg:"" help:"examples_library"`
	Question string `arg:"" help:"ask_question"`
	Version  string `help:"prompt_version" placeholder:"HASH"`
}

func (examplesTryCmd) Help() string {
	return "  $ wenyuan prompt examples try support \"How is a pump primed?\""
}

// Run shows what is nearest to a question.
func (v *examplesTryCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		body := map[string]string{"question": v.Question, "version": v.Version}
		return result(s, c, http.MethodPost, examplesPath(v.Library, "try"), body, func(w io.Writer, found library.Chosen) {
			if len(found.Examples) == 0 {
				fmt.Fprintln(w, s.say("no example is near to the question", "没有与这个问题相近的示例"))
			}
			for _, x := range found.Examples {
				s.example(w, x.Sample, fmt.Sprintf("%.2f %s", x.Near, x.Language), "", x.Question, x.Answer)
			}
			for _, why := range sortedKeys(found.Left) {
				fmt.Fprintln(w, s.say("left out, %s: %d", "未取（%s）：%d", s.leftOut(why), found.Left[why]))
			}
		})
	})
}
