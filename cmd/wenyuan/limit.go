package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/limit"
)

type limitVerbs struct {
	Set    limitSetCmd    `cmd:"" help:"limit_set"`
	List   limitListCmd   `cmd:"" help:"limit_list"`
	Remove limitRemoveCmd `cmd:"" help:"limit_remove"`
	Use    limitUseCmd    `cmd:"" help:"limit_use"`
}

func (limitVerbs) Help() string {
	return "  $ wenyuan limit set --each person requests=60/minute\n  $ wenyuan limit use"
}

// A limitRule is a limit as the server gives it.
type limitRule struct {
	ID       string  `json:"id,omitempty"`
	Space    string  `json:"space,omitempty"`
	Kind     string  `json:"kind"`
	Subject  string  `json:"subject,omitempty"`
	Resource string  `json:"resource"`
	Span     string  `json:"span,omitempty"`
	Soft     float64 `json:"soft,omitempty"`
	Hard     float64 `json:"hard,omitempty"`
	Currency string  `json:"currency,omitempty"`
}

type limitList struct {
	Limits []limitRule `json:"limits"`
}

type limitSetCmd struct {
	Limits []string `arg:"" optional:"" help:"limit_amounts" placeholder:"RESOURCE=AMOUNT/SPAN"`
	Person string   `help:"limit_person" placeholder:"NAME"`
	Key    string   `help:"limit_key" placeholder:"ID"`
	Model  string   `help:"limit_model" placeholder:"NAME"`
	House  bool     `help:"limit_house"`
	Each   string   `help:"limit_each" placeholder:"KIND" enum:"person,key,space,model," default:""`
	Within bool     `help:"limit_within"`
	Soft   []string `help:"limit_soft" placeholder:"RESOURCE=AMOUNT/SPAN" sep:"none"`
}

func (limitSetCmd) Help() string {
	return "  $ wenyuan limit set --person li requests=60/minute tokens_out=100000/day --soft tokens_out=80000/day\n" +
		"  $ wenyuan limit set --space hr money=5USD/month concurrency=4\n  $ wenyuan limit set --each person --within --space hr requests=20/minute"
}

var errNobody = &wenyuan.Error{Code: wenyuan.Invalid, Message: "the line does not say for whom the limit is", Hint: "give one of --person, --key, --model, --space, --house and --each"}

// whom is the kind and the name that the flags say: one of them, or the space of the line alone.
func (v *limitSetCmd) whom(space string) (kind, subject string, err error) {
	type who struct {
		kind    limit.Kind
		subject string
	}
	var all []who
	for _, w := range []who{{limit.Person, v.Person}, {limit.Key, v.Key}, {limit.Model, v.Model}} {
		if w.subject != "" {
			all = append(all, w)
		}
	}
	if v.House {
		all = append(all, who{limit.House, ""})
	}
	if v.Each != "" {
		all = append(all, who{limit.Kind(v.Each), ""})
	}
	if len(all) == 0 && space != "" {
		all = append(all, who{limit.Space, space})
	}
	if len(all) != 1 {
		return "", "", errNobody
	}
	return string(all[0].kind), all[0].subject, nil
}

// rules are the limits that the line says. A soft one belongs to the hard one of the same
// resource and span.
func (v *limitSetCmd) rules(space string) (list limitList, err error) {
	kind, subject, err := v.whom(space)
	if err != nil {
		return list, err
	}
	within := ""
	if v.Within {
		if within = space; within == "" {
			return list, &wenyuan.Error{Code: wenyuan.Invalid, Message: "--within needs a space", Hint: "name it with --space"}
		}
	}
	find := func(r limit.Rule) *limitRule {
		for i := range list.Limits {
			if l := &list.Limits[i]; l.Resource == string(r.Resource) && l.Span == string(r.Span) && l.Currency == r.Currency {
				return l
			}
		}
		list.Limits = append(list.Limits, limitRule{Space: within, Kind: kind, Subject: subject, Resource: string(r.Resource), Span: string(r.Span), Currency: r.Currency})
		return &list.Limits[len(list.Limits)-1]
	}
	for i, texts := range [][]string{v.Limits, v.Soft} {
		for _, text := range texts {
			r, err := limit.Parse(text)
			if err != nil {
				return list, err
			}
			amount := limit.Amount(r.Resource, r.Hard)
			if l := find(r); i == 0 {
				l.Hard = amount
			} else {
				l.Soft = amount
			}
		}
	}
	if len(list.Limits) == 0 {
		return list, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the line does not say what is limited", Hint: "such as requests=60/minute or --soft money=5USD/month"}
	}
	return list, nil
}

