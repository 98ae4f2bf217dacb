package main

import (
	"fmt"
	"io"
	"net/http"

	"wenyuan"
)

type searchCmd struct {
	Query  string `arg:"" help:"search_query"`
	Corpus string `help:"corpus" required:"" placeholder:"NAME"`
	K      int    `short:"k" name:"limit" help:"search_k" default:"10"`
	Arm    string `help:"search_arm" default:"fused" enum:"fused,words,vectors"`
}

func (searchCmd) Help() string {
	return "  $ wenyuan search \"dead-letter queue\" --corpus rocketmq -k 5"
}

type searchBody struct {
	Query  string `json:"query"`
	Corpus string `json:"corpus"`
	Limit  int    `json:"limit"`
	Arm    string `json:"arm,omitempty"`
}

type passageList struct {
	Passages []wenyuan.Passage `json:"passages"`
	SetAside []passageAside    `json:"set_aside,omitempty"`
}

// A passageAside was found, and the guards left it out.
type passageAside struct {
	Passage  string `json:"passage"`
	Document string `json:"document"`
	Source   string `json:"source"`
	Title    string `json:"title"`
	Why      string `json:"why"`
	Incident string `json:"incident,omitempty"`
}

// Validate wants a number that the server takes.
func (v *searchCmd) Validate() error {
	if v.K < 1 || v.K > maxPassages {
		return fmt.Errorf("-k is %d: give 1 to %d", v.K, maxPassages)
	}
	return nil
}

// maxPassages is how many passages the server gives at once.
const maxPassages = 1000

// Run searches.
func (v *searchCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/search", searchBody{v.Query, v.Corpus, v.K, v.Arm}, func(w io.Writer, found passageList) {
			if len(found.Passages) == 0 {
				fmt.Fprintln(w, s.say("Nothing was found.", "没有找到。"))
			}
			for i, p := range found.Passages {
				fmt.Fprintf(w, "%2d  %.3f  %s\n           %s\n", i+1, p.Score, s.place(p.Source, p.Heading, p.Page), oneLine(p.Text, 200))
			}
			for _, a := range found.SetAside {
				fmt.Fprintln(w, s.say("Set aside: %s (%s)", "已搁置：%s（%s）", a.Source, a.Why))
			}
		})
	})
}
