package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/eval/gate"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/shipped"
	"wenyuan/eval/stat"
)

type evalRunCmd struct {
	Subject   string `arg:"" help:"eval_subject"`
	Set       string `help:"eval_run_set" required:"" placeholder:"NAME"`
	Against   string `help:"eval_against" placeholder:"SUBJECT"`
	Sample    int    `help:"eval_run_sample" placeholder:"N"`
	Seed      uint64 `help:"eval_run_seed" placeholder:"N"`
	Parallel  int    `help:"eval_parallel" placeholder:"N"`
	MaxTokens int    `help:"eval_max_tokens" placeholder:"N"`
	Judge     string `help:"eval_run_judge" placeholder:"MODEL"`
}

func (evalRunCmd) Help() string {
	return "  $ wenyuan eval run writer --set logic --sample 200\n  $ wenyuan eval run assistant:handbook --set golden.jsonl --against assistant:handbook@3f9a1c\n  $ wenyuan eval run writer --set dataset:support --json"
}

// evalBody is what POST /api/eval/runs takes.
type evalBody struct {
	Subject string         `json:"subject"`
	Set     string         `json:"set"`
	Items   []item.Item    `json:"items,omitempty"`
	Options record.Options `json:"options"`
}

// evaluated is what the verb gives.
type evaluated struct {
	Run        record.Run       `json:"run"`
	Against    *record.Run      `json:"against,omitempty"`
	Comparison *gate.PartReport `json:"comparison,omitempty"`
}

// Run asks one subject, or two, and shows what came out.
func (v *evalRunCmd) Run(s *session) error {
	body := evalBody{Subject: v.Subject, Set: v.Set, Options: record.Options{Sample: v.Sample, Seed: v.Seed, Parallel: v.Parallel, MaxTokens: v.MaxTokens, Judge: v.Judge}}
	if !slices.Contains(shipped.Names, v.Set) && !strings.HasPrefix(v.Set, "dataset:") {
		if err := body.read(s, v.Set); err != nil {
			return err
		}
	}
	return s.with(func(c *client) error {
		var out evaluated
		var err error
		if out.Run, err = s.evaluate(c, body); err != nil {
			return err
		}
		if v.Against != "" {
			body.Subject = v.Against
			other, err := s.evaluate(c, body)
			if err != nil {
				return err
			}
			out.Against, out.Comparison = &other, new(gate.PartReport)
			if err := c.call(s.ctx, http.MethodGet, address("/api/eval/compare", "first", out.Run.ID, "second", other.ID), nil, out.Comparison); err != nil {
				return err
			}
		}
		return s.give(out, func(w io.Writer) { s.writeEvaluated(w, out) })
	})
}

// read takes the set from a file.
func (b *evalBody) read(s *session, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.NotFound, Message: s.say("there is no set and no file named %s", "没有名为 %s 的测试集或文件", path),
			Hint: s.say("one of %s, dataset:NAME for a data set of the space, or a file of JSON lines", "可用 %s；空间的数据集写作 dataset:名称；也可给出 JSON 行格式的文件", strings.Join(shipped.Names, ", ")), Err: err}
	}
	defer f.Close()
	b.Set = filepath.Base(path)
	b.Items, err = item.Read(f, b.Set)
	return err
}

// Pauses between two looks at work in the background.
const (
	firstLook = 100 * time.Millisecond
	mostLook  = 2 * time.Second
)

// evaluate begins an evaluation and waits for it. Whoever breaks off stops it; the same words go on
// with it.
func (s *session) evaluate(c *client, body evalBody) (run record.Run, err error) {
	if err := c.call(s.ctx, http.MethodPost, "/api/eval/runs", body, &run); err != nil {
		return run, err
	}
	bars := s.progress()
	defer bars.end()
	err = s.follow(c, "/api/eval/runs/"+url.PathEscape(run.ID), func(path string) (bool, error) {
		err := c.call(s.ctx, http.MethodGet, path, nil, &run)
		bars.step(run.Subject.Name, run.Done, run.Items)
		return run.State != record.Queued && run.State != record.Running, err
	})
	if err == nil && run.State != record.Done {
		err = s.ended(run.State, run.Error)
	}
	return run, err
}

