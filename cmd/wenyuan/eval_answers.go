package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"wenyuan"
	"wenyuan/eval"
)

type evalAnswersCmd struct {
	Files     []string  `arg:"" help:"eval_rows" type:"path"`
	Assistant string    `help:"eval_assistant" placeholder:"NAME" xor:"who"`
	Model     string    `help:"eval_model" placeholder:"NAME" xor:"who"`
	Noise     []float64 `help:"eval_noise" default:"0,0.2,0.4,0.6,0.8" placeholder:"SHARE,..."`
	Passages  int       `help:"eval_passages" default:"5" placeholder:"N"`
	Sample    int       `help:"eval_sample" placeholder:"N"`
	Language  string    `help:"eval_language" placeholder:"LANG"`
	Seed      uint64    `help:"eval_seed" default:"0" placeholder:"N"`
}

func (evalAnswersCmd) Help() string {
	return "  $ wenyuan eval answers rgb.jsonl --json\n  $ wenyuan eval answers rgb.jsonl --model writer --sample 20"
}

// givenBody is what POST /api/answer takes.
type givenBody struct {
	Question  string      `json:"question"`
	Passages  []givenText `json:"passages"`
	Assistant string      `json:"assistant,omitempty"`
	Model     string      `json:"model,omitempty"`
}

type givenText struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
}

// Run measures answers from given passages.
func (v *evalAnswersCmd) Run(s *session) error {
	var cases []eval.Case
	for _, f := range v.Files {
		c, err := eval.LoadCases(f)
		if err != nil {
			return err
		}
		cases = append(cases, c...)
	}
	bars := s.progress()
	defer bars.end()
	o := eval.AnswersOptions{Noise: v.Noise, Passages: v.Passages, Sample: v.Sample, Lang: v.Language, Seed: v.Seed, Progress: bars.step}
	var report eval.AnswersReport
	err := s.with(func(c *client) (err error) {
		report, err = eval.Answers(s.ctx, v.subject(), cases, v.ask(c), o)
		return err
	})
	bars.end()
	if err != nil {
		return err
	}
	return s.give(report, func(w io.Writer) { s.writeAnswers(w, report) })
}

// subject is what is measured.
func (v *evalAnswersCmd) subject() string {
	switch {
	case v.Assistant != "":
		return "assistant " + v.Assistant
	case v.Model != "":
		return "model " + v.Model
	}
	return "extractive"
}

func (v *evalAnswersCmd) ask(c *client) eval.Subject {
	return func(ctx context.Context, question string, passages []wenyuan.Passage) (a wenyuan.Answer, err error) {
		body := givenBody{Question: question, Assistant: v.Assistant, Model: v.Model}
		for _, p := range passages {
			body.Passages = append(body.Passages, givenText{p.Title, p.Text})
		}
		return a, c.call(ctx, http.MethodPost, "/api/answer", body, &a)
	}
}

func percent(of eval.Share) string { return fmt.Sprintf("%.1f %%", 100*of.Share) }

func (s *session) writeAnswers(w io.Writer, r eval.AnswersReport) {
	t := &table{}
	t.row(s.say("task", "任务"), s.say("language", "语言"), s.say("noise", "噪声"), "n", s.say("right", "正确"), s.say("refused", "拒答"), s.say("fooled", "被误导"), s.say("noticed", "指出矛盾"), s.say("failed", "失败"))
	for _, g := range r.Groups {
		t.row(g.Task, g.Lang, fmt.Sprintf("%.1f", g.Noise), g.N, fmt.Sprintf("%.1f %%", 100*g.Accuracy), g.Refused, g.Fooled, g.Detected, g.Failed)
	}
	t.line("")
	t.row(s.say("refused where that is right", "应拒答而拒答"), percent(r.RightRefusals), fmt.Sprintf("%d / %d", r.RightRefusals.Count, r.RightRefusals.Of))
	t.row(s.say("refused where the answer is there", "有答案却拒答"), percent(r.WrongRefusals), fmt.Sprintf("%d / %d", r.WrongRefusals.Count, r.WrongRefusals.Of))
	t.write(w)
}

type evalJudgeCmd struct {
	Name   string `arg:"" help:"model_name"`
	Set    string `help:"eval_set" required:"" type:"path" placeholder:"FILE"`
	Sample int    `help:"eval_sample" default:"200" placeholder:"N"`
}

func (evalJudgeCmd) Help() string { return "  $ wenyuan eval judge nli --set labelled.jsonl --json" }

// Validate wants a sample that can be asked about.
func (v *evalJudgeCmd) Validate() error {
	if v.Sample < 1 || v.Sample > eval.MaxLabelled {
		return errors.New("--sample takes 1 to " + fmt.Sprint(eval.MaxLabelled))
	}
	return nil
}

// Run measures how well a judge agrees with people; the server keeps what comes out.
func (v *evalJudgeCmd) Run(s *session) error {
	rows, err := eval.LoadLabelled(v.Set, v.Sample)
	if err != nil {
		return err
	}
	body := struct {
		Set  string          `json:"set"`
		Rows []eval.Labelled `json:"rows"`
	}{strings.TrimSuffix(filepath.Base(v.Set), filepath.Ext(v.Set)), rows}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/models/"+url.PathEscape(v.Name)+"/agreement", body, func(w io.Writer, a eval.Agreement) { s.writeAgreement(w, a) })
	})
}

func (s *session) writeAgreement(w io.Writer, a eval.Agreement) {
	t := &table{}
	t.row("", a.Judge, s.say("built-in checker", "内置核对器"))
	for _, row := range []struct {
		name string
		of   func(eval.Figures) string
	}{
		{s.say("rows", "行数"), func(f eval.Figures) string { return fmt.Sprint(f.N) }},
		{s.say("same as people", "与人一致"), func(f eval.Figures) string { return fmt.Sprintf("%.1f %%", 100*f.Accuracy) }},
		{"kappa", func(f eval.Figures) string { return fmt.Sprintf("%.3f", f.Kappa) }},
		{"AUROC", func(f eval.Figures) string {
			if f.AUROC == nil {
				return "-"
			}
			return fmt.Sprintf("%.3f", *f.AUROC)
		}},
		{s.say("people yes, other yes", "人：有据，对方：有据"), func(f eval.Figures) string { return fmt.Sprint(f.YesYes) }},
		{s.say("people yes, other no", "人：有据，对方：无据"), func(f eval.Figures) string { return fmt.Sprint(f.YesNo) }},
		{s.say("people no, other yes", "人：无据，对方：有据"), func(f eval.Figures) string { return fmt.Sprint(f.NoYes) }},
		{s.say("people no, other no", "人：无据，对方：无据"), func(f eval.Figures) string { return fmt.Sprint(f.NoNo) }},
	} {
		t.row(row.name, row.of(a.Figures), row.of(a.Checker))
	}
	t.write(w)
	if a.Failed > 0 {
		fmt.Fprintln(w, s.say("%d rows without an opinion count as not carried", "%d 行没有得到意见，按无据计", a.Failed))
	}
}
