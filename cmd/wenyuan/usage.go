package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

type usageCmd struct {
	By     []string `help:"usage_by" placeholder:"WORD"`
	From   string   `help:"usage_from" placeholder:"DAY"`
	Until  string   `help:"usage_until" placeholder:"DAY"`
	Model  string   `help:"usage_model" placeholder:"NAME"`
	Person string   `help:"usage_person" placeholder:"NAME"`
	Key    string   `help:"usage_key" placeholder:"ID"`
}

func (usageCmd) Help() string {
	return "  $ wenyuan usage --from 2026-01-01 --by model,person\n  $ wenyuan usage --by day --model writer --json"
}

// Run shows what was used of models by plain requests.
func (v *usageCmd) Run(s *session) error {
	q := url.Values{}
	for name, value := range map[string]string{"from": v.From, "until": v.Until, "model": v.Model, "person": v.Person, "key": v.Key} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, by := range v.By {
		q.Add("by", by)
	}
	type list struct {
		Usage []struct {
			Day, Model, Version, Person, Key, Space string
			Requests, Failed, Cached                int64
			In                                      int64 `json:"tokens_in"`
			Out                                     int64 `json:"tokens_out"`
			Money                                   float64
			Currency                                string
		}
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/usage?"+q.Encode(), nil, func(w io.Writer, l list) {
			t := &table{}
			for _, u := range l.Usage {
				var row []any
				for _, word := range []string{u.Day, u.Space, u.Person, u.Key, u.Model, fmt.Sprintf("%.12s", u.Version)} {
					if word != "" {
						row = append(row, word)
					}
				}
				money := ""
				if u.Currency != "" {
					money = plain(u.Money) + " " + u.Currency
				}
				t.row(append(row, s.say("%s requests", "%s 次请求", strconv.FormatInt(u.Requests, 10)), s.say("%s failed", "%s 次失败", strconv.FormatInt(u.Failed, 10)),
					s.say("%s from the cache", "%s 次命中缓存", strconv.FormatInt(u.Cached, 10)), s.say("%s tokens in, %s out", "输入 %s、输出 %s 个 token", strconv.FormatInt(u.In, 10), strconv.FormatInt(u.Out, 10)), money)...)
			}
			t.write(w)
			if len(l.Usage) == 0 {
				fmt.Fprintln(w, s.say("no model was asked directly", "没有人直接调用过模型"))
			}
		})
	})
}
