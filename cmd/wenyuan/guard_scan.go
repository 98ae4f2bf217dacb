package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/guard"
)

type guardScanCmd struct {
	Corpus string `arg:"" help:"guard_scan_corpus"`
	Policy string `help:"guard_policy_name" placeholder:"NAME"`
	Keep   bool   `help:"guard_scan_keep"`
	Fail   bool   `help:"guard_scan_fail"`
}

func (guardScanCmd) Help() string {
	return "  $ wenyuan guard scan handbook\n  $ wenyuan guard scan handbook --keep\n  $ wenyuan guard scan handbook --fail --json > report.json"
}

// A scanLine is one line of the server's answer.
type scanLine struct {
	Step   *corpus.ScanStep   `json:"step"`
	Report *corpus.ScanReport `json:"report"`
	Error  *problem           `json:"error"`
}

// Run scans a corpus and shows what was met.
func (v *guardScanCmd) Run(s *session) error {
	var report *corpus.ScanReport
	bars := s.progress()
	defer bars.end()
	err := s.with(func(c *client) (err error) {
		report, err = v.scan(s, c, bars)
		return err
	})
	bars.end()
	if err != nil {
		return err
	}
	if err := s.give(report, func(w io.Writer) { s.scanReport(w, *report) }); err != nil {
		return err
	}
	if v.Fail && report.Summary.Suspect > 0 {
		return &wenyuan.Error{Code: wenyuan.Conflict, Message: s.say("%d of %d documents need a look", "%d 份文档需要查看（共 %d 份）", report.Summary.Suspect, report.Documents),
			Hint: s.say("look at what is listed above; without --fail this is no error", "查看上面列出的内容；不带 --fail 时不算错误")}
	}
	return nil
}

// scan reads the answer line by line as it comes.
func (v *guardScanCmd) scan(s *session, c *client, bars *progress) (*corpus.ScanReport, error) {
	body, err := json.Marshal(map[string]any{"corpus": v.Corpus, "policy": v.Policy, "keep": v.Keep})
	if err != nil {
		return nil, err
	}
	resp, err := c.do(s.ctx, http.MethodPost, "/api/guard/scan", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	lines := json.NewDecoder(io.LimitReader(resp.Body, maxReply))
	for {
		var l scanLine
		if err := lines.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, c.broken(s.ctx, err)
		}
		switch {
		case l.Error != nil:
			return nil, &wenyuan.Error{Code: l.Error.Code, Message: l.Error.Message, Hint: l.Error.Hint}
		case l.Report != nil:
			return l.Report, nil
		case l.Step != nil:
			bars.step(s.say("documents", "文档"), l.Step.Done, l.Step.Of)
		}
	}
}

// scanReport shows what was met, document by document, and what it comes to.
func (s *session) scanReport(w io.Writer, r corpus.ScanReport) {
	source := ""
	t := &table{}
	for _, f := range r.Findings {
		if f.Source != source {
			t.write(w)
			*t = table{}
			source = f.Source
			fmt.Fprintf(w, "\n%s  %s\n", source, f.Document)
		}
		t.row("  "+s.foundAt(f), s.checkName(f.Finding), times(f.Count), s.scanned(f))
	}
	t.write(w)
	if r.LeftOff > 0 {
		fmt.Fprintln(w, s.say("%d more findings are only counted", "另有 %d 处只计数", r.LeftOff))
	}
	if len(r.Findings) > 0 {
		fmt.Fprintln(w)
	}
	s.scanSummary(w, r)
}

// scanSummary counts.
func (s *session) scanSummary(w io.Writer, r corpus.ScanReport) {
	t := &table{}
	t.row(s.say("documents", "文档"), r.Documents)
	t.row(s.say("passages", "段落"), r.Passages)
	t.row(s.say("hidden text", "隐藏文字"), s.spots(r.Summary.Hidden), s.reasons(r.Summary.Reasons))
	t.row(s.say("injections", "提示注入"), r.Summary.Injection)
	t.row(s.say("secrets", "密钥"), r.Summary.Secrets)
	t.row(s.say("personal data", "个人数据"), counted(r.Summary.PII))
	t.row(s.say("unsafe content", "不安全内容"), counted(r.Summary.Content))
	if r.Summary.Rules > 0 {
		t.row(s.say("rules", "规则"), r.Summary.Rules)
	}
	t.row(s.say("documents to look at", "需要查看的文档"), r.Summary.Suspect)
	t.write(w)
}

// counted is "EMAIL_ADDRESS 3, IBAN 1", or 0.
func counted(m map[string]int) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, fmt.Sprintf("%s %d", k, m[k]))
	}
	if len(all) == 0 {
		return "0"
	}
	return strings.Join(all, ", ")
}

// reasons is the same for why text is not seen.
func (s *session) reasons(m map[string]int) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, fmt.Sprintf("%s %d", s.reason(k), m[k]))
	}
	return strings.Join(all, ", ")
}

// reason is why a reader does not see a text.
func (s *session) reason(why string) string {
	chinese, ok := hiddenReasons[why]
	if !ok {
		return why
	}
	return s.say(why, chinese)
}

var hiddenReasons = map[string]string{
	"not shown": "不显示", "invisible": "看不见", "tiny": "字号极小", "background colour": "与背景同色", "off the page": "页面之外", "clipped": "被裁掉",
	"hidden cells": "隐藏的工作表、行或列", "invisible characters": "没有字形的字符", "comment": "注释", "annotation": "批注",
	"title of a link": "链接标题", "alt text": "图片说明", "property": "文件属性", "data of the page": "网页数据",
}

// foundAt says where in the document it is.
func (s *session) foundAt(f corpus.ScanFinding) string {
	var at []string
	switch f.In {
	case "hidden":
		at = append(at, s.say("hidden (%s)", "隐藏（%s）", s.reason(f.Why)))
		if f.Where != "" {
			at = append(at, oneLine(f.Where, 40))
		}
	case "name":
		at = append(at, s.say("name", "名称"))
	}
	if f.Page > 0 {
		at = append(at, s.say("page %d", "第 %d 页", f.Page))
	}
	if n := len(f.Heading); n > 0 {
		at = append(at, oneLine(f.Heading[n-1], 40))
	}
	if f.End > f.Start {
		at = append(at, fmt.Sprintf("%d–%d", f.Start, f.End))
	}
	return strings.Join(at, ", ")
}

// checkName is what kind of thing it is.
func (s *session) checkName(f guard.Finding) string { return f.Check + "/" + f.Kind }

func times(n int) string {
	if n < 2 {
		return ""
	}
	return fmt.Sprintf("×%d", n)
}

// scanned is what was read, and the incident where one was kept.
func (s *session) scanned(f corpus.ScanFinding) string {
	out := quoteEvidence(f.Finding.Evidence)
	if f.Incident != "" {
		out += "  " + f.Incident
	}
	return out
}

// spots is so many places in words.
func (s *session) spots(n int) string {
	if n == 1 {
		return s.say("1 place", "1 处")
	}
	return s.say("%d places", "%d 处", n)
}
