package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wenyuan/eval"
	"wenyuan/gateway"
)

type modelVerbs struct {
	Add      modelAddCmd      `cmd:"" help:"model_add"`
	List     modelListCmd     `cmd:"" help:"model_list"`
	Test     modelTestCmd     `cmd:"" help:"model_test"`
	Remove   modelRemoveCmd   `cmd:"" help:"model_remove"`
	Discover modelDiscoverCmd `cmd:"" help:"model_discover"`
	Split    modelSplitCmd    `cmd:"" help:"model_split"`
}

type modelAddCmd struct {
	Name        string   `arg:"" help:"model_name"`
	ModelURL    []string `name:"model-url" help:"model_url" placeholder:"URL" required:"" sep:"none"`
	Dialect     string   `help:"model_dialect" placeholder:"NAME" default:"openai"`
	KeyEnv      string   `help:"model_key_env" placeholder:"VAR"`
	RemoteName  string   `help:"model_remote_name" placeholder:"NAME"`
	Location    string   `help:"model_location" placeholder:"PLACE"`
	Context     int      `help:"model_context" placeholder:"TOKENS"`
	Tokenizer   string   `help:"model_tokenizer" placeholder:"NAME"`
	Can         []string `help:"model_can" placeholder:"WHAT"`
	PriceInput  *float64 `help:"model_price_input" placeholder:"X"`
	PriceOutput *float64 `help:"model_price_output" placeholder:"X"`
	Currency    string   `help:"model_currency" placeholder:"NAME" default:"USD"`
}

func (modelAddCmd) Help() string {
	return "  $ wenyuan model add writer --url http://127.0.0.1:8080/v1\n  $ wenyuan model add cloud --url https://api.example.com/v1 --remote-name their-model --key-env CLOUD_KEY"
}

// ownURL lets --url behind "model add" be the model's address. Before it, and for every
// other verb, it is the server's.
func ownURL(args []string) []string {
	out := append([]string(nil), args...)
	before, adding := "", false
	for i, a := range out {
		switch {
		case a == "--":
			return out
		case adding && a == "--url":
			out[i] = "--model-url"
		case adding && strings.HasPrefix(a, "--url="):
			out[i] = "--model-" + strings.TrimPrefix(a, "--")
		case before == "model" && a == "add":
			adding = true
		}
		before = a
	}
	return out
}

// spec is the declaration that the flags make.
func (v *modelAddCmd) spec() gateway.Spec {
	s := gateway.Spec{Name: v.Name, Context: v.Context, Tokenizer: v.Tokenizer, Can: v.Can, Location: v.Location}
	for _, u := range v.ModelURL {
		s.Replicas = append(s.Replicas, gateway.Replica{URL: u, Dialect: v.Dialect, RemoteName: v.RemoteName, KeyEnv: v.KeyEnv})
	}
	if v.PriceInput != nil || v.PriceOutput != nil {
		s.Price = &gateway.Price{Currency: v.Currency}
		if v.PriceInput != nil {
			s.Price.Input = *v.PriceInput
		}
		if v.PriceOutput != nil {
			s.Price.Output = *v.PriceOutput
		}
	}
	return s
}

// Run declares a model. A key whose variable the server does not have yet is a warning:
// it may be set before the next start.
func (v *modelAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/models", v.spec(), func(w io.Writer, m gateway.Listed) {
			fmt.Fprintln(w, s.say("added %s (%s)", "已添加 %s（%s）", m.Name, s.location(m.Location)))
			s.missing(w, m)
			fmt.Fprintln(w, s.say("try it: wenyuan model test %s", "试一试：wenyuan model test %s", m.Name))
		})
	})
}

// missing warns of keys that the server does not have.
func (s *session) missing(w io.Writer, m gateway.Listed) {
	for _, name := range m.Missing {
		fmt.Fprintln(w, s.say("  ▲ the environment variable %s of the server is empty: put the key there and start the server again", "  ▲ 服务器的环境变量 %s 是空的：把密钥放进去，再重新启动服务器", name))
	}
}

func (s *session) location(place string) string {
	if place == gateway.Inside {
		return s.say("inside", "内部")
	}
	return s.say("outside", "外部")
}

type modelListCmd struct{}

func (modelListCmd) Help() string { return "  $ wenyuan model list" }