// ended is the error of work in the background that did not come to its end.
func (s *session) ended(state record.State, why string) error {
	if state == record.Stopped {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: s.say("it was stopped", "已停止"), Hint: s.say("the same words go on with it", "用同样的参数再次执行即可接着做")}
	}
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: s.tell(why), Hint: s.say("what was answered is kept: the same words go on", "已得到的回答都保留：用同样的参数再次执行即可接着做")}
}

// follow looks at work in the background until it is over. Who breaks off stops it.
func (s *session) follow(c *client, path string, look func(path string) (over bool, err error)) error {
	for pause := firstLook; ; pause = min(pause*3/2, mostLook) {
		over, err := look(path)
		if over || err != nil && s.ctx.Err() == nil {
			return err
		}
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
		}
		if s.ctx.Err() != nil {
			ctx, end := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
			defer end()
			_, err := c.raw(ctx, http.MethodPost, path+"/stop", nil)
			return cmpErrs(err, context.Cause(s.ctx))
		}
	}
}

func cmpErrs(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) writeEvaluated(w io.Writer, e evaluated) {
	t := &table{}
	t.row("", s.say("items", "题数"), s.say("right", "正确"), "95 %", s.say("score", "得分"), s.say("refused", "拒答"), s.say("broken", "损坏"), s.say("tokens", "token"), s.say("time", "用时"))
	for _, r := range []*record.Run{&e.Run, e.Against} {
		if r != nil {
			i := stat.Wilson(r.Right, r.Done, 0.95)
			t.row(subjectName(r.Subject), r.Done, percentOf(r.Right, r.Done), fmt.Sprintf("%.1f–%.1f", 100*i.Low, 100*i.High), fmt.Sprintf("%.3f", r.Score), r.Refused, r.Broken, r.TokensIn+r.TokensOut, time.Duration(r.Took)*time.Microsecond)
		}
	}
	t.write(w)
	s.writeJudged(w, e)
	if e.Comparison != nil {
		fmt.Fprintln(w)
		s.writeCompared(w, *e.Comparison)
	}
	fmt.Fprintln(w, s.say("wenyuan eval show %s shows the answers", "wenyuan eval show %s 查看各题的回答", e.Run.ID))
}

// writeJudged says who compared answers with the reference, and how far that is to be trusted.
func (s *session) writeJudged(w io.Writer, e evaluated) {
	const moderate = 0.4 // "moderate" agreement begins here (Landis and Koch, 1977)
	for _, r := range []*record.Run{&e.Run, e.Against} {
		if r == nil || r.Judged == 0 {
			continue
		}
		fmt.Fprintln(w, s.say("%s: %d answers were compared with the reference by %s in both orders; of %d its opinion hung on the order, and they count as ties", "%s：%d 个回答由 %s 按两种顺序与参考答案比较；其中 %d 个的结论随顺序而变，按平手计", subjectName(r.Subject), r.Judged, r.Options.Judge, r.Swayed))
		switch t := r.Trust; {
		case t == nil:
			fmt.Fprintln(w, s.say("▲ how well %[1]s agrees with people was not measured: wenyuan eval judge %[1]s --set FILE", "▲ 尚未测量 %[1]s 与人的一致程度：wenyuan eval judge %[1]s --set 文件", r.Options.Judge))
		case t.Kappa < moderate:
			fmt.Fprintln(w, s.say("▲ %s agrees with people by kappa %.2f over %d sentences: too little to decide by", "▲ %s 与人的一致程度 kappa 为 %.2f（%d 句）：太低，不足为据", r.Options.Judge, t.Kappa, t.N))
		default:
			fmt.Fprintln(w, s.say("%s agrees with people by kappa %.2f over %d sentences", "%s 与人的一致程度 kappa 为 %.2f（%d 句）", r.Options.Judge, t.Kappa, t.N))
		}
	}
}

func subjectName(v wenyuan.Version) string {
	return fmt.Sprintf("%s:%s@%.8s", v.Kind, v.Name, v.Hash)
}

