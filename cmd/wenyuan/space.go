package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan/auth"
)

type spaceVerbs struct {
	Add    spaceAddCmd      `cmd:"" help:"space_add"`
	List   spaceListCmd     `cmd:"" help:"space_list"`
	Set    spaceSetCmd      `cmd:"" help:"space_set"`
	Remove spaceRemoveCmd   `cmd:"" help:"space_remove"`
	Member spaceMemberVerbs `cmd:"" help:"space_member"`
}

func (spaceVerbs) Help() string {
	return "  $ wenyuan space add hr\n  $ wenyuan space member add hr group:hr --role editor\n  $ wenyuan list --space hr --corpus rules"
}

type spaceAddCmd struct {
	Name string `arg:"" help:"space_name"`
}

func (spaceAddCmd) Help() string { return "  $ wenyuan space add hr" }

// Run makes a space.
func (v *spaceAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/spaces", map[string]string{"name": v.Name}, func(w io.Writer, x auth.Space) {
			fmt.Fprintln(w, s.say("the space %s is there", "已建立空间 %s", x.Name))
		})
	})
}

type spaceListCmd struct{}

func (spaceListCmd) Help() string { return "  $ wenyuan space list" }

// Run lists the spaces of which somebody sees something.
func (spaceListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/spaces", nil, func(w io.Writer, l struct{ Spaces []auth.Space }) { s.showSpaces(w, l.Spaces) })
	})
}

// showSpaces writes what somebody may do where.
func (s *session) showSpaces(w io.Writer, spaces []auth.Space) {
	t := &table{}
	for _, x := range spaces {
		t.row(x.Name, s.say("you may: ", "你可以：")+strings.Join(x.Rights, ", "), s.recorded(x.Settings))
	}
	t.write(w)
	fmt.Fprintln(w, s.count(len(spaces), "space", "spaces", "个空间"))
}

// recorded says what is kept of questions and answers.
func (s *session) recorded(x auth.Settings) string {
	what := s.say("questions and answers are recorded", "记录提问和回答")
	switch x.Record {
	case auth.RecordMetadata:
		what = s.say("recorded without words", "只记录元数据")
	case auth.RecordNone:
		what = s.say("not recorded", "不记录")
	}
	if x.RetentionDays > 0 {
		what += s.say(", for %d days", "，保留 %d 天", x.RetentionDays)
	}
	if x.Learn {
		what += s.say(", and may be learned from", "，可用于学习")
	}
	if x.Gate == auth.GateRequired {
		what += s.say("; assistants have to be admitted", "；助手须先准入")
	}
	return what
}

type spaceSetCmd struct {
	Space         string  `arg:"" help:"space_which"`
	Name          *string `help:"space_new_name" placeholder:"NAME"`
	Record        *string `help:"space_record" placeholder:"POLICY"`
	RetentionDays *int    `help:"space_retention" placeholder:"DAYS"`
	Learn         *bool   `negatable:"" help:"space_learn"`
	LearnDrop     *bool   `negatable:"" help:"space_learn_drop"`
	Gate          *bool   `negatable:"" help:"space_gate"`
}

func (spaceSetCmd) Help() string {
	return "  $ wenyuan space set hr --record metadata --retention-days 30\n  $ wenyuan space set hr --name people"
}

// Run changes a space.
func (v *spaceSetCmd) Run(s *session) error {
	in := auth.SpaceChange{Name: v.Name, Record: v.Record, RetentionDays: v.RetentionDays, Learn: v.Learn, LearnDrop: v.LearnDrop}
	if v.Gate != nil {
		in.Gate = new(string)
		if *v.Gate {
			*in.Gate = auth.GateRequired
		}
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPatch, spacePath(v.Space), in, func(w io.Writer, x auth.Space) {
			fmt.Fprintln(w, s.say("%s: %s", "%s：%s", x.Name, s.recorded(x.Settings)))
		})
	})
}

func spacePath(name string) string { return "/api/spaces/" + url.PathEscape(name) }

type spaceRemoveCmd struct {
	Space string `arg:"" help:"space_which"`
}

func (spaceRemoveCmd) Help() string { return "  $ wenyuan space remove hr" }

// Run removes a space.
func (v *spaceRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, spacePath(v.Space), nil, func(w io.Writer, x auth.Space) {
			fmt.Fprintln(w, s.say("the space %s was removed", "已移除空间 %s", x.Name))
		})
	})
}

type spaceMemberVerbs struct {
	List   spaceMemberListCmd   `cmd:"" help:"space_member_list"`
	Add    spaceMemberAddCmd    `cmd:"" help:"space_member_add"`
	Remove spaceMemberRemoveCmd `cmd:"" help:"space_member_remove"`
}

type memberList struct{ Members []auth.Member }

func (s *session) showMembers(w io.Writer, l memberList) {
	t := &table{}
	for _, m := range l.Members {
		var roles []string
		for _, r := range m.Roles {
			roles = append(roles, s.role(r))
		}
		t.row(m.Subject, strings.Join(roles, s.say(", ", "、")))
	}
	t.write(w)
	fmt.Fprintln(w, s.count(len(l.Members), "member", "members", "个成员"))
}

type spaceMemberListCmd struct {
	Space string `arg:"" help:"space_which"`
}

func (spaceMemberListCmd) Help() string { return "  $ wenyuan space member list hr" }

// Run lists who has a role in a space.
func (v *spaceMemberListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, spacePath(v.Space)+"/members", nil, s.showMembers)
	})
}

type spaceMemberAddCmd struct {
	Space  string `arg:"" help:"space_which"`
	Member string `arg:"" help:"member"`
	Role   string `enum:"viewer,asker,editor,reviewer,owner" default:"asker" help:"space_role"`
}

func (spaceMemberAddCmd) Help() string {
	return "  $ wenyuan space member add hr person:li --role owner\n  $ wenyuan space member add hr group:hr"
}

// Run gives somebody a role in a space, in the place of those they have.
func (v *spaceMemberAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, memberPath(v.Space, v.Member), map[string]string{"role": v.Role}, s.showMembers)
	})
}

func memberPath(space, member string) string {
	return spacePath(space) + "/members/" + url.PathEscape(member)
}

type spaceMemberRemoveCmd struct {
	Space  string `arg:"" help:"space_which"`
	Member string `arg:"" help:"member"`
}

func (spaceMemberRemoveCmd) Help() string { return "  $ wenyuan space member remove hr person:li" }

// Run takes every role in a space away from somebody.
func (v *spaceMemberRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, memberPath(v.Space, v.Member), nil, s.showMembers)
	})
}
