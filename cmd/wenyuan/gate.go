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
	"wenyuan/eval/gate"
	"wenyuan/eval/record"
	"wenyuan/eval/stat"
)

type gateVerbs struct {
	Run      gateRunCmd      `cmd:"" help:"gate_run"`
	List     gateListCmd     `cmd:"" help:"gate_list"`
	Show     gateShowCmd     `cmd:"" help:"gate_show"`
	Admitted gateAdmittedCmd `cmd:"" help:"gate_admitted"`
	Policy   gatePolicyVerbs `cmd:"" help:"gate_policy"`
	Waive    gateWaiveCmd    `cmd:"" help:"gate_waive"`
	Waivers  gateWaiversCmd  `cmd:"" help:"gate_waivers"`
	Decide   gateDecideCmd   `cmd:"" help:"gate_decide"`
}

func (gateVerbs) Help() string {
	return "  $ wenyuan gate run support-v2 --against support-v1\n  $ wenyuan gate policy show default > gate.yaml\n  $ wenyuan gate waive support-v2 --reason \"the set is out of date\""
}

type gateRunCmd struct {
	Subject string `arg:"" help:"eval_subject"`
	Against string `help:"gate_against" placeholder:"SUBJECT"`
	Base    string `help:"gate_base" placeholder:"SUBJECT"`
	Policy  string `help:"gate_with" placeholder:"NAME"`
	Seed    uint64 `help:"gate_seed" placeholder:"N"`
}

func (gateRunCmd) Help() string {
	return "  $ wenyuan gate run support-v2 --against support-v1 --json\n  $ wenyuan gate run assistant:handbook@3f9a1c"
}

// Run has the gate look at a version. What it does not pass ends with exit code 1.
func (v *gateRunCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		var r gate.Report
		body := map[string]any{"subject": v.Subject, "against": v.Against, "base": v.Base, "policy": v.Policy, "seed": v.Seed}
		if err := c.call(s.ctx, http.MethodPost, "/api/gate/reports", body, &r); err != nil {
			return err
		}
		bars := s.progress()
		err := s.follow(c, "/api/gate/reports/"+url.PathEscape(r.ID), func(path string) (bool, error) {
			err := c.call(s.ctx, http.MethodGet, path, nil, &r)
			bars.step(r.Subject.Name, r.Done, r.Items)
			return r.State != record.Queued && r.State != record.Running, err
		})
		bars.end()
		if err != nil {
			return err
		}
		if r.State != record.Done {
			return s.ended(r.State, r.Error)
		}
		if err := s.give(r, func(w io.Writer) { s.writeReport(w, r) }); err != nil {
			return err
		}
		if r.Verdict != stat.Pass {
			return errSilent
		}
		return nil
	})
}

func (s *session) judgement(v stat.Verdict) string {
	p, ok := map[stat.Verdict]pair{stat.Pass: {"pass", "通过"}, stat.Fail: {"fail", "不通过"}, stat.TooFew: {"too few", "题数不足"}, gate.LeftOut: {"left out", "未评"}}[v]
	if !ok {
		return "–"
	}
	return p.in(s.lang)
}

// writeReport shows what the gate says, part by part.
func (s *session) writeReport(w io.Writer, r gate.Report) {
	against := s.say("nothing in production", "无线上版本")
	if r.Against != nil {
		against = subjectName(*r.Against)
	}
	fmt.Fprintln(w, s.say("%s beside %s, policy %s@%.8s, seed %d", "%s 对比 %s，策略 %s@%.8s，种子 %d", subjectName(r.Subject), against, r.Policy, r.Hash, r.Seed))
	t := &table{}
	t.row(s.say("part", "项目"), s.say("verdict", "结论"), "n", s.say("right", "正确"), s.say("before", "之前"), s.say("needs", "还需"))
	for _, p := range r.Parts {
		before, needs := "–", ""
		if p.Against != nil {
			before = percentOf(p.Against.Right, p.Against.N)
		}
		if p.Needs > 0 {
			needs = fmt.Sprint(p.Needs)
		}
		t.row(p.Name, s.judgement(p.Verdict), p.Subject.N, percentOf(p.Subject.Right, p.Subject.N), before, needs)
	}
	t.write(w)
	for _, p := range r.Parts {
		fmt.Fprintf(w, "\n%s: %s\n", p.Name, s.judgement(p.Verdict))
		for _, why := range p.Why {
			fmt.Fprintln(w, "  "+s.tell(why))
		}
	}
	fmt.Fprintf(w, "\n%s  %s\n", s.judgement(r.Verdict), r.ID)
}

type gateListCmd struct{}

func (gateListCmd) Help() string { return "  $ wenyuan gate list --json" }

type gateReports struct {
	Reports []gate.Report `json:"reports"`
}

// Run lists the reports.
func (v *gateListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gate/reports", nil, func(w io.Writer, l gateReports) {
			t := &table{}
			for _, r := range l.Reports {
				t.row(r.ID, subjectName(r.Subject), r.Policy, s.stands(r.State), s.judgement(r.Verdict), moment(r.Created))
			}
			t.write(w)
		})
	})
}

type gateShowCmd struct {
	ID string `arg:"" name:"report" help:"gate_id"`
}

func (gateShowCmd) Help() string { return "  $ wenyuan gate show gate_06c5..." }

// Run shows a report.
func (v *gateShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gate/reports/"+url.PathEscape(v.ID), nil, func(w io.Writer, r gate.Report) { s.writeReport(w, r) })
	})
}