// Run sets limits.
func (v *limitSetCmd) Run(s *session) error {
	list, err := v.rules(s.cli.Space)
	if err != nil {
		return err
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, "/api/limits", list, func(w io.Writer, list limitList) { s.limits(w, list) })
	})
}

// limits lists limits.
func (s *session) limits(w io.Writer, list limitList) {
	t := &table{}
	for _, l := range list.Limits {
		t.row(l.ID, s.whose(l), s.bounds(l))
	}
	t.write(w)
}

// whose says for whom a limit is.
func (s *session) whose(l limitRule) string {
	kinds := map[string]pair{"house": {"the house", "整个系统"}, "space": {"space", "空间"}, "person": {"person", "人员"}, "key": {"key", "密钥"}, "model": {"model", "模型"}}
	each := map[string]pair{"space": {"each space", "每个空间"}, "person": {"each person", "每位人员"}, "key": {"each key", "每个密钥"}, "model": {"each model", "每个模型"}}
	text := kinds[l.Kind].in(s.lang)
	switch {
	case l.Subject != "":
		text += " " + l.Subject
	case l.Kind != "house":
		text = each[l.Kind].in(s.lang)
	}
	if l.Space != "" && l.Kind != "space" {
		text += s.say(" in the space %s", "（在空间 %s 里）", l.Space)
	}
	return text
}

// bounds says what a limit allows, in the form in which it is set.
func (s *session) bounds(l limitRule) string {
	var parts []string
	if l.Hard > 0 {
		parts = append(parts, l.form(l.Hard))
	}
	if l.Soft > 0 {
		parts = append(parts, s.say("soft %s", "软 %s", l.form(l.Soft)))
	}
	return strings.Join(parts, s.say(", ", "，"))
}

func (l limitRule) form(amount float64) string {
	text := l.Resource + "=" + plain(amount) + l.Currency
	if l.Span != "" {
		text += "/" + l.Span
	}
	return text
}

func plain(amount float64) string { return strconv.FormatFloat(amount, 'f', -1, 64) }

type limitListCmd struct{}

func (limitListCmd) Help() string { return "  $ wenyuan limit list" }

// Run lists the limits.
func (limitListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/limits", nil, func(w io.Writer, list limitList) {
			s.limits(w, list)
			fmt.Fprintln(w, s.count(len(list.Limits), "limit", "limits", "条限额"))
		})
	})
}

type limitRemoveCmd struct {
	IDs []string `arg:"" help:"limit_ids"`
}

func (limitRemoveCmd) Help() string { return "  $ wenyuan limit remove lim_01j8" }

// Run lifts limits.
func (v *limitRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		for _, id := range v.IDs {
			err := result(s, c, http.MethodDelete, "/api/limits/"+url.PathEscape(id), nil, func(w io.Writer, l limitRule) {
				fmt.Fprintln(w, s.say("removed: %s, %s", "已移除：%s，%s", s.whose(l), s.bounds(l)))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

type limitUseCmd struct{}

func (limitUseCmd) Help() string { return "  $ wenyuan limit use" }

// Run shows how much of the limits is used.
func (limitUseCmd) Run(s *session) error {
	type uses struct {
		Use []struct {
			Limit              limitRule
			Of                 string
			Used, Leased, Lost float64
			Resets             int64
		}
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/limits/use", nil, func(w io.Writer, list uses) {
			t := &table{}
			for _, u := range list.Use {
				l := u.Limit
				l.Subject = u.Of
				resets := ""
				if u.Resets > 0 {
					resets = s.say("until %s UTC", "到 %s（UTC）", time.UnixMicro(u.Resets).UTC().Format("2006-01-02 15:04"))
				}
				held := ""
				if u.Leased > 0 {
					held = s.say("%s held ready", "预留 %s", plain(u.Leased))
				}
				if u.Lost > 0 {
					held = strings.TrimSpace(held + " " + s.say("%s lost by a server that ended", "%s 随终止的服务器丢失", plain(u.Lost)))
				}
				t.row(s.whose(l), s.bounds(l), s.say("used %s", "已用 %s", strings.TrimSpace(plain(u.Used)+" "+l.Currency)), held, resets)
			}
			t.write(w)
			if len(list.Use) == 0 {
				fmt.Fprintln(w, s.say("nothing limits you", "没有针对你的限额"))
			}
		})
	})
}
