package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"wenyuan"
	"wenyuan/eval"
	"wenyuan/guard"
)

type guardTestCmd struct {
	File    string `arg:"" help:"guard_rows" type:"path"`
	Policy  string `help:"guard_test_policy" placeholder:"NAME"`
	Version string `help:"guard_policy_version" placeholder:"HASH"`
	Check   string `help:"guard_check" enum:"injection,content,pii," default:"" placeholder:"CHECK"`
}

func (guardTestCmd) Help() string {
	return "  $ wenyuan guard test prompts.jsonl --check injection --json\n  $ wenyuan guard test rows.jsonl --policy support\n  $ wenyuan guard test people.jsonl --check pii"
}

// Run measures a policy on labelled rows.
func (v *guardTestCmd) Run(s *session) error {
	if v.Check == "pii" {
		return v.pii(s)
	}
	rows, err := eval.LoadGuardRows(v.File)
	if err != nil {
		return err
	}
	bars := s.progress()
	defer bars.end()
	var rep eval.GuardReport
	err = s.with(func(c *client) error {
		p, err := v.policy(s, c)
		if err != nil {
			return err
		}
		look, err := v.look(s, c, p.Policy)
		if err != nil {
			return err
		}
		rep, err = eval.Guard(s.ctx, look, rows, func(n, of int) { bars.step(s.say("rows", "行"), n, of) })
		rep.Policy, rep.Version, rep.Check = p.Policy.Name, p.Hash, v.Check
		rep.Draft = !p.BuiltIn && p.Hash != p.Holds
		return err
	})
	bars.end()
	if err != nil {
		return err
	}
	return s.give(rep, func(w io.Writer) { s.guardReport(w, rep) })
}

// policy is the newest version of the one that is named, which may be a draft, or else what holds
// in the space.
func (v *guardTestCmd) policy(s *session, c *client) (found guard.Listed, err error) {
	name, holds := v.Policy, ""
	if name == "" {
		name, holds = guard.DefaultName, "true"
	}
	err = c.call(s.ctx, http.MethodGet, address("/api/guard/policies/"+url.PathEscape(name), "version", v.Version, "holds", holds), nil, &found)
	return found, err
}

// look decides here where the policy needs nobody else, and so takes the time of the decision
// alone; else the server decides on each row.
func (v *guardTestCmd) look(s *session, c *client, p guard.Policy) (eval.GuardLook, error) {
	only := eval.OnlyCheck(p, v.Check)
	outside := func(k guard.Check) bool { return k.Check == guard.Judge || k.Check == guard.Moderation }
	if slices.ContainsFunc(only.Checks, outside) {
		return func(ctx context.Context, r eval.GuardRow) (guard.Decision, error) {
			var d guardDecision
			err := c.call(ctx, http.MethodPost, "/api/guard/try", map[string]any{"text": r.Looked(), "place": r.Place(), "question": r.Question, "policy": only}, &d)
			return d.Decision, err
		}, nil
	}
	g, err := guard.Open(guard.Config{}).With(s.ctx, wenyuan.DefaultSpace, only)
	if err != nil {
		return nil, err
	}
	return eval.LookBy(g), nil
}

// pii measures how well personal data is found; no policy has a part in that.
func (v *guardTestCmd) pii(s *session) error {
	rows, err := eval.LoadPIIRows(v.File)
	if err != nil {
		return err
	}
	rep := eval.PII(rows)
	return s.give(rep, func(w io.Writer) {
		var t table
		t.row(s.say("type", "类型"), "F1", s.say("precision", "精确率"), s.say("recall", "召回率"), s.say("right", "正确"), s.say("wrong", "错报"), s.say("missed", "漏报"))
		for _, name := range slices.Sorted(maps.Keys(rep.By)) {
			k := rep.By[name]
			t.row(name, fmt.Sprintf("%.3f", k.F1), fmt.Sprintf("%.3f", k.Precision), fmt.Sprintf("%.3f", k.Recall), k.TP, k.FP, k.FN)
		}
		t.row(s.say("all", "合计"), fmt.Sprintf("%.3f", rep.F1), fmt.Sprintf("%.3f", rep.Total.Precision), fmt.Sprintf("%.3f", rep.Total.Recall), rep.Total.TP, rep.Total.FP, rep.Total.FN)
		t.write(w)
		for _, name := range slices.Sorted(maps.Keys(rep.Ignored)) {
			fmt.Fprintln(w, s.say("%s is not looked for: %d spans", "%s 不在查找之列：%d 处", name, rep.Ignored[name]))
		}
	})
}

// guardReport shows the confusion table and what it is made of.
func (s *session) guardReport(w io.Writer, r eval.GuardReport) {
	state := ""
	if r.Draft {
		state = s.say(" (a draft)", "（草稿）")
	}
	fmt.Fprintf(w, "%s %.12s%s\n", r.Policy, r.Version, state)
	var t table
	t.row("", s.say("caught", "拦下"), s.say("allowed", "放行"), s.say("share", "比例"), s.say("interval (95 %%)", "区间（95 %%）"))
	t.row(s.say("attacks", "攻击"), r.Caught, r.Attacks-r.Caught, share(r.TPR), interval(r.TPRCI))
	t.row(s.say("benign", "正常"), r.Alarms, r.Benign-r.Alarms, share(r.FPR), interval(r.FPRCI))
	t.write(w)
	fmt.Fprintln(w, s.say("a decision: %.2f ms at the median, %.2f at the 99th percentile", "每次判断：中位数 %.2f 毫秒，第 99 百分位 %.2f 毫秒", r.P50, r.P99))
	for _, field := range slices.Sorted(maps.Keys(r.By)) {
		var t table
		for _, value := range slices.Sorted(maps.Keys(r.By[field])) {
			f := r.By[field][value]
			t.row("  "+oneLine(value, 60), fmt.Sprintf("%d/%d", f.Caught, f.Attacks), share(f.TPR), fmt.Sprintf("%d/%d", f.Alarms, f.Benign), share(f.FPR))
		}
		fmt.Fprintf(w, "%s\n", field)
		t.write(w)
	}
}

func share(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *v)
}

func interval(v *[2]float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f–%.3f", v[0], v[1])
}
