package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan/auth"
)

type initCmd struct {
	Name string `help:"init_name" default:"operator" placeholder:"NAME"`
}

func (initCmd) Help() string { return "  $ wenyuan init\n  $ wenyuan init --name li --json" }

// Run makes the first operator. From then on everybody who comes over the network is asked
// who they are.
func (v *initCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/init", map[string]string{"name": v.Name}, func(w io.Writer, k shownKey) {
			fmt.Fprintln(w, s.say("%s looks after this house from now on. Whoever comes over the network is asked for a key.", "从现在起由 %s 照管这里。从网络来的人都需要密钥。", k.Person))
			s.showKey(w, k)
		})
	})
}

// A shownKey is a key as the server shows it, the one time.
type shownKey struct {
	auth.Key
	Secret string `json:"key"`
}

// showKey writes a key for the one time that it can be seen.
func (s *session) showKey(w io.Writer, k shownKey) {
	fmt.Fprintln(w, s.say("key %s, which is not shown again:", "密钥 %s，此后不再显示：", k.ID))
	fmt.Fprintln(w, "  "+k.Secret)
	fmt.Fprintln(w, s.say("the verbs take it from WENYUAN_KEY, programs send it as Authorization: Bearer KEY", "命令从 WENYUAN_KEY 读取它，程序用 Authorization: Bearer 密钥 发送"))
}

type meCmd struct{}

func (meCmd) Help() string { return "  $ wenyuan me\n  $ WENYUAN_KEY=wyk_... wenyuan me --json" }

// Run shows who asks, and what they may do where.
func (meCmd) Run(s *session) error {
	type self struct {
		Name, Kind, Behind string
		Operator           bool
		Groups             []string
		Expires            int64
		Spaces             []auth.Space
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/me", nil, func(w io.Writer, me self) {
			fmt.Fprintln(w, s.say("%s (%s)", "%s（%s）", me.Name, s.kind(me.Kind, me.Operator)))
			if me.Behind != "" {
				fmt.Fprintln(w, s.say("asked by the service %s", "由服务 %s 代问", me.Behind))
			}
			if len(me.Groups) > 0 {
				fmt.Fprintln(w, s.say("in ", "所在的组：")+strings.Join(me.Groups, s.say(", ", "、")))
			}
			if me.Expires > 0 {
				fmt.Fprintln(w, s.say("until %s", "有效至 %s", day(me.Expires)))
			}
			s.showSpaces(w, me.Spaces)
		})
	})
}

// kind says what somebody is.
func (s *session) kind(kind string, operator bool) string {
	switch {
	case kind == auth.Local:
		return s.say("works on this machine, may do everything", "在本机操作，什么都可以做")
	case kind == auth.Declared:
		return s.say("has a key of the settings file", "持有配置文件里的密钥")
	case kind == auth.Service:
		return s.say("service", "服务")
	case operator:
		return s.say("operator", "运维者")
	}
	return s.say("person", "人员")
}
