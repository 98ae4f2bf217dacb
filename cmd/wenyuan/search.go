package main

import (
	"fmt"
	"io"
	"net/http"

	"wenyuan"
)

type searchCmd struct {
	Query  string `arg:"" help:"${search_query}"`
	Corpus string `help:"${corpus}" required:"" placeholder:"NAME"`
	K      int    `short:"k" name:"limit" help:"${search_k}" default:"10"`
	Arm    string `help:"${search_arm}" default:"fused" enum:"fused,words,vectors"`
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
}

// Run searches.
func (v *searchCmd) Run(s *session) error {
	if v.K < 1 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("-k is %d", "-k 是 %d", v.K), Hint: s.say("give 1 to 1000", "给出 1 到 1000")}
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/search", searchBody{v.Query, v.Corpus, v.K, v.Arm}, func(w io.Writer, found passageList) {
			if len(found.Passages) == 0 {
				fmt.Fprintln(w, s.say("Nothing was found.", "没有找到。"))
			}
			for i, p := range found.Passages {
				fmt.Fprintf(w, "%2d  %.3f  %s\n           %s\n", i+1, p.Score, s.place(p.Source, p.Heading, p.Page), oneLine(p.Text, 200))
			}
		})
	})
}
