package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/retrieve"
	"wenyuan/trace"
)

type traceCmd struct {
	ID       string `arg:"" optional:"" help:"trace_id"`
	Document string `help:"trace_document" placeholder:"ID"`
	Corpus   string `help:"trace_corpus" placeholder:"NAME"`
	Limit    int    `help:"trace_limit" default:"50"`
}

func (traceCmd) Help() string {
	return "  $ wenyuan trace trc_01j8\n  $ wenyuan trace --document doc_01j8"
}

type traceList struct {
	Traces []trace.Trace `json:"traces"`
}

// Run shows one trace, or lists those of a document, of a corpus, or all.
func (v *traceCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.ID != "" {
			return result(s, c, http.MethodGet, "/api/traces/"+url.PathEscape(v.ID), nil, s.trace)
		}
		path := address("/api/traces", "document", v.Document, "corpus", v.Corpus, "limit", strconv.Itoa(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, list traceList) {
			for _, t := range list.Traces {
				outcome := ""
				if t.Refused {
					outcome = s.say("  (refused)", "（拒答）")
				}
				fmt.Fprintf(w, "%s  %s  %s  %s%s\n", t.ID, moment(t.Created), t.Corpus, s.question(t.Question), outcome)
			}
			fmt.Fprintln(w, s.say("%d answers", "%d 个回答", len(list.Traces)))
		})
	})
}

// question is a recorded question on one line.
func (s *session) question(text string) string {
	if text == "" {
		return s.say("(not recorded)", "（未记录）")
	}
	return oneLine(text, 80)
}

// trace shows the question, the steps with their times, what was read and dropped, and the
// answer with the versions it was made from.
func (s *session) trace(w io.Writer, t trace.Trace) {
	fmt.Fprintf(w, "%s\n%s  %s  %s\n\n", cmp.Or(t.Question, s.question("")), t.ID, moment(t.Created), t.Corpus)
	for _, step := range t.Steps {
		fmt.Fprintf(w, "%10s  %-10s %s\n", time.Duration(step.Took)*time.Microsecond, step.Name, step.Summary)
		s.found(w, step)
	}
	fmt.Fprintf(w, "%10s  %s\n\n", time.Duration(t.Took)*time.Microsecond, s.say("altogether", "总计"))
	fmt.Fprintln(w, t.Answer.Answer)
	if t.Answer.Notice != "" {
		fmt.Fprintln(w, t.Answer.Notice)
	}
	for _, x := range t.Answer.Sentences {
		if x.Verdict == wenyuan.Unsupported || x.Verdict == wenyuan.Unverified {
			fmt.Fprintf(w, "  %s: %s (%s)\n", x.Verdict, oneLine(x.Text, 80), x.Reason)
		}
	}
	for _, c := range t.Answer.Citations {
		fmt.Fprintf(w, "  [%d] %s\n", c.N, s.place(c.Source, c.Heading, c.Page))
	}
	if len(t.Answer.Versions) > 0 {
		fmt.Fprintln(w, "\n"+s.say("made from", "由这些版本得出"))
	}
	for _, v := range t.Answer.Versions {
		fmt.Fprintf(w, "  %-10s %.12s  %s\n", v.Kind, v.Hash, v.Name)
	}
}

// found lists what a step kept and dropped, where its detail says so.
func (s *session) found(w io.Writer, step trace.Step) {
	raw, err := json.Marshal(step.Detail)
	var found retrieve.Found
	if err != nil || json.Unmarshal(raw, &found) != nil {
		return
	}
	for _, p := range found.Kept {
		fmt.Fprintf(w, "%14s%s %.3f  %s\n", "", s.say("read   ", "读取"), p.Score, s.place(p.Source, p.Heading, p.Page))
	}
	for _, d := range found.Dropped {
		fmt.Fprintf(w, "%14s%s %.3f  %s: %s\n", "", s.say("dropped", "舍弃"), d.Passage.Score, s.place(d.Passage.Source, d.Passage.Heading, d.Passage.Page), s.tell(strings.TrimSpace(d.Why)))
	}
}
