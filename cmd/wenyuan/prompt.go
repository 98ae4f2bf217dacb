package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"wenyuan"
	"wenyuan/internal/diff"
	"wenyuan/prompt"
)

type promptVerbs struct {
	List     promptListCmd   `cmd:"" help:"prompt_list"`
	Show     promptShowCmd   `cmd:"" help:"prompt_show"`
	Save     promptSaveCmd   `cmd:"" help:"prompt_save"`
	Render   promptRenderCmd `cmd:"" help:"prompt_render"`
	Examples examplesVerbs   `cmd:"" help:"examples"`
}

func (promptVerbs) Help() string {
	return "  $ wenyuan prompt save support.tmpl\n  $ wenyuan prompt render handbook \"How long is the retry interval?\" --plan"
}

type promptListCmd struct{}

func (promptListCmd) Help() string { return "  $ wenyuan prompt list --json" }

type promptList struct {
	Prompts []prompt.Listed `json:"prompts"`
}

// Run lists the templates in use.
func (v *promptListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/prompts", nil, func(w io.Writer, list promptList) {
			var t table
			for _, p := range list.Prompts {
				since := s.say("built in", "内置")
				if !p.BuiltIn {
					since = moment(p.Moved)
				}
				t.row(p.Name, fmt.Sprintf("%.12s", p.Hash), since, oneLine(p.Description, 80))
			}
			t.write(w)
		})
	})
}

type promptShowCmd struct {
	Name    string `arg:"" help:"prompt_name"`
	Version string `help:"prompt_version" placeholder:"HASH"`
	History bool   `help:"prompt_history"`
	Diff    string `help:"prompt_diff" placeholder:"HASH"`
}

func (promptShowCmd) Help() string {
	return "  $ wenyuan prompt show default\n  $ wenyuan prompt show support --history\n  $ wenyuan prompt show support --diff 3f9a1c..."
}

func (v *promptShowCmd) path(version string) string {
	return address("/api/prompts/"+url.PathEscape(v.Name), "version", version)
}

// Run shows a template, its versions, or what became of another version of it.
func (v *promptShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.Diff == "" {
			return result(s, c, http.MethodGet, v.path(v.Version), nil, func(w io.Writer, p prompt.Listed) {
				if !v.History {
					io.WriteString(w, strings.TrimSuffix(p.Text, "\n")+"\n")
					return
				}
				for _, k := range p.History {
					mark := "  "
					if k.Hash == p.Hash {
						mark = "* "
					}
					fmt.Fprintf(w, "%s%s  %s\n", mark, k.Hash, moment(k.Created))
				}
			})
		}
		var before, after prompt.Listed
		if err := c.call(s.ctx, http.MethodGet, v.path(v.Diff), nil, &before); err != nil {
			return err
		}
		if err := c.call(s.ctx, http.MethodGet, v.path(v.Version), nil, &after); err != nil {
			return err
		}
		lines := diff.Lines(before.Text, after.Text)
		return s.give(lines, func(w io.Writer) {
			for _, l := range lines {
				fmt.Fprintf(w, "%s %s\n", map[diff.Op]string{diff.Same: " ", diff.Removed: "-", diff.Added: "+"}[l.Op], l.Text())
			}
		})
	})
}

type promptSaveCmd struct {
	File string `arg:"" help:"prompt_file"`
	Name string `help:"prompt_save_name" placeholder:"NAME"`
}

func (promptSaveCmd) Help() string {
	return "  $ wenyuan prompt save support.tmpl\n  $ wenyuan prompt show default | wenyuan prompt save - --name mine"
}

