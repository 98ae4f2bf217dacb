package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"wenyuan/auth"
)

type groupVerbs struct {
	Add    groupAddCmd      `cmd:"" help:"group_add"`
	List   groupListCmd     `cmd:"" help:"group_list"`
	Set    groupSetCmd      `cmd:"" help:"group_set"`
	Remove groupRemoveCmd   `cmd:"" help:"group_remove"`
	Member groupMemberVerbs `cmd:"" help:"group_member"`
}

func (groupVerbs) Help() string {
	return "  $ wenyuan group add hr --member person:li@example.com --member group:payroll\n  $ wenyuan group member add hr person:wang\n  $ wenyuan group list"
}

type groupAddCmd struct {
	Name   string   `arg:"" help:"group_name"`
	Member []string `sep:"none" help:"group_with" placeholder:"MEMBER"`
}

func (groupAddCmd) Help() string {
	return "  $ wenyuan group add hr --member person:li@example.com --member group:payroll"
}

// Run makes a group.
func (v *groupAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/groups", map[string]any{"name": v.Name, "members": v.Member}, s.showGroup)
	})
}

func (s *session) showGroup(w io.Writer, g auth.Group) {
	fmt.Fprintln(w, s.say("%s: %s", "%s：%s", g.Name, s.memberList(g.Members)))
}

func (s *session) memberList(members []string) string {
	if len(members) == 0 {
		return s.say("nobody", "没有成员")
	}
	return strings.Join(members, ", ")
}

type groupListCmd struct{}

func (groupListCmd) Help() string { return "  $ wenyuan group list" }

// Run lists the groups.
func (groupListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/groups", nil, func(w io.Writer, l struct{ Groups []auth.Group }) {
			t := &table{}
			for _, g := range l.Groups {
				t.row(g.Name, s.memberList(g.Members))
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Groups), "group", "groups", "个组"))
		})
	})
}

type groupSetCmd struct {
	Group string `arg:"" help:"group_which"`
	Name  string `required:"" help:"group_new_name" placeholder:"NAME"`
}

func (groupSetCmd) Help() string { return "  $ wenyuan group set hr --name people" }

// Run gives a group another name.
func (v *groupSetCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPatch, groupPath(v.Group), auth.GroupChange{Name: &v.Name}, s.showGroup)
	})
}

func groupPath(name string) string { return "/api/groups/" + url.PathEscape(name) }

type groupRemoveCmd struct {
	Group string `arg:"" help:"group_which"`
}

func (groupRemoveCmd) Help() string { return "  $ wenyuan group remove hr" }

// Run removes a group.
func (v *groupRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, groupPath(v.Group), nil, func(w io.Writer, g auth.Group) {
			fmt.Fprintln(w, s.say("the group %s was removed", "已移除组 %s", g.Name))
		})
	})
}

type groupMemberVerbs struct {
	Add    groupMemberAddCmd    `cmd:"" help:"group_member_add"`
	Remove groupMemberRemoveCmd `cmd:"" help:"group_member_remove"`
}

type groupMemberAddCmd struct {
	Group   string   `arg:"" help:"group_which"`
	Members []string `arg:"" sep:"none" help:"member"`
}

func (groupMemberAddCmd) Help() string {
	return "  $ wenyuan group member add hr person:wang service:wiki group:payroll"
}

// Run puts members into a group.
func (v *groupMemberAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, groupPath(v.Group)+"/members", map[string]any{"members": v.Members}, s.showGroup)
	})
}

type groupMemberRemoveCmd struct {
	Group  string `arg:"" help:"group_which"`
	Member string `arg:"" help:"member"`
}

func (groupMemberRemoveCmd) Help() string { return "  $ wenyuan group member remove hr person:wang" }

// Run takes a member out of a group.
func (v *groupMemberRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, groupPath(v.Group)+"/members/"+url.PathEscape(v.Member), nil, s.showGroup)
	})
}
