package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wenyuan/auth"
)

type personVerbs struct {
	Add      personAddCmd      `cmd:"" help:"person_add"`
	List     personListCmd     `cmd:"" help:"person_list"`
	Show     personShowCmd     `cmd:"" help:"person_show"`
	Set      personSetCmd      `cmd:"" help:"person_set"`
	Password personPasswordCmd `cmd:"" help:"person_password"`
	Remove   personRemoveCmd   `cmd:"" help:"person_remove"`
	Export   personExportCmd   `cmd:"" help:"person_export"`
	Erase    personEraseCmd    `cmd:"" help:"person_erase"`
}

func (personVerbs) Help() string {
	return "  $ wenyuan person add li --email li@example.com --space hr --role editor\n  $ wenyuan person list\n  $ wenyuan person set li --disabled"
}

type personAddCmd struct {
	Name     string `arg:"" help:"person_name"`
	Email    string `help:"person_email" placeholder:"ADDRESS"`
	Operator bool   `help:"person_operator"`
	Role     string `help:"person_role" enum:"viewer,asker,editor,reviewer,owner," default:"" placeholder:"ROLE"`
	NoSpace  bool   `name:"no-space" help:"person_no_space"`
}

func (personAddCmd) Help() string {
	return "  $ wenyuan person add li\n  $ wenyuan person add wang --email wang@example.com --space hr --role reviewer\n  $ wenyuan person add zhao --operator --no-space"
}

// Run adds somebody. The space of the line is the one they get a role in.
func (v *personAddCmd) Run(s *session) error {
	in := map[string]any{"name": v.Name, "email": v.Email, "operator": v.Operator, "role": v.Role}
	switch {
	case v.NoSpace:
		in["space"] = ""
	case s.cli.Space != "":
		in["space"] = s.cli.Space
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/people", in, func(w io.Writer, a auth.Account) {
			fmt.Fprintln(w, s.say("%s was added as %s", "已添加 %s，编号 %s", a.Name, a.ID))
			s.showRoles(w, a)
			fmt.Fprintln(w, s.say("wenyuan key create --person %s makes a key, wenyuan person password %s a password", "wenyuan key create --person %s 生成密钥，wenyuan person password %s 设置密码", quoted(a.Name), quoted(a.Name)))
		})
	})
}

// quoted is a name as it can stand on a command line.
func quoted(name string) string {
	if strings.ContainsAny(name, " '\"$\\") {
		return fmt.Sprintf("%q", name)
	}
	return name
}

type personListCmd struct {
	Query string `help:"person_query" placeholder:"TEXT"`
	Kind  string `help:"person_kind" enum:"person,service," default:"" placeholder:"KIND"`
	Limit int    `help:"person_limit" default:"100"`
	After string `help:"person_after" placeholder:"ID"`
}

func (personListCmd) Help() string {
	return "  $ wenyuan person list\n  $ wenyuan person list --query li --json"
}

// Run lists people and services.
func (v *personListCmd) Run(s *session) error {
	type list struct {
		People []auth.Account
		Total  int
	}
	return s.with(func(c *client) error {
		path := address("/api/people", "query", v.Query, "kind", v.Kind, "limit", fmt.Sprint(v.Limit), "after", v.After)
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, l list) {
			t := &table{}
			for _, a := range l.People {
				t.row(a.Name, s.kind(a.Kind, a.Operator), s.enabled(a), s.roles(a))
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d of %d", "%d 个，共 %d 个", len(l.People), l.Total))
		})
	})
}

func (s *session) enabled(a auth.Account) string {
	if a.Disabled {
		return s.say("may not come in", "停用")
	}
	return a.Email
}

// roles are those of somebody on one line.
func (s *session) roles(a auth.Account) string {
	var all []string
	for _, m := range a.Roles {
		all = append(all, m.Space+": "+s.role(m.Role))
	}
	return strings.Join(all, ", ")
}

// inChinese are the words for the roles.
var inChinese = map[string]string{auth.Viewer: "查看者", auth.Asker: "提问者", auth.Editor: "编辑者", auth.Reviewer: "审阅者", auth.Owner: "所有者"}

// role is the word for a role.
func (s *session) role(name string) string {
	if chinese, ok := inChinese[name]; ok && s.lang == zh {
		return chinese
	}
	return name
}

// showRoles writes where somebody belongs.
func (s *session) showRoles(w io.Writer, a auth.Account) {
	for _, m := range a.Roles {
		line := s.say("  %s in the space %s", "  空间 %[2]s 的%[1]s", s.role(m.Role), m.Space)
		if m.Group != "" {
			line += s.say(", by the group %s", "，来自组 %s", m.Group)
		}
		fmt.Fprintln(w, line)
	}
}

type personShowCmd struct {
	Name string `arg:"" help:"person_which"`
}

func (personShowCmd) Help() string { return "  $ wenyuan person show li@example.com" }

// Run shows somebody.
func (v *personShowCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, personPath(v.Name), nil, s.showPerson)
	})
}

func personPath(name string) string { return "/api/people/" + url.PathEscape(name) }

func (s *session) showPerson(w io.Writer, a auth.Account) {
	fmt.Fprintln(w, s.say("%s (%s) %s", "%s（%s）%s", a.Name, s.kind(a.Kind, a.Operator), s.enabled(a)))
	fmt.Fprintln(w, "  "+a.ID)
	if len(a.Groups) > 0 {
		fmt.Fprintln(w, s.say("  in ", "  所在的组：")+strings.Join(a.Groups, s.say(", ", "、")))
	}
	s.showRoles(w, a)
}

type personSetCmd struct {
	Person   string  `arg:"" help:"person_which"`
	Name     *string `help:"person_new_name" placeholder:"NAME"`
	Email    *string `help:"person_email" placeholder:"ADDRESS"`
	Operator *bool   `help:"person_operator" negatable:""`
	Disabled *bool   `help:"person_disabled" negatable:""`
}

func (personSetCmd) Help() string {
	return "  $ wenyuan person set li --email li@example.com\n  $ wenyuan person set li --disabled\n  $ wenyuan person set li --no-operator"
}

// Run changes somebody.
func (v *personSetCmd) Run(s *session) error {
	in := auth.PersonChange{Name: v.Name, Email: v.Email, Operator: v.Operator, Disabled: v.Disabled}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPatch, personPath(v.Person), in, s.showPerson)
	})
}

type personRemoveCmd struct {
	Name string `arg:"" help:"person_which"`
}

func (personRemoveCmd) Help() string { return "  $ wenyuan person remove li" }

// Run removes somebody.
func (v *personRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, personPath(v.Name), nil, func(w io.Writer, a auth.Account) {
			fmt.Fprintln(w, s.say("%s was removed, with their keys and roles", "已移除 %s，连同密钥和角色", a.Name))
		})
	})
}

// day is a time as the date in UTC.
func day(micro int64) string { return time.UnixMicro(micro).UTC().Format(time.DateOnly) }
