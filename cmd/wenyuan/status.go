package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan/corpus"
)

type statusCmd struct{}

func (statusCmd) Help() string { return "  $ wenyuan status\n  $ wenyuan status --json" }

type statusReply struct {
	Program   string          `json:"program"`
	Data      string          `json:"data"`
	Database  string          `json:"database"`
	Models    []string        `json:"models"`
	Documents int             `json:"documents"`
	Passages  int             `json:"passages"`
	Corpora   []corpus.Corpus `json:"corpora"`
}

// Run shows the status.
func (*statusCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/status", nil, func(w io.Writer, st statusReply) {
			if st.Data == "" { // for who does not look after the server
				fmt.Fprintln(w, s.say("Wenyuan %s", "问源 %s", st.Program))
			} else {
				fmt.Fprintln(w, s.say("Wenyuan %s, data in %s (%s)", "问源 %s，数据在 %s（%s）", st.Program, st.Data, st.Database))
			}
			if len(st.Models) == 0 {
				fmt.Fprintln(w, s.say("No model: answers are quoted from the documents.", "没有模型：回答摘自文档。"))
			} else {
				fmt.Fprintln(w, s.say("Models: %s", "模型：%s", strings.Join(st.Models, ", ")))
			}
			t := &table{}
			t.row(s.say("corpus", "语料库"), s.say("ready", "就绪"), s.say("failed", "失败"), s.say("skipped", "跳过"), s.say("passages", "段"))
			for _, x := range st.Corpora {
				t.row(x.Name, x.Ready, x.Failed, x.Skipped, x.Passages)
			}
			t.write(w)
		})
	})
}

type versionCmd struct{}

func (versionCmd) Help() string { return "  $ wenyuan version" }

// Run shows the version of this program, not of a server.
func (*versionCmd) Run(s *session) error {
	return s.give(map[string]string{"program": version}, func(w io.Writer) { fmt.Fprintln(w, "wenyuan "+version) })
}
