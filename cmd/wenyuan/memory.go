package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	talk "wenyuan/session"
)

type memoryCmd struct {
	List   memoryListCmd   `cmd:"" help:"memory_list"`
	Add    memoryAddCmd    `cmd:"" help:"memory_add"`
	Remove memoryRemoveCmd `cmd:"" help:"memory_remove"`
}

func (memoryCmd) Help() string {
	return "  $ wenyuan memory add \"I use version 5.3.1\"\n  $ wenyuan memory list"
}

type memoryListCmd struct{}

func (memoryListCmd) Help() string { return "  $ wenyuan memory list --json" }

// Run lists.
func (memoryListCmd) Run(s *session) error {
	type list struct {
		Memories []talk.Memory `json:"memories"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/memories", nil, func(w io.Writer, list list) {
			for _, m := range list.Memories {
				fmt.Fprintf(w, "%s  %s  %s\n", m.ID, moment(m.Created), m.Text)
			}
			fmt.Fprintln(w, s.count(len(list.Memories), "memory", "memories", "条记忆"))
		})
	})
}

type memoryAddCmd struct {
	Text string `arg:"" help:"memory_text"`
}

func (memoryAddCmd) Help() string { return "  $ wenyuan memory add \"I use version 5.3.1\"" }

// Run has a text remembered.
func (v *memoryAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/memories", map[string]string{"text": v.Text}, func(w io.Writer, m talk.Memory) {
			fmt.Fprintln(w, s.say("remembered as %s", "已记住，编号 %s", m.ID))
		})
	})
}

type memoryRemoveCmd struct {
	ID string `arg:"" help:"memory_id"`
}

func (memoryRemoveCmd) Help() string { return "  $ wenyuan memory remove mem_01j8" }

// Run has a memory forgotten.
func (v *memoryRemoveCmd) Run(s *session) error {
	type gone struct {
		ID string `json:"id"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/memories/"+url.PathEscape(v.ID), nil, func(w io.Writer, m gone) {
			fmt.Fprintln(w, s.say("forgotten %s", "已忘记 %s", m.ID))
		})
	})
}
