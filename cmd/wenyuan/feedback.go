package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"wenyuan/trace"
)

type feedbackCmd struct {
	Give feedbackGiveCmd `cmd:"" default:"withargs" help:"feedback_give"`
	List feedbackListCmd `cmd:"" help:"feedback_list"`
}

func (feedbackCmd) Help() string {
	return "  $ wenyuan feedback trc_01j8 --down --correct \"It is 7700.\" --reason \"an old release\"\n  $ wenyuan feedback list --rating down"
}

type feedbackGiveCmd struct {
	Trace   string `arg:"" help:"trace_id"`
	Up      bool   `help:"feedback_up" xor:"rating"`
	Down    bool   `help:"feedback_down" xor:"rating"`
	Correct string `help:"feedback_correct" placeholder:"TEXT"`
	Reason  string `help:"feedback_reason" placeholder:"TEXT"`
	Clear   bool   `help:"feedback_clear"`
}

func (feedbackGiveCmd) Help() string { return "  $ wenyuan feedback trc_01j8 --up" }

// Validate wants something to be said.
func (v *feedbackGiveCmd) Validate() error {
	if said := v.Up || v.Down || v.Correct != "" || v.Reason != ""; said == v.Clear {
		return errors.New("say what you think with --up, --down, --correct or --reason, or take it back with --clear")
	}
	return nil
}

// Run says what somebody thinks of an answer.
func (v *feedbackGiveCmd) Run(s *session) error {
	body := map[string]string{"corrected": v.Correct, "reason": v.Reason}
	if v.Up {
		body["rating"] = trace.Up
	}
	if v.Down {
		body["rating"] = trace.Down
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/traces/"+url.PathEscape(v.Trace)+"/feedback", body, func(w io.Writer, f trace.Feedback) {
			fmt.Fprintln(w, s.say("kept for: %s", "已记录，针对：%s", oneLine(f.Question, 80)))
		})
	})
}

type feedbackListCmd struct {
	Rating string `help:"feedback_rating" enum:"up,down," default:"" placeholder:"RATING"`
	Limit  int    `help:"feedback_limit" default:"50"`
}

func (feedbackListCmd) Help() string { return "  $ wenyuan feedback list --rating down --json" }

// Run lists.
func (v *feedbackListCmd) Run(s *session) error {
	type list struct {
		Feedback []trace.Feedback `json:"feedback"`
	}
	return s.with(func(c *client) error {
		path := address("/api/feedback", "rating", v.Rating, "limit", strconv.Itoa(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, list list) {
			for _, f := range list.Feedback {
				fmt.Fprintf(w, "%s  %s  %s  %s\n", s.rating(f.Rating), f.Trace, moment(f.Created), oneLine(f.Question, 80))
				if f.Corrected != "" {
					fmt.Fprintln(w, s.say("    should be: %s", "    应为：%s", oneLine(f.Corrected, 160)))
				}
				if f.Reason != "" {
					fmt.Fprintln(w, s.say("    because: %s", "    理由：%s", oneLine(f.Reason, 160)))
				}
			}
			fmt.Fprintln(w, s.say("feedback on %d answers", "%d 条反馈", len(list.Feedback)))
		})
	})
}

// rating is a shape and a word.
func (s *session) rating(rating string) string {
	switch rating {
	case trace.Up:
		return s.say("▲ up  ", "▲ 好")
	case trace.Down:
		return s.say("▼ down", "▼ 差")
	}
	return s.say("· text", "· 言")
}
