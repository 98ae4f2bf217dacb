package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	talk "wenyuan/session"
)

type conversationCmd struct {
	List   conversationListCmd   `cmd:"" help:"conversation_list"`
	Show   conversationShowCmd   `cmd:"" help:"conversation_show"`
	Delete conversationDeleteCmd `cmd:"" help:"conversation_delete"`
	Export conversationExportCmd `cmd:"" help:"conversation_export"`
}

func (conversationCmd) Help() string {
	return "  $ wenyuan conversation list\n  $ wenyuan conversation show cnv_01j8"
}

type conversationListCmd struct {
	Before string `help:"conversation_before" placeholder:"ID"`
	Limit  int    `help:"conversation_limit" default:"50"`
}

func (conversationListCmd) Help() string { return "  $ wenyuan conversation list --limit 10" }

type conversationList struct {
	Conversations []talk.Conversation `json:"conversations"`
}

// Run lists.
func (v *conversationListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		path := address("/api/conversations", "before", v.Before, "limit", strconv.Itoa(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, list conversationList) {
			t := &table{}
			for _, x := range list.Conversations {
				t.row(x.ID, moment(x.Updated), x.Assistant, s.say("%d questions", "%d 个问题", x.Turns), oneLine(x.Title, 60))
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(list.Conversations), "conversation", "conversations", "个对话"))
		})
	})
}

type conversationShowCmd struct {
	ID     string `arg:"" help:"conversation_id"`
	Before int    `help:"conversation_turn" placeholder:"N"`
}

func (conversationShowCmd) Help() string { return "  $ wenyuan conversation show cnv_01j8" }

type wholeConversation struct {
	Conversation talk.Conversation `json:"conversation"`
	Turns        []talk.Turn       `json:"turns"`
}

// Run shows the turns, each with its answer as it may be seen now.
func (v *conversationShowCmd) Run(s *session) error {
	before := ""
	if v.Before > 0 {
		before = strconv.Itoa(v.Before)
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/conversations/"+url.PathEscape(v.ID), "before", before), nil, s.conversation)
	})
}

func (s *session) conversation(w io.Writer, x wholeConversation) {
	c := x.Conversation
	fmt.Fprintf(w, "%s\n%s  %s  %s\n", c.Title, c.ID, moment(c.Created), c.Assistant)
	for _, t := range x.Turns {
		fmt.Fprintf(w, "\n%d. %s\n", t.Number, t.Question)
		if t.Withdrawn {
			fmt.Fprintln(w, s.say("   ○ withdrawn: what this answer came from may no longer be seen", "   ○ 已撤回：这个回答的依据已不能查看"))
			continue
		}
		fmt.Fprintln(w, t.Answer.Answer)
		for _, x := range t.Answer.Citations {
			fmt.Fprintf(w, "  [%d] %s\n", x.N, s.place(x.Source, x.Heading, x.Page))
		}
		if t.Answer.Notice != "" {
			fmt.Fprintln(w, t.Answer.Notice)
		}
		fmt.Fprintln(w, s.say("  trace %s", "  追踪 %s", t.Trace))
	}
}

type conversationDeleteCmd struct {
	IDs []string `arg:"" help:"conversation_ids"`
}

func (conversationDeleteCmd) Help() string { return "  $ wenyuan conversation delete cnv_01j8" }

// Run deletes each conversation; the first that cannot be ends it.
func (v *conversationDeleteCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		all := conversationList{[]talk.Conversation{}}
		for _, id := range v.IDs {
			var gone talk.Conversation
			if err := c.call(s.ctx, http.MethodDelete, "/api/conversations/"+url.PathEscape(id), nil, &gone); err != nil {
				return err
			}
			all.Conversations = append(all.Conversations, gone)
			s.print("deleted %s", "已删除 %s", oneLine(gone.Title, 80))
		}
		if s.json {
			return writeJSON(s.stdout, all)
		}
		return nil
	})
}

type conversationExportCmd struct{}

func (conversationExportCmd) Help() string {
	return "  $ wenyuan conversation export > conversations.jsonl"
}

// Run writes one JSON value a line, as it comes.
func (conversationExportCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		resp, err := c.do(s.ctx, http.MethodGet, "/api/conversations/export", "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(s.stdout, resp.Body); err != nil {
			return c.broken(s.ctx, err)
		}
		return nil
	})
}
