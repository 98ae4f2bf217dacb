package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan"
	"wenyuan/gateway"
	"wenyuan/gateway/drift"
)

type driftCmd struct {
	Model string `arg:"" optional:"" help:"model_name"`
}

func (driftCmd) Help() string {
	return "  $ wenyuan gateway drift\n  $ wenyuan gateway drift writer --json"
}

type driftList struct {
	Models []gateway.Drifting `json:"models"`
}

// Run shows how the replicas of models compare.
func (v *driftCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/gateway/drift", nil, func(w io.Writer, list driftList) {
			shown := 0
			for _, m := range list.Models {
				if v.Model == "" && len(m.Replicas) > 1 || m.Model == v.Model {
					shown++
					s.drifting(w, m)
				}
			}
			if shown == 0 {
				fmt.Fprintln(w, s.say("no model has several replicas to compare", "没有模型有多个副本可比较"))
			}
		})
	})
}

// drifting writes what is known of the replicas of one model, and the pairs that differed.
func (s *session) drifting(w io.Writer, m gateway.Drifting) {
	fmt.Fprintln(w, m.Model)
	t := &table{}
	for _, r := range m.Replicas {
		f := r.Fingerprint
		says := strings.Join(strings.Fields(strings.Join([]string{f.Engine, f.Build, f.Quantisation}, " ")), " ")
		t.row("  "+r.ID, s.driftState(r.State), says, s.say("%d compared, %d differ", "已比较 %d，不同 %d", r.Compared, r.Different), r.Hash)
	}
	t.write(w)
	for _, r := range m.Replicas {
		for line := range strings.SplitSeq(r.Why, "\n") {
			if line != "" {
				fmt.Fprintf(w, "▲ %s%s%s\n", r.ID, s.say(": ", "："), s.tell(line))
			}
		}
	}
	for _, c := range m.Cases {
		if c.Text == "" {
			continue
		}
		fmt.Fprintf(w, "\n%s%s\n", s.say("Asked: ", "问："), c.Asked)
		fmt.Fprintf(w, "  %s\n    %s\n  %s\n    %s\n", c.Replica, indented(c.Text), c.Other, indented(c.Against))
	}
}

// indented is a text below a line that is itself indented.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }

func (s *session) driftState(is drift.State) string {
	states := map[drift.State]pair{drift.Good: {"as the others", "一致"}, drift.Flagged: {"differs", "有偏差"}, drift.Out: {"taken out", "移出"}}
	return states[is].in(s.lang)
}

type compareCmd struct {
	Model string `arg:"" help:"model_name"`
}

func (compareCmd) Help() string { return "  $ wenyuan gateway compare writer" }

// Run asks all replicas the same questions.
func (v *compareCmd) Run(s *session) error {
	type compared struct {
		Versions []gateway.Comparison `json:"versions"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gateway/drift/"+url.PathEscape(v.Model)+"/compare", nil, func(w io.Writer, out compared) {
			for _, m := range out.Versions {
				m.Cases = nil // they stand below
				s.drifting(w, m.Drifting)
				for _, p := range m.Probes {
					s.probed(w, p)
				}
			}
		})
	})
}

// probed writes one question: what all said alike once, and what differs beside it.
func (s *session) probed(w io.Writer, p drift.Probed) {
	fmt.Fprintf(w, "\n%s%s\n", s.say("Asked: ", "问："), p.Asked)
	alike := 0
	for _, r := range p.Replies {
		switch {
		case r.Failed != "":
			fmt.Fprintf(w, "✗ %s%s%s\n", r.Replica, s.say(": ", "："), s.tell(r.Failed))
		case r.Differs:
			fmt.Fprintf(w, "▲ %s%s%s\n    %s\n", r.Replica, s.say(": ", "："), s.tell(r.Why), indented(r.Text))
		default:
			if alike++; alike == 1 {
				fmt.Fprintf(w, "✓ %s\n    %s\n", r.Replica, indented(r.Text))
			} else {
				fmt.Fprintf(w, "✓ %s%s\n", r.Replica, s.say(": the same", "：相同"))
			}
		}
	}
}

type putBackCmd struct {
	Model   string `arg:"" help:"model_name"`
	Replica string `arg:"" help:"gateway_replica"`
}

func (putBackCmd) Help() string { return "  $ wenyuan gateway put-back writer http://10.0.0.7:8080" }

// Run lets a replica serve again.
func (v *putBackCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/gateway/drift/"+url.PathEscape(v.Model)+"/back", map[string]string{"replica": v.Replica}, func(w io.Writer, list driftList) {
			for _, m := range list.Models {
				if m.Model == v.Model {
					s.drifting(w, m)
				}
			}
		})
	})
}

// badShare is the error that a share cannot be read.
func badShare(text string) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no share", text), Hint: "write HASH=PERCENT, as in 3f2a91=10 or 3f2a91=0.5"}
}
