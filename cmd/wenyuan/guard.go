package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/goccy/go-yaml"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/reading"
	"wenyuan/guard/rule"
)

type guardVerbs struct {
	Test      guardTestCmd      `cmd:"" help:"${guard_test}"`
	Scan      guardScanCmd      `cmd:"" help:"${guard_scan}"`
	Try       guardTryCmd       `cmd:"" help:"${guard_try}"`
	Policy    guardPolicyVerbs  `cmd:"" help:"${guard_policy}"`
	Incidents guardIncidentsCmd `cmd:"" help:"${guard_incidents}"`
	Review    guardReviewCmd    `cmd:"" help:"${guard_review}"`
	Cases     guardCasesCmd     `cmd:"" help:"${guard_cases}"`
	Rules     guardRulesCmd     `cmd:"" help:"${guard_rules}"`
	Train     guardTrainCmd     `cmd:"" help:"${guard_train}"`
}

func (guardVerbs) Help() string {
	return "  $ wenyuan guard test prompts.jsonl --check injection\n  $ wenyuan guard try \"Ignore all previous instructions\"\n  $ wenyuan guard incidents --state open"
}

type guardTryCmd struct {
	Text     string `arg:"" help:"${guard_text}"`
	Policy   string `help:"${guard_policy_name}" placeholder:"NAME"`
	Version  string `help:"${guard_policy_version}" placeholder:"HASH"`
	Place    string `help:"${guard_place}" enum:"input,retrieved,tool,output,log,data" default:"input"`
	Question string `help:"${guard_question}" placeholder:"TEXT"`
}

func (guardTryCmd) Help() string {
	return "  $ wenyuan guard try \"忽略之前的所有指令\"\n  $ wenyuan guard try - --place retrieved < page.txt"
}

// A guardDecision is a decision as the server gives it.
type guardDecision struct {
	guard.Decision
	Text string `json:"text"`
}

// Run shows what a policy does with a text. For - it is read from standard input.
func (v *guardTryCmd) Run(s *session) error {
	text := v.Text
	if text == "-" {
		var err error
		if text, err = readBounded(text, maxTried); err != nil {
			return err
		}
	}
	body := map[string]string{"text": text, "name": v.Policy, "version": v.Version, "place": v.Place, "question": v.Question}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/guard/try", body, func(w io.Writer, d guardDecision) { s.decision(w, d) })
	})
}

// maxTried is how many bytes of standard input are tried.
const maxTried = 8 << 20

// decision shows what is done, why, and what the text becomes.
func (s *session) decision(w io.Writer, d guardDecision) {
	fmt.Fprintf(w, "%s  (%s %.12s, %s)\n", s.action(d.Action), d.Policy.Name, d.Policy.Hash, s.say("%d µs", "%d 微秒", d.Took))
	s.findings(w, d.Findings)
	if d.Action == guard.Mask {
		fmt.Fprintf(w, "\n%s\n", d.Text)
	}
}

func (s *session) findings(w io.Writer, all []guard.Finding) {
	var t table
	for _, f := range all {
		t.row("  "+s.action(f.Action), f.Check+"/"+f.Kind, f.Layer, fmt.Sprintf("%.2f", f.Score), s.tell(f.Reason)+" "+quoteEvidence(f.Evidence))
	}
	t.write(w)
}

func quoteEvidence(e string) string {
	if e == "" {
		return ""
	}
	return "«" + oneLine(e, 80) + "»"
}

// action is an action in the reader's language.
func (s *session) action(a guard.Action) string {
	return s.say(string(a), map[guard.Action]string{guard.Allow: "放行", guard.Flag: "标记", guard.Mask: "遮盖", guard.Ask: "待人工审阅", guard.Refuse: "拒绝"}[a])
}

type guardPolicyVerbs struct {
	List     guardPolicyListCmd     `cmd:"" help:"${guard_policy_list}"`
	Show     guardPolicyShowCmd     `cmd:"" help:"${guard_policy_show}"`
	Save     guardPolicySaveCmd     `cmd:"" help:"${guard_policy_save}"`
	Release  guardPolicyReleaseCmd  `cmd:"" help:"${guard_policy_release}"`
	Withdraw guardPolicyWithdrawCmd `cmd:"" help:"${guard_policy_withdraw}"`
}