func percentOf(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// writeCompared shows how one version did beside another.
func (s *session) writeCompared(w io.Writer, p gate.PartReport) {
	if f := p.Difference; f != nil {
		fmt.Fprintln(w, s.say("difference %+.1f points (90 %%: %+.1f to %+.1f), McNemar p = %.3g; right only now %d, only before %d", "相差 %+.1f 个百分点（90 %%：%+.1f 至 %+.1f），McNemar p = %.3g；仅现在正确 %d 题，仅之前正确 %d 题",
			100*f.Difference, 100*f.Interval.Low, 100*f.Interval.High, f.McNemar, p.Pairs.First, p.Pairs.Second))
	}
	t := &table{}
	t.row(s.say("slice", "分组"), "n", s.say("right", "正确"), s.say("before", "之前"), "p")
	for _, x := range p.Slices {
		before, sure := "–", "–"
		if x.Before != nil {
			before, sure = fmt.Sprintf("%.1f %%", 100**x.Before), fmt.Sprintf("%.3g", x.P)
		}
		t.row(x.Name, x.N, fmt.Sprintf("%.1f %%", 100*x.Share), before, sure)
	}
	t.write(w)
}

type evalListCmd struct{}

func (evalListCmd) Help() string { return "  $ wenyuan eval list --json" }

type evalRuns struct {
	Runs []record.Run `json:"runs"`
}

// Run lists the evaluations of the space.
func (v *evalListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/eval/runs", nil, func(w io.Writer, l evalRuns) {
			t := &table{}
			for _, r := range l.Runs {
				t.row(r.ID, subjectName(r.Subject), r.Set, s.stands(r.State), fmt.Sprintf("%d / %d", r.Done, r.Items), percentOf(r.Right, r.Done), moment(r.Created))
			}
			t.write(w)
		})
	})
}

func (s *session) stands(x record.State) string {
	return map[record.State]pair{record.Queued: {"queued", "排队"}, record.Running: {"running", "进行中"}, record.Done: {"done", "完成"}, record.Stopped: {"stopped", "已停止"}, record.Failed: {"failed", "失败"}}[x].in(s.lang)
}

type evalShowCmd struct {
	ID    string `arg:"" name:"run" help:"eval_id"`
	Wrong bool   `help:"eval_wrong"`
	From  int    `help:"eval_from" placeholder:"N"`
	Limit int    `help:"eval_limit" default:"50" placeholder:"N"`
}

func (evalShowCmd) Help() string { return "  $ wenyuan eval show run_06c5... --wrong" }

type evalItems struct {
	Items []record.Answered `json:"items"`
}

// Run shows what was asked and answered.
func (v *evalShowCmd) Run(s *session) error {
	path := address("/api/eval/runs/"+url.PathEscape(v.ID)+"/items", "from", fmt.Sprint(v.From), "limit", fmt.Sprint(v.Limit), "wrong", fmt.Sprint(v.Wrong))
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, l evalItems) {
			for _, a := range l.Items {
				mark := "✗"
				if a.Right {
					mark = "✓"
				}
				fmt.Fprintf(w, "%s %d %s %s %s\n", mark, a.Number, a.Item.ID, a.Item.Slice, a.Broken)
				if a.Hidden {
					fmt.Fprintln(w, "  "+s.say("not for you to see, or erased", "你无权查看，或已删除"))
					continue
				}
				fmt.Fprintf(w, "  ? %s\n  = %s\n", oneLine(a.Item.Question(), 160), oneLine(a.Output, 160))
			}
		})
	})
}

type evalStopCmd struct {
	ID string `arg:"" name:"run" help:"eval_id"`
}

func (evalStopCmd) Help() string { return "  $ wenyuan eval stop run_06c5..." }

// Run stops an evaluation.
func (v *evalStopCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/eval/runs/"+url.PathEscape(v.ID)+"/stop", nil, func(w io.Writer, r record.Run) {
			fmt.Fprintf(w, "%s %s %d / %d\n", r.ID, s.stands(r.State), r.Done, r.Items)
		})
	})
}
