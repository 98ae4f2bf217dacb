package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan/auth"
)

type keyVerbs struct {
	Create keyCreateCmd `cmd:"" help:"key_create"`
	List   keyListCmd   `cmd:"" help:"key_list"`
	Revoke keyRevokeCmd `cmd:"" help:"key_revoke"`
}

func (keyVerbs) Help() string {
	return "  $ wenyuan key create --person li --can ask,read --expires 30d\n  $ wenyuan key create --service wiki --space hr --can read,act\n  $ wenyuan key list --person li"
}

type keyCreateCmd struct {
	Person  string   `help:"key_person" xor:"holder" placeholder:"NAME"`
	Service string   `help:"key_service" xor:"holder" placeholder:"NAME"`
	Can     []string `help:"key_can" placeholder:"RIGHT"`
	Role    string   `help:"key_role" enum:"viewer,asker,editor,reviewer,owner," default:"" placeholder:"ROLE"`
	Expires string   `help:"key_expires" placeholder:"TIME"`
	Name    string   `help:"key_name" placeholder:"TEXT"`
}

func (keyCreateCmd) Help() string {
	return "  $ wenyuan key create --person li --can ask,read\n  $ wenyuan key create --service wiki --space hr --role viewer --expires 90d --name \"search of the wiki\""
}

// Run makes a key. The space of the line is the only one that it opens.
func (v *keyCreateCmd) Run(s *session) error {
	until, err := expiry(v.Expires, time.Now())
	if err != nil {
		return err
	}
	in := auth.NewKey{Person: v.Person, Service: v.Service, Name: v.Name, Can: v.Can, Space: s.cli.Space, Role: v.Role, Expires: until}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/keys", in, func(w io.Writer, k shownKey) {
			fmt.Fprintln(w, s.say("%s has a new key", "%s 有了新密钥", k.Person))
			s.showKey(w, k)
		})
	})
}

// Validate looks at the time before anything is opened.
func (v *keyCreateCmd) Validate() error {
	_, err := expiry(v.Expires, time.Now())
	return err
}

// expiry reads when a key ends: days, hours or minutes from now, or the day, in UTC, at
// whose end it ends. "" is never.
func expiry(text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if until, err := time.Parse(time.DateOnly, text); err == nil {
		return until.AddDate(0, 0, 1).UnixMicro(), nil
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && n > 0 && n <= 36500 && strings.HasSuffix(text, "d") {
		return now.AddDate(0, 0, n).UnixMicro(), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d).UnixMicro(), nil
	}
	return 0, errors.New("--expires is not a time: write 30d, 12h, or a day such as 2027-06-30")
}

type keyListCmd struct {
	Person string `help:"key_of" placeholder:"NAME"`
}

func (keyListCmd) Help() string { return "  $ wenyuan key list\n  $ wenyuan key list --person li" }

// Run lists keys. What they are is kept nowhere, so it cannot be shown.
func (v *keyListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/keys", "person", v.Person), nil, func(w io.Writer, l struct{ Keys []auth.Key }) {
			t := &table{}
			for _, k := range l.Keys {
				t.row(k.ID, k.Person, s.held(k), s.until(k), k.Name)
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Keys), "key", "keys", "个密钥"))
		})
	})
}

// held says what a key is held to.
func (s *session) held(k auth.Key) string {
	what := strings.Join(k.Can, ",")
	if what == "" {
		what = s.say("everything", "全部权限")
	}
	if k.Space != "" {
		what += s.say(" in %s", "，限 %s", k.Space)
	}
	return what
}

// until says how long a key opens.
func (s *session) until(k auth.Key) string {
	switch {
	case k.Revoked > 0:
		return s.say("revoked %s", "%s 吊销", day(k.Revoked))
	case k.Expires > 0 && k.Expires <= time.Now().UnixMicro():
		return s.say("ended %s", "%s 过期", day(k.Expires))
	case k.Expires > 0:
		return s.say("until %s", "有效至 %s", day(k.Expires))
	}
	return s.say("no end", "不过期")
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"key_id"`
}

func (keyRevokeCmd) Help() string { return "  $ wenyuan key revoke key_01j8" }

// Run ends a key.
func (v *keyRevokeCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, "/api/keys/"+url.PathEscape(v.ID), nil, func(w io.Writer, k struct{ ID string }) {
			fmt.Fprintln(w, s.say("the key %s opens nothing any more", "密钥 %s 已吊销", k.ID))
		})
	})
}