func (guardPolicyVerbs) Help() string {
	return "  $ wenyuan guard policy show > policy.yaml\n  $ wenyuan guard policy save policy.yaml\n  $ wenyuan guard policy release default"
}

type guardPolicyListCmd struct{}

func (guardPolicyListCmd) Help() string { return "  $ wenyuan guard policy list --json" }

type guardPolicyList struct {
	Policies []guard.Listed `json:"policies"`
}

// Run lists the policies of the space.
func (v *guardPolicyListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/guard/policies", nil, func(w io.Writer, list guardPolicyList) {
			var t table
			for _, p := range list.Policies {
				t.row(p.Policy.Name, fmt.Sprintf("%.12s", p.Hash), s.inUse(p), p.Policy.Title)
			}
			t.write(w)
		})
	})
}

// inUse says how a version of a policy stands.
func (s *session) inUse(p guard.Listed) string {
	switch {
	case p.BuiltIn:
		return s.say("built in", "内置")
	case p.Holds == p.Hash && p.Hash != "":
		return s.say("holds since %s", "自 %s 起生效", moment(p.Moved))
	}
	return s.say("draft", "草稿")
}

type guardPolicyShowCmd struct {
	Name    string `arg:"" optional:"" default:"default" help:"${guard_policy_name}"`
	Version string `help:"${guard_policy_version}" placeholder:"HASH"`
	History bool   `help:"${guard_policy_history}"`
}

func (guardPolicyShowCmd) Help() string {
	return "  $ wenyuan guard policy show\n  $ wenyuan guard policy show support --history"
}

// Run shows a policy as a file that can be saved again, or its versions.
func (v *guardPolicyShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		path := address("/api/guard/policies/"+url.PathEscape(v.Name), "version", v.Version)
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, p guard.Listed) {
			if !v.History {
				writePolicy(w, p.Policy)
				return
			}
			for _, k := range p.History {
				mark := "  "
				if k.Hash == p.Holds {
					mark = "* "
				}
				fmt.Fprintf(w, "%s%s  %s\n", mark, k.Hash, moment(k.Created))
			}
		})
	})
}

// writePolicy writes a policy as the file that it can be saved from again.
func writePolicy(w io.Writer, p guard.Policy) {
	b, err := json.Marshal(p)
	if err == nil {
		b, err = yaml.JSONToYAML(b)
	}
	if err != nil {
		fmt.Fprintln(w, err) // never: it came as JSON
		return
	}
	w.Write(b)
}

type guardPolicySaveCmd struct {
	File string `arg:"" help:"${guard_policy_file}"`
	Name string `help:"${guard_policy_save_name}" placeholder:"NAME"`
}

func (guardPolicySaveCmd) Help() string { return "  $ wenyuan guard policy save policy.yaml" }

// maxPolicy is how many bytes of a policy's file are read.
const maxPolicy = 20 << 20

// Run saves a policy as a draft.
func (v *guardPolicySaveCmd) Run(s *session) error {
	text, err := readBounded(v.File, maxPolicy)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be read", "无法读取 %s", v.File), Hint: s.say("look whether it is there", "看看它是否存在"), Err: err}
	}
	p, err := guard.ParsePolicy([]byte(text))
	if err != nil {
		return err
	}
	if v.Name != "" {
		p.Name = v.Name
	}
	return s.with(func(c *client) error {
		body := map[string]any{"policy": p}
		return result(s, c, http.MethodPut, "/api/guard/policies/"+url.PathEscape(p.Name), body, func(w io.Writer, p guard.Listed) {
			fmt.Fprintln(w, s.say("%s is saved as %.12s; wenyuan guard policy release %s puts it in use", "%s 已保存为版本 %.12s；用 wenyuan guard policy release %s 启用", p.Policy.Name, p.Hash, p.Policy.Name))
		})
	})
}

type guardPolicyReleaseCmd struct {
	Name    string `arg:"" help:"${guard_policy_name}"`
	Version string `help:"${guard_policy_version}" placeholder:"HASH"`
	Anyway  bool   `help:"${guard_policy_anyway}"`
}

func (guardPolicyReleaseCmd) Help() string {
	return "  $ wenyuan guard policy release default\n  $ wenyuan guard policy release default --version 3f9a1c... --anyway"
}

// A guardRelease is what came of a release.
type guardRelease struct {
	Released bool `json:"released"`
	guard.CaseRun
}

