package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
)

type datasetInstructCmd struct {
	From     string   `required:"" help:"dataset_instruct_from" placeholder:"SET|FILE"`
	Model    string   `required:"" help:"dataset_instruct_model" placeholder:"NAME"`
	Rows     int      `required:"" help:"dataset_instruct_rows" placeholder:"N"`
	Name     string   `required:"" help:"dataset_instruct_name" placeholder:"SOURCE"`
	Licence  string   `required:"" help:"dataset_instruct_licence" placeholder:"NAME"`
	Language string   `enum:"en,zh," default:"" placeholder:"LANG" help:"dataset_instruct_lang"`
	Tokens   int64    `help:"dataset_instruct_tokens" placeholder:"N"`
	Parallel int      `help:"dataset_instruct_parallel" placeholder:"N"`
	Seed     int64    `help:"dataset_instruct_seed" placeholder:"N"`
	Without  []string `help:"dataset_instruct_without" placeholder:"WORD"`
}

func (datasetInstructCmd) Help() string {
	return "  $ wenyuan dataset instruct --from support --model writer --rows 500 --name support-made --licence Apache-2.0\n  $ wenyuan dataset instruct --from seeds.jsonl --model writer --rows 200 --name made-zh --licence CC-BY-4.0 --language zh --tokens 300000"
}

// Run has a model write rows and waits for them. Who breaks off stops it; the same words go on.
func (v *datasetInstructCmd) Run(s *session) error {
	order := dataset.InstructOrder{Name: v.Name, From: v.From, Model: v.Model, Rows: v.Rows, Licence: v.Licence, Language: v.Language, Tokens: v.Tokens, Parallel: v.Parallel, Seed: v.Seed, Without: v.Without}
	if f, err := os.Open(v.From); err == nil {
		defer f.Close()
		order.From = ""
		if order.Seeds, err = seedsOf(f, v.From); err != nil {
			return err
		}
	}
	return s.with(func(c *client) error {
		var out dataset.Instructed
		if err := c.call(s.ctx, http.MethodPost, "/api/samples/instruct", order, &out); err != nil {
			return err
		}
		bars := s.progress()
		err := s.follow(c, "/api/samples/instruct/"+url.PathEscape(out.ID), func(path string) (bool, error) {
			err := c.call(s.ctx, http.MethodGet, path, nil, &out)
			bars.step(out.Name, out.Made, out.Rows)
			return out.State != dataset.Queued && out.State != dataset.Running, err
		})
		bars.end()
		if err != nil {
			return err
		}
		if err := s.give(out, func(w io.Writer) { s.instructed(w, out) }); err != nil {
			return err
		}
		if out.State == dataset.Failed {
			return errSilent
		}
		return nil
	})
}

// seedsOf reads rows of a file in any format that is known.
func seedsOf(f io.Reader, path string) (all []form.Row, err error) {
	r := form.NewReader(filepath.Base(path), f, "")
	for {
		row, line, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s:%d is no row", path, line), Hint: "wenyuan dataset import says what is wrong with a file", Err: err}
		}
		if all = append(all, row); len(all) > dataset.MaxSeeds {
			return nil, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("more than %d seeds are brought along", dataset.MaxSeeds), Hint: "import them, make a data set of them, and name that"}
		}
	}
}

func (s *session) instructed(w io.Writer, out dataset.Instructed) {
	fmt.Fprintln(w, s.say("%s: %d of %d rows in %d calls, %d tokens of %d; %s", "%s：%d / %d 行，调用 %d 次，token %d / %d；%s", out.Name, out.Made, out.Rows, out.Rounds, out.TokensIn+out.TokensOut, out.Budget, s.instructState(out.State)))
	if out.Error != "" {
		fmt.Fprintln(w, "▲ "+s.tell(out.Error))
	}
	var t table
	t.row("  "+s.say("seeds", "种子"), out.Seeds)
	for _, why := range sortedKeys(out.SeedsLeft) {
		t.row("  "+s.say("no seeds", "未用作种子")+": "+s.seedLeft(why), out.SeedsLeft[why])
	}
	for _, name := range sortedKeys(out.Licences) {
		shown := name
		if shown == "" {
			shown = s.say("none", "无")
		}
		t.row("  "+s.say("licence of seeds", "种子的许可")+": "+shown, out.Licences[name])
	}
	for _, why := range sortedKeys(out.Left) {
		t.row("  "+s.say("left out", "未收入")+": "+s.madeLeft(why), out.Left[why])
	}
	if out.Money > 0 {
		t.row("  "+s.say("cost", "费用"), fmt.Sprintf("%.4f %s", out.Money, out.Currency))
	}
	t.write(w)
}

func (s *session) instructState(state string) string {
	return s.say(state, map[string]string{dataset.Queued: "排队", dataset.Running: "进行中", dataset.Done: "完成", dataset.Stopped: "已停止", dataset.Failed: "失败"}[state])
}

func (s *session) seedLeft(why string) string {
	return s.say(why, map[string]string{"not one turn": "不是一问一答", "bad": "被评为不好", "long": "太长", "licence": "许可不允许", "consent": "空间不允许学习", "hidden": "你无权查看或已清除", "more": "超出上限"}[why])
}

func (s *session) madeLeft(why string) string {
	return s.say(why, map[string]string{"short": "太短", "long": "太长", "begins wrong": "开头不对", "language": "语言不符", "absent": "要求图片、文件等", "no answer": "没有回答", "refuses": "拒答", "echo": "复述指令", "repeats": "反复说同样的话",
		"banned": "含有排除的词", "program": "要求编写程序", "alike": "与已有的太相近", "unreadable": "读不出任务", "withdrawn": "种子已清除"}[why])
}

type datasetInstructedCmd struct{}

func (datasetInstructedCmd) Help() string { return "  $ wenyuan dataset instructed --json" }

// Run lists what models were ordered to write.
func (v *datasetInstructedCmd) Run(s *session) error {
	type list struct {
		Runs []dataset.Instructed `json:"runs"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/samples/instruct", nil, func(w io.Writer, l list) {
			var t table
			for _, r := range l.Runs {
				t.row(r.ID, r.Name, r.Teacher.Name, s.instructState(r.State), fmt.Sprintf("%d / %d", r.Made, r.Rows), r.Licence, moment(r.Created))
			}
			t.write(w)
		})
	})
}
