package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/dataset"
)

type listCmd struct {
	Corpus string `help:"corpus" required:"" placeholder:"NAME"`
	State  string `help:"list_state" placeholder:"STATE" enum:"ready,failed,skipped," default:""`
	Query  string `help:"list_query" placeholder:"TEXT"`
}

func (listCmd) Help() string { return "  $ wenyuan list --corpus rocketmq --state failed" }

type documentList struct {
	Documents []corpus.Document `json:"documents"`
}

// Run lists.
func (v *listCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		path := address("/api/documents", "corpus", v.Corpus, "state", v.State, "query", v.Query)
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, list documentList) {
			t := &table{}
			for _, d := range list.Documents {
				t.row(s.state(d.State), d.ID, d.Source)
				if d.Reason != "" {
					t.line("    " + s.because(d.Reason, d.Hint))
				}
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d documents", "%d 个文档", len(list.Documents)))
		})
	})
}

// state is a shape and a word.
func (s *session) state(state string) string {
	switch state {
	case corpus.Ready:
		return s.say("● ready", "● 就绪")
	case corpus.Failed:
		return s.say("▲ failed", "▲ 失败")
	case corpus.Skipped:
		return s.say("○ skipped", "○ 跳过")
	}
	return state
}

// because joins a reason with what to do about it.
func (s *session) because(reason, hint string) string {
	if hint == "" {
		return s.tell(reason)
	}
	return s.say("%s: %s", "%s：%s", s.tell(reason), s.tell(hint))
}

type removeCmd struct {
	Documents []string `arg:"" help:"remove_ids"`
	Corpus    string   `help:"corpus" placeholder:"NAME"`
}

func (removeCmd) Help() string {
	return "  $ wenyuan remove doc_01j8\n  $ wenyuan remove guide/setup.md --corpus rocketmq"
}

// Run removes each document; the first that cannot be ends it.
func (v *removeCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		all := corpus.Removed{Documents: []corpus.Document{}, Learned: dataset.Holders{Sets: []wenyuan.Version{}, Adapters: []wenyuan.Version{}}}
		for _, name := range v.Documents {
			id, err := c.find(s, name, v.Corpus)
			if err != nil {
				return err
			}
			var gone corpus.Removed
			if err := c.call(s.ctx, http.MethodDelete, "/api/documents/"+url.PathEscape(id), nil, &gone); err != nil {
				return err
			}
			all.Documents = append(all.Documents, gone.Documents...)
			all.Learned.Samples += gone.Learned.Samples
			all.Learned.Sets, all.Learned.Adapters = append(all.Learned.Sets, gone.Learned.Sets...), append(all.Learned.Adapters, gone.Learned.Adapters...)
			for _, d := range gone.Documents {
				s.print("removed %s", "已移除 %s", d.Source)
			}
			if gone.Learned.Samples > 0 && !s.json {
				fmt.Fprintln(s.stdout, s.say("what was made of it to learn from is erased:", "由它制成的学习样本已清除："))
				s.holders(s.stdout, gone.Learned)
			}
		}
		if s.json {
			return writeJSON(s.stdout, all)
		}
		return nil
	})
}

// find gives the id of a document that is named by its id or, in a corpus, by its source.
func (c *client) find(s *session, name, inCorpus string) (string, error) {
	if inCorpus == "" {
		return name, nil
	}
	var list documentList
	if err := c.call(s.ctx, http.MethodGet, address("/api/documents", "corpus", inCorpus, "query", name), nil, &list); err != nil {
		return "", err
	}
	for _, d := range list.Documents {
		if d.Source == name || d.File == name { // of a table any part stands for the whole
			return d.ID, nil
		}
	}
	var d corpus.Document
	err := c.call(s.ctx, http.MethodGet, "/api/documents/"+url.PathEscape(name), nil, &d)
	if wenyuan.CodeOf(err) == wenyuan.NotFound || err == nil && d.Corpus != inCorpus {
		return "", &wenyuan.Error{Code: wenyuan.NotFound, Message: s.say("there is no document %q in %s", "%[2]s 里没有文档 %[1]q", name, inCorpus), Hint: s.say("wenyuan list --corpus %s shows the documents", "wenyuan list --corpus %s 列出文档", inCorpus)}
	}
	return name, err
}