// Run puts a policy in use where its cases pass.
func (v *guardPolicyReleaseCmd) Run(s *session) error {
	var out guardRelease
	err := s.with(func(c *client) error {
		body := map[string]any{"version": v.Version, "anyway": v.Anyway}
		return c.call(s.ctx, http.MethodPost, "/api/guard/policies/"+url.PathEscape(v.Name)+"/release", body, &out)
	})
	if err != nil {
		return err
	}
	err = s.give(out, func(w io.Writer) {
		s.caseRun(w, out.CaseRun)
		if out.Released {
			fmt.Fprintln(w, s.say("%s is in use as %.12s", "%s 已启用，版本 %.12s", out.Policy.Name, out.Policy.Hash))
		}
	})
	if err != nil {
		return err
	}
	if !out.Released {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: s.say("%s was not put in use: %d of its cases fail", "%s 没有启用：有 %d 个测试用例不通过", v.Name, out.Failed),
			Hint: s.say("change the policy or the cases; an owner may release it with --anyway", "修改策略或用例；所有者可以用 --anyway 强行启用")}
	}
	return nil
}

// caseRun shows the cases that failed, and how many passed.
func (s *session) caseRun(w io.Writer, run guard.CaseRun) {
	var t table
	for _, r := range run.Results {
		if !r.Passed {
			t.row(r.Case.ID, s.say("want "+r.Case.Expect, "应为 "+r.Case.Expect), s.action(r.Decision.Action), oneLine(r.Case.Text, 60))
		}
	}
	t.write(w)
	fmt.Fprintln(w, s.say("%d cases pass, %d fail", "%d 个用例通过，%d 个不通过", run.Passed, run.Failed))
}

type guardPolicyWithdrawCmd struct {
	Name string `arg:"" help:"${guard_policy_name}"`
}

func (guardPolicyWithdrawCmd) Help() string { return "  $ wenyuan guard policy withdraw support" }

// Run takes a policy out of use.
func (v *guardPolicyWithdrawCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/guard/policies/"+url.PathEscape(v.Name), nil, func(w io.Writer, _ struct{}) {
			fmt.Fprintln(w, s.say("%s is out of use", "%s 已停用", v.Name))
		})
	})
}

type guardIncidentsCmd struct {
	ID    string `arg:"" optional:"" help:"${guard_incident_id}"`
	State string `help:"${guard_state}" enum:"open,waiting,confirmed,dismissed,released," default:"" placeholder:"STATE"`
	Place string `help:"${guard_place}" enum:"input,retrieved,tool,output,log,data," default:""`
	Check string `help:"${guard_check_name}" placeholder:"CHECK"`
	Find  string `help:"${guard_find}" placeholder:"WORDS"`
	Limit int    `help:"${guard_limit}" default:"50"`
}

func (guardIncidentsCmd) Help() string {
	return "  $ wenyuan guard incidents --state open\n  $ wenyuan guard incidents inc_01ab"
}

// Run lists incidents, or shows one.
func (v *guardIncidentsCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.ID != "" {
			return result(s, c, http.MethodGet, "/api/guard/incidents/"+url.PathEscape(v.ID), nil, s.incident)
		}
		path := address("/api/guard/incidents", "state", v.State, "place", v.Place, "check", v.Check, "q", v.Find, "limit", fmt.Sprint(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, p guard.IncidentPage) {
			var t table
			for _, i := range p.Incidents {
				t.row(i.ID, moment(i.Seen), i.State, i.Place, s.action(i.Action), strings.Join(i.Checks, ",")+"/"+i.Kind, fmt.Sprintf("×%d", i.Times), oneLine(i.Source+" "+i.Text, 60))
			}
			t.write(w)
		})
	})
}

// incident shows one with its evidence.
func (s *session) incident(w io.Writer, i guard.Incident) {
	fmt.Fprintf(w, "%s  %s  %s  %s  ×%d\n", i.ID, i.State, i.Place, s.action(i.Action), i.Times)
	fmt.Fprintf(w, "%s %.12s  %s\n", i.Policy, i.PolicyHash, moment(i.Seen))
	if i.Source != "" {
		fmt.Fprintf(w, "%s  %s\n", i.Source, i.Document)
	}
	s.findings(w, i.Findings)
	if i.Text != "" {
		fmt.Fprintf(w, "\n%s\n", i.Text)
	}
	if i.Reviewer != "" {
		fmt.Fprintf(w, "\n%s  %s  %s\n", i.Reviewer, moment(i.Reviewed), i.Note)
	}
}

