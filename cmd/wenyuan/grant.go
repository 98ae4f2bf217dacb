package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan"
)

type grantVerbs struct {
	Set  grantSetCmd  `cmd:"" default:"withargs" help:"grant_set"`
	List grantListCmd `cmd:"" help:"grant_list"`
}

type grantSetCmd struct {
	On    string   `arg:"" name:"document|corpus/glob" help:"grant_on"`
	Read  []string `help:"grant_read" placeholder:"READER" xor:"what"`
	Clear bool     `help:"grant_clear" xor:"what"`
}

func (grantSetCmd) Help() string {
	return "  $ wenyuan grant doc_01j8 --read group:hr,person:li@example.com\n  $ wenyuan grant 'handbook/pay/**' --read group:hr\n  $ wenyuan grant doc_01j8 --clear"
}

// grantOn is what a grant is about, as the server takes and gives it.
type grantOn struct {
	On     string   `json:"on"`
	Source string   `json:"source,omitempty"`
	Read   []string `json:"read,omitempty"`
}

// Run sets who reads something by hand, or takes that back.
func (v *grantSetCmd) Run(s *session) error {
	if v.Clear == (len(v.Read) > 0) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: s.say("it is not said who is to read it", "没有说明谁可以阅读"), Hint: s.say("give --read or --clear", "请给出 --read 或 --clear")}
	}
	return s.with(func(c *client) error {
		if v.Clear {
			return result(s, c, http.MethodDelete, address("/api/grants", "on", v.On), nil, func(w io.Writer, g grantOn) {
				fmt.Fprintln(w, s.say("%s: nothing is set by hand any more", "%s：已没有手动设置的读者", g.On))
			})
		}
		return result(s, c, http.MethodPost, "/api/grants", grantOn{On: v.On, Read: v.Read}, func(w io.Writer, g grantOn) {
			fmt.Fprintln(w, g.On+"  "+s.readers(g.Read))
		})
	})
}

// readers says who reads something.
func (s *session) readers(read []string) string {
	if len(read) == 0 {
		return s.say("nobody", "无人")
	}
	return strings.Join(read, ", ")
}

type grantListCmd struct {
	Corpus string `help:"corpus" required:"" placeholder:"NAME"`
}

func (grantListCmd) Help() string { return "  $ wenyuan grant list --corpus handbook" }

// grantsReply is everything that says who reads what in a corpus.
type grantsReply struct {
	Grants []grantOn `json:"grants"`
	Files  []struct {
		Source   string   `json:"source"`
		Text     string   `json:"text"`
		Problems []string `json:"problems"`
	} `json:"files"`
	Default []string `json:"default"`
}

// Run lists what says who reads what, the strongest first.
func (v *grantListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/grants", "corpus", v.Corpus), nil, func(w io.Writer, r grantsReply) {
			t := &table{}
			for _, g := range r.Grants {
				t.row(s.say("by hand", "手动"), g.On, g.Source, s.readers(g.Read))
			}
			for _, f := range r.Files {
				for line := range strings.Lines(f.Text) {
					t.row(s.say("file", "文件"), f.Source, "", strings.TrimSpace(line))
				}
				for _, p := range f.Problems {
					t.line("    ▲ " + s.tell(p))
				}
			}
			t.row(s.say("otherwise", "其余"), v.Corpus, "", s.readers(r.Default))
			t.write(w)
		})
	})
}
