package main

import (
	"fmt"
	"io"

	"wenyuan"
	"wenyuan/guard/reading"
	"wenyuan/guard/rule"
)

type guardRulesCmd struct {
	File string `arg:"" help:"guard_rules_file"`
	Text string `arg:"" optional:"" help:"guard_rules_text"`
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
