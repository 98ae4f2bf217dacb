package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"wenyuan/corpus"
)

type corpusVerbs struct {
	List corpusListCmd `cmd:"" help:"corpus_list"`
	Set  corpusSetCmd  `cmd:"" help:"corpus_set"`
}

type corpusListCmd struct{}

func (corpusListCmd) Help() string { return "  $ wenyuan corpus list" }

// Run lists the corpora.
func (*corpusListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/corpora", nil, func(w io.Writer, list struct{ Corpora []corpus.Corpus }) {
			t := &table{}
			for _, x := range list.Corpora {
				t.row(x.Name, s.closed(x), s.say("%d documents", "%d 个文档", x.Documents), s.say("%d passages", "%d 段", x.Passages))
				if x.Notice != "" {
					t.line("    " + s.tell(x.Notice))
				}
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d corpora", "%d 个语料库", len(list.Corpora)))
		})
	})
}

// closed says whether a corpus is, and by whom.
func (s *session) closed(x corpus.Corpus) string {
	switch {
	case x.Declared:
		return s.say("closed by the settings file", "由配置文件封闭")
	case x.Closed:
		return s.say("closed", "封闭")
	}
	return s.say("open", "开放")
}

type corpusSetCmd struct {
	Name   string   `arg:"" help:"corpus"`
	Closed *bool    `help:"corpus_closed" negatable:""`
	Read   []string `help:"corpus_read" placeholder:"READER"`
}

func (corpusSetCmd) Help() string {
	return "  $ wenyuan corpus set personnel --closed\n  $ wenyuan corpus set personnel --no-closed\n  $ wenyuan corpus set personnel --read group:hr"
}

// Run closes or opens a corpus, and says who reads what no other rule is about.
func (v *corpusSetCmd) Run(s *session) error {
	change := map[string]any{}
	if v.Closed != nil {
		change["closed"] = *v.Closed
	}
	if len(v.Read) > 0 {
		change["read"] = v.Read
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPatch, "/api/corpora/"+url.PathEscape(v.Name), change, func(w io.Writer, x corpus.Corpus) {
			fmt.Fprintln(w, s.say("%s: %s", "%s：%s", x.Name, s.closed(x)))
			if x.Notice != "" {
				fmt.Fprintln(w, "  "+s.tell(x.Notice))
			}
		})
	})
}