// Run saves a template. Its name is that in the front matter, or the file's.
func (v *promptSaveCmd) Run(s *session) error {
	text, err := readBounded(v.File, prompt.MaxTemplate+1)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be read", "无法读取 %s", v.File), Hint: s.say("look whether it is there", "看看它是否存在"), Err: err}
	}
	name := v.Name
	if name == "" {
		t, err := prompt.ParseTemplate("", text)
		if err == nil {
			name = t.Name
		} else {
			name = strings.TrimSuffix(filepath.Base(v.File), filepath.Ext(v.File))
		}
	}
	return s.with(func(c *client) error {
		body := map[string]string{"text": text}
		return result(s, c, http.MethodPut, "/api/prompts/"+url.PathEscape(name), body, func(w io.Writer, p prompt.Listed) {
			fmt.Fprintln(w, s.say("%s is in use as %.12s", "%s 已启用，版本 %.12s", p.Name, p.Hash))
		})
	})
}

// readBounded reads a file, or standard input for -, up to a number of bytes.
func readBounded(name string, most int64) (string, error) {
	in := io.ReadCloser(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		in = f
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, most))
	return string(text), err
}

type promptRenderCmd struct {
	Assistant    string `arg:"" help:"prompt_assistant"`
	Question     string `arg:"" help:"ask_question"`
	Plan         bool   `help:"prompt_plan"`
	Conversation string `help:"prompt_conversation" placeholder:"ID"`
}

func (promptRenderCmd) Help() string {
	return "  $ wenyuan prompt render handbook \"How long is the retry interval?\"\n  $ wenyuan prompt render handbook \"重试间隔是多久？\" --plan"
}

// Run shows what the model would be sent.
func (v *promptRenderCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		body := map[string]string{"question": v.Question, "conversation": v.Conversation}
		return result(s, c, http.MethodPost, "/api/assistants/"+url.PathEscape(v.Assistant)+"/render", body, func(w io.Writer, b prompt.Built) {
			if v.Plan {
				s.plan(w, b.Plan)
				return
			}
			for _, m := range b.Messages {
				fmt.Fprintf(w, "── %s\n%s\n\n", m.Role, m.Content)
			}
			for _, t := range b.Tools {
				fmt.Fprintf(w, "── %s %s\n%s\n%s\n\n", s.say("tool", "工具"), t.Name, t.Description, t.Parameters)
			}
		})
	})
}

// kinds are the parts of a prompt in the order in which a plan shows them.
var kinds = []struct {
	name string
	pair pair
}{
	{"system", pair{"system", "系统"}}, {prompt.Session, pair{"session", "会话"}}, {prompt.Examples, pair{"examples", "示例"}},
	{prompt.Tools, pair{"tools", "工具"}}, {prompt.Knowledge, pair{"knowledge", "知识"}}, {"question", pair{"question", "问题"}},
}

// plan shows where the budget went, what was taken in which order, and what was left out.
func (s *session) plan(w io.Writer, p prompt.Plan) {
	counted := s.say("estimated", "估算")
	if p.Exact {
		counted = s.say("by the model's tokenizer", "由模型的分词器计数")
	}
	fmt.Fprintln(w, s.say("%s: %d tokens (%s), %d kept for the answer; order %s, format %s", "%s：%d 个 token（%s），另留 %d 给回答；顺序 %s，格式 %s",
		cmp.Or(p.Model, s.say("no model", "没有模型")), p.Budget, counted, p.Reserve, p.Order, p.Format))
	if p.Counted != "" {
		fmt.Fprintln(w, s.tell(p.Counted))
	}
	var t table
	free := p.Budget
	for _, k := range kinds {
		limit := ""
		if n := p.Limits[k.name]; n > 0 {
			limit = fmt.Sprintf("/ %d", n)
		}
		t.row("  "+k.pair.in(s.lang), p.Used[k.name], limit)
		free -= p.Used[k.name]
	}
	t.row("  "+s.say("free", "空余"), free, "")
	t.write(w)
	fmt.Fprintln(w)
	var items table
	for _, i := range p.Items {
		place := "–"
		if i.Kept {
			place = fmt.Sprint(i.Place)
		}
		items.row(place, i.Kind, fmt.Sprintf("%.2f", i.Score), i.Tokens, oneLine(i.Title, 60), s.tell(i.Why))
	}
	items.write(w)
}