type gateAdmittedCmd struct {
	Subject string `arg:"" help:"eval_subject"`
}

func (gateAdmittedCmd) Help() string { return "  $ wenyuan gate admitted support-v2" }

type admission struct {
	Subject wenyuan.Version `json:"subject"`
	gate.Admission
}

// Run says whether a version may be put in production.
func (v *gateAdmittedCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/gate/admitted", "subject", v.Subject), nil, func(w io.Writer, a admission) {
			yes := s.say("no", "否")
			if a.Admitted {
				yes = s.say("yes", "是")
			}
			fmt.Fprintf(w, "%s  %s  %s\n", yes, subjectName(a.Subject), s.tell(a.Reason))
		})
	})
}

type gatePolicyVerbs struct {
	List gatePolicyListCmd `cmd:"" help:"gate_policy_list"`
	Show gatePolicyShowCmd `cmd:"" help:"gate_policy_show"`
	Save gatePolicySaveCmd `cmd:"" help:"gate_policy_save"`
}

func (gatePolicyVerbs) Help() string {
	return "  $ wenyuan gate policy show default > gate.yaml\n  $ wenyuan gate policy save gate.yaml"
}

type gatePolicyListCmd struct{}

func (gatePolicyListCmd) Help() string { return "  $ wenyuan gate policy list" }

type gatePolicyList struct {
	Policies []gate.Kept `json:"policies"`
}

// Run lists the policies in use.
func (v *gatePolicyListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gate/policies", nil, func(w io.Writer, l gatePolicyList) {
			t := &table{}
			for _, p := range l.Policies {
				names := make([]string, len(p.Parts))
				for i, part := range p.Parts {
					names[i] = part.Name
				}
				t.row(p.Name, fmt.Sprintf("%.12s", p.Hash), strings.Join(names, ", "))
			}
			t.write(w)
		})
	})
}

type gatePolicyShowCmd struct {
	Name string `arg:"" optional:"" default:"default" help:"gate_policy_name"`
}

func (gatePolicyShowCmd) Help() string { return "  $ wenyuan gate policy show default > gate.yaml" }

// Run writes a policy as the file that save takes.
func (v *gatePolicyShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gate/policies/"+url.PathEscape(v.Name), nil, func(w io.Writer, k gate.Kept) {
			b, err := json.Marshal(k.Policy)
			if err == nil {
				b, err = yaml.JSONToYAML(b)
			}
			if err == nil {
				w.Write(b)
			}
		})
	})
}

type gatePolicySaveCmd struct {
	File string `arg:"" help:"gate_policy_file"`
}

func (gatePolicySaveCmd) Help() string { return "  $ wenyuan gate policy save gate.yaml" }

// Run saves a policy and puts it in use.
func (v *gatePolicySaveCmd) Run(s *session) error {
	text, err := readBounded(v.File, gate.MaxPolicy)
	if err != nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("%s cannot be read", "无法读取 %s", v.File), Hint: s.say("look whether it is there", "看看它是否存在"), Err: err}
	}
	p, err := gate.ParsePolicy([]byte(text))
	if err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, "/api/gate/policies/"+url.PathEscape(p.Name), map[string]any{"policy": p}, func(w io.Writer, k gate.Kept) {
			fmt.Fprintln(w, s.say("%s is in use as %.12s", "%s 已启用，版本 %.12s", k.Name, k.Hash))
		})
	})
}

type gateWaiveCmd struct {
	Subject string `arg:"" help:"eval_subject"`
	Reason  string `help:"gate_reason" required:"" placeholder:"TEXT"`
}

func (gateWaiveCmd) Help() string {
	return "  $ wenyuan gate waive support-v2 --reason \"the set is out of date\""
}

// Run asks a second person to let a version pass.
func (v *gateWaiveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gate/waivers", map[string]string{"subject": v.Subject, "reason": v.Reason}, s.writeWaiver)
	})
}

func (s *session) writeWaiver(w io.Writer, x gate.Waiver) {
	state := map[string]pair{gate.Pending: {"open", "待定"}, gate.Approved: {"approved", "已批准"}, gate.Refused: {"refused", "已拒绝"}, gate.Withdrawn: {"withdrawn", "已撤回"}}[x.State].in(s.lang)
	fmt.Fprintf(w, "%s  %s  %s  %s\n", x.ID, subjectName(x.Subject), state, oneLine(x.Reason, 80))
}

type gateWaiversCmd struct{}

func (gateWaiversCmd) Help() string { return "  $ wenyuan gate waivers" }

type gateWaivers struct {
	Waivers []gate.Waiver `json:"waivers"`
}

// Run lists the waivers.
func (v *gateWaiversCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gate/waivers", nil, func(w io.Writer, l gateWaivers) {
			for _, x := range l.Waivers {
				s.writeWaiver(w, x)
			}
		})
	})
}

type gateDecideCmd struct {
	ID    string `arg:"" name:"waiver" help:"gate_waiver"`
	State string `arg:"" enum:"approved,refused,withdrawn" help:"gate_state"`
}

func (gateDecideCmd) Help() string { return "  $ wenyuan gate decide waiver_06c5... approved" }

// Run decides a waiver.
func (v *gateDecideCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gate/waivers/"+url.PathEscape(v.ID)+"/decide", map[string]string{"state": v.State}, s.writeWaiver)
	})
}