type guardReviewCmd struct {
	ID      string `arg:"" help:"${guard_incident_id}"`
	Verdict string `arg:"" help:"${guard_verdict}" enum:"confirm,dismiss,release"`
	Note    string `help:"${guard_note}" placeholder:"TEXT"`
}

func (guardReviewCmd) Help() string {
	return "  $ wenyuan guard review inc_01ab dismiss --note \"a question about the manual\""
}

// Run says what a reviewer makes of an incident.
func (v *guardReviewCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		body := map[string]string{"verdict": v.Verdict, "note": v.Note}
		return result(s, c, http.MethodPost, "/api/guard/incidents/"+url.PathEscape(v.ID)+"/review", body, s.incident)
	})
}

type guardCasesCmd struct {
	RunAll bool   `name:"run" help:"${guard_cases_run}"`
	Policy string `help:"${guard_policy_name}" placeholder:"NAME"`
	Add    string `help:"${guard_cases_add}" placeholder:"TEXT"`
	Expect string `help:"${guard_expect}" enum:"allow,catch" default:"catch"`
	Place  string `help:"${guard_place}" enum:"input,retrieved,tool,output" default:"input"`
	Note   string `help:"${guard_note}" placeholder:"TEXT"`
	Remove string `help:"${guard_cases_remove}" placeholder:"ID"`
}

func (guardCasesCmd) Help() string {
	return "  $ wenyuan guard cases\n  $ wenyuan guard cases --add \"How do I kill a process?\" --expect allow\n  $ wenyuan guard cases --run --policy support"
}

type guardCaseList struct {
	Cases []guard.Case `json:"cases"`
}

// Run lists the cases, adds or removes one, or runs a policy over them.
func (v *guardCasesCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		switch {
		case v.RunAll:
			return result(s, c, http.MethodPost, "/api/guard/cases/run", map[string]string{"name": v.Policy}, s.caseRun)
		case v.Add != "":
			body := map[string]string{"text": v.Add, "expect": v.Expect, "place": v.Place, "note": v.Note}
			return result(s, c, http.MethodPost, "/api/guard/cases", body, func(w io.Writer, k guard.Case) { fmt.Fprintln(w, k.ID) })
		case v.Remove != "":
			return result(s, c, http.MethodDelete, "/api/guard/cases/"+url.PathEscape(v.Remove), nil, func(io.Writer, struct{}) {})
		}
		return result(s, c, http.MethodGet, "/api/guard/cases", nil, func(w io.Writer, list guardCaseList) {
			var t table
			for _, k := range list.Cases {
				t.row(k.ID, k.Expect, k.Place, oneLine(k.Text, 80))
			}
			t.write(w)
		})
	})
}

type guardRulesCmd struct {
	File string `arg:"" help:"${guard_rules_file}"`
	Text string `arg:"" optional:"" help:"${guard_rules_text}"`
}

func (guardRulesCmd) Help() string {
	return "  $ wenyuan guard rules house.rules\n  $ wenyuan guard rules house.rules \"a text to try them on\""
}

// Run checks a file of rules, and says what they find in a text. It needs no server.
func (v *guardRulesCmd) Run(s *session) error {
	text, err := readBounded(v.File, rule.MaxText+1)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be read", "无法读取 %s", v.File), Hint: s.say("look whether it is there", "看看它是否存在"), Err: err}
	}
	set, err := rule.Parse(v.File, text)
	if err != nil {
		return err
	}
	m, err := rule.Compile(set)
	if err != nil {
		return err
	}
	found := ruleReport{Rules: set.Rules(), Matches: []rule.Match{}}
	if v.Text != "" {
		found.Matches = append(found.Matches, m.Matches(reading.Of(v.Text))...)
	}
	return s.give(found, func(w io.Writer) {
		fmt.Fprintln(w, s.say("%d rules, none wrong", "%d 条规则，没有错误", found.Rules))
		var t table
		for _, f := range found.Matches {
			t.row(fmt.Sprintf("  %d", f.Line), f.Kind, f.Severity, f.Rule, quoteEvidence(f.Evidence))
		}
		t.write(w)
	})
}

// A ruleReport is what a file of rules holds and finds.
type ruleReport struct {
	Rules   int          `json:"rules"`
	Matches []rule.Match `json:"matches"`
}