// Run lists.
func (*modelListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/models", nil, func(w io.Writer, list struct{ Models []listedModel }) {
			t := &table{}
			for _, m := range list.Models {
				from := s.say("added", "运行时添加")
				if m.Declared {
					from = s.say("settings file", "配置文件")
				}
				t.row(s.standsOn(m.Name, m.Adapter), s.location(m.Location), strings.Join(m.Can, ","), places(m.Spec), from, m.measured())
				for _, o := range m.Beside {
					t.line("  " + s.say("at hand: %s", "备用：%s", s.standsOn(o.Hash[:min(12, len(o.Hash))], o.Adapter, o.Labels...)))
					if o.Fault != "" {
						t.line("    ▲ " + s.tell(o.Fault))
					}
				}
			}
			t.write(w)
			for _, m := range list.Models {
				if m.Fault != "" {
					fmt.Fprintln(w, s.say("▲ %s cannot be used: %s", "▲ %s 不能使用：%s", m.Name, s.tell(m.Fault)))
				}
				if len(m.Missing) > 0 {
					fmt.Fprintln(w, m.Name)
					s.missing(w, m.Listed)
				}
			}
			fmt.Fprintln(w, s.count(len(list.Models), "model", "models", "个模型"))
		})
	})
}

// A listedModel is a model with what was measured of it as a judge.
type listedModel struct {
	gateway.Listed
	Agreement *eval.Agreement `json:"agreement"`
}

// measured is how well it agrees with people, in one cell.
func (m listedModel) measured() string {
	if m.Agreement == nil {
		return ""
	}
	return fmt.Sprintf("kappa %.2f (%s, n %d)", m.Agreement.Kappa, m.Agreement.Set, m.Agreement.N)
}

// places are where a model runs, in one cell.
func places(m gateway.Spec) string {
	var all []string
	for _, r := range m.Replicas {
		all = append(all, r.Dialect+" "+r.URL)
	}
	if m.Engine != nil {
		all = append(all, m.Engine.Dialect+" "+m.Engine.Command[0])
	}
	return strings.Join(all, ", ")
}

type modelTestCmd struct {
	Name string `arg:"" help:"model_name"`
}

func (modelTestCmd) Help() string { return "  $ wenyuan model test writer" }

// Run tries a model; the exit code says whether everything works.
func (v *modelTestCmd) Run(s *session) error {
	var r gateway.Report
	err := s.with(func(c *client) error {
		return c.call(s.ctx, http.MethodPost, "/api/models/"+url.PathEscape(v.Name)+"/test", nil, &r)
	})
	if err == nil {
		err = s.give(r, func(w io.Writer) { s.tried(w, r) })
	}
	if err == nil && !r.OK {
		return errSilent
	}
	return err
}

func (s *session) tried(w io.Writer, r gateway.Report) {
	t := &table{}
	for _, c := range r.Checks {
		state := s.say("● works", "● 可用")
		if !c.OK {
			state = s.say("▲ failed", "▲ 失败")
		}
		t.row(state, c.What, c.URL, s.figures(c))
		if !c.OK {
			t.line("    " + s.because(c.Message, c.Hint))
		}
	}
	t.write(w)
}

// figures are what was measured in a check.
func (s *session) figures(c gateway.Check) string {
	parts := []string{(time.Duration(c.Took) * time.Microsecond).Round(time.Millisecond).String()}
	if c.First > 0 {
		parts = append(parts, s.say("first token %s", "首个 token %s", (time.Duration(c.First)*time.Microsecond).Round(time.Millisecond)))
	}
	if c.Tokens > 0 {
		parts = append(parts, s.say("%d tokens", "%d 个 token", c.Tokens))
	}
	if c.Dimensions > 0 {
		parts = append(parts, s.say("vectors of %d numbers", "向量有 %d 个数", c.Dimensions))
	}
	return strings.Join(parts, s.say(", ", "，"))
}

type modelRemoveCmd struct {
	Name string `arg:"" help:"model_name"`
}

func (modelRemoveCmd) Help() string { return "  $ wenyuan model remove writer" }

// Run removes a model that was added at run time.
func (v *modelRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/models/"+url.PathEscape(v.Name), nil, func(w io.Writer, m gateway.Listed) {
			fmt.Fprintln(w, s.say("removed %s", "已移除 %s", m.Name))
		})
	})
}

type modelDiscoverCmd struct{}

func (modelDiscoverCmd) Help() string { return "  $ wenyuan model discover" }

// Run looks at the usual ports of the server's machine and says how to add what is there.
func (*modelDiscoverCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/models/discover", nil, func(w io.Writer, list struct{ Models []gateway.Spec }) {
			for _, m := range list.Models {
				r := m.Replicas[0]
				line := fmt.Sprintf("wenyuan model add %s --dialect %s --url %s", m.Name, r.Dialect, r.URL)
				if r.RemoteName != "" {
					line += " --remote-name " + r.RemoteName
				}
				if !m.Able(gateway.Chat) {
					line += " --can " + strings.Join(m.Can, ",")
				}
				fmt.Fprintln(w, line)
			}
			if len(list.Models) == 0 {
				fmt.Fprintln(w, s.say("nothing new on the ports 11434 (Ollama), 8080 (llama.cpp), 8000 (vLLM) and 1234 (LM Studio)", "11434（Ollama）、8080（llama.cpp）、8000（vLLM）和 1234（LM Studio）端口上没有新的模型"))
			}
		})
	})
}
