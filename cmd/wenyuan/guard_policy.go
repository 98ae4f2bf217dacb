package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/goccy/go-yaml"

	"wenyuan"
	"wenyuan/guard"
)

type guardPolicyVerbs struct {
	List     guardPolicyListCmd     `cmd:"" help:"guard_policy_list"`
	Show     guardPolicyShowCmd     `cmd:"" help:"guard_policy_show"`
	Save     guardPolicySaveCmd     `cmd:"" help:"guard_policy_save"`
	Release  guardPolicyReleaseCmd  `cmd:"" help:"guard_policy_release"`
	Withdraw guardPolicyWithdrawCmd `cmd:"" help:"guard_policy_withdraw"`
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
	Name    string `arg:"" optional:"" default:"default" help:"guard_policy_name"`
	Version string `help:"guard_policy_version" placeholder:"HASH"`
	History bool   `help:"guard_policy_history"`
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
	File string `arg:"" help:"guard_policy_file"`
	Name string `help:"guard_policy_save_name" placeholder:"NAME"`
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
	Name    string `arg:"" help:"guard_policy_name"`
	Version string `help:"guard_policy_version" placeholder:"HASH"`
	Anyway  bool   `help:"guard_policy_anyway"`
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
	Name string `arg:"" help:"guard_policy_name"`
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
